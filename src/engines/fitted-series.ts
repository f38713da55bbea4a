/** What a fit makes of a calibration series: the constants, and how well they meet each sample. */
import type { BuildSample, QuerySample } from '../store/index.ts';
import type { EngineCalibration } from '../workload/index.ts';

export interface FittedSample {
  readonly of: 'build' | 'search';
  readonly sample: BuildSample | QuerySample;
  /** What the fit is held to: CPU seconds of a build where they are known, the median of a search. */
  readonly measuredSeconds: number;
  readonly fittedSeconds: number;
}

export interface CalibrationFit {
  /** Without constants where the series was too short to fit any. */
  readonly calibration: EngineCalibration;
  readonly samples: readonly FittedSample[];
  /** What the user should know of it, a sentence each. */
  readonly notes: readonly string[];
}
