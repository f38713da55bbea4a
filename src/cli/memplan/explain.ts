/** `memplan explain FIGURE`: one figure of the report, down to its leaves; or other people's rules and claims beside ours. */
import { estimate } from '../../capacity/estimate.ts';
import { figuresOf } from '../../capacity/figures.ts';
import { formatQuantity, InputError, nearest, type Quantity, toJson } from '../../quantity/index.ts';
import { renderColumns } from '../../render/columns.ts';
import { csvLine } from '../../render/csv.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { explanation } from './explanation.ts';
import { gatherInputs } from './inputs.ts';

/** What is explained when nobody says which workload: the README's. */
const EXAMPLE = { n: '10M', dims: '1536' };

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const [id] = args;
    if (options['verdict'] !== undefined && options['article'] !== true) {
      throw new InputError(
        'contradiction',
        '--verdict chooses among the claims of the article; give --article with it',
      );
    }
    if (options['article'] === true) {
      if (options['compare'] === true)
        throw new InputError('contradiction', '--article contradicts --compare; give one of them');
      const { articleOutcome } = await import('./explain-article.ts');
      return articleOutcome(id, options, runtime);
    }
    const described = ['n', 'users', 'from', 'config'].some((o) => options[o] !== undefined);
    const inputs = await gatherInputs(described ? options : { ...EXAMPLE, ...options }, runtime);
    const notes = described ? [] : ['no workload given: this is for --n 10M --dims 1536'];
    if (options['compare'] === true) {
      const { compareOutcome } = await import('./explain-compare.ts');
      return compareOutcome(id, inputs, notes, runtime);
    }
    const figures = figuresOf(estimate(inputs.workload, { prices: inputs.prices, now: runtime.now }));
    if (id === undefined) return { exit: EXIT.done, notes, render: (view) => list(figures, view) };
    const q = figures.get(id) ?? figures.get(`${id}.disk`);
    if (q === undefined) {
      const near = nearest(id, figures.keys());
      throw new InputError(
        'unknown-figure',
        `"${id}" is not a figure of this report${near === undefined ? '' : `; did you mean ${near}?`}`,
        'memplan explain lists them all',
      );
    }
    return explanation(id, q, notes);
  },
};

/** Every figure of the report in one line. */
function list(figures: ReadonlyMap<string, Quantity>, view: View): string {
  const rows = [...figures].map(([key, q]) => [key, formatQuantity(q), q.basis, q.name]);
  const head = ['FIGURE', 'VALUE', 'BASIS', 'WHAT'];
  switch (view.format) {
    case 'json':
      return `${JSON.stringify({ schemaVersion: 1, kind: 'figures', generatedAt: view.now.toISOString(), figures: Object.fromEntries([...figures].map(([k, q]) => [k, toJson(q)])) }, null, 2)}\n`;
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
