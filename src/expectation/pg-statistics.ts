/** How far PostgreSQL's statistics carry an expectation: rows, freshness, and what is said where they do not. */
import type { Quantity } from '../quantity/index.ts';
import type { PgStatistics, Structure } from '../store/index.ts';
import { type Confidence, type Expectation, seen, unknown, withheld } from './expectation.ts';

/** Autovacuum analyses a table after a tenth of it changed (autovacuum_analyze_scale_factor); twice that is stale. */
const STALE_SHARE = 0.2;

export const BY_STATISTICS = 'layout from statistics';

/** Null where the statistics carry; else what is to be said instead. */
export function unusable(s: Structure, statistics: PgStatistics, analyze: string): Expectation | null {
  if (statistics.state === 'invisible') {
    return withheld(
      s,
      BY_STATISTICS,
      'pg_stats shows this role nothing of the table',
      'a role that may SELECT from it',
    );
  }
  if (statistics.state === 'never' || s.rows === null) {
    return unknown(BY_STATISTICS, 'the table was never analysed', { settle: analyze });
  }
  return null;
}

/** Share of the rows that changed since the statistics were taken; 0 where nobody counted. */
export function changedShare(statistics: PgStatistics, rows: number): number {
  return (statistics.modifiedSince ?? 0) / Math.max(1, rows);
}

export interface Trusted {
  readonly rows: Quantity<'rows'>;
  readonly confidence: Confidence;
  readonly notes: readonly string[];
}

/**
 * Rows with what may have been added or removed since they were counted. Old statistics widen the interval, so that an
 * alarm rests on what is left of it.
 */
export function trustedRows(name: string, count: number, statistics: PgStatistics, analyze: string): Trusted {
  const changed = statistics.modifiedSince ?? 0;
  const stale = changedShare(statistics, count) > STALE_SHARE;
  if (!stale) return { rows: seen(`rows of ${name}`, count, 'rows'), confidence: 'high', notes: [] };
  return {
    rows: seen(`rows of ${name}`, count, 'rows', Math.max(0, count - changed), count + changed),
    confidence: 'low',
    notes: [
      `${Math.round(100 * changedShare(statistics, count))} % of the rows changed since the statistics: ${analyze}`,
    ],
  };
}

/** `ANALYZE "s"."t"`, for people. */
export function analyzeStatement(schema: string, table: string | null): string {
  return `ANALYZE ${qualified(schema, table ?? '')}`;
}

/** `"s"."t"`; a name that already carries its schema is taken apart first. */
export function qualified(schema: string, name: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(bareName(schema, name))}`;
}

export function bareName(schema: string, name: string): string {
  return name.startsWith(`${schema}.`) ? name.slice(schema.length + 1) : name;
}

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
