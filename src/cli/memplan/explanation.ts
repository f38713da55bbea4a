/** One figure down to its leaves, in every format. */
import { explain, type Quantity, toJson } from '../../quantity/index.ts';
import { csvLine } from '../../render/csv.ts';
import { jsonText } from '../../render/written-number.ts';
import type { Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

export function explanation(id: string, q: Quantity, notes: readonly string[]): Outcome {
  return {
    exit: EXIT.done,
    notes,
    render(view): string {
      switch (view.format) {
        case 'json':
          return jsonText({
            schemaVersion: 1,
            kind: 'explanation',
            generatedAt: view.now.toISOString(),
            figure: id,
            quantity: toJson(q, true),
          });
        case 'markdown':
          return ['```', ...explain(q), '```', ''].join('\n');
        case 'csv':
          return nodes(q)
            .map((cells) => csvLine(cells))
            .join('');
        default:
          return `${explain(q).join('\n')}\n`;
      }
    },
  };
}

/** A record a node, depth first; a node that was shown is not shown again. */
function nodes(root: Quantity): (string | number | null)[][] {
  const lines: (string | number | null)[][] = [
    ['depth', 'symbol', 'name', 'formula', 'value', 'unit', 'low', 'high', 'basis', 'source'],
  ];
  const seen = new Set<Quantity>();
  const walk = (q: Quantity, symbol: string, depth: number): void => {
    if (seen.has(q)) return;
    seen.add(q);
    lines.push([depth, symbol, q.name, q.formula ?? null, q.value, q.unit, q.low, q.high, q.basis, q.source ?? null]);
    for (const [s, input] of Object.entries(q.inputs)) walk(input, s, depth + 1);
  };
  walk(root, '', 0);
  return lines;
}
