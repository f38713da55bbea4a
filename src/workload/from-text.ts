/** A workload from inputs as they are typed on the command line: what a program that uses the library usually has. */

import { InputError, nearest } from '../quantity/index.ts';
import type { Calibration } from './calibration.ts';
import { completeWorkload } from './complete.ts';
import { draftFrom } from './draft.ts';
import { PARAMETERS } from './parameters.ts';
import type { Workload } from './workload.ts';

/**
 * @param inputs flag names without dashes to texts or numbers: `{ n: '10M', dims: 1536, 'text-bytes': 300 }`
 * @param calibration constants of your own host, as readCalibrationProfile reads them from a file
 * @throws InputError for a value out of range, a contradiction, or a name that is no input
 */
export function workload(inputs: Readonly<Record<string, string | number>>, calibration?: Calibration): Workload {
  const known = [...PARAMETERS.map((p) => p.id), 'with', 'without'];
  for (const name of Object.keys(inputs)) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    throw new InputError(
      'unknown-input',
      `${name} is not an input of a workload${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  const draft = draftFrom(inputs, 'flag', (id) => id);
  return completeWorkload(
    calibration === undefined ? draft : { ...draft, calibration: { profile: calibration, from: 'flag' } },
  );
}
