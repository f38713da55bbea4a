/** The nearest rows of some rows: by the cosine itself in small groups, by what sketches say of the distance in large ones. */
import type { Kernel } from './kernel/kernel.ts';
import { gatherSketches, type OpenPlan } from './open-plan.ts';
import { type Nearest, type NearestTask, NONE } from './pair-task.ts';
import { cosineOf, TILE_ROWS } from './pair-tile.ts';
import { SKETCH_BITS } from './sketch.ts';
import type { ChunkFacts } from './vector-chunk.ts';

/** Cosine of the angle that a number of differing bits stands for. */
const COSINE_OF_BITS: Float64Array = Float64Array.from({ length: SKETCH_BITS + 1 }, (_, h) =>
  Math.cos((Math.PI * h) / SKETCH_BITS),
);

export function nearestRows(kernel: Kernel, open: OpenPlan, task: NearestTask): Nearest {
  const best = task.positions.length === 0 ? [] : Array.from(task.positions, () => new Best(task.keep));
  if (open.plan.limits === null) exactly(kernel, open, task, best);
  else bySketch(kernel, open, task, best);
  const nearest = new Uint32Array(task.positions.length * task.keep).fill(NONE);
  for (const [i, b] of best.entries()) nearest.set(b.positions, i * task.keep);
  return { nearest };
}

function exactly(kernel: Kernel, open: OpenPlan, task: NearestTask, best: readonly Best[]): void {
  const { stride } = open.plan;
  const [x, y] = kernel.lay(4 * stride * task.positions.length, 4 * stride);
  const norms = Array.from(task.positions, (p, i) => open.take(p, kernel, (x >> 2) + i * stride));
  for (let position = task.from; position < task.to; position++) {
    const norm = open.take(position, kernel, y >> 2);
    for (const [i, b] of best.entries()) {
      if (open.order[position] === open.order[task.positions[i] as number]) continue;
      b.offer(position, -cosineOf(kernel.run.dot(x + 4 * stride * i, y, stride), norms[i] as number, norm));
    }
  }
}

/** The squared distance of two directions u, v seen from the centre is |u|² + |v|² − 2|u||v| cos θ, and bits tell θ. */
function bySketch(kernel: Kernel, open: OpenPlan, task: NearestTask, best: readonly Best[]): void {
  const count = task.positions.length;
  const [heads, tails, bHeads, bTails, bits] = kernel.lay(
    16 * count,
    48 * count,
    16 * TILE_ROWS,
    48 * TILE_ROWS,
    2 * TILE_ROWS,
  );
  const { shift } = open.plan;
  const low = (1 << shift) - 1;
  const apart = (slot: number): number => (open.facts[slot >>> shift] as ChunkFacts).distances[slot & low] as number;
  for (const [i, p] of task.positions.entries()) gatherSketches(kernel, open, p, p + 1, heads + 16 * i, tails + 48 * i);
  const squares = new Float64Array(TILE_ROWS);
  for (let from = task.from; from < task.to; from += TILE_ROWS) {
    const to = Math.min(task.to, from + TILE_ROWS);
    gatherSketches(kernel, open, from, to, bHeads, bTails);
    for (let p = from; p < to; p++) squares[p - from] = apart(open.order[p] as number);
    for (const [i, b] of best.entries()) {
      kernel.run.distances(heads + 16 * i, tails + 48 * i, bHeads, bTails, to - from, bits);
      const slot = open.order[task.positions[i] as number] as number;
      const square = apart(slot);
      for (let j = 0; j < to - from; j++) {
        const other = squares[j] as number;
        const cosine = COSINE_OF_BITS[kernel.u16[(bits >> 1) + j] as number] as number;
        const distance = square + other - 2 * Math.sqrt(square * other) * cosine;
        if (distance < b.worst && open.order[from + j] !== slot) b.offer(from + j, distance);
      }
    }
  }
}

/** The few smallest of many, in order; of equals the first offered stays. */
class Best {
  readonly positions: number[] = [];
  private readonly values: number[] = [];
  private readonly keep: number;
  worst: number = Number.POSITIVE_INFINITY;

  constructor(keep: number) {
    this.keep = keep;
  }

  offer(position: number, value: number): void {
    if (!(value < this.worst)) return;
    let i = this.values.length;
    while (i > 0 && (this.values[i - 1] as number) > value) i--;
    this.values.splice(i, 0, value);
    this.positions.splice(i, 0, position);
    if (this.values.length > this.keep) {
      this.values.pop();
      this.positions.pop();
    }
    if (this.values.length === this.keep) this.worst = this.values[this.keep - 1] as number;
  }
}
