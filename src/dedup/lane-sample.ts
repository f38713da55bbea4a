/** Some rows of a lane against all of their groups: their pairs, and their nearest rows. */
import type { GroupOrder } from './group-order.ts';
import { placeOf } from './group-order.ts';
import type { Wanted, WantedRange } from './join-plan.ts';
import type { VectorLane } from './vector-lane.ts';

/** The row that stands for a row in the order: itself, or the first with its vector. */
export function firstOf(order: GroupOrder, group: number, slot: number): number {
  const from = order.twinStarts[group] as number;
  const at = placeOf(order.twins, slot, from, order.twinStarts[group + 1] as number);
  return at < 0 ? slot : (order.twinOf[at] as number);
}

/** The whole order, every group with itself. */
export function wholeOrder(order: GroupOrder): Wanted {
  const ranges: WantedRange[] = [];
  for (let g = 0; g + 1 < order.starts.length; g++) {
    const from = order.starts[g] as number;
    const to = order.starts[g + 1] as number;
    if (to - from > 1) ranges.push({ from, to, a0: from, a1: to });
  }
  return { order: shared(order.slots, []), ranges };
}

/** The order, and behind it the slots that stand for these, by group. */
export function sampledOrder(lane: VectorLane, order: GroupOrder, slots: readonly number[]): Wanted {
  const firsts = [...new Set(slots.map((slot) => firstOf(order, lane.groupOf(slot), slot)))];
  firsts.sort((a, b) => lane.groupOf(a) - lane.groupOf(b) || a - b);
  const ranges: WantedRange[] = [];
  for (let i = 0; i < firsts.length; ) {
    const group = lane.groupOf(firsts[i] as number);
    const begin = i;
    while (i < firsts.length && lane.groupOf(firsts[i] as number) === group) i++;
    ranges.push({
      from: order.starts[group] as number,
      to: order.starts[group + 1] as number,
      a0: order.slots.length + begin,
      a1: order.slots.length + i,
    });
  }
  return { order: shared(order.slots, firsts), ranges };
}

function shared(slots: Uint32Array, more: readonly number[]): SharedArrayBuffer {
  const buffer = new SharedArrayBuffer(4 * (slots.length + more.length));
  const list = new Uint32Array(buffer);
  list.set(slots);
  list.set(more, slots.length);
  return buffer;
}
