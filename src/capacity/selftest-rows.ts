/**
 * The measured and published sizes that are shipped with the program, read from CSV text. What a row says about the
 * structure is turned into layout parameters in selftest-rows-postgres.ts and selftest-rows-embedded.ts.
 */
import { formatCount } from '../quantity/index.ts';
import { type CsvRecord, damaged, parseCsv } from './selftest-csv.ts';

/** Text of fixtures/measurements/*.csv. */
export interface MeasurementFiles {
  readonly postgres: string;
  readonly embedded: string;
  readonly published: string;
}

/** One measured structure. Numbers that do not apply to it are 0. */
export interface MeasuredRow {
  readonly file: string;
  readonly line: number;
  readonly engine: string;
  readonly version: string;
  /** `hnsw_index`, `heap`, `toast`, `gin_index`, `db_file`, `ram`, … */
  readonly object: string;
  readonly n: number;
  readonly dims: number;
  readonly type: string;
  readonly m: number;
  readonly efConstruction: number;
  readonly lists: number;
  /** What else was noted: storage, stage, index name, CPU seconds, notices. */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly bytes: number;
  /** Says which row it is, to a reader. */
  readonly label: string;
}

/** The size of an index that somebody else published. */
export interface PublishedRow {
  readonly file: string;
  readonly line: number;
  readonly id: string;
  readonly engine: string;
  readonly n: number;
  readonly dims: number;
  readonly type: string;
  readonly index: string;
  readonly mOrLists: number;
  /** 0 where no size was published. */
  readonly mebibytes: number;
  /** The size as it was printed. */
  readonly reported: string;
  /** Dataset, notices, remarks. */
  readonly other: string;
  /** The dimensions were guessed from the size: no evidence for a formula. */
  readonly inferred: boolean;
  /** The dataset repeats vectors, and rows with equal vectors share an element. */
  readonly repeats: boolean;
  readonly label: string;
}

const MEASURED_COLUMNS = [
  'engine',
  'engine_version',
  'object',
  'n',
  'dims',
  'type',
  'm',
  'ef_construction',
  'lists',
  'extra',
  'bytes',
];
const PUBLISHED_COLUMNS = [
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
  'confidence',
];

/** @throws InputError (`damaged-measurements`) naming file, line and column of what cannot be read */
export function measuredRows(text: string, file: string): MeasuredRow[] {
  return parseCsv(text, file, MEASURED_COLUMNS).map((record) => {
    const { fields, line } = record;
    const text = (name: string): string => fields[name] as string;
    const row: Omit<MeasuredRow, 'label'> = {
      file,
      line,
      engine: text('engine'),
      version: text('engine_version'),
      object: text('object'),
      n: numberIn(record, 'n', file, true),
      dims: numberIn(record, 'dims', file),
      type: text('type'),
      m: numberIn(record, 'm', file),
      efConstruction: numberIn(record, 'ef_construction', file),
      lists: numberIn(record, 'lists', file),
      extra: extraOf(record, file),
      bytes: numberIn(record, 'bytes', file, true),
    };
    return withLabel(row, () => labelOf(row));
  });
}

/** @throws InputError (`damaged-measurements`) naming file, line and column of what cannot be read */
export function publishedRows(text: string, file: string): PublishedRow[] {
  return parseCsv(text, file, PUBLISHED_COLUMNS).map((record) => {
    const { fields, line } = record;
    const text = (name: string): string => fields[name] as string;
    const row = {
      file,
      line,
      id: text('id'),
      engine: text('engine'),
      n: numberIn(record, 'n_vectors', file),
      dims: numberIn(record, 'dims', file),
      type: text('type'),
      index: text('index'),
      mOrLists: numberIn(record, 'm_or_lists', file),
      mebibytes: numberIn(record, 'index_size_mib', file),
      reported: text('index_size_reported'),
      other: text('other'),
      inferred: `${text('other')} ${text('confidence')}`.includes('dims inferred'),
      repeats: /sift|gist|duplicate/.test(text('other')),
    };
    return withLabel(row, () => {
      const parameter =
        row.mOrLists === 0 ? '' : row.index === 'ivfflat' ? `, lists ${row.mOrLists}` : `, m ${row.mOrLists}`;
      return `${row.id}: ${formatCount(row.n)} × ${formatCount(row.dims)} ${row.type} ${row.index}${parameter}`;
    });
  });
}

/** The row with its label, which is put together when it is read. */
function withLabel<R extends object>(row: R, label: () => string): R & { readonly label: string } {
  return Object.defineProperty(row, 'label', { get: label, enumerable: true }) as R & { readonly label: string };
}

function numberIn({ fields, line }: CsvRecord, name: string, file: string, needed = false): number {
  const text = (fields[name] as string).trim();
  const value = Number(text);
  if ((text === '' && needed) || !Number.isFinite(value) || value < 0) {
    throw damaged(file, line, `${name} is "${text}", which is not a number from 0 up`);
  }
  return value;
}

function extraOf({ fields, line }: CsvRecord, file: string): Record<string, unknown> {
  const text = fields['extra'] as string;
  if (text === '') return {};
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Refused below, together with JSON of another kind.
  }
  throw damaged(file, line, 'extra is not a JSON object');
}

/** What `extra` says about which of several like rows it is. */
const DISTINGUISHING = ['kind', 'idx', 'storage', 'stage', 'mwm'];

/** The shape first: it is what tells the rows of one kind apart. */
function labelOf(row: Omit<MeasuredRow, 'label'>): string {
  const how = DISTINGUISHING.flatMap((k) => (row.extra[k] === undefined ? [] : [String(row.extra[k])]));
  if (row.extra['par'] === 1) how.push('parallel');
  const type = row.type === 'none' ? '' : row.type;
  return [
    row.dims > 0 ? `${formatCount(row.n)} × ${formatCount(row.dims)} ${type}`.trimEnd() : `${formatCount(row.n)} rows`,
    row.m > 0 ? `m ${row.m}` : row.lists > 0 ? `lists ${row.lists}` : '',
    row.efConstruction > 0 ? `ef ${row.efConstruction}` : '',
    ...how,
    `${row.engine} ${row.version}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** A number of `extra`, or undefined where there is none. */
export function extraNumber(row: Pick<MeasuredRow, 'extra'>, key: string): number | undefined {
  const value = row.extra[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
