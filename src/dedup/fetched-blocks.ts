/** Joins a lane whose vectors were let go block by block: where sketches tell too little apart to fetch only candidates. */
import { joinAnswers } from './crew-answers.ts';
import { fetchRows } from './fetched-cosines.ts';
import { type LaneJoin, planOf, type Wanted, type WantedRange } from './join-plan.ts';
import type { VectorBlock } from './pair-task.ts';
import { rectangleBatches, type Sides } from './rectangles.ts';
import type { SketchLimits } from './sketch.ts';
import type { VectorLane } from './vector-lane.ts';
import type { PairBatch } from './vector-pairs.ts';

/** Rows of a block: it has a quarter of the budget, for there are two of them, and as much again while rows arrive. */
export function blockRows(lane: Pick<VectorLane, 'stride'>, join: Pick<LaneJoin, 'budgetBytes'>): number {
  return Math.max(16, Math.floor(join.budgetBytes / 4 / (4 * lane.stride)));
}

/** Verified pairs, as places in the order. */
export async function* fetchedBlocks(
  lane: VectorLane,
  wanted: Wanted,
  ranges: readonly WantedRange[],
  join: LaneJoin,
  limits: SketchLimits | null,
): AsyncGenerator<PairBatch> {
  const rows = blockRows(lane, join);
  const whole = ranges.every((r) => r.a0 === r.from);
  const left = stretches(
    ranges.map((r) => [r.a0, r.a1]),
    rows,
  );
  const right = whole
    ? left
    : stretches(
        ranges.map((r) => [r.from, r.to]),
        rows,
      );
  // Two rooms for the whole join: shared memory that is let go block by block is given back far too late.
  const [mine, theirs] = [blockRoom(lane, rows), blockRoom(lane, rows)];
  for (const a of left) {
    const aBlock = await fetchBlock(lane, wanted, a, join, mine);
    for (const b of right) {
      const sides = [...meetings(ranges, a, b, whole)];
      if (sides.length === 0) continue;
      const same = whole && a === b;
      const blocks = same ? [aBlock] : [aBlock, await fetchBlock(lane, wanted, b, join, theirs)];
      const plan = { ...planOf(lane, wanted, join, limits, false), vectors: { kind: 'blocks', blocks } as const };
      for await (const { joined, pairs } of joinAnswers(
        lane.settings.crew,
        plan,
        rectangleBatches(sides),
        join.options.signal,
      )) {
        join.progress(pairs);
        if (joined.similarity !== null) yield { a: joined.a, b: joined.b, similarity: joined.similarity };
      }
    }
  }
}

type Stretch = readonly [number, number];

/** Ranges one behind the other, cut into stretches of at most so many places; ranges that touch share a stretch. */
function stretches(ranges: readonly Stretch[], rows: number): Stretch[] {
  const cut: [number, number][] = [];
  for (const [start, end] of ranges) {
    for (let from = start; from < end; ) {
      const last = cut.at(-1);
      if (last !== undefined && last[1] === from && last[1] - last[0] < rows) {
        last[1] = Math.min(end, last[0] + rows);
        from = last[1];
      } else {
        const to = Math.min(end, from + rows);
        cut.push([from, to]);
        from = to;
      }
    }
  }
  return cut;
}

/** What of each range lies in both stretches; of a group joined with itself, each pair of stretches once. */
function* meetings(ranges: readonly WantedRange[], a: Stretch, b: Stretch, whole: boolean): Generator<Sides> {
  if (whole && b[0] < a[0]) return;
  for (let i = firstBehind(ranges, a[0]); i < ranges.length; i++) {
    const r = ranges[i] as WantedRange;
    if (r.a0 >= a[1]) return;
    const sides: Sides = [Math.max(r.a0, a[0]), Math.min(r.a1, a[1]), Math.max(r.from, b[0]), Math.min(r.to, b[1])];
    if (sides[0] < sides[1] && sides[2] < sides[3]) yield sides;
  }
}

/** The first range whose left side ends behind a place; ranges are in the order of their left sides. */
function firstBehind(ranges: readonly WantedRange[], place: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ranges[middle] as WantedRange).a1 <= place) low = middle + 1;
    else high = middle;
  }
  return low;
}

type BlockRoom = Pick<VectorBlock, 'vectors' | 'squares'>;

/** @param rows that a block has at most */
function blockRoom(lane: VectorLane, rows: number): BlockRoom {
  return {
    vectors: new SharedArrayBuffer(4 * lane.stride * rows),
    squares: new SharedArrayBuffer(8 * rows),
  };
}

async function fetchBlock(
  lane: VectorLane,
  wanted: Wanted,
  [start, end]: Stretch,
  join: LaneJoin,
  { vectors, squares }: BlockRoom,
): Promise<VectorBlock> {
  const slots = new Uint32Array(wanted.order);
  const count = end - start;
  const floats = new Float32Array(vectors, 0, lane.stride * count).fill(0);
  const norms = new Float64Array(squares, 0, count).fill(0);
  const rows = Array.from({ length: count }, (_, i) => lane.rowOf(slots[start + i] as number));
  await fetchRows(rows, lane.dimensions, join.options, (i, vector, square) => {
    floats.set(vector, i * lane.stride);
    norms[i] = square;
  });
  return { start, end, vectors, squares };
}
