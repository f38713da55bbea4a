/** A calibration series, whatever engine it is of → the constants that later estimates use. */
import type { CalibrationSeries } from '../store/index.ts';
import { fitFlatScans } from './calibration-fit-flat.ts';
import { fitPgvector } from './calibration-fit-pgvector.ts';
import type { CalibrationFit } from './fitted-series.ts';

export interface SeriesOrigin {
  /** ISO 8601 */
  readonly measuredAt: string;
  /** What the server runs on; null where that is not known. */
  readonly host: string | null;
}

export function fitCalibration(series: CalibrationSeries, about: SeriesOrigin): CalibrationFit {
  return series.engine === 'pgvector' ? fitPgvector(series, about) : fitFlatScans(series, about);
}
