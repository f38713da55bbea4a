/** The screen of `memplan calibrate` that docs/calibrate.md shows: a series as a server gave it, fitted and printed anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibrationReport } from '../../src/capacity/calibration-report.ts';
import { reportJson } from '../../src/capacity/report-json.ts';
import { fitCalibration } from '../../src/engines/calibration-fit.ts';
import { calibrationPage } from '../../src/render/capacity/calibrate.ts';
import { pageScreen } from '../../src/render/capacity/sectioned.ts';
import { PLAIN } from '../../src/render/paint.ts';
import type { CalibrationSeries } from '../../src/store/index.ts';

/** Measured by bench/calibrate-series.ts: 20,000 rows of 768 dimensions. */
const SERIES = join(import.meta.dirname, '../../fixtures/calibration/pgvector-768.json');

export default function calibrate(): string[] {
  const now = new Date('2026-11-21T00:00:00Z');
  const series = JSON.parse(readFileSync(SERIES, 'utf8')) as CalibrationSeries;
  const fit = fitCalibration(series, { measuredAt: now.toISOString(), host: '2 × AMD EPYC, 23.5 GiB' });
  const report = calibrationReport({ measured: [{ series, fit }], file: 'memplan-calibration.json' });
  return [
    '$ memplan calibrate postgres://app@localhost/memory --dims 768',
    ...pageScreen(calibrationPage(reportJson(report, now)), { columns: 100, paint: PLAIN, verbose: false })
      .trimEnd()
      .split('\n'),
  ];
}
