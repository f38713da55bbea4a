/** What a census counts, as SQL, and how namespaces are called in a report. */
import { columnRefText } from '../../profiles/index.ts';
import { InputError } from '../../quantity/index.ts';
import type { NamespaceLoad } from '../../store/index.ts';
import { computedFirst, expiredSql, refSql } from './expression-sql.ts';
import { deletedSql } from './memory-sets.ts';
import { literal, quoted } from './quoting.ts';
import type { PgSet } from './reading.ts';
import type { PgSession } from './session.ts';

/** Characters of a namespace in a report. */
const NAME_LENGTH = 120;

/** What is counted, as SQL over the alias `t`. */
export interface CensusSource {
  readonly set: PgSet;
  readonly column: string;
  /** Text, or NULL. */
  readonly namespace: string;
  /** The plain column of the namespace, for the server's statistics; null where it is a member of a JSON column. */
  readonly statistics: string | null;
  /** True for a row that is expired or marked deleted, NULL or false for others; null where the set knows neither. */
  readonly dead: string | null;
  /** Stored bytes of a row's values: compressed and out-of-line ones as they are. */
  readonly bytes: string;
  readonly pages: number;
}

/** @throws InputError */
export async function censusSource(session: PgSession, sets: readonly PgSet[], id: string): Promise<CensusSource> {
  const set = sets.find((s) => s.id === id);
  if (set === undefined) throw new InputError('unknown-set', `the store has no rows to count under "${id}"`);
  const { namespace } = set.set;
  if (namespace === undefined)
    throw new InputError(
      'no-namespace',
      `${id}: the profile names no namespace for its rows, so they cannot be counted by it`,
      'name the column in a --map file',
    );
  const { columns, oid } = set.relation;
  const [size] = await session.query<{ pages: number }>(
    `WITH RECURSIVE tree AS (
       SELECT $1::oid AS oid UNION ALL SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
     SELECT coalesce(sum(pg_catalog.pg_relation_size(oid)), 0)::bigint / pg_catalog.current_setting('block_size')::int AS pages FROM tree`,
    [oid],
  );
  return {
    set,
    column: columnRefText(namespace),
    namespace: `${refSql(namespace)}::pg_catalog.text`,
    statistics: 'column' in namespace ? namespace.column : null,
    dead: deadSql(set),
    bytes: [...columns.keys()].map((c) => `coalesce(pg_catalog.pg_column_size(t.${quoted(c)}), 0)`).join(' + '),
    pages: Number(size?.pages ?? 0),
  };
}

function deadSql(set: PgSet): string | null {
  const { ttl, softDeleted, deletedValue } = set.set;
  const { columns } = set.relation;
  const parts = [
    ...(ttl === undefined ? [] : [expiredSql(ttl, columns, 't', computedFirst)]),
    ...(softDeleted === undefined ? [] : [deletedSql(softDeleted, deletedValue, columns)]),
  ];
  return parts.length === 0 ? null : `(${parts.join(' OR ')})`;
}

/** Names cut to a report's width, and what people call them. */
export async function named(
  session: PgSession,
  source: CensusSource,
  loads: readonly NamespaceLoad[],
): Promise<NamespaceLoad[]> {
  const labels = await labelsOf(
    session,
    source,
    loads.flatMap((l) => (l.namespace === null ? [] : [l.namespace])),
  );
  return loads.map((l) => {
    const label = l.namespace === null ? undefined : labels.get(l.namespace);
    const characters = l.namespace === null ? [] : [...l.namespace];
    const long = characters.length > NAME_LENGTH;
    return {
      ...l,
      ...(long ? { namespace: characters.slice(0, NAME_LENGTH).join(''), length: characters.length } : {}),
      ...(label === undefined ? {} : { label }),
    };
  });
}

async function labelsOf(
  session: PgSession,
  source: CensusSource,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const label = source.set.set.namespaceLabel;
  if (label === undefined || namespaces.length === 0) return new Map();
  const table = `${quoted(source.set.relation.schema)}.${quoted(label.table)}`;
  const asked = await session.attempt(
    async () =>
      await session.query<{ id: string; name: string | null }>(
        `SELECT l.${quoted(label.id)}::text AS id, pg_catalog.left(l.${quoted(label.name)}::text, ${NAME_LENGTH}) AS name
         FROM ${table} l WHERE l.${quoted(label.id)}::text IN (${namespaces.map(literal).join(', ')})`,
      ),
  );
  return new Map('ok' in asked ? asked.ok.flatMap((r) => (r.name === null ? [] : [[r.id, r.name] as const])) : []);
}
