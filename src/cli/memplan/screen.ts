/** Everything that prints a capacity report other than as JSON, and reads a saved one back. */
import type { CapacityJson } from '../../capacity/capacity-json.ts';
import { explainReport } from '../../capacity/figures.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { type Currency, InputError, printable, readCurrency, showMoneyIn } from '../../quantity/index.ts';
import { capacityCsv, capacityNdjson } from '../../render/capacity/csv.ts';
import { capacityMarkdown } from '../../render/capacity/markdown.ts';
import { capacityScreen } from '../../render/capacity/table.ts';
import type { View } from '../command.ts';
import { paint } from '../paint.ts';
import { textOfNamedFile } from '../text-of-file.ts';

/** Larger than the explained report of any workload: what is named by mistake is not read into memory. */
const MAX_BYTES = 64 * 2 ** 20;

/** @param report the live report, for --explain; undefined for a saved one */
export function renderCapacity(json: CapacityJson, report: CapacityReport | undefined, view: View): string {
  switch (view.format) {
    case 'csv':
      return capacityCsv(json);
    case 'ndjson':
      return capacityNdjson(json);
    case 'markdown':
      return capacityMarkdown(json);
    default: {
      const screen = capacityScreen(json, { columns: view.columns, paint: paint(view.color), verbose: view.verbose });
      if (!view.explain) return screen;
      if (report === undefined) {
        throw new InputError(
          'no-explanation',
          '--explain: a saved report prints its figures only; run the estimate again with --explain',
        );
      }
      return `${screen}\n${explainReport(report).join('\n')}\n`;
    }
  }
}

/**
 * A capacity report from a file, checked by printing it.
 * @param where how the file is named to the user: "--input report.json"
 * @throws InputError when it is missing, no capacity report, of another version, or incomplete
 */
export function savedCapacityReport(path: string, where: string): CapacityJson {
  const text = textOfNamedFile(path, { where, what: 'report', mostBytes: MAX_BYTES, code: 'input-unreadable' });
  let document: unknown;
  try {
    // A saved report may have passed through other hands: its texts are shown, never obeyed.
    document = JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? printable(value) : value));
  } catch {
    throw new InputError('input-not-json', `${where}: that is not JSON; save a report with memplan estimate --json`);
  }
  const { kind, schemaVersion } = (document ?? {}) as { kind?: unknown; schemaVersion?: unknown };
  if (kind !== 'capacity-report') {
    throw new InputError(
      'input-kind',
      `${where}: that is ${kind === undefined ? 'no report of ours' : `a ${String(kind)}`}; a capacity-report is needed`,
    );
  }
  if (schemaVersion !== 1)
    throw new InputError(
      'input-version',
      `${where}: schemaVersion ${String(schemaVersion)} is not known to this release; it reads 1`,
    );
  const saved = document as CapacityJson;
  // Its sentences were written in this currency, so its figures are, too.
  showMoneyIn(savedCurrency(saved, path));
  try {
    for (const figure of figuresAnywhere(document)) mustBeFigure(figure);
    const options = { columns: 80, paint: paint(false), verbose: true };
    capacityScreen(saved, options);
    capacityMarkdown(saved);
    capacityCsv(saved);
  } catch {
    throw new InputError(
      'input-incomplete',
      `${where}: the report is incomplete or damaged; save it again with memplan estimate --json`,
    );
  }
  return saved;
}

type Figure = Readonly<Record<'value' | 'low' | 'high', unknown>>;

/** Every object with a value and an interval, wherever it stands. */
function* figuresAnywhere(node: unknown): Generator<Figure> {
  if (typeof node !== 'object' || node === null) return;
  if ('value' in node && 'low' in node && 'high' in node) yield node as Figure;
  for (const inner of Object.values(node)) yield* figuresAnywhere(inner);
}

/** Nothing in a report is negative, and every interval holds its value. @throws Error where this one does not */
function mustBeFigure({ value, low, high }: Figure): void {
  const numbers = [value, low, high].every((x) => typeof x === 'number' && Number.isFinite(x) && x >= 0);
  const [v, l, h] = [Number(value), Number(low), Number(high)];
  // Two ways to the same number may differ in its last digits.
  if (!numbers || v < l * (1 - 1e-9) || v > h * (1 + 1e-9)) throw new Error('this is no figure with its interval');
}

/** Reports of before there were currencies have none. @throws InputError */
function savedCurrency(saved: CapacityJson, path: string): Currency | undefined {
  const { code, rate } = (saved.cost as { currency?: Partial<Currency> | null } | undefined)?.currency ?? {};
  const where = `--input ${path}: cost.currency`;
  return readCurrency(code, rate, { code: `${where}.code`, rate: `${where}.rate` });
}
