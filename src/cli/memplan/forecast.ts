/** `memplan forecast`. */
import { type ForecastReport, forecast } from '../../capacity/forecast.ts';
import { engineOfReport, inputNotes } from '../../capacity/input-notes.ts';
import { reportJson } from '../../capacity/report-json.ts';
import { formatCount, InputError, leaf } from '../../quantity/index.ts';
import { forecastCsv, forecastPage } from '../../render/capacity/forecast.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { growthOf } from './growth-of-store.ts';
import { gatherInputs } from './inputs.ts';
import { numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

const DAY_S = 86_400;
const YEAR_DAYS = 365;
/** Ten years, of 365.25 days: further ahead nobody keeps the same plan. */
const MOST_DAYS = 3653;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const days = daysOf(options);
    const disk = numberOption(options, 'disk', 'bytes', 2 ** 20, 2 ** 60);
    const { workload, prices, store, notes, ofSystem } = await gatherInputs(options, runtime);
    const grown = await growthOf(options, workload, store?.seen, runtime);
    runtime.expectShort?.();
    const report = forecast(workload, {
      now: runtime.now,
      days,
      growth: grown.model,
      fits: grown.fits,
      looks: grown.looks,
      prices,
      notes: grown.notes,
      ...(disk === undefined ? {} : { disk: leaf('disk of a machine', disk, 'B', { source: '--disk' }) }),
    });
    const told = inputNotes(workload, engineOfReport(workload, report.engine));
    return outcomeOf(told.length === 0 ? report : { ...report, notes: [...report.notes, ...told] }, [
      ...notes,
      ...ofSystem,
    ]);
  },
};

function outcomeOf(report: ForecastReport, notes: readonly string[]): Outcome {
  return {
    ...sectionedOutcome(report, forecastPage(ASCII_PLOT), notes),
    render(view) {
      if (view.format === 'json') return sectionedOutcome(report, forecastPage(ASCII_PLOT), notes).render(view);
      if (view.format === 'csv') return forecastCsv(reportJson(report, view.now));
      // A terminal that takes colour takes Unicode; a pipe and a dumb one get letters.
      const plot = { columns: view.columns, unicode: view.color };
      return sectionedOutcome(report, forecastPage(plot), notes).render(view);
    },
  };
}

const ASCII_PLOT = { columns: 80, unicode: false };

/** `--days 365`, or a duration. */
function daysOf(options: Options): number {
  const given = options['days'];
  if (given === undefined) return YEAR_DAYS;
  const text = String(given).trim();
  const days = /^\d+$/.test(text)
    ? Number(text)
    : (numberOption(options, 'days', 'duration', DAY_S, MOST_DAYS * DAY_S) as number) / DAY_S;
  if (days < 1 || days > MOST_DAYS) {
    throw new InputError('out-of-range', `--days: ${text} is outside 1 to ${formatCount(MOST_DAYS)} days`);
  }
  return Math.round(days);
}
