/** A quantity's whole computation as text: symbol, then numbers, then result, then source. */
import { formatIntervalPlain, plain } from './plain.ts';
import type { Quantity } from './quantity.ts';

export interface ExplainOptions {
  /** How many levels of inputs to show; default all. */
  readonly depth?: number;
}

/**
 * One line per node, inputs indented below. A node already shown is referred to, not repeated.
 *
 * ```
 * element tuple = align8(72 + V) = align8(72 + 6,152) = 6,224 B  [exact; pgvector src/hnsw.h]
 *   V: value = 8 + 4 * d = 8 + 4 * 1,536 = 6,152 B  [exact]
 * ```
 */
export function explain(q: Quantity, options: ExplainOptions = {}): string[] {
  const lines: string[] = [];
  const shown = new Set<Quantity>();
  const walk = (node: Quantity, indent: string, symbol: string, depth: number): void => {
    const label = symbol === '' || symbol === node.name ? node.name : `${symbol}: ${node.name}`;
    const repeated = shown.has(node) && node.formula !== undefined;
    lines.push(`${indent}${label} = ${repeated ? `${plain(node.value)} ${node.unit} (above)` : computation(node)}`);
    if (repeated || depth <= 0) return;
    shown.add(node);
    for (const [s, input] of Object.entries(node.inputs)) walk(input, `${indent}  `, s, depth - 1);
  };
  walk(q, '', '', options.depth ?? Number.POSITIVE_INFINITY);
  return lines;
}

function computation(q: Quantity): string {
  const result = `${plain(q.value)} ${q.unit}`;
  const interval = q.low === q.high ? '' : `, ${formatIntervalPlain(q.low, q.high)}`;
  const source = q.source === undefined ? '' : `; ${q.source}`;
  const tail = `${result}  [${q.basis}${interval}${source}]`;
  if (q.formula === undefined) return tail;
  return `${q.formula} = ${substitute(q)} = ${tail}`;
}

/** The formula with each symbol replaced by its value. */
function substitute(q: Quantity): string {
  return (q.formula as string).replaceAll(/[A-Za-z_][A-Za-z0-9_]*(?!\w*\s*\()/g, (symbol) => {
    const input = q.inputs[symbol];
    return input === undefined ? symbol : plain(input.value);
  });
}
