/** `memplan explain FIGURE`: one figure of the report, down to its leaves. */
import { estimate } from '../../capacity/estimate.ts';
import { figuresOf } from '../../capacity/figures.ts';
import { explain, formatQuantity, InputError, nearest, toJson } from '../../quantity/index.ts';
import { renderColumns } from '../../render/columns.ts';
import type { Action, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { gatherInputs } from './inputs.ts';

/** What is explained when nobody says which workload: the README's. */
const EXAMPLE = { n: '10M', dims: '1536' };

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const described = ['n', 'users', 'from', 'config'].some((o) => options[o] !== undefined);
    const { workload, prices } = await gatherInputs(described ? options : { ...EXAMPLE, ...options }, runtime);
    const figures = figuresOf(estimate(workload, { prices, now: runtime.now }));
    const [id] = args;
    const notes = described ? [] : ['no workload given: this is for --n 10M --dims 1536'];
    if (id === undefined) {
      const rows = [...figures].map(([key, q]) => [key, formatQuantity(q), q.basis, q.name]);
      return {
        exit: EXIT.done,
        notes,
        render: (view) =>
          view.format === 'json'
            ? `${JSON.stringify({ schemaVersion: 1, kind: 'figures', generatedAt: view.now.toISOString(), figures: Object.fromEntries([...figures].map(([k, q]) => [k, toJson(q)])) }, null, 2)}\n`
            : `${renderColumns(rows, { head: ['FIGURE', 'VALUE', 'BASIS', 'WHAT'], align: ['left', 'right'], width: view.columns, shrink: 3 }).join('\n')}\n`,
      };
    }
    const q = figures.get(id) ?? figures.get(`${id}.disk`);
    if (q === undefined) {
      const near = nearest(id, figures.keys());
      throw new InputError(
        'unknown-figure',
        `"${id}" is not a figure of this report${near === undefined ? '' : `; did you mean ${near}?`}`,
        'memplan explain lists them all',
      );
    }
    return {
      exit: EXIT.done,
      notes,
      render: (view) =>
        view.format === 'json'
          ? `${JSON.stringify({ schemaVersion: 1, kind: 'explanation', generatedAt: view.now.toISOString(), figure: id, quantity: toJson(q, true) }, null, 2)}\n`
          : `${explain(q).join('\n')}\n`,
    };
  },
};
