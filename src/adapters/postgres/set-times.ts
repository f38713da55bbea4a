/** Expiry and ages of a set as columns of the one pass over its table. */
import {
  columnRefText,
  inferTimeFormat,
  type SetProfile,
  type TimeColumn,
  type TtlRule,
  ttlText,
} from '../../profiles/index.ts';
import type { AgeFacts, TimeFormat, TtlFacts } from '../../store/index.ts';
import { expirySql, isoOf, refSql, refType, secondsSql, typeFamily } from './expression-sql.ts';
import type { PgRelation } from './reading.ts';
import type { PgSession } from './session.ts';

const DAY = 86_400;
const AGE_DAYS = [1, 7, 30, 90, 365] as const;
/** Younger than 1, 7, 30, … days, each row in the first that holds it; then older. */
const BOUNDS = [...AGE_DAYS.map((d) => d * DAY), Number.MAX_SAFE_INTEGER];

type Totals = Readonly<Record<string, number | null>>;

/** A time column whose format is settled. */
export interface ResolvedTime {
  readonly text: string;
  readonly format: TimeFormat;
  /** Seconds since the epoch as SQL; what is dated "infinity" counts as unreadable. */
  readonly seconds: string;
}

/** @returns null where there is no such column or its format cannot be told: ages are then not available */
export async function resolvedTime(
  session: PgSession,
  time: TimeColumn | undefined,
  relation: PgRelation,
  alias: string,
): Promise<ResolvedTime | null> {
  if (time === undefined) return null;
  const type = refType(time.column, relation.columns);
  const x = refSql(time.column, alias);
  const format = await formatOf(session, time, type, relation, x, alias);
  if (format === null) return null;
  const seconds = secondsSql(x, format, type);
  return { text: columnRefText(time.column), format, seconds: `NULLIF(NULLIF(${seconds}, 'infinity'), '-infinity')` };
}

async function formatOf(
  session: PgSession,
  time: TimeColumn,
  type: string,
  relation: PgRelation,
  x: string,
  alias: string,
): Promise<TimeFormat | null> {
  const family = typeFamily(type);
  if (family === 'timestamptz' || family === 'timestamp' || family === 'date') return 'native';
  if (time.format === 'native') return family === 'text' ? 'utc-text' : null;
  if (time.format !== 'infer') return time.format;
  const [r] = await session.query<{ x: unknown }>(
    `SELECT ${x} AS x FROM ${relation.quoted} AS ${alias} WHERE ${x} IS NOT NULL LIMIT 1`,
  );
  const value = r?.x;
  return inferTimeFormat(family === 'numeric' || family === 'float' ? Number(value) : value);
}

const countIf = (condition: string, name: string): string => `count(*) FILTER (WHERE ${condition}) AS ${name}`;

/** Select-list items of one row: `ttl_e` the expiry in seconds, `ttl_n` whether it never expires, `age_c` the creation. */
export function timeItems(set: SetProfile, relation: PgRelation, created: ResolvedTime | null): string[] {
  const items = created === null ? [] : [`${created.seconds} AS age_c`];
  if (set.ttl === undefined) return items;
  const { never, expires } = expirySql(set.ttl, relation.columns);
  return [...items, `${expires} AS ttl_e`, `${never} IS NULL AS ttl_n`];
}

/**
 * Times in text take a regular expression each: they are computed once a row, and not once for every count. The counts
 * are then the leader's alone; a plain column is cheaper to read again, by all workers.
 */
export function computedOnce(set: SetProfile, relation: PgRelation): boolean {
  const times = [set.created, ...(set.ttl === undefined ? [] : [set.ttl.kind === 'at' ? set.ttl.at : set.ttl.from])];
  return times.some((t) => t !== undefined && typeFamily(refType(t.column, relation.columns)) === 'text');
}

export function ttlColumns(set: SetProfile, now: Date): string[] {
  if (set.ttl === undefined) return [];
  const at = String(now.getTime() / 1000);
  const within = (seconds: number): string => `ttl_e > ${at} AND ttl_e <= ${at} + ${seconds}`;
  return [
    countIf(`ttl_e <= ${at}`, 'expired'),
    countIf(`ttl_e > ${at}`, 'live'),
    countIf('ttl_n', 'never'),
    countIf('NOT ttl_n AND ttl_e IS NULL', 'ttl_unreadable'),
    countIf(within(DAY), 'day'),
    countIf(within(7 * DAY), 'week'),
    `min(ttl_e) FILTER (WHERE ttl_e > ${at}) AS next`,
    `min(ttl_e) FILTER (WHERE ttl_e <= ${at}) AS oldest_expired`,
  ];
}

/** What decides about removing, and no more: on a large table each further count costs as much as reading it. */
export function removalColumns(set: SetProfile, relation: PgRelation, now: Date): string[] {
  if (set.ttl === undefined) return [];
  return [
    countIf(`ttl_e <= ${now.getTime() / 1000}`, 'expired'),
    ...(alwaysReadable(set.ttl, relation) ? [] : ['count(ttl_e) AS readable']),
    'count(*) FILTER (WHERE ttl_n) AS never',
    'min(ttl_e) AS first',
  ];
}

/** Whole numbers and the server's own times are never anything but a time. */
function alwaysReadable(ttl: TtlRule, relation: PgRelation): boolean {
  const time = ttl.kind === 'at' ? ttl.at : ttl.from;
  const types = [refType(time.column, relation.columns)];
  if (ttl.kind === 'after') types.push(relation.columns.get(ttl.ttl) ?? '');
  return types.every((t) => ['integer', 'timestamptz', 'timestamp', 'date', 'interval'].includes(typeFamily(t)));
}

/** @param r of `removalColumns`, with `rows` */
export function removalTtl(set: SetProfile, r: Totals, now: Date): TtlFacts | null {
  if (set.ttl === undefined) return null;
  const [rows, expired, never] = [Number(r['rows'] ?? 0), Number(r['expired'] ?? 0), Number(r['never'] ?? 0)];
  const readable = Number(r['readable'] ?? rows - never);
  const first = r['first'] ?? null;
  const due = first !== null && first <= now.getTime() / 1000;
  return {
    rule: ttlText(set.ttl),
    expired,
    live: readable - expired,
    never,
    unreadable: rows - never - readable,
    withinDay: 0,
    withinWeek: 0,
    next: due ? null : isoOf(first),
    oldestExpired: due ? isoOf(first) : null,
  };
}

export function ttlOf(set: SetProfile, r: Totals): TtlFacts | null {
  if (set.ttl === undefined) return null;
  return {
    rule: ttlText(set.ttl),
    expired: Number(r['expired']),
    live: Number(r['live']),
    never: Number(r['never']),
    unreadable: Number(r['ttl_unreadable']),
    withinDay: Number(r['day']),
    withinWeek: Number(r['week']),
    next: isoOf(r['next']),
    oldestExpired: isoOf(r['oldest_expired']),
  };
}

export function ageColumns(created: ResolvedTime | null, now: Date): string[] {
  if (created === null) return [];
  const age = `(${now.getTime() / 1000} - age_c)`;
  return [
    'min(age_c) AS oldest',
    'max(age_c) AS newest',
    countIf(`${age} < 0`, 'future'),
    countIf('age_c IS NULL', 'age_unreadable'),
    ...BOUNDS.map((b, i) => countIf(`${age} >= ${i === 0 ? 0 : BOUNDS[i - 1]} AND ${age} < ${b}`, `b${i}`)),
  ];
}

export function agesOf(created: ResolvedTime | null, r: Totals): AgeFacts | null {
  if (created === null) return null;
  return {
    column: created.text,
    oldest: isoOf(r['oldest']),
    newest: isoOf(r['newest']),
    buckets: BOUNDS.map((_, i) => ({ days: AGE_DAYS[i] ?? null, rows: Number(r[`b${i}`]) })),
    future: Number(r['future']),
    unreadable: Number(r['age_unreadable']),
  };
}
