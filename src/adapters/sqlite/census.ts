/**
 * How the rows of one set spread over its namespaces: counted, or told from random rowids.
 *
 * The sample draws whole numbers between the least and the greatest rowid and looks each up. A draw meets a row of a
 * namespace with the chance (rows of it) / (rowids between), whatever holes the rowids have, so the share of draws that
 * met one, times the rowids between, estimates its rows without bias; the interval is Wilson's for that share
 * (E. B. Wilson, JASA 22, 1927).
 */
import { columnRefText, type Match, type SetProfile } from '../../profiles/index.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
import type { Census, CensusRequest, Counted, NamespaceLoad } from '../../store/index.ts';
import { all, numberOr, one, quoted } from './driver.ts';
import { rowidName, type StoredTable } from './read-catalog.ts';
import { measuredRows } from './record-size.ts';
import { seededRandom } from './seeded-random.ts';
import type { Reader } from './structures.ts';
import { deletedSql, expirySql, refSql } from './time-sql.ts';

/** Characters of a namespace in a report. */
const NAME_LENGTH = 120;
/** Rows met that are enough: ± 1.1 points at a share of one half. */
const ENOUGH_ROWS = 8_000;
/** Draws at most; a lookup is a few page reads. */
const MOST_DRAWS = 60_000;
const DRAWS_A_STEP = 4_000;
/** With fewer rows met than this, a count says more. */
const TOO_FEW = 400;
/** Below so many rowids a count takes no longer than the sample. */
const SMALL = 50_000;
const Z95 = 1.959963984540054;

/** Where the rows are read, and the expressions that matter of one, over the alias `t`. */
interface Source {
  readonly set: SetProfile;
  readonly column: string;
  readonly table: StoredTable;
  /** FROM clause of all rows. */
  readonly from: string;
  readonly namespace: string;
  /** 1 for a row that is expired or marked deleted; null where the set knows neither. */
  readonly dead: string | null;
  readonly rowid: string | null;
  /** Bytes of a row's values. */
  readonly bytes: string | null;
}

/** @throws InputError when there is no such set, or it has no namespace */
export async function sqliteCensus(reader: Reader, matches: readonly Match[], request: CensusRequest): Promise<Census> {
  const source = sourceOf(reader, matches, request.set);
  const now = request.now.getTime() / 1000;
  const { step } = reader;
  if (request.approximate) {
    const sample = await drawn(reader, source, now, request.seed, step);
    if (sample !== null) return sampled(reader, source, request, sample);
  }
  await step(`${source.set.title}: namespaces`);
  return counted(reader, source, request, now);
}

function sourceOf(reader: Reader, matches: readonly Match[], id: string): Source {
  const set = matches
    .flatMap((m) => m.sets.map((s) => ({ id: `${m.profile.id}:${s.table}`, s })))
    .find((x) => x.id === id)?.s;
  if (set === undefined) throw new InputError('unknown-set', `the store has no rows to count under "${id}"`);
  const stored = (name: string): StoredTable | undefined => reader.catalog.stored.find((t) => t.name === name);
  const table = stored(set.table);
  if (table !== undefined) {
    if (set.namespace === undefined) throw noNamespace(set);
    return {
      set,
      column: columnRefText(set.namespace),
      table,
      from: `${quoted(table.name)} AS t`,
      namespace: refSql(set.namespace),
      dead: deadSql(set),
      rowid: table.withoutRowid ? null : `t.${rowidName(table)}`,
      bytes: table.columns
        .filter((c) => !c.computed)
        .map((c) => `coalesce(octet_length(t.${quoted(c.name)}), 0)`)
        .join(' + '),
    };
  }
  // A vec0 table is read through its shadow tables; its namespace is its first partition key.
  const rowids = stored(`${set.table}_rowids`);
  const key = reader.catalog.catalog.tables
    .find((t) => t.name === set.table)
    ?.columns.find((c) => c.type === 'PARTITION KEY')?.name;
  if (rowids === undefined || key === undefined) throw noNamespace(set);
  return {
    set,
    column: key,
    table: rowids,
    from: `${quoted(rowids.name)} AS t`,
    namespace: `(SELECT c.partition00 FROM ${quoted(`${set.table}_chunks`)} AS c WHERE c.chunk_id = t.chunk_id)`,
    dead: null,
    rowid: 't.rowid',
    bytes: null,
  };
}

function noNamespace(set: SetProfile): InputError {
  return new InputError(
    'no-namespace',
    `${set.table}: the profile names no namespace for its rows, so they cannot be counted by it`,
    'name the column in a --map file',
  );
}

function deadSql(set: SetProfile): string | null {
  const deleted = deletedSql(set);
  const parts = [
    ...(set.ttl === undefined ? [] : [`coalesce((${expirySql(set.ttl).expires}) <= :now, 0)`]),
    ...(deleted === null ? [] : [deleted]),
  ];
  return parts.length === 0 ? null : `(${parts.join(' OR ')})`;
}

const exactly = (n: number): Counted => ({ value: n, low: n, high: n });

function counted(reader: Reader, source: Source, request: CensusRequest, now: number): Census {
  const { db } = reader;
  const sql = `SELECT ${source.namespace} AS ns, count(*) AS n, ${source.dead === null ? 'NULL' : `total(${source.dead})`} AS dead
    FROM ${source.from} GROUP BY 1 ORDER BY 2 DESC, 1`;
  const parameters = source.dead === null ? {} : { now };
  const sizes = new Map<number, number>();
  const top: { ns: string | null; rows: number; dead: number | null }[] = [];
  let rows = 0;
  let distinct = 0;
  for (const r of db.prepare(sql).iterate(parameters) as Iterable<Record<string, unknown>>) {
    const n = Number(r['n']);
    rows += n;
    distinct++;
    sizes.set(n, (sizes.get(n) ?? 0) + 1);
    if (top.length < request.top) top.push({ ns: nameOf(r['ns']), rows: n, dead: numberOr(r['dead'], null) });
  }
  const bytes = rowBytes(reader, source, rows);
  return {
    set: request.set,
    column: source.column,
    method: 'exact',
    how: 'every row was counted',
    sampled: rows,
    rows: exactly(rows),
    distinct: exactly(distinct),
    top: top.map((t) =>
      load(reader, source, t.ns, exactly(t.rows), bytes.get(t.ns) ?? null, t.dead === null ? null : exactly(t.dead)),
    ),
    sizes: [...sizes].sort((a, b) => b[0] - a[0]),
  };
}

interface Sample {
  readonly draws: number;
  /** Rowids from the least to the greatest. */
  readonly span: number;
  readonly hits: ReadonlyMap<string | null, { rows: number; dead: number; bytes: number }>;
}

/** Null where a count is the better answer: few rowids, no rowids, or too many holes among them. */
async function drawn(
  reader: Reader,
  source: Source,
  now: number,
  seed: number,
  step: (what: string) => Promise<void>,
): Promise<Sample | null> {
  const { db } = reader;
  if (source.rowid === null) return null;
  const bound = (which: string): unknown => one(db, `SELECT ${which}(${source.rowid}) AS x FROM ${source.from}`)['x'];
  const [low, high] = [bound('min'), bound('max')];
  if (!Number.isSafeInteger(low) || !Number.isSafeInteger(high)) return null;
  const span = (high as number) - (low as number) + 1;
  if (span <= SMALL || !Number.isSafeInteger(span)) return null;
  const random = seededRandom(seed);
  const lookup = db.prepare(
    `SELECT ${source.namespace} AS ns, ${source.dead ?? '0'} AS dead, ${source.bytes ?? '0'} AS bytes
     FROM json_each(:draws) AS j CROSS JOIN ${source.from} ON ${source.rowid} = j.value`,
  );
  const hits = new Map<string | null, { rows: number; dead: number; bytes: number }>();
  let draws = 0;
  let met = 0;
  while (draws < MOST_DRAWS && met < ENOUGH_ROWS) {
    await step(`${source.set.title}: a sample of ${formatCount(draws)} rowids`);
    const ids = Array.from({ length: DRAWS_A_STEP }, () => (low as number) + Math.floor(random() * span));
    const rows = lookup.all({ draws: JSON.stringify(ids), ...(source.dead === null ? {} : { now }) });
    for (const r of rows as Record<string, unknown>[]) {
      const ns = nameOf(r['ns']);
      const h = hits.get(ns) ?? { rows: 0, dead: 0, bytes: 0 };
      h.rows++;
      h.dead += Number(r['dead'] ?? 0);
      h.bytes += Number(r['bytes'] ?? 0);
      hits.set(ns, h);
    }
    draws += ids.length;
    met += rows.length;
    if (draws >= MOST_DRAWS / 4 && met < TOO_FEW / 4) return null;
  }
  return met < TOO_FEW ? null : { draws, span, hits };
}

function sampled(reader: Reader, source: Source, request: CensusRequest, s: Sample): Census {
  const met = [...s.hits.values()].reduce((a, h) => a + h.rows, 0);
  const scaled = (k: number): Counted => wilson(k, s.draws, s.span);
  const order = [...s.hits].sort((a, b) => b[1].rows - a[1].rows || (String(a[0]) < String(b[0]) ? -1 : 1));
  return {
    set: request.set,
    column: source.column,
    method: 'approximate',
    how: `${formatCount(s.draws)} rowids were drawn at random among ${formatCount(s.span)}, and ${formatCount(met)} of them are rows; the intervals are Wilson's at 95 %`,
    sampled: met,
    rows: scaled(met),
    distinct: null,
    top: order
      .slice(0, request.top)
      .map(([ns, h]) =>
        load(
          reader,
          source,
          ns,
          scaled(h.rows),
          source.bytes === null ? null : h.bytes / h.rows,
          source.dead === null ? null : scaled(h.dead),
        ),
      ),
    sizes: null,
  };
}

/** @param k draws of n that met one; @param span what a share of 1 stands for */
export function wilson(k: number, n: number, span: number): Counted {
  const p = k / n;
  const z2 = Z95 * Z95;
  const middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z95 * Math.sqrt((p * (1 - p)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return {
    value: Math.round(p * span),
    low: Math.max(k, Math.floor((middle - half) * span)),
    high: k === n ? span : Math.min(span, Math.ceil((middle + half) * span)),
  };
}

/** Mean bytes of a row's values by namespace, over the rows that `stats` measures too. */
function rowBytes(reader: Reader, source: Source, rows: number): ReadonlyMap<string | null, number> {
  if (source.bytes === null) return new Map();
  const sql = `SELECT ${source.namespace} AS ns, avg(${source.bytes}) AS b FROM ${measuredRows(source.table, rows)} GROUP BY 1`;
  return new Map(all(reader.db, sql).map((r) => [nameOf(r['ns']), Number(r['b'])]));
}

function load(
  reader: Reader,
  source: Source,
  ns: string | null,
  rows: Counted,
  bytes: number | null,
  dead: Counted | null,
): NamespaceLoad {
  const characters = ns === null ? 0 : [...ns].length;
  const label = ns === null ? undefined : labelOf(reader, source.set, ns);
  return {
    namespace: ns === null || characters <= NAME_LENGTH ? ns : [...ns].slice(0, NAME_LENGTH).join(''),
    ...(characters > NAME_LENGTH ? { length: characters } : {}),
    ...(label === undefined || label === ns ? {} : { label }),
    rows,
    rowBytes: bytes,
    deadRows: dead,
  };
}

function labelOf(reader: Reader, set: SetProfile, namespace: string): string | undefined {
  const l = set.namespaceLabel;
  if (l === undefined || !reader.catalog.stored.some((t) => t.name === l.table)) return undefined;
  const sql = `SELECT substr(${quoted(l.name)}, 1, ${NAME_LENGTH}) AS x FROM ${quoted(l.table)} WHERE ${quoted(l.id)} = ?`;
  const x = one(reader.db, sql, [namespace])['x'];
  return typeof x === 'string' ? x : undefined;
}

const nameOf = (value: unknown): string | null => (value === null || value === undefined ? null : String(value));
