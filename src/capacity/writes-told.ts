/** What a write report is made of before its sentences are written. */
import type { EnginePlan } from '../engines/engine.ts';
import type { SystemTables } from '../engines/pg-table.ts';
import type { Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { BackfillPlan } from './writes-backfill.ts';
import type { RateLimit } from './writes-limit.ts';
import type { LogPlan, LogRates } from './writes-log.ts';
import type { PendingPlan } from './writes-pending.ts';
import type { WriteSettings } from './writes-settings.ts';
import type { SqliteCheckpoints } from './writes-sqlite.ts';
import type { WrittenStructure } from './writes-structures.ts';
import type { TouchPlan } from './writes-touch.ts';

/** What of the report depends on the engine. */
export interface EngineParts {
  readonly structures: readonly WrittenStructure[];
  readonly log: LogPlan | undefined;
  readonly sqlite: SqliteCheckpoints | undefined;
  readonly pending: PendingPlan | undefined;
  readonly backfill: BackfillPlan | undefined;
  readonly touch: TouchPlan | undefined;
}

/** The same of a named system's own tables, with what is to be said of them. */
export interface TableParts extends EngineParts {
  readonly notes: readonly string[];
}

/** What tells it: handed in, because only a named system needs it. */
export type TableModel = (
  w: Workload,
  plan: EnginePlan,
  tables: SystemTables,
  settings: WriteSettings,
  rates: LogRates | undefined,
) => TableParts;

/** All of it. */
export interface Told extends EngineParts {
  readonly w: Workload;
  readonly engine: string;
  readonly machines: Quantity<'count'>;
  readonly unknown: string | undefined;
  readonly peak: Quantity<'rows/s'> | undefined;
  readonly insertRate: Quantity<'rows/s'> | undefined;
  readonly busy: Quantity<'ratio'> | undefined;
  readonly settings: WriteSettings;
  readonly rates: LogRates | undefined;
  readonly limit: RateLimit;
}
