/** The threshold of a dedup report: where it comes from, what it lets through, and the neighbours it was told from. */
import type { Calibration, DedupSet } from '../dedup/dedup-report.ts';
import { formatCount, formatPercent, printable } from '../quantity/index.ts';
import { wrap } from './columns.ts';
import type { DedupView } from './dedup-report.ts';

export function thresholdLines(s: DedupSet, view: DedupView): string[] {
  const { width, paint } = view;
  const { value, from, calibration } = s.threshold;
  if (value === null) return [];
  const named: Readonly<Record<typeof from, string>> = {
    given: 'as given',
    calibrated: "calibrated on the store's own pairs",
    default: 'the default',
    none: '',
  };
  const lead = `  ${paint.head('THRESHOLD')} ${value.toFixed(3)}, ${named[from]}`;
  if (calibration === null) return [...wrap(lead.trimStart(), width, 2, 4), ''];
  return [
    ...wrap(lead.trimStart(), width, 2, 4),
    ...wrap(calibrationText(calibration, value), width, 4),
    ...(calibration.how === '' ? [] : wrap(printable(calibration.how), width, 4).map(paint.faint)),
    ...histogram(calibration, value, view),
    '',
  ];
}

function calibrationText(c: Calibration, threshold: number): string {
  const { falsePairs: f, random } = c;
  const few = (n: number): string => (n < 10 ? String(Math.round(n * 10) / 10) : formatCount(n));
  const [value, low, high] = [few(f.value), few(f.low), few(f.high)];
  const interval = low === high ? value : `${value} (${low}-${high})`;
  // Where the highest of the random pairs are twins themselves, a quantile of them tells nothing of strangers.
  const chance =
    random.p999 < Math.min(threshold, c.suggested)
      ? `Random pairs: mean ${random.mean.toFixed(3)}, 99.9 % below ${random.p999.toFixed(3)}`
      : `Random pairs: mean ${random.mean.toFixed(3)}, with twins among them`;
  const suggested =
    Math.abs(c.suggested - threshold) < 5e-4 ? 'It' : `The suggestion is ${c.suggested.toFixed(3)}, which`;
  return `${suggested} is expected to flag ${interval} pairs that say different things. ${chance}.`;
}

/** Lines of the histogram: wide enough steps for the eye, few enough for a screen. */
const BINS = 8;
const BAR = 30;
/** "0.30-0.40"; a cosine may be negative. */
const LABEL = 9;

/** Nearest neighbours by similarity: twins above the valley, strangers below. */
function histogram(c: Calibration, threshold: number, { width, paint }: DedupView): string[] {
  const { from, shares, rows } = c.nearest;
  if (shares.length === 0 || rows === 0) return [];
  const step = Math.max(1, Math.ceil(shares.length / BINS));
  const bins: { low: number; high: number; share: number }[] = [];
  for (let i = 0; i < shares.length; i += step) {
    const part = shares.slice(i, i + step);
    bins.push({
      low: from + i * 0.01,
      high: from + (i + part.length) * 0.01,
      share: part.reduce((a, b) => a + b, 0),
    });
  }
  const most = Math.max(...bins.map((b) => b.share));
  if (most <= 0) return [];
  const bar = Math.max(8, Math.min(BAR, width - 30));
  return [
    ...wrap(`Nearest other row of ${formatCount(rows)} random rows, by cosine:`, width, 4),
    ...bins.map((b) => {
      const cells = Math.round((b.share / most) * bar);
      const filled = '#'.repeat(b.share > 0 ? Math.max(1, cells) : 0).padEnd(bar);
      const mark = threshold >= b.low && threshold < b.high ? ' <' : '';
      return paint.faint(
        `    ${`${b.low.toFixed(2)}-${Math.min(1, b.high).toFixed(2)}`.padStart(LABEL)}  ${filled} ${formatPercent(b.share)}${mark}`,
      );
    }),
  ];
}
