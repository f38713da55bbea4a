/** `memplan explain [FIGURE]`: one figure of the report, down to its leaves, or the list of them all. */
import { estimate } from '../../capacity/estimate.ts';
import { figuresOf } from '../../capacity/figures.ts';
import { engineOfReport, inputNotes } from '../../capacity/input-notes.ts';
import { formatQuantity, InputError, nearest, type Quantity, toJson } from '../../quantity/index.ts';
import { renderColumns } from '../../render/columns.ts';
import { csvLine } from '../../render/csv.ts';
import { jsonText } from '../../render/written-number.ts';
import type { Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { explainedInputs } from './explained-inputs.ts';
import { explanation } from './explanation.ts';

/** `vector-index` is its size on disk, `build` its time, `query` the median. */
const PARTS = ['', '.disk', '.seconds', '.p50'];

/** @throws InputError for a figure that there is not */
export async function figureOutcome(id: string | undefined, options: Options, runtime: Runtime): Promise<Outcome> {
  const { inputs, notes: noted } = await explainedInputs(options, runtime);
  const plan = estimate(inputs.workload, { prices: inputs.prices, now: runtime.now });
  const notes = [...noted, ...inputNotes(inputs.workload, engineOfReport(inputs.workload, plan.engine.id))];
  const figures = figuresOf(plan);
  if (id === undefined) return { exit: EXIT.done, notes, render: (view) => list(figures, view) };
  const q = PARTS.map((part) => figures.get(`${id}${part}`)).find((found) => found !== undefined);
  if (q === undefined) {
    const near = nearest(id, figures.keys());
    throw new InputError(
      'unknown-figure',
      `"${id}" is not a figure of this report${near === undefined ? '' : `; did you mean ${near}?`}`,
      'memplan explain lists them all',
    );
  }
  return explanation(id, q, notes);
}

/** Every figure of the report in one line. */
function list(figures: ReadonlyMap<string, Quantity>, view: View): string {
  const rows = [...figures].map(([key, q]) => [key, formatQuantity(q), q.basis, q.name]);
  const head = ['FIGURE', 'VALUE', 'BASIS', 'WHAT'];
  switch (view.format) {
    case 'json':
      return jsonText({
        schemaVersion: 1,
        kind: 'figures',
        generatedAt: view.now.toISOString(),
        figures: Object.fromEntries([...figures].map(([k, q]) => [k, toJson(q)])),
      });
    case 'csv':
      return [
        csvLine(['figure', 'value', 'unit', 'low', 'high', 'basis', 'what']),
        ...[...figures].map(([key, q]) => csvLine([key, q.value, q.unit, q.low, q.high, q.basis, q.name])),
      ].join('');
    case 'markdown':
      return `${['| figure | value | basis | what |', '|---|---:|---|---|', ...rows.map((r) => `| ${r.join(' | ')} |`)].join('\n')}\n`;
    default:
      return `${renderColumns(rows, { head, align: ['left', 'right'], width: view.columns, shrink: 3 }).join('\n')}\n`;
  }
}
