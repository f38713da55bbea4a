/** The pairs of one lane: which ranges are joined how, and what was found as batches of rows. */
import { joinAnswers } from './crew-answers.ts';
import { blockRows, fetchedBlocks } from './fetched-blocks.ts';
import { fetchedCosines } from './fetched-cosines.ts';
import { candidateShare, exactRows, joinMethod, LOT } from './join-method.ts';
import { type LaneJoin, planOf, type Wanted, type WantedRange } from './join-plan.ts';
import { rectangleBatches, type Sides } from './rectangles.ts';
import { type SketchLimits, sketchLimits } from './sketch.ts';
import type { VectorLane } from './vector-lane.ts';
import type { PairBatch } from './vector-pairs.ts';

/** Of them, vectors held while candidates are verified; a kernel's memory never shrinks. */
const FETCHED_BYTES = 48 * 2 ** 20;

/** Pairs of slots, verified; a pair of a sample may come from both sides. */
export async function* laneJoin(lane: VectorLane, wanted: Wanted, join: LaneJoin): AsyncGenerator<PairBatch> {
  const few =
    join.method === 'sketch' ? 0 : join.method === 'exact' ? Number.POSITIVE_INFINITY : exactRows(lane.stride);
  const small = lane.kept ? wanted.ranges.filter((r) => r.to - r.from < few) : [];
  const large = lane.kept ? wanted.ranges.filter((r) => r.to - r.from >= few) : wanted.ranges;
  const slots = new Uint32Array(wanted.order);
  const found = (a: Uint32Array, b: Uint32Array, similarity: Float64Array): PairBatch => ({
    a: a.map((place) => slots[place] as number),
    b: b.map((place) => slots[place] as number),
    similarity,
  });
  const direct = async function* (ranges: readonly WantedRange[], limits: SketchLimits | null) {
    const plan = planOf(lane, wanted, join, limits, true);
    for await (const { joined, pairs } of joinAnswers(
      lane.settings.crew,
      plan,
      batchesOf(ranges),
      join.options.signal,
    )) {
      join.progress(pairs);
      if (joined.similarity !== null) yield found(joined.a, joined.b, joined.similarity);
    }
  };
  if (small.length > 0) yield* direct(small, null);
  if (large.length === 0) return;

  await lane.sign();
  const limits = sketchLimits(join.similarity);
  const share = candidateShare(
    lane,
    limits,
    large.map((r) => [r.from, r.to]),
    join.seed,
  );
  const method = joinMethod(
    lane.kept,
    join.method === 'sketch' ? 0 : join.method === 'exact' ? 1 : share,
    large.map((r) => [r.a1 - r.a0, r.to - r.from]),
    blockRows(lane, join),
  );
  if (lane.kept) return yield* direct(large, method.bySketch ? limits : null);
  if (method.byBlocks) {
    const blocks = fetchedBlocks(lane, wanted, large, join, method.bySketch ? limits : null);
    for await (const { a, b, similarity } of blocks) yield found(a, b, similarity);
    return;
  }
  for await (const { a, b } of candidateLots(lane, wanted, large, join, limits)) {
    const rows = (places: Uint32Array): Uint32Array => places.map((p) => lane.rowOf(slots[p] as number));
    const cosines = await fetchedCosines(
      rows(a),
      rows(b),
      lane.dimensions,
      Math.min(join.budgetBytes, FETCHED_BYTES),
      join.options,
    );
    const near = [...cosines.keys()].filter((i) => (cosines[i] as number) >= join.similarity);
    const pick = (list: Uint32Array): Uint32Array => Uint32Array.from(near, (i) => list[i] as number);
    yield found(
      pick(a),
      pick(b),
      Float64Array.from(near, (i) => cosines[i] as number),
    );
  }
}

const batchesOf = (ranges: readonly WantedRange[]): ReturnType<typeof rectangleBatches> =>
  rectangleBatches(ranges.map((r): Sides => [r.a0, r.a1, r.from, r.to]));

async function* candidateLots(
  lane: VectorLane,
  wanted: Wanted,
  ranges: readonly WantedRange[],
  join: LaneJoin,
  limits: SketchLimits,
): AsyncGenerator<{ readonly a: Uint32Array; readonly b: Uint32Array }> {
  const plan = planOf(lane, wanted, join, limits, false);
  let parts: { readonly a: Uint32Array; readonly b: Uint32Array }[] = [];
  let held = 0;
  const lot = (): { a: Uint32Array; b: Uint32Array } => {
    const a = new Uint32Array(held);
    const b = new Uint32Array(held);
    let at = 0;
    for (const part of parts) {
      a.set(part.a, at);
      b.set(part.b, at);
      at += part.a.length;
    }
    parts = [];
    held = 0;
    return { a, b };
  };
  for await (const { joined, pairs } of joinAnswers(lane.settings.crew, plan, batchesOf(ranges), join.options.signal)) {
    join.progress(pairs);
    if (joined.a.length > 0) parts.push(joined);
    held += joined.a.length;
    if (held >= LOT) yield lot();
  }
  if (held > 0) yield lot();
}
