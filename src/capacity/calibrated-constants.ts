/** The constants of a profile by name, beside those that stand where nothing was measured. */
import { measuredLeaf } from '../engines/calibrated.ts';
import {
  BUILD_TUPLE_SECONDS,
  HNSW_SERIAL_SHARE,
  P99_FACTOR,
  SCAN_SPEED,
  searchTupleTime,
} from '../engines/hnsw-work.ts';
import { IVF_SPEED } from '../engines/ivf-work.ts';
import { leaf, type Quantity } from '../quantity/index.ts';
import { CALIBRATED_IDS, calibratedUnit } from '../workload/calibration-profile.ts';
import type { CalibratedId, EngineCalibration } from '../workload/index.ts';

export interface ConstantBeside {
  readonly id: CalibratedId;
  readonly title: string;
  readonly measured: Quantity;
  /** Undefined where nothing is assumed: what is not measured is not counted then. */
  readonly assumed: Quantity | undefined;
}

const TITLES: Readonly<Record<CalibratedId, string>> = {
  'build-tuple': 'time a tuple, build',
  'build-growth': 'growth with rows, build',
  'build-memory': 'beyond caches, build',
  'search-tuple': 'time a tuple, search',
  'search-growth': 'growth with rows, search',
  'search-memory': 'beyond caches, search',
  'cache-rows': 'rows half in caches',
  'search-fixed': 'fixed time, search',
  'serial-share': 'serial share, build',
  'ivfflat-build': 'IVFFlat build, × ours',
  'ivfflat-scan': 'IVFFlat search, × ours',
  'flat-scan': 'exact scan, × ours',
  'p99-factor': 'p99 over p50',
};

/** In the order of the table above; what the profile does not hold is left out. */
export function constantsBeside(e: EngineCalibration, file: string): ConstantBeside[] {
  return CALIBRATED_IDS.flatMap((id) => {
    const constant = e.constants[id];
    if (constant === undefined) return [];
    const title = TITLES[id];
    const measured = measuredLeaf(title, constant, calibratedUnit(id), file, e);
    return [{ id, title, measured, assumed: assumedOf(id, e) }];
  });
}

function assumedOf(id: CalibratedId, e: EngineCalibration): Quantity | undefined {
  switch (id) {
    case 'build-tuple':
      return BUILD_TUPLE_SECONDS;
    case 'search-tuple':
      return searchTupleTime(
        'float32',
        leaf('dimensions measured', e.dimensions, 'dimensions'),
        leaf('non-zero elements', 0, 'dimensions'),
      );
    case 'serial-share':
      return HNSW_SERIAL_SHARE;
    case 'p99-factor':
      return P99_FACTOR;
    case 'ivfflat-build':
    case 'ivfflat-scan':
      return IVF_SPEED;
    case 'flat-scan':
      return SCAN_SPEED;
    default:
      return undefined;
  }
}
