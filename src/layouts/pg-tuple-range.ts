/**
 * How narrow and how wide a heap tuple can be where its payloads are not certain.
 *
 * Source: PostgreSQL src/backend/access/heap/heaptoast.c: a row above TOAST_TUPLE_THRESHOLD moves its widest value out, so that
 * a few bytes more make it narrower by a vector.
 */
import type { RowImage } from './pg-heap-row.ts';
import { type HeapColumn, images, sameShape, sizedColumns } from './pg-row-lengths.ts';

/** Steps from one end of the payloads' intervals to the other, where a row changes its shape on the way. */
const STEPS = 4;
/** Of a step on which it does: to a two-hundred-and-fiftieth of the way. */
const HALVINGS = 6;

/**
 * Typical rows from one end of the payloads' intervals to the other. Where a value leaves the row on the way, the tuple is at its
 * widest right before that point and at its narrowest right behind it, not at an end: both are among them. All payloads grow
 * together, or the one with the widest interval before the others or behind them: which value is the widest, and leaves
 * first, depends on it.
 */
export function rowsBetween(
  columns: readonly HeapColumn[],
  least: readonly number[],
  most: readonly number[],
): RowImage[] {
  const alike = columns.map((c) => (c.kind === 'varlena' ? { ...c, spread: 0 } : c));
  const sized = sizedColumns(alike);
  const ranges = least.map((l, i) => (most[i] as number) - l);
  const widest = ranges.indexOf(Math.max(...ranges));
  const turn = (one: readonly number[], other: readonly number[]): number[] =>
    one.map((o, i) => (i === widest ? (other[i] as number) : o));
  const rows: RowImage[] = [];
  const walk = (start: readonly number[], end: readonly number[]): void => {
    const at = (way: number): RowImage => {
      const payloads = start.map((s, i) => s + ((end[i] as number) - s) * way);
      const row = images(alike, sized, payloads).ends[0] as RowImage;
      rows.push(row);
      return row;
    };
    let before = at(0);
    for (let step = 1; step <= STEPS; step++) {
      const behind = at(step / STEPS);
      let [from, to] = [(step - 1) / STEPS, step / STEPS];
      for (let halved = sameShape(before, behind) ? HALVINGS : 0; halved < HALVINGS; halved++) {
        const middle = (from + to) / 2;
        if (sameShape(at(middle), before)) from = middle;
        else to = middle;
      }
      before = behind;
    }
  };
  walk(least, most);
  walk(least, turn(least, most));
  walk(turn(most, least), most);
  return rows;
}
