/** Where the vectors of a set are, how many and how wide; their values are not read. */
import type { VectorFacts } from '../../store/index.ts';
import { vectorType } from './index-structures.ts';
import type { SetContext } from './memory-sets.ts';
import { quoted } from './quoting.ts';
import type { PgTable } from './read-catalog.ts';
import type { PgSet } from './reading.ts';

/** Vector lengths listed when a column holds several. */
const MAX_LENGTHS = 5;
/** Distinct stored sizes up to which one value of each is asked for its dimensions. */
const MAX_SIZES = 8;

export interface VectorPlace {
  readonly table: PgTable;
  readonly column: string;
  /** For the report: the column, with its table where that is another one. */
  readonly name: string;
  /** Type without its schema, in lower case: "vector(1536)". */
  readonly type: string;
}

/** The column that the vectors are in; null when they are elsewhere or it is not there. */
export function vectorPlace(context: Pick<SetContext, 'reading'>, s: PgSet): VectorPlace | null {
  const v = s.set.vectors;
  if (v === undefined || (v.where !== 'column' && v.where !== 'table')) return null;
  const table = context.reading.catalog.table(s.relation.schema, v.where === 'table' ? v.table : s.relation.name);
  const type = table?.columns.get(v.column);
  if (table === undefined || type === undefined) return null;
  return { table, column: v.column, name: v.where === 'table' ? `${v.table}.${v.column}` : v.column, type };
}

export async function vectorFacts(context: SetContext, s: PgSet): Promise<VectorFacts | null> {
  const v = s.set.vectors;
  if (v?.where === 'elsewhere') return { where: 'elsewhere', name: v.name, rows: null, dims: null, scalar: null };
  const place = vectorPlace(context, s);
  if (place === null) return null;
  const base = { where: 'column' as const, name: place.name };
  if (!place.table.readable) return { ...base, rows: null, dims: null, scalar: null };
  const from = `${quoted(place.table.schema)}.${quoted(place.table.name)} AS v`;
  const x = `v.${quoted(place.column)}`;
  if (/^(vector|halfvec|sparsevec|bit)\b/.test(place.type))
    return { ...base, ...(await typed(context, place, from, x)) };
  const lengths = await byLength(context, from, x, place.type);
  if (lengths === null) return { ...base, rows: null, dims: null, scalar: null };
  const first = lengths[0];
  const rows = lengths.reduce((a, l) => a + l.rows, 0);
  const dims = first !== undefined && first.bytes > 0 && first.bytes % 4 === 0 ? first.bytes / 4 : null;
  return {
    ...base,
    rows,
    dims,
    scalar: dims === null ? null : 'float32',
    ...(lengths.length > 1 ? { mixed: lengths.slice(0, MAX_LENGTHS) } : {}),
  };
}

type Found = Pick<VectorFacts, 'rows' | 'dims' | 'scalar' | 'mixed'>;
interface Length {
  readonly bytes: number;
  readonly rows: number;
}

async function typed(context: SetContext, place: VectorPlace, from: string, x: string): Promise<Found> {
  const { scalar, dims } = vectorType(place.type);
  const reported = scalar === 'sparsevec' ? null : scalar;
  if (dims !== null || scalar === 'sparsevec' || scalar === 'bit') {
    const [r] = await context.session.query<{ n: number }>(`SELECT count(${x}) AS n FROM ${from}`);
    return { rows: Number(r?.n ?? 0), dims, scalar: reported };
  }
  const width = scalar === 'halfvec' ? 2 : 4;
  const found = await dimsOf(context, from, x);
  const first = found[0];
  return {
    rows: found.reduce((a, f) => a + f.rows, 0),
    dims: first?.dims ?? null,
    scalar: reported,
    ...(found.length > 1
      ? { mixed: found.slice(0, MAX_LENGTHS).map((f) => ({ bytes: f.dims * width, rows: f.rows })) }
      : {}),
  };
}

/**
 * Dimensions of a column that declares none. The stored size (pg_column_size reads no TOAST) tells the widths apart, and
 * one value of each size tells which it is; only where values are compressed to many sizes is every one of them opened.
 */
async function dimsOf(context: SetContext, from: string, x: string): Promise<{ dims: number; rows: number }[]> {
  const { session } = context;
  const schema = context.reading.catalog.extensions.get('vector')?.schema ?? 'public';
  const dims = `${quoted(schema)}.vector_dims(${x})`;
  const sizes = await session.query<Length>(
    `SELECT pg_catalog.pg_column_size(${x}) AS bytes, count(*) AS rows FROM ${from} WHERE ${x} IS NOT NULL
     GROUP BY 1 ORDER BY 2 DESC LIMIT ${MAX_SIZES + 1}`,
  );
  const counts = new Map<number, number>();
  const add = (d: number, rows: number): void => void counts.set(d, (counts.get(d) ?? 0) + rows);
  if (sizes.length <= MAX_SIZES) {
    for (const size of sizes) {
      const [one] = await session.query<{ dims: number }>(
        `SELECT ${dims} AS dims FROM ${from} WHERE pg_catalog.pg_column_size(${x}) = $1 LIMIT 1`,
        [size.bytes],
      );
      add(Number(one?.dims ?? 0), Number(size.rows));
    }
  } else {
    const rows = await session.query<{ dims: number; rows: number }>(
      `SELECT ${dims} AS dims, count(*) AS rows FROM ${from} WHERE ${x} IS NOT NULL GROUP BY 1`,
    );
    for (const r of rows) add(Number(r.dims), Number(r.rows));
  }
  return [...counts].map(([d, rows]) => ({ dims: d, rows })).sort((a, b) => b.rows - a.rows || a.dims - b.dims);
}

/** Lengths of bytes, or of number arrays counted as float32; null for a type that holds no vector. */
async function byLength(context: SetContext, from: string, x: string, type: string): Promise<Length[] | null> {
  const bytes =
    type === 'bytea'
      ? `pg_catalog.octet_length(${x})`
      : /^(real|double precision|numeric.*)\[\]$/.test(type)
        ? `4 * pg_catalog.cardinality(${x})`
        : null;
  if (bytes === null) return null;
  const rows = await context.session.query<Length>(
    `SELECT ${bytes} AS bytes, count(*) AS rows FROM ${from} WHERE ${x} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1000`,
  );
  return rows.map((r) => ({ bytes: Number(r.bytes), rows: Number(r.rows) }));
}
