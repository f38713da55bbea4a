/** The nearest rows of some rows of a lane, with their exact cosines. */
import { unlessAborted, withPlan } from './crew-answers.ts';
import { fetchedCosines } from './fetched-cosines.ts';
import type { GroupOrder } from './group-order.ts';
import { type LaneJoin, planOf } from './join-plan.ts';
import { firstOf, sampledOrder } from './lane-sample.ts';
import { NONE } from './pair-task.ts';
import { sketchLimits } from './sketch.ts';
import type { VectorLane } from './vector-lane.ts';
import type { Near } from './vector-pairs.ts';

/** Groups up to this size are compared by their vectors (2,048 × 384 floats: 50 µs × 2 a row asked for), larger ones by sketch. */
const EXACT_ROWS = 2048;
/** Rows a sketch offers for each that is wanted, and at least: its order is rough, the cosine decides. */
const OFFERED_EACH = 4;
const OFFERED_LEAST = 32;
/** Rows asked for in one task. */
const TASK_ROWS = 64;

/** Slots and cosines, best first, at most `k` for each of `slots`. */
export async function laneNearest(
  lane: VectorLane,
  order: GroupOrder,
  slots: readonly number[],
  k: number,
  join: LaneJoin,
): Promise<Near[][]> {
  const wanted = sampledOrder(lane, order, slots);
  const places = new Uint32Array(wanted.order);
  const offered = new Map<number, number[]>();
  const exact = (rows: number): boolean => lane.kept && rows <= EXACT_ROWS;
  for (const byVector of [true, false]) {
    const ranges = wanted.ranges.filter((r) => exact(r.to - r.from) === byVector);
    if (ranges.length === 0) continue;
    if (!byVector) await lane.sign();
    const keep = byVector ? k : Math.max(OFFERED_LEAST, OFFERED_EACH * k);
    const plan = planOf(lane, wanted, join, byVector ? null : sketchLimits(join.similarity), byVector);
    const answers = withPlan(lane.settings.crew, plan, async function* (id) {
      const tasks = ranges.flatMap((r) =>
        Array.from({ length: Math.ceil((r.a1 - r.a0) / TASK_ROWS) }, (_, i) => {
          const from = r.a0 + i * TASK_ROWS;
          const length = Math.min(TASK_ROWS, r.a1 - from);
          return { ...r, positions: Uint32Array.from({ length }, (_, j) => from + j) };
        }),
      );
      for (let t = 0; t < tasks.length; t += 2 * lane.settings.crew.threads) {
        const now = tasks.slice(t, t + 2 * lane.settings.crew.threads).map((task) => {
          const { from, to, positions } = task;
          const answer = lane.settings.crew.run({ kind: 'nearest', plan: id, positions, from, to, keep });
          answer.catch(() => {});
          return { positions, answer };
        });
        for (const { positions, answer } of now) {
          yield { positions, nearest: (await unlessAborted(answer, join.options.signal)).nearest };
          join.progress(positions.length);
        }
      }
    });
    for await (const { positions, nearest } of answers) {
      for (const [i, p] of positions.entries()) {
        const near = [...nearest.subarray(i * keep, (i + 1) * keep)].filter((q) => q !== NONE);
        offered.set(
          places[p] as number,
          near.map((q) => places[q] as number),
        );
      }
    }
  }
  const twins = twinsOf(order, new Set([...offered].flatMap(([slot, near]) => [slot, ...near])), k + 1);
  // A row's candidates: the rows with its own vector, then those offered to it, each with some of its twins.
  const candidates = slots.map((slot) => {
    const first = firstOf(order, lane.groupOf(slot), slot);
    const firsts = [first, ...(offered.get(first) ?? [])];
    return firsts.flatMap((f) => [f, ...(twins.get(f) ?? [])]).filter((other) => other !== slot);
  });
  const a = Uint32Array.from(candidates.flatMap((others, i) => others.map(() => slots[i] as number)));
  const b = Uint32Array.from(candidates.flat());
  const cosines = await slotCosines(lane, a, b, join);
  let at = 0;
  return candidates.map((others) => {
    const near = others.map((slot) => ({ row: lane.rowOf(slot), similarity: cosines[at++] as number }));
    return near
      .filter((n) => !Number.isNaN(n.similarity))
      .sort((x, y) => y.similarity - x.similarity || x.row - y.row)
      .slice(0, k);
  });
}

/** Exact cosines of pairs of slots, from what is kept or fetched. */
export async function slotCosines(
  lane: VectorLane,
  a: Uint32Array,
  b: Uint32Array,
  join: LaneJoin,
): Promise<Float64Array> {
  if (lane.kept) return Float64Array.from(a, (slot, i) => lane.cosine(slot, b[i] as number));
  const rows = (slots: Uint32Array): Uint32Array => slots.map((slot) => lane.rowOf(slot));
  return fetchedCosines(rows(a), rows(b), lane.dimensions, join.budgetBytes, join.options);
}

/** The rows with the same vector as these firsts, at most `most` each. */
export function twinsOf(order: GroupOrder, firsts: ReadonlySet<number>, most: number): Map<number, number[]> {
  const twins = new Map<number, number[]>();
  for (const [i, first] of order.twinOf.entries()) {
    if (!firsts.has(first)) continue;
    const list = twins.get(first);
    if (list === undefined) twins.set(first, [order.twins[i] as number]);
    else if (list.length < most) list.push(order.twins[i] as number);
  }
  return twins;
}
