/**
 * SQL that measures records as SQLite stores them. Record format: https://sqlite.org/fileformat2.html section 2.1:
 * a header of one varint for its own length and one serial type per column, then the values.
 */
import type { ColumnFacts, RecordFacts, TableFacts } from '../../store/index.ts';
import { all, type Db, numberOr, one, quoted } from './driver.ts';
import { rowidName, type StoredTable } from './read-catalog.ts';

/** Tables up to this many rows are measured whole; larger ones by an evenly spaced sample. */
export const MEASURE_WHOLE = 100_000;
const SAMPLE_POINTS = 2_000;
const ROWS_A_POINT = 5;
/** The fractional part of i times the golden ratio. */
const IRREGULAR = '(i * 0.6180339887498949 - CAST(i * 0.6180339887498949 AS INTEGER))';

/** SQLite allows 2,000 result columns; four figures are taken of each. */
const MAX_COLUMNS = 480;

/** Bytes of an integer value by its serial type: 0 and 1 take none, then 1, 2, 3, 4, 6 or 8. */
const integerBytes = (x: string): string =>
  `CASE WHEN ${x} IN (0, 1) THEN 0 WHEN ${x} BETWEEN -128 AND 127 THEN 1 WHEN ${x} BETWEEN -32768 AND 32767 THEN 2
   WHEN ${x} BETWEEN -8388608 AND 8388607 THEN 3 WHEN ${x} BETWEEN -2147483648 AND 2147483647 THEN 4
   WHEN ${x} BETWEEN -140737488355328 AND 140737488355327 THEN 6 ELSE 8 END`;

/** A REAL that is a whole number is stored as an integer where that is shorter (48 bits at most). */
const valueBytes = (x: string): string =>
  `CASE typeof(${x}) WHEN 'null' THEN 0 WHEN 'integer' THEN ${integerBytes(x)}
   WHEN 'real' THEN CASE WHEN abs(${x}) < 140737488355328 AND ${x} = CAST(${x} AS INTEGER) THEN ${integerBytes(`CAST(${x} AS INTEGER)`)} ELSE 8 END
   ELSE octet_length(${x}) END`;

/** Serial types of text and blobs are 2 * bytes + 13 (or 12), as a varint: 1 byte to 57, 2 to 8,185, 3 to 1,048,569. */
const headerBytes = (x: string): string =>
  `CASE WHEN typeof(${x}) NOT IN ('text', 'blob') THEN 1 WHEN octet_length(${x}) <= 57 THEN 1
   WHEN octet_length(${x}) <= 8185 THEN 2 WHEN octet_length(${x}) <= 1048569 THEN 3 ELSE 4 END`;

/**
 * FROM clause over the rows to measure, as `t`: all of them, or a point in each of many equal ranges of the rowid with
 * a few neighbours each; of a WITHOUT ROWID table the first rows in key order. The points lie irregularly inside their
 * ranges (multiples of the golden ratio), or rows that repeat with a period would be met at one phase only.
 */
export function measuredRows(table: StoredTable, rows: number): string {
  const name = quoted(table.name);
  if (rows <= MEASURE_WHOLE) return `${name} AS t`;
  if (table.withoutRowid) return `(SELECT * FROM ${name} LIMIT ${SAMPLE_POINTS * ROWS_A_POINT}) AS t`;
  const id = rowidName(table);
  return `(WITH RECURSIVE bounds(lo, hi) AS (SELECT min(${id}), max(${id}) FROM ${name}),
    point(i, at) AS (SELECT 0, lo FROM bounds UNION ALL
      SELECT i + 1, lo + CAST((hi - lo) * ((i + 1 + ${IRREGULAR}) / ${SAMPLE_POINTS}) AS INTEGER) FROM point, bounds WHERE i < ${SAMPLE_POINTS - 1})
    SELECT r.${id} AS _rowid_of_row, r.* FROM ${name} AS r WHERE r.${id} IN (
      SELECT n.${id} FROM point JOIN ${name} AS n ON n.${id} IN (
        SELECT m.${id} FROM ${name} AS m WHERE m.${id} >= point.at ORDER BY m.${id} LIMIT ${ROWS_A_POINT}))) AS t`;
}

/** Column sizes, record sizes and rowids of one table. */
export function tableFacts(db: Db, table: StoredTable, rows: number): TableFacts {
  const stored = table.columns.filter((c) => !c.computed);
  const unmeasured: TableFacts = {
    kind: 'table',
    columns: stored.map((c) => ({
      name: c.name,
      type: c.type,
      meanBytes: null,
      deviationBytes: null,
      meanHeaderBytes: null,
      nullShare: null,
    })),
    record: null,
    withoutRowid: table.withoutRowid,
    rowidColumn: table.rowidColumn,
    rowids: null,
  };
  if (rows === 0 || stored.length === 0 || stored.length > MAX_COLUMNS) return unmeasured;
  const isRowid = (c: { name: string }): boolean => c.name === table.rowidColumn;
  const per = stored.map((c, i) => {
    const x = `t.${quoted(c.name)}`;
    // The INTEGER PRIMARY KEY is stored as the rowid; the record keeps a NULL in its place.
    return isRowid(c)
      ? `0 AS v${i}, 1 AS h${i}, 0 AS n${i}`
      : `${valueBytes(x)} AS v${i}, ${headerBytes(x)} AS h${i}, ${x} IS NULL AS n${i}`;
  });
  const rowid = table.withoutRowid
    ? ''
    : `, ${integerBytes(rows <= MEASURE_WHOLE ? `t.${rowidName(table)}` : 't._rowid_of_row')} AS rb`;
  const body = stored.map((_, i) => `v${i}`).join(' + ');
  const header = stored.map((_, i) => `h${i}`).join(' + ');
  // The header's length counts itself: one byte up to 127.
  const record = `(${body}) + (${header}) + CASE WHEN (${header}) < 127 THEN 1 ELSE 2 END`;
  const means = stored
    .map((_, i) => `avg(v${i}) AS v${i}, avg(1.0 * v${i} * v${i}) AS s${i}, avg(h${i}) AS h${i}, avg(n${i}) AS n${i}`)
    .join(', ');
  const figures = one(
    db,
    `SELECT count(*) AS sampled, avg(r) AS mean, min(r) AS least, max(r) AS most, avg(1.0 * r * r) AS square${rowid === '' ? '' : ', avg(rb) AS rb'}, ${means}
     FROM (SELECT *, ${record} AS r FROM (SELECT ${per.join(', ')}${rowid} FROM ${measuredRows(table, rows)}))`,
  );
  const sampled = numberOr(figures['sampled'], 0);
  if (sampled === 0) return unmeasured;
  const columns = stored.map(
    (c, i): ColumnFacts => ({
      name: c.name,
      type: c.type,
      meanBytes: numberOr(figures[`v${i}`], null),
      deviationBytes: deviation(figures[`v${i}`], figures[`s${i}`]),
      meanHeaderBytes: numberOr(figures[`h${i}`], null),
      nullShare: numberOr(figures[`n${i}`], null),
    }),
  );
  return {
    ...unmeasured,
    columns,
    record: recordFacts(figures, sampled),
    rowids: rowidFacts(db, table, numberOr(figures['rb'], null)),
  };
}

function recordFacts(figures: Readonly<Record<string, unknown>>, sampled: number): RecordFacts {
  const mean = Number(figures['mean']);
  return {
    mean,
    min: Number(figures['least']),
    max: Number(figures['most']),
    deviation: deviation(mean, figures['square']) ?? 0,
    sampled,
  };
}

/** Standard deviation from a mean and a mean of squares. */
function deviation(mean: unknown, square: unknown): number | null {
  if (typeof mean !== 'number' || typeof square !== 'number') return null;
  return Math.sqrt(Math.max(0, square - mean * mean));
}

function rowidFacts(db: Db, table: StoredTable, meanBytes: number | null): TableFacts['rowids'] {
  if (table.withoutRowid || meanBytes === null) return null;
  // Two statements: together, min and max would scan the table.
  const min = numberOr(one(db, `SELECT min(${rowidName(table)}) AS x FROM ${quoted(table.name)}`)['x'], null);
  const max = numberOr(one(db, `SELECT max(${rowidName(table)}) AS x FROM ${quoted(table.name)}`)['x'], null);
  return min === null || max === null ? null : { min, max, meanBytes };
}

/** Rows of a table, or of a partial index; by the smallest B-tree that has them all. */
export function countRows(db: Db, table: string, predicate: string | null = null): number {
  const where = predicate === null ? '' : ` WHERE ${predicate}`;
  return Number(all(db, `SELECT count(*) AS n FROM ${quoted(table)}${where}`)[0]?.['n'] ?? 0);
}
