/** Rows sorted by group, equal vectors once: the order in which pairs are looked for. */

export interface GroupOrder {
  /** Slots, group by group, ascending within each; of rows with equal vectors only the first. */
  readonly slots: Uint32Array;
  /** By group: where its slots begin; the next group's beginning is its end. */
  readonly starts: Uint32Array;
  /** By group: where its entries in `twins` begin. */
  readonly twinStarts: Uint32Array;
  /** Slots of rows whose vector an earlier row of the group has, ascending within each group, and that earlier row's slot. */
  readonly twins: Uint32Array;
  readonly twinOf: Uint32Array;
}

export interface OrderedRows {
  readonly count: number;
  /** Groups are numbers below this. */
  readonly groups: number;
  readonly group: (slot: number) => number;
  readonly usable: (slot: number) => boolean;
  readonly digest: (slot: number) => number;
  readonly equal: (a: number, b: number) => boolean;
}

/** Counting sort by group, then a hash table a group. 12 bytes a row while it works, 4 to 8 that stay. */
export function orderByGroup(rows: OrderedRows): GroupOrder {
  const ends = new Uint32Array(rows.groups + 1);
  for (let slot = 0; slot < rows.count; slot++) if (rows.usable(slot)) increase(ends, rows.group(slot) + 1, 1);
  for (let g = 0; g < rows.groups; g++) increase(ends, g + 1, ends[g] as number);
  const sorted = new Uint32Array(ends[rows.groups] as number);
  const place = ends.slice();
  for (let slot = 0; slot < rows.count; slot++) {
    if (rows.usable(slot)) sorted[increase(place, rows.group(slot), 1)] = slot;
  }

  const starts = new Uint32Array(rows.groups + 1);
  const twinStarts = new Uint32Array(rows.groups + 1);
  const twins: number[] = [];
  const twinOf: number[] = [];
  let table = new Uint32Array(64);
  let unique = 0;
  for (let g = 0; g < rows.groups; g++) {
    const from = ends[g] as number;
    const to = ends[g + 1] as number;
    const size = 2 ** Math.ceil(Math.log2(2 * (to - from) + 1));
    if (size > table.length) table = new Uint32Array(size);
    else table.fill(0, 0, size);
    for (let p = from; p < to; p++) {
      const slot = sorted[p] as number;
      let at = rows.digest(slot) & (size - 1);
      // 0 is an empty place: slots are stored one higher.
      while (table[at] !== 0 && !rows.equal((table[at] as number) - 1, slot)) at = (at + 1) & (size - 1);
      if (table[at] === 0) {
        table[at] = slot + 1;
        sorted[unique++] = slot;
      } else {
        twins.push(slot);
        twinOf.push((table[at] as number) - 1);
      }
    }
    starts[g + 1] = unique;
    twinStarts[g + 1] = twins.length;
  }
  return {
    slots: sorted.slice(0, unique),
    starts,
    twinStarts,
    twins: Uint32Array.from(twins),
    twinOf: Uint32Array.from(twinOf),
  };
}

/** Adds to an entry and gives what it was. */
function increase(list: Uint32Array, at: number, by: number): number {
  const before = list[at] as number;
  list[at] = before + by;
  return before;
}

/** Place of a value in an ascending stretch of a list; −1 where it is not there. */
export function placeOf(list: Uint32Array, value: number, from: number, to: number): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low < to && list[low] === value ? low : -1;
}
