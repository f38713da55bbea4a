/** What is known of a table when it and its indexes are described. */
import type { MemorySet, PgStatistics, Withheld } from '../../store/index.ts';
import type { ColumnList } from './column-facts.ts';
import { quoted } from './quoting.ts';
import type { HeapRow } from './relation-rows.ts';

export interface TableContext {
  readonly heap: HeapRow;
  readonly statistics: PgStatistics;
  readonly columns: ColumnList | undefined;
  /** Live rows; `counted` when a memory set counted them. */
  readonly rows: number | null;
  readonly counted: boolean;
  readonly set: MemorySet | undefined;
}

/** Statistics that this role does not see, or that were never taken, with what settles it. */
export function statisticsWithheld(t: TableContext, role: string): Withheld[] {
  const name = `${quoted(t.heap.schema)}.${quoted(t.heap.name)}`;
  switch (t.statistics.state) {
    case 'invisible':
      return [
        t.heap.readable
          ? {
              what: 'statistics',
              why: 'row-level security hides pg_stats of this table from the role',
              grant: `ALTER ROLE ${quoted(role)} BYPASSRLS`,
            }
          : {
              what: 'statistics',
              why: `the role ${role} may not SELECT from the table, so pg_stats shows nothing of it`,
              grant: `GRANT SELECT ON ${name} TO ${quoted(role)}`,
            },
      ];
    case 'never':
      return [{ what: 'statistics', why: 'the table was never analysed', grant: `ANALYZE ${name}` }];
    default:
      return [];
  }
}
