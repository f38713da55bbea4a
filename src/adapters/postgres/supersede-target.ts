/** What a supersede action means in this database: the columns that are written, and what the store takes away with them. */
import type { ColumnRef } from '../../profiles/index.ts';
import { StoreError, type SupersedeAction, type Target } from '../../store/index.ts';
import { DuplicateRows } from './duplicate-rows.ts';
import { type Hanging, hangingOf } from './hanging.ts';
import { drift, signalSql } from './purge-target.ts';
import type { PgReading, PgRelation, PgSet } from './reading.ts';
import { type ArchiveColumn, archiveColumns } from './row-archive.ts';
import { type RowKey, rowKey } from './row-keys.ts';
import type { PgSession } from './session.ts';
import { type RowTrigger, refuseUnsafe, rowTriggers } from './side-effects.ts';
import { type WrittenColumn, writtenColumns } from './supersede-sql.ts';

export interface SupersedeTarget {
  readonly set: PgSet;
  /** "schema.table". */
  readonly place: string;
  readonly relation: PgRelation;
  readonly key: RowKey;
  readonly written: readonly WrittenColumn[];
  /** Where the id of the row that stays is written; null where the convention does not name it. */
  readonly pointer: ColumnRef | null;
  /** What is archived of a row: its key, what is written, and everything else that a trigger may change. */
  readonly columns: readonly ArchiveColumn[];
  readonly hanging: readonly Hanging[];
  readonly rows: DuplicateRows;
  /** The table and its parts. */
  readonly oids: readonly number[];
  /** Triggers that fire at an UPDATE of the table or at a DELETE of what goes with it. */
  readonly triggers: readonly RowTrigger[];
  /** As in PurgeTarget. */
  readonly signal: string | null;
}

export async function supersedeTarget(
  session: PgSession,
  target: Target,
  reading: PgReading,
  action: SupersedeAction,
): Promise<SupersedeTarget> {
  const set = reading.sets.find((s) => s.id === action.set);
  if (set === undefined) throw drift(target, `the memory set ${action.set} is not there any more`);
  const refused = (code: string, why: string, hint?: string): StoreError =>
    new StoreError(code, `${target}: rows of ${action.set} are not marked: ${why}`, hint, 5);
  const readOnly = set.set.readOnly ?? set.match.profile.readOnly;
  if (readOnly !== undefined) throw refused('set-read-only', readOnly);
  const { relation } = set;
  const rule = set.set.supersede;
  if (rule === undefined) throw drift(target, `nothing says any more how ${action.set} marks a superseded row`);
  const key = rowKey(reading, set);
  if (key === undefined)
    throw refused('no-primary-key', 'the table has no primary key to tell single rows apart', 'add a primary key');
  const written = writtenColumns(rule, relation);
  if (typeof written === 'string') throw refused('supersede-unsupported', written);
  const columns = await archiveColumns(session, relation.oid);
  const keys = key.columns.map((c) => c.name);
  const generated = written.find((w) => !columns.some((c) => c.name === w.name));
  if (generated !== undefined) throw refused('supersede-unsupported', `${generated.name} is a generated column`);
  if (written.some((w) => keys.includes(w.name)))
    throw refused('supersede-unsupported', 'the convention would write the primary key');
  const hanging = await hangingOf(session, target, reading, rule.dependents ?? [], relation, 'stays');
  const hung = hanging.map((h) => h.oid);
  if (hung.length > 0) await refuseUnsafe(session, target, hung, 'DELETE');
  const parts = await partsOf(session, relation.oid);
  await refuseUnsafe(session, target, parts, 'UPDATE');
  const own = await rowTriggers(session, parts, 'UPDATE');
  const names = new Set([...keys, ...written.map((w) => w.name)]);
  return {
    set,
    place: `${relation.schema}.${relation.name}`,
    relation,
    key,
    written,
    pointer: rule.set.find((w) => 'survivor' in w.to)?.column ?? null,
    columns: own.length > 0 ? columns : columns.filter((c) => names.has(c.name)),
    hanging,
    rows: new DuplicateRows(reading, set, key, action.duplicates),
    oids: parts,
    triggers: [...own, ...(hung.length > 0 ? await rowTriggers(session, hung, 'DELETE') : [])],
    signal: signalSql(target, reading, set),
  };
}

/** The table itself, and of a partitioned one all its parts. */
async function partsOf(session: PgSession, oid: number): Promise<number[]> {
  const rows = await session.query<{ oid: number }>(
    'SELECT $1::oid AS oid UNION SELECT p.relid::oid FROM pg_catalog.pg_partition_tree($1::oid::regclass) p',
    [oid],
  );
  return rows.map((r) => Number(r.oid));
}
