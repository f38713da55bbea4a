/** A join plan on the thread that works on it: where its rows lie, and how they come into the kernel's memory. */
import type { Kernel } from './kernel/kernel.ts';
import type { JoinPlan } from './pair-task.ts';
import { limitIndex } from './sketch.ts';
import { type ChunkFacts, factsOf, SKETCH_WORDS } from './vector-chunk.ts';

/** A plan with its views opened. */
export interface OpenPlan {
  readonly plan: JoinPlan;
  readonly order: Uint32Array;
  readonly facts: readonly ChunkFacts[];
  /** Copies the vector at a position to a float index of the kernel's memory and gives its squared norm, 0 for a row that is gone. */
  readonly take: (position: number, kernel: Kernel, at: number) => number;
}

export function openPlan(plan: JoinPlan): OpenPlan {
  const rows = 1 << plan.shift;
  const order = new Uint32Array(plan.order);
  const facts = plan.facts.map((f) => factsOf(f, rows));
  return { plan, order, facts, take: taker(plan, order, facts) };
}

function taker(plan: JoinPlan, order: Uint32Array, facts: readonly ChunkFacts[]): OpenPlan['take'] {
  const { stride, shift, vectors } = plan;
  if (vectors.kind === 'chunks') {
    const chunks = vectors.chunks.map((c) => new Float32Array(c));
    const low = (1 << shift) - 1;
    return (position, kernel, at) => {
      const slot = order[position] as number;
      const row = slot & low;
      kernel.f32.set((chunks[slot >>> shift] as Float32Array).subarray(row * stride, (row + 1) * stride), at);
      return (facts[slot >>> shift] as ChunkFacts).squares[row] as number;
    };
  }
  if (vectors.kind === 'none') {
    return () => {
      throw new Error('no vectors in this plan');
    };
  }
  const blocks = vectors.blocks.map((b) => ({
    ...b,
    floats: new Float32Array(b.vectors),
    norms: new Float64Array(b.squares),
  }));
  return (position, kernel, at) => {
    const block = blocks.find((b) => position >= b.start && position < b.end);
    if (block === undefined) throw new RangeError(`position ${position} lies in no block`);
    const row = position - block.start;
    kernel.f32.set(block.floats.subarray(row * stride, (row + 1) * stride), at);
    return block.norms[row] as number;
  };
}

export function gatherSketches(
  kernel: Kernel,
  open: OpenPlan,
  from: number,
  to: number,
  heads: number,
  tails: number,
): void {
  const { u32 } = kernel;
  const { shift } = open.plan;
  const low = (1 << shift) - 1;
  let head = heads >> 2;
  let tail = tails >> 2;
  for (let p = from; p < to; p++) {
    const slot = open.order[p] as number;
    const words = (open.facts[slot >>> shift] as ChunkFacts).sketches;
    let w = (slot & low) * SKETCH_WORDS;
    for (let k = 0; k < 4; k++) u32[head++] = words[w++] as number;
    for (let k = 4; k < SKETCH_WORDS; k++) u32[tail++] = words[w++] as number;
  }
}

export function gatherLimits(
  kernel: Kernel,
  open: OpenPlan,
  from: number,
  to: number,
  first: number,
  whole: number,
): void {
  const { shift, limits } = open.plan;
  if (limits === null) return;
  const low = (1 << shift) - 1;
  for (let p = from; p < to; p++) {
    const slot = open.order[p] as number;
    const i = limitIndex((open.facts[slot >>> shift] as ChunkFacts).distances[slot & low] as number);
    kernel.u32[(first >> 2) + p - from] = limits.first[i] as number;
    kernel.u32[(whole >> 2) + p - from] = limits.whole[i] as number;
  }
}

export function gatherVectors(
  kernel: Kernel,
  open: OpenPlan,
  from: number,
  to: number,
  x: number,
  inverses: number,
  squares: number,
): void {
  for (let p = from; p < to; p++) {
    const square = open.take(p, kernel, (x >> 2) + (p - from) * open.plan.stride);
    kernel.f32[(inverses >> 2) + p - from] = square === 0 ? 0 : 1 / Math.sqrt(square);
    kernel.f64[(squares >> 3) + p - from] = square;
  }
}
