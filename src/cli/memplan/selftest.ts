/** `memplan selftest`: predicts the shipped measurements and prints the error by engine and structure. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SelftestReport, selftest } from '../../capacity/selftest.ts';
import type { MeasurementFiles } from '../../capacity/selftest-rows.ts';
import { InputError } from '../../quantity/index.ts';
import { selftestCsv, selftestMarkdown, selftestScreen } from '../../render/selftest.ts';
import { jsonText } from '../../render/written-number.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../paint.ts';
import { whyUnreadable } from '../text-of-file.ts';

declare const __VERSION__: string | undefined;

/** The package: the bundle lies in dist/, this source three folders down. The build knows which of the two it is. */
const PACKAGE: string = `${import.meta.dirname}/${typeof __VERSION__ === 'string' ? '..' : '../../..'}`;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const measurements = readMeasurements();
    runtime.expectShort?.();
    return selftestOutcome(selftest(measurements, runtime.now), options['rows'] === true);
  },
};

/** @param rows every row, not only the summary */
export function selftestOutcome(report: SelftestReport, rows: boolean): Outcome {
  return {
    exit: report.passed ? EXIT.done : EXIT.breached,
    render: (view) => render(report, rows, view),
  };
}

function render(report: SelftestReport, rows: boolean, view: View): string {
  switch (view.format) {
    case 'json':
      return jsonText(rows ? report : summaryOf(report));
    case 'csv':
      return selftestCsv(report, rows);
    case 'markdown':
      return selftestMarkdown(report, rows);
    default:
      return selftestScreen(report, { width: view.columns, paint: paint(view.color), rows });
  }
}

/** The report without its rows, which are not even made then: their intervals are most of what there is to work out. */
function summaryOf(r: SelftestReport): Omit<SelftestReport, 'rows'> {
  const { schemaVersion, kind, generatedAt, passed, measurements, predictedMeasurements } = r;
  const { groups, leftOut, buildTuple, failures } = r;
  const head = { schemaVersion, kind, generatedAt, passed, measurements, predictedMeasurements };
  return { ...head, groups, leftOut, buildTuple, failures };
}

/**
 * @param folder where postgres.csv, embedded.csv and published.csv are; default the package's own
 * @throws InputError (`measurements-missing`) when one of them cannot be read
 */
export function readMeasurements(folder: string = `${PACKAGE}/fixtures/measurements`): MeasurementFiles {
  const text = (name: string): string => {
    try {
      // Files of the package, not of a user: of their size and encoding nothing need be asked.
      return readFileSync(`${folder}/${name}`, 'utf8');
    } catch (e) {
      const why = whyUnreadable(e, { what: 'table of measurements', mostBytes: Number.POSITIVE_INFINITY });
      throw new InputError(
        'measurements-missing',
        `${join(folder, name)}: ${why}, and the self-test predicts what it holds`,
        'the file came with the package; install it again',
      );
    }
  };
  return { postgres: text('postgres.csv'), embedded: text('embedded.csv'), published: text('published.csv') };
}
