/** The table of docs/accuracy.md: every shipped measurement predicted, by kind of structure. */
import { selftest } from '../../src/capacity/selftest.ts';
import { readMeasurements } from '../../src/cli/memplan/selftest.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { selftestScreen } from '../../src/render/selftest.ts';

export default function accuracy(): string[] {
  const report = selftest(readMeasurements(), new Date(0));
  const text = selftestScreen(report, { width: 100, paint: PLAIN, rows: false });
  return text
    .trim()
    .split('\n')
    .map((line) => line.replace(/^ {2}/, ''));
}
