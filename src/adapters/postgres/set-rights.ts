/** What this role may do to the tables that an action reaches, and what it sees of them; each gap with the GRANT that settles it. */
import type { Dependent } from '../../profiles/index.ts';
import {
  isStoreError,
  type PurgeAction,
  StoreError,
  type SupersedeAction,
  type Target,
  type Visibility,
} from '../../store/index.ts';
import { hangingOf } from './hanging.ts';
import { bareName } from './purge-target.ts';
import { quoted } from './quoting.ts';
import { type PgReading, type PgSet, relationOf } from './reading.ts';
import type { PgSession } from './session.ts';

interface Need {
  /** Name beside the set's own table, or the table itself. */
  readonly table: string | number;
  readonly rights: readonly ('delete' | 'update')[];
  /** Columns that are written, where a right to these is enough. */
  readonly columns?: readonly string[];
}

interface Rights {
  readonly usage: boolean;
  readonly select: boolean;
  readonly delete: boolean;
  readonly update: boolean;
  /** Columns asked about that may not be written. */
  readonly unwritable: readonly string[];
  readonly secured: boolean;
}

async function rightsTo(session: PgSession, oid: number, columns: readonly string[]): Promise<Rights | undefined> {
  const [r] = await session.query<Omit<Rights, 'unwritable'> & { unwritable: string }>(
    `SELECT pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE') AS usage,
       pg_catalog.has_table_privilege(c.oid, 'SELECT') AS select, pg_catalog.has_table_privilege(c.oid, 'DELETE') AS delete,
       pg_catalog.has_table_privilege(c.oid, 'UPDATE') OR pg_catalog.has_any_column_privilege(c.oid, 'UPDATE') AS update,
       (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY a.attnum), '[]')::pg_catalog.text FROM pg_catalog.pg_attribute a
         WHERE a.attrelid = c.oid AND a.attname = ANY ($2::text[]) AND NOT pg_catalog.has_column_privilege(c.oid, a.attnum, 'UPDATE')) AS unwritable,
       pg_catalog.row_security_active(c.oid) AS secured
     FROM pg_catalog.pg_class c WHERE c.oid = $1`,
    [oid, columns],
  );
  return r === undefined ? undefined : { ...r, unwritable: JSON.parse(r.unwritable) as string[] };
}

const UNLINKING = { delete: ['update', 'delete'], keep: ['update'] } as const;

const dependentNeeds = (dependents: readonly Dependent[]): Need[] =>
  dependents.map((d) => ({
    table: d.table,
    rights: d.how !== 'unlink' ? ['delete'] : UNLINKING[d.list?.whenEmpty ?? 'keep'],
  }));

function needsOf(set: PgSet, action: PurgeAction | SupersedeAction): Need[] {
  const table = set.relation.name;
  const { signal, supersede, dependents } = set.set;
  const raised: Need[] = signal === undefined ? [] : [{ table: signal.table, rights: ['update'] }];
  if (action.kind === 'supersede') {
    const columns = (supersede?.set ?? []).map((w) => ('column' in w.column ? w.column.column : w.column.json));
    return [
      { table, rights: [], columns: [...new Set(columns)] },
      ...dependentNeeds(supersede?.dependents ?? []),
      ...raised,
    ];
  }
  // Rows are locked before they go where others hang on them, a row stays for them, somebody else held one, or there are more of
  // them than may go: the server asks the right to UPDATE for a lock.
  if (action.reason === 'orphans') {
    const gone = bareName(action.dependent ?? '');
    return [
      { table, rights: [] },
      { table: gone, rights: ['update', 'delete'] },
    ];
  }
  return [{ table, rights: ['update', 'delete'] }, ...dependentNeeds(dependents ?? []), ...raised];
}

/** What the server takes along by itself: its own rights do that, but the rows are locked and read for the archive before. */
async function cascadeNeeds(
  session: PgSession,
  target: Target,
  reading: PgReading,
  { set, relation }: PgSet,
  action: PurgeAction | SupersedeAction,
): Promise<Need[]> {
  const marks = action.kind === 'supersede';
  const profiled = (marks ? set.supersede?.dependents : set.dependents) ?? [];
  const orphans = !marks && action.reason === 'orphans';
  const table = orphans ? reading.catalog.table(relation.schema, bareName(action.dependent ?? '')) : undefined;
  const from = table === undefined ? relation : relationOf(table);
  try {
    const hanging = await hangingOf(session, target, reading, orphans ? [] : profiled, from, marks ? 'stays' : 'goes');
    return hanging.filter((h) => h.removes === 'server').map((h) => ({ table: h.oid, rights: ['update'] }));
  } catch (e) {
    // Such a cascade is refused when the plan is carried out, with its reason.
    if (isStoreError(e) && e.exit === 5) return [];
    throw e;
  }
}

/** One entry a set. @throws StoreError when a set is not there any more */
export async function rightsToSets(
  session: PgSession,
  target: Target,
  reading: PgReading,
  actions: readonly (PurgeAction | SupersedeAction)[],
): Promise<Visibility[]> {
  const found: Visibility[] = [];
  for (const id of new Set(actions.map((a) => a.set))) {
    const set = reading.sets.find((s) => s.id === id);
    if (set === undefined)
      throw new StoreError('plan-drift', `${target}: the memory set ${id} is not there any more`, 'make a new plan', 5);
    const { schema } = set.relation;
    let lacking: Omit<Visibility, 'subject'> | undefined;
    const needs: Need[] = [];
    for (const a of actions.filter((x) => x.set === id))
      needs.push(...needsOf(set, a), ...(await cascadeNeeds(session, target, reading, set, a)));
    for (const need of needs) {
      const table =
        typeof need.table === 'number'
          ? reading.catalog.tables.find((t) => t.oid === need.table)
          : reading.catalog.table(schema, need.table);
      const rights = table && (await rightsTo(session, table.oid, need.columns ?? []));
      if (table !== undefined && rights !== undefined)
        lacking ??= lackingRight(
          session.role,
          `${quoted(table.schema)}.${quoted(table.name)}`,
          table.schema,
          rights,
          need,
        );
    }
    found.push({ subject: id, ...(lacking ?? { complete: true }) });
  }
  return found;
}

function lackingRight(
  role: string,
  table: string,
  schema: string,
  rights: Rights,
  need: Need,
): Omit<Visibility, 'subject'> | undefined {
  const to = quoted(role);
  if (!rights.usage)
    return {
      complete: false,
      why: `the role ${to} may not use the schema ${quoted(schema)}`,
      grant: `GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${to}`,
    };
  const missing = [
    ...(rights.select ? [] : ['SELECT']),
    ...need.rights.filter((n) => !rights[n]).map((n) => n.toUpperCase()),
    ...(rights.unwritable.length > 0 ? [`UPDATE (${rights.unwritable.map(quoted).join(', ')})`] : []),
  ];
  if (missing.length > 0)
    return {
      complete: false,
      why: `the role ${to} lacks ${missing.join(' and ')} on ${table}`,
      grant: `GRANT ${missing.join(', ')} ON ${table} TO ${to}`,
    };
  if (rights.secured)
    return {
      complete: false,
      why: `row-level security of ${table} hides rows from the role ${to}`,
      grant: `ALTER ROLE ${to} BYPASSRLS`,
    };
  return undefined;
}
