/** Where a calibration series is measured: in a scratch schema of a PostgreSQL, or in a temporary file on this host. */
import { InputError } from '../quantity/index.ts';
import { type CalibrationRequest, type CalibrationSeries, SCRATCH_SCHEMA_PREFIX, type Target } from '../store/index.ts';

/** The scratch space by kind of store, for the sentence that announces it. */
export const SCRATCH = {
  postgres: (database: string): string => `a scratch schema ${SCRATCH_SCHEMA_PREFIX}… of database ${database}`,
  sqlite: 'a temporary file',
} as const;

/**
 * @param target undefined for sqlite-vec on this host
 * @throws InputError for a kind of store that has no series, StoreError when the server is unreachable or refuses it
 */
export async function calibrateStore(
  target: Target | undefined,
  request: CalibrationRequest,
): Promise<CalibrationSeries> {
  if (target === undefined || target.scheme === 'sqlite') {
    return (await import('./sqlite/calibration.ts')).calibrateSqlite(request);
  }
  if (target.scheme === 'postgres')
    return (await import('./postgres/calibration.ts')).calibratePostgres(target, request);
  throw new InputError('calibrate-unsupported', `${target.address}: only PostgreSQL and sqlite-vec are measured`);
}
