export type { CalibratedConstant, CalibratedId, Calibration, EngineCalibration } from './calibration.ts';
export * from './choices.ts';
export { completeWorkload, type MadeInputs } from './complete.ts';
export { type Config, EMPTY_CONFIG, readConfig } from './config.ts';
export { type Draft, type DraftInput, draftFrom, draftFromStore, EMPTY_DRAFT, mergeDrafts } from './draft.ts';
export { PARAMETERS, type Parameter, type ParameterKind, parameter } from './parameters.ts';
export type { SystemInUse } from './system.ts';
export { USABLE_SHARE } from './usable-ram.ts';
export type { From, Workload } from './workload.ts';
