/** What to know about a calibration before it is believed: how old it is, and how far from the workload it was measured. */
import { formatCount } from '../quantity/index.ts';
import { type Calibration, parameter } from '../workload/index.ts';

const DAY_MS = 86_400_000;
/** Half a year: servers are updated, machines are exchanged. */
const OLD_DAYS = 180;
/** Beyond this factor between the dimensions, more of the cost is the model's shape than the measurement. */
const FAR_DIMENSIONS = 4;

/**
 * @param dimensions of the workload; undefined where the default stands
 * @param now the clock, passed in
 */
export function calibrationNotes(c: Calibration, dimensions: number | undefined, now: Date): string[] {
  const planned = dimensions ?? parameter('dims').default?.value ?? 1;
  return c.engines.flatMap((e) => {
    const days = Math.floor((now.getTime() - Date.parse(e.measuredAt)) / DAY_MS);
    const factor = planned / e.dimensions;
    const far = factor > FAR_DIMENSIONS || factor < 1 / FAR_DIMENSIONS;
    return [
      ...(days > OLD_DAYS
        ? [`${c.file}: ${e.engine} was measured ${formatCount(days)} days ago; measure again with memplan calibrate`]
        : []),
      ...(far
        ? [
            `${c.file}: ${e.engine} was measured at ${formatCount(e.dimensions)} dimensions, and ${formatCount(planned)} are planned; measure nearer with memplan calibrate --dims ${planned}`,
          ]
        : []),
    ];
  });
}
