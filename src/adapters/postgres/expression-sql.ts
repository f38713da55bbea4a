/**
 * Columns of a profile as SQL: references, times, expiry. Types come from the catalog and decide how a value is read,
 * whatever the profile expects; nothing here raises an error on a value: what cannot be read is NULL. The statements
 * count on the session's TimeZone being UTC (session.ts sets it).
 */
import type { ColumnRef, TimeColumn, TtlRule } from '../../profiles/index.ts';
import type { TimeFormat } from '../../store/index.ts';
import { literal, quoted } from './quoting.ts';

/** Column name → type as format_type writes it, e.g. "timestamp with time zone". */
export type ColumnTypes = ReadonlyMap<string, string>;

/** A column, or a member of a JSON column as text; NULL where the member is not there. */
export function refSql(ref: ColumnRef, alias = 't'): string {
  if ('column' in ref) return `${alias}.${quoted(ref.column)}`;
  return `(${alias}.${quoted(ref.json)} ->> ${literal(ref.path)})`;
}

/** Type of what refSql yields; "" when the table has no such column. */
export function refType(ref: ColumnRef, columns: ColumnTypes): string {
  return 'column' in ref ? (columns.get(ref.column) ?? '') : 'text';
}

type Family = 'timestamptz' | 'timestamp' | 'date' | 'interval' | 'integer' | 'float' | 'numeric' | 'text' | 'other';

const FAMILIES: readonly (readonly [RegExp, Family])[] = [
  [/^timestamp(\(\d\))? with time zone$/, 'timestamptz'],
  [/^timestamp(\(\d\))?( without time zone)?$/, 'timestamp'],
  [/^date$/, 'date'],
  [/^interval/, 'interval'],
  [/^(smallint|integer|bigint)$/, 'integer'],
  [/^(real|double precision)$/, 'float'],
  [/^numeric/, 'numeric'],
  [/^(text|character varying|character|bpchar|name|citext)/, 'text'],
];

export function typeFamily(type: string): Family {
  const wanted = type.toLowerCase();
  return FAMILIES.find(([pattern]) => pattern.test(wanted))?.[1] ?? 'other';
}

const UNITS: Readonly<Partial<Record<TimeFormat | 'infer', number>>> = {
  'epoch-s': 1,
  'epoch-ms': 1_000,
  'epoch-us': 1_000_000,
};

/** Year 0000 is none; the last day of the month is checked apart. */
const ISO =
  '^(?!0000)\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])([T ]([01]\\d|2[0-3]):[0-5]\\d(:[0-5]\\d([.,]\\d{1,9})?)?\\s*(Z|[+-](0\\d|1[0-5])(:?[0-5]\\d)?)?)?$';
const NUMBER = '^\\s*[+-]?\\d{1,18}(\\.\\d{1,18})?\\s*$';

/** Text → number, NULL where it is none. */
const textNumber = (x: string): string => `CASE WHEN ${x} ~ ${literal(NUMBER)} THEN ${x}::pg_catalog.float8 END`;

/** Beyond this a numeric has no float8, and a float8 no room to be multiplied: such a number is no time. */
const LARGEST = '1e300';

/** Number → float8, NULL where none holds it: the cast alone would be an error of the whole statement (22003). */
function numberSql(x: string, family: Family): string {
  if (family === 'integer') return `${x}::pg_catalog.float8`;
  // A numeric next to nothing is as much out of range as a huge one.
  const value = family === 'numeric' ? `pg_catalog.round(${x}, 12)::pg_catalog.float8` : `${x}::pg_catalog.float8`;
  const infinite = family === 'numeric' ? '' : `WHEN ${x} IN ('infinity', '-infinity') THEN ${value} `;
  return `CASE WHEN ${x} BETWEEN -${LARGEST} AND ${LARGEST} THEN ${value} ${infinite}END`;
}

/** Any column as float8: a text that holds a number, too; NULL for what is none. */
export function numberOrNull(x: string, type: string): string {
  const family = typeFamily(type);
  switch (family) {
    case 'integer':
    case 'float':
    case 'numeric':
      return `(${numberSql(x, family)})`;
    default:
      return type === 'boolean' ? `${x}::int::pg_catalog.float8` : `(${textNumber(`${x}::pg_catalog.text`)})`;
  }
}

/** Text in an ISO-8601 form → seconds; text without an offset means UTC. */
function isoSeconds(x: string): string {
  const t = `${x}::pg_catalog.text`;
  const month = `pg_catalog.make_date(pg_catalog.substr(${t}, 1, 4)::int, pg_catalog.substr(${t}, 6, 2)::int, 1)`;
  const lastDay = `extract(day FROM ${month} + interval '1 month' - interval '1 day')`;
  return (
    `CASE WHEN ${t} ~ ${literal(ISO)} THEN CASE WHEN pg_catalog.substr(${t}, 9, 2)::int <= ${lastDay} ` +
    `THEN extract(epoch FROM pg_catalog.replace(${t}, ',', '.')::timestamptz)::pg_catalog.float8 END END`
  );
}

/**
 * @param x an SQL expression; @param type its type as format_type writes it
 * @param format what the profile says; a column of a time type is read as what it is
 * @returns seconds since the epoch as double precision, NULL for what is no time (of a calendar day: its first second)
 */
export function secondsSql(x: string, format: TimeFormat | 'infer', type: string): string {
  const family = typeFamily(type);
  const unit = UNITS[format];
  switch (family) {
    case 'timestamptz':
    case 'timestamp':
    case 'date':
      // date_part is float8 from the start; extract goes through numeric, which makes a scan twice as long.
      return `pg_catalog.date_part('epoch', ${x})`;
    case 'integer':
    case 'float':
    case 'numeric':
      // Without a unit a number is no time.
      return unit === undefined ? 'NULL::pg_catalog.float8' : scaled(numberSql(x, family), '/', unit);
    case 'text':
      return unit === undefined ? `(${isoSeconds(x)})` : `((${textNumber(`${x}::pg_catalog.text`)}) / ${unit})`;
    default:
      return 'NULL::pg_catalog.float8';
  }
}

/** By one is left out: it is computed for every row. */
const scaled = (x: string, by: '*' | '/', n: number): string => (n === 1 ? `(${x})` : `(${x} ${by} ${n})`);

const DAY = 86_400;

/** Whether the value is a calendar day, which is over a day after it began. */
const isDay = (format: TimeFormat | 'infer', type: string): boolean =>
  format === 'date-text' || typeFamily(type) === 'date';

/**
 * Expiry of a row.
 * @returns `expires`: seconds since the epoch, NULL when never or unreadable; `never`: the expression whose NULL means "never"
 */
export function expirySql(
  ttl: TtlRule,
  columns: ColumnTypes,
  alias = 't',
): { readonly never: string; readonly expires: string } {
  if (ttl.kind === 'at') {
    const x = refSql(ttl.at.column, alias);
    const type = refType(ttl.at.column, columns);
    const seconds = secondsSql(x, ttl.at.format, type);
    const family = typeFamily(type);
    // What is dated "infinity" never expires.
    const never =
      family === 'timestamptz' || family === 'timestamp' || family === 'date' ? `NULLIF(${x}, 'infinity')` : x;
    return { never, expires: `NULLIF(${seconds}${isDay(ttl.at.format, type) ? ` + ${DAY}` : ''}, 'infinity')` };
  }
  const lifetime = refSql({ column: ttl.ttl }, alias);
  return {
    never: lifetime,
    expires: `(${fromSeconds(ttl.from, columns, alias)} + ${lifetimeSql(ttl, columns, alias)})`,
  };
}

const fromSeconds = (from: TimeColumn, columns: ColumnTypes, alias: string): string =>
  secondsSql(refSql(from.column, alias), from.format, refType(from.column, columns));

/** Seconds a row lives. */
function lifetimeSql(ttl: Extract<TtlRule, { kind: 'after' }>, columns: ColumnTypes, alias: string): string {
  const x = refSql({ column: ttl.ttl }, alias);
  switch (typeFamily(columns.get(ttl.ttl) ?? '')) {
    case 'interval':
      // date_part is float8 from the start; extract goes through numeric, which makes a scan twice as long.
      return `pg_catalog.date_part('epoch', ${x})`;
    case 'integer':
    case 'float':
    case 'numeric':
      return scaled(numberSql(x, typeFamily(columns.get(ttl.ttl) ?? '')), '*', ttl.seconds);
    case 'text':
      return `(${textNumber(`${x}::pg_catalog.text`)}) * ${ttl.seconds}`;
    default:
      return 'NULL::pg_catalog.float8';
  }
}

const NOW_SECONDS = 'extract(epoch FROM pg_catalog.now())';

/** For a statement that reads every row: the moment is computed once and not for each. No index condition can be made of it. */
export const computedFirst = (moment: string): string => `(SELECT ${moment})`;

/**
 * Whether a row is expired by the server's clock at the start of the transaction, `<=`: true, false, or NULL where it
 * never expires or its expiry cannot be read. An index on a plain column can serve it.
 * @param moment what to make of the SQL of the moment; `computedFirst`, or nothing
 */
export function expiredSql(
  ttl: TtlRule,
  columns: ColumnTypes,
  alias = 't',
  moment: (sql: string) => string = (sql) => sql,
): string {
  if (ttl.kind === 'at') {
    const x = refSql(ttl.at.column, alias);
    const type = refType(ttl.at.column, columns);
    const unit = UNITS[ttl.at.format];
    switch (typeFamily(type)) {
      case 'timestamptz':
        return `${x} <= ${moment('pg_catalog.now()')}`;
      case 'timestamp':
        return `${x} <= ${moment("(pg_catalog.now() AT TIME ZONE 'UTC')")}`;
      case 'date':
        return `${x} < ${moment("(pg_catalog.now() AT TIME ZONE 'UTC')::pg_catalog.date")}`;
      case 'integer':
        if (unit !== undefined)
          return `${x} <= ${moment(`pg_catalog.floor(${NOW_SECONDS} * ${unit})::pg_catalog.int8`)}`;
        break;
      case 'float':
        if (unit !== undefined) return `${x} <= ${moment(`(${NOW_SECONDS} * ${unit})::pg_catalog.float8`)}`;
        break;
      case 'numeric':
        // What no float8 holds is no time (numberSql).
        if (unit !== undefined)
          return `(${x} <= ${moment(`(${NOW_SECONDS} * ${unit})::pg_catalog.numeric`)} AND ${x} > -${LARGEST})`;
        break;
    }
  }
  return `${expirySql(ttl, columns, alias).expires} <= ${moment(`${NOW_SECONDS}::pg_catalog.float8`)}`;
}

/**
 * Whether a row was created more than `seconds` before now, by the server's clock: true, false, or NULL where its time
 * cannot be read. An index on a plain column of a time type can serve it.
 * @param seconds SQL of a number, e.g. a parameter "$1::float8"
 */
export function olderThanSql(created: TimeColumn, columns: ColumnTypes, seconds: string, alias = 't'): string {
  const x = refSql(created.column, alias);
  const type = refType(created.column, columns);
  const ago = `pg_catalog.now() - pg_catalog.make_interval(secs => ${seconds})`;
  switch (typeFamily(type)) {
    case 'timestamptz':
      return `${x} < ${ago}`;
    case 'timestamp':
      return `${x} < ((${ago}) AT TIME ZONE 'UTC')`;
    default:
      return `${secondsSql(x, created.format, type)} < ${NOW_SECONDS}::pg_catalog.float8 - ${seconds}`;
  }
}

/** ISO text of seconds since the epoch; null for NULL and for what no calendar holds. */
export function isoOf(seconds: unknown): string | null {
  if (typeof seconds !== 'number') return null;
  const date = new Date(Math.round(seconds * 1000));
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
