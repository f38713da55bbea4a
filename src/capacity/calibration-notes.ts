/** What to know about a calibration before it is believed: how old it is, and how far from the workload it was measured. */
import { formatCount } from '../quantity/index.ts';
import { type Calibration, parameter } from '../workload/index.ts';

const DAY_MS = 86_400_000;
/** Half a year: servers are updated, machines are exchanged. */
const OLD_DAYS = 180;
/** Beyond this factor between the dimensions, more of the cost is the model's shape than the measurement. */
const FAR_DIMENSIONS = 4;

/** Said where somebody gave measured constants and the answer has no use for them: none of these engines is in the profile. */
export function uncalibrated(
  c: Calibration,
  engines: readonly { readonly id: string; readonly title: string }[],
): string[] {
  const titles = engines
    .filter(({ id }) => !c.engines.some((e) => e.engine === (id === 'sharded-pgvector' ? 'pgvector' : id)))
    .map((e) => e.title);
  if (titles.length === 0) return [];
  const times = titles.length === 1 ? 'its' : 'their';
  return [`${c.file} has no constants of ${titles.join(', ')}: ${times} times rest on published ones`];
}

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
