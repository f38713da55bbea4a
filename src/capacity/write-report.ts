/** memplan writes of any store, the own tables of a named system included: for whoever need not load as little as a start does. */
import type { PriceOverrides } from '../prices/index.ts';
import type { Workload } from '../workload/index.ts';
import { type WriteReport, writeReport } from './writes.ts';
import type { WriteWishes } from './writes-settings.ts';
import { tableParts } from './writes-tables.ts';

/** @throws InputError when no engine can hold the workload */
export function writeReportOfAny(
  w: Workload,
  wishes: WriteWishes,
  options: { readonly prices?: PriceOverrides } = {},
): WriteReport {
  return writeReport(w, wishes, { ...options, tables: tableParts });
}
