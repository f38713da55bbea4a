/** The range of a formula inside its inputs' intervals: exact where it moves one way with each of them, as all of ours do. */
import type { Formula, FunctionTable } from './formula.ts';

/** An interval: where nothing is uncertain its ends are the same. */
export interface Ends {
  readonly low: number;
  readonly high: number;
}

/** An input: its value, and the interval around it. */
interface Valued extends Ends {
  readonly value: number;
}

/** Above this many inputs of unknown direction, 2^k corners cost more than probing each. */
const MAX_CORNER_INPUTS = 3;

/**
 * The range of a formula over the corners of its inputs' intervals. Where the formula's text shows how it moves with each
 * input, every input has one corner for the low end and one for the high.
 * @param inputs by symbol
 * @param directions a `Direction` for each of the formula's symbols; undefined when it moves the same way with all of them
 */
export function formulaRange(
  by: Formula,
  inputs: Readonly<Record<string, Valued>>,
  value: number,
  directions: string | undefined,
  using: FunctionTable | undefined,
): Ends {
  const { symbols } = by;
  // Of their final length: a list that grows from nothing takes room for seventeen.
  const { length } = symbols;
  const least = new Array<number>(length);
  const most = new Array<number>(length);
  let uncertain = 0;
  let unknown = false;
  for (let i = 0; i < length; i++) {
    const input = inputs[symbols[i] as string] as Valued;
    const { low, high } = input;
    if (low === high) {
      const known = input.value;
      least[i] = known;
      most[i] = known;
      continue;
    }
    const d = directions === undefined ? 'r' : directions[i];
    const falling = d === 'f';
    least[i] = falling ? high : low;
    most[i] = falling ? low : high;
    uncertain++;
    if (!falling && d !== 'r') unknown = true;
  }
  // Of a single uncertain input both ends are tried, whichever way the formula moves with it.
  if (unknown && uncertain > 1) return cornerRange(by, inputs, value, directions as string, using);
  const one = by.evaluate(least, using);
  const other = by.evaluate(most, using);
  let low = value;
  let high = value;
  if (one < low) low = one;
  if (one > high) high = one;
  if (other < low) low = other;
  if (other > high) high = other;
  return { low, high };
}

/** The same where some directions are unknown: those are tried in all combinations, or, when they are many, probed first. */
function cornerRange(
  by: Formula,
  inputs: Readonly<Record<string, Valued>>,
  value: number,
  directions: string,
  using: FunctionTable | undefined,
): Ends {
  const args = by.symbols.map((symbol) => inputs[symbol] as Valued);
  let low = value;
  let high = value;
  const point: number[] = [];
  const set = (i: number, upper: boolean): void => {
    const its = args[i] as Valued;
    point[i] = upper ? its.high : its.low;
  };
  const see = (): number => {
    const r = by.evaluate(point, using);
    if (r < low) low = r;
    if (r > high) high = r;
    return r;
  };
  const known: { i: number; rising: boolean }[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < args.length; i++) {
    const its = args[i] as Valued;
    point.push(its.value);
    if (its.low === its.high) continue;
    const d = directions[i];
    if (d === 'u' || d === undefined) unknown.push(i);
    else known.push({ i, rising: d === 'r' });
  }
  if (unknown.length > MAX_CORNER_INPUTS) {
    for (const i of unknown) {
      set(i, true);
      const up = see();
      set(i, false);
      known.push({ i, rising: up >= see() });
      point[i] = (args[i] as Valued).value;
    }
    unknown.length = 0;
  }
  const corners = 2 ** unknown.length;
  for (let end = 0; end < (known.length === 0 ? 1 : 2); end++) {
    for (let k = 0; k < known.length; k++) {
      const { i, rising } = known[k] as { i: number; rising: boolean };
      set(i, rising === (end === 1));
    }
    for (let corner = 0; corner < corners; corner++) {
      for (let k = 0; k < unknown.length; k++) set(unknown[k] as number, (corner & (1 << k)) !== 0);
      see();
    }
  }
  return { low, high };
}
