/** What the structures of a live store would take if they were rebuilt. */
export type { Baseline, Confidence, Expectation, ExpectationOptions, Unmeasured } from './expectation.ts';
export { expectedActual, type StructureComparison } from './expected-actual.ts';
export { bareName, qualified, quoteIdentifier } from './pg-statistics.ts';
export { DEFRAG_HELPS_FROM } from './redis-memory.ts';
