import { leaf, type Quantity } from '../../src/quantity/index.ts';
import { measuredFields } from '../measured-fields.ts';

/** One measured size of a PostgreSQL structure (fixtures/measurements/postgres.csv). */
export interface PostgresRow {
  readonly engine: string;
  readonly version: string;
  readonly object: string;
  readonly n: number;
  readonly dims: number;
  readonly type: string;
  readonly m: number;
  readonly lists: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  readonly label: string;
}

/** A size that somebody else published (fixtures/measurements/published.csv). */
export interface PublishedRow {
  readonly id: string;
  readonly n: number;
  readonly dims: number;
  readonly type: string;
  readonly index: string;
  readonly mOrLists: number;
  readonly mebibytes: number;
  /** The vectors of the dataset repeat: the published count is more than the distinct ones. */
  readonly repeats: boolean;
  /** Given to two digits only. */
  readonly coarse: boolean;
}

const MEASURED = ['engine', 'engine_version', 'object', 'n', 'dims', 'type', 'm', 'lists', 'extra', 'bytes'];
const PUBLISHED = [
  'id',
  'engine',
  'n_vectors',
  'dims',
  'type',
  'index',
  'm_or_lists',
  'index_size_reported',
  'index_size_mib',
  'other',
];

export function postgresRows(object: string): PostgresRow[] {
  return measuredFields('postgres.csv', MEASURED)
    .filter((r) => r['object'] === object)
    .map((r) => {
      const extra = JSON.parse(r['extra'] || '{}') as Record<string, unknown>;
      const how = ['kind', 'idx', 'storage', 'stage', 'mwm'].flatMap((k) =>
        extra[k] === undefined ? [] : [String(extra[k])],
      );
      return {
        engine: r['engine'] as string,
        version: r['engine_version'] as string,
        object,
        n: Number(r['n']),
        dims: Number(r['dims']),
        type: r['type'] || 'vector',
        m: Number(r['m']),
        lists: Number(r['lists']),
        extra,
        bytes: Number(r['bytes']),
        label: [r['engine_version'], r['n'], r['dims'], r['type'], r['m'] || r['lists'], ...how]
          .filter(Boolean)
          .join(' '),
      };
    });
}

export function publishedRows(): PublishedRow[] {
  const pgvector = measuredFields('published.csv', PUBLISHED).filter((r) =>
    (r['engine'] as string).startsWith('pgvector'),
  );
  return pgvector.map((r) => ({
    id: r['id'] as string,
    n: Number(r['n_vectors']),
    dims: Number(r['dims']),
    type: r['type'] as string,
    index: r['index'] as string,
    mOrLists: Number(r['m_or_lists']),
    mebibytes: Number(r['index_size_mib']),
    repeats: /sift|gist|duplicate/.test(r['other'] as string),
    coarse: /^0?\.\d\d GiB$|^\d?\d\.\d GiB$|^0\.\d\d GiB$/.test(r['index_size_reported'] as string),
  }));
}

export const rows = (n: number): Quantity<'rows'> => leaf('rows', n, 'rows');
export const dims = (n: number): Quantity<'dimensions'> => leaf('dims', n, 'dimensions');
export const count = (n: number): Quantity<'count'> => leaf('count', n, 'count');
export const bytes = (n: number): Quantity<'B'> => leaf('bytes', n, 'B');
export const ratio = (n: number): Quantity<'ratio'> => leaf('ratio', n, 'ratio');

export const relativeError = (predicted: number, measured: number): number => predicted / measured - 1;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
