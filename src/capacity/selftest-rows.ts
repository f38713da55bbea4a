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
  readonly label: string;
}

/** In the order in which `Measured` reads them. */
const MEASURED_COLUMNS = [
  'engine',
  'engine_version',
  'object',
  'type',
  'n',
  'dims',
  'm',
  'ef_construction',
  'lists',
  'bytes',
  'extra',
];
/** In the order in which `Published` reads them. */
const PUBLISHED_COLUMNS = [
  'id',
  'engine',
  'type',
  'index',
  'index_size_reported',
  'other',
  'confidence',
  'n_vectors',
  'dims',
  'm_or_lists',
  'index_size_mib',
];

/** @throws InputError (`damaged-measurements`) naming file, line and column of what cannot be read */
export function measuredRows(text: string, file: string): MeasuredRow[] {
  return parseCsv(text, file, MEASURED_COLUMNS).map((record) => new Measured(file, record));
}

/** @throws InputError (`damaged-measurements`) naming file, line and column of what cannot be read */
export function publishedRows(text: string, file: string): PublishedRow[] {
  return parseCsv(text, file, PUBLISHED_COLUMNS).map((record) => new Published(file, record));
}

/** A row puts its label together when it is read: few are shown. */
class Measured implements MeasuredRow {
  declare readonly file: string;
  declare readonly line: number;
  declare readonly engine: string;
  declare readonly version: string;
  declare readonly object: string;
  declare readonly type: string;
  declare readonly n: number;
  declare readonly dims: number;
  declare readonly m: number;
  declare readonly efConstruction: number;
  declare readonly lists: number;
  declare readonly bytes: number;
  declare readonly extra: Readonly<Record<string, unknown>>;

  constructor(file: string, record: CsvRecord) {
    const { line, cells } = record;
    this.file = file;
    this.line = line;
    this.engine = cells[0] as string;
    this.version = cells[1] as string;
    this.object = cells[2] as string;
    this.type = cells[3] as string;
    this.n = numberIn(record, 4, MEASURED_COLUMNS, file, true);
    this.dims = numberIn(record, 5, MEASURED_COLUMNS, file);
    this.m = numberIn(record, 6, MEASURED_COLUMNS, file);
    this.efConstruction = numberIn(record, 7, MEASURED_COLUMNS, file);
    this.lists = numberIn(record, 8, MEASURED_COLUMNS, file);
    this.bytes = numberIn(record, 9, MEASURED_COLUMNS, file, true);
    this.extra = extraOf(cells[10] as string, file, line);
  }

  get label(): string {
    return labelOf(this);
  }
}

class Published implements PublishedRow {
  declare readonly file: string;
  declare readonly line: number;
  declare readonly id: string;
  declare readonly engine: string;
  declare readonly type: string;
  declare readonly index: string;
  declare readonly reported: string;
  declare readonly other: string;
  declare readonly inferred: boolean;
  declare readonly n: number;
  declare readonly dims: number;
  declare readonly mOrLists: number;
  declare readonly mebibytes: number;

  constructor(file: string, record: CsvRecord) {
    const { line, cells } = record;
    const other = cells[5] as string;
    this.file = file;
    this.line = line;
    this.id = cells[0] as string;
    this.engine = cells[1] as string;
    this.type = cells[2] as string;
    this.index = cells[3] as string;
    this.reported = cells[4] as string;
    this.other = other;
    this.inferred = `${other} ${cells[6]}`.includes('dims inferred');
    this.n = numberIn(record, 7, PUBLISHED_COLUMNS, file);
    this.dims = numberIn(record, 8, PUBLISHED_COLUMNS, file);
    this.mOrLists = numberIn(record, 9, PUBLISHED_COLUMNS, file);
    this.mebibytes = numberIn(record, 10, PUBLISHED_COLUMNS, file);
  }

  get label(): string {
    const parameter =
      this.mOrLists === 0 ? '' : this.index === 'ivfflat' ? `, lists ${this.mOrLists}` : `, m ${this.mOrLists}`;
    return `${this.id}: ${formatCount(this.n)} × ${formatCount(this.dims)} ${this.type} ${this.index}${parameter}`;
  }
}

/** @param at which of `columns` */
function numberIn(
  { cells, line }: CsvRecord,
  at: number,
  columns: readonly string[],
  file: string,
  needed = false,
): number {
  const cell = cells[at] as string;
  // Most cells of a row do not apply to it.
  if (cell === '' && !needed) return 0;
  const text = cell.trim();
  const value = Number(text);
  if ((text === '' && needed) || !Number.isFinite(value) || value < 0) {
    throw damaged(file, line, `${columns[at]} is "${text}", which is not a number from 0 up`);
  }
  return value;
}

function extraOf(text: string, file: string, line: number): Record<string, unknown> {
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
