/** What the whole adapter rests on: the catalog, the detected systems, and their sets bound to tables. */
import { detectProfiles, type Match, type SetProfile, setId, tablesToSample } from '../../profiles/index.ts';
import type { Catalog, ProfileMap } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import { type PgCatalog, type PgTable, readCatalog } from './read-catalog.ts';
import type { PgSession } from './session.ts';

/** A memory set with the table it is in. */
export interface PgSet {
  /** `profile:schema.table`, as the snapshot calls it. */
  readonly id: string;
  readonly match: Match;
  readonly set: SetProfile;
  readonly relation: PgRelation;
}

export interface PgRelation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** "schema"."table", quoted from the catalog. */
  readonly quoted: string;
  /** Column name → type as format_type writes it ("timestamp with time zone", "vector(1536)"). */
  readonly columns: ReadonlyMap<string, string>;
  /** The same as a cast takes it: with its schema where it is no type of the server's own ("public.memory_status"). */
  readonly castTypes: ReadonlyMap<string, string>;
}

export interface PgReading {
  readonly catalog: PgCatalog;
  readonly matches: readonly Match[];
  /** "schema.table" of the tables that no match owns, in catalog order. */
  readonly unrecognised: readonly string[];
  readonly sets: readonly PgSet[];
}

export async function readSets(
  session: PgSession,
  o: { readonly profile?: string | undefined; readonly map?: ProfileMap | undefined } = {},
): Promise<PgReading> {
  const read = await readCatalog(session);
  const catalog = { ...read, catalog: await withSampledKeys(session, read) };
  const { matches, unrecognised } = detectProfiles(catalog.catalog, o.profile, o.map);
  const sets = matches.flatMap((match) =>
    match.sets.flatMap((set): PgSet[] => {
      const table = catalog.table(set.schema ?? match.schema, set.table);
      if (table === undefined) return [];
      const relation = relationOf(table);
      const id = setId(match.profile.id, { table: table.name, schema: table.schema });
      return [{ id, match, set, relation }];
    }),
  );
  return { catalog, matches, unrecognised, sets };
}

export function relationOf(table: PgTable): PgRelation {
  const { oid, schema, name, columns, castTypes } = table;
  return { oid, schema, name, quoted: `${quoted(schema)}.${quoted(name)}`, columns, castTypes };
}

/** Rows whose keys are looked at, and tables that are looked into at most. */
const SAMPLED_ROWS = 20;
const SAMPLED_TABLES = 50;
const MAX_KEYS = 100;

/** Adds the keys (never the values) of JSON columns where only they can tell what a table is. */
async function withSampledKeys(session: PgSession, read: PgCatalog): Promise<Catalog> {
  const sampled = new Map<string, Record<string, string[]>>();
  for (const { table, column } of tablesToSample(read.catalog).slice(0, SAMPLED_TABLES)) {
    const own = read.table(table.schema, table.name);
    const type = own?.columns.get(column);
    if (own === undefined || !own.readable || (type !== 'json' && type !== 'jsonb')) continue;
    const x = `t.${quoted(column)}`;
    const keys = await session.attempt(
      async () =>
        await session.query<{ key: string }>(
          `SELECT DISTINCT pg_catalog.left(k, 100) AS key FROM (
             SELECT ${x} AS x FROM ${relationOf(own).quoted} AS t WHERE ${x} IS NOT NULL LIMIT ${SAMPLED_ROWS}) AS s
           CROSS JOIN LATERAL pg_catalog.${type}_object_keys(CASE WHEN pg_catalog.${type}_typeof(s.x) = 'object' THEN s.x END) AS k
           ORDER BY 1 LIMIT ${MAX_KEYS}`,
        ),
    );
    if ('ok' in keys) sampled.set(`${own.schema}.${own.name}`, { [column]: keys.ok.map((k) => k.key) });
  }
  if (sampled.size === 0) return read.catalog;
  const tables = read.catalog.tables.map((t) => {
    const sampledKeys = sampled.get(`${t.schema}.${t.name}`);
    return sampledKeys === undefined ? t : { ...t, sampledKeys };
  });
  return { ...read.catalog, tables };
}
