/** The set's own index that finds near vectors: pgvector 0.8, README "Indexing". */
import { InputError } from '../../quantity/index.ts';
import { quoted } from './quoting.ts';
import { bareType } from './read-catalog.ts';
import type { PgReading, PgSet } from './reading.ts';
import type { PgSession } from './session.ts';
import { type VectorPlace, vectorPlace } from './vector-facts.ts';

export interface NearIndex {
  readonly name: string;
  readonly method: 'hnsw' | 'ivfflat';
  readonly place: VectorPlace;
  /** What is indexed, over the table without an alias: the column, or an expression such as a cast to halfvec. */
  readonly expression: string;
  /** Rows that the index holds; null for all. */
  readonly predicate: string | null;
  /** Operator that the index sorts by, with its schema: OPERATOR("public".<=>). */
  readonly operator: string;
  readonly distance: 'cosine' | 'l2' | 'inner product';
  readonly lists: number;
}

interface IndexRow {
  readonly name: string;
  readonly method: 'hnsw' | 'ivfflat';
  readonly opclass: string;
  readonly expression: string;
  readonly column: string | null;
  readonly predicate: string | null;
  readonly lists: number | null;
}

const DISTANCES: readonly (readonly [RegExp, NearIndex['distance'], string])[] = [
  [/^(vector|halfvec|sparsevec)_cosine_ops$/, 'cosine', '<=>'],
  [/^(vector|halfvec|sparsevec)_ip_ops$/, 'inner product', '<#>'],
  [/^(vector|halfvec|sparsevec)_l2_ops$/, 'l2', '<->'],
];
/** DEFAULT_LISTS of pgvector's src/ivfflat.h. */
const DEFAULT_LISTS = 100;

/** @throws InputError when there is no index by which near vectors could be found; it says which statement makes one */
export async function nearIndex(session: PgSession, reading: PgReading, s: PgSet): Promise<NearIndex> {
  const place = vectorPlace({ reading }, s);
  const what = `${s.set.title} (${s.relation.schema}.${s.relation.name})`;
  const refused = (why: string, hint?: string): InputError =>
    new InputError('no-vector-index', `${what}: ${why}`, hint);
  if (place === null) throw refused('their vectors are not in this database');
  const type = /^(vector|halfvec|sparsevec)\b/.exec(place.type)?.[1];
  if (type === undefined) throw refused(`${place.name} is ${place.type}, and pgvector has no index for that`);
  const found = await session.query<IndexRow>(
    `SELECT c.relname::text AS name, m.amname::text AS method, o.opcname::text AS opclass, a.attname::text AS column,
       pg_catalog.pg_get_indexdef(i.indexrelid, 1, false) AS expression,
       pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
       (SELECT option_value::int FROM pg_catalog.pg_options_to_table(c.reloptions) WHERE option_name = 'lists') AS lists
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am m ON m.oid = c.relam JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[0]
     LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attnum > 0
     WHERE i.indrelid = $1::oid AND m.amname IN ('hnsw', 'ivfflat') AND i.indisvalid`,
    [place.table.oid],
  );
  const schema = quoted(reading.catalog.extensions.get('vector')?.schema ?? 'public');
  const usable = found.flatMap((r): NearIndex[] => {
    const distance = DISTANCES.find(([pattern]) => pattern.test(r.opclass));
    // Of expressions, casts of the column keep what is near near; others need not.
    if (distance === undefined || !(r.column === place.column || isCast(r.expression, place.column))) return [];
    const { name, method, predicate } = r;
    const expression = r.column === null ? r.expression : quoted(r.column);
    const operator = `OPERATOR(${schema}.${distance[2]})`;
    const lists = r.lists ?? DEFAULT_LISTS;
    return [{ name, method, place, expression, predicate, operator, distance: distance[1], lists }];
  });
  const best = usable.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))[0];
  if (best !== undefined) return best;
  const table = `${quoted(place.table.schema)}.${quoted(place.table.name)}`;
  throw refused(
    `${place.name} has no HNSW or IVFFlat index by which near rows could be found`,
    `CREATE INDEX CONCURRENTLY ON ${table} USING hnsw (${quoted(place.column)} ${type}_cosine_ops), or compare without the store's index`,
  );
}

/** All rows before some, cosine before other distances, HNSW before IVFFlat. */
const rank = (i: NearIndex): number =>
  (i.predicate === null ? 0 : 4) + (i.distance === 'cosine' ? 0 : 2) + (i.method === 'hnsw' ? 0 : 1);

/** "((embedding)::public.halfvec(3072))" of the column embedding. */
function isCast(expression: string, column: string): boolean {
  const inner = expression.replace(/^\(+/, '').replace(/\)+$/, '');
  const cast = /^(.+?)\)?::(.+)$/.exec(inner);
  const name = cast?.[1]?.replace(/^\(/, '');
  return (name === column || name === quoted(column)) && /^(vector|halfvec)\b/.test(bareType(cast?.[2] ?? ''));
}
