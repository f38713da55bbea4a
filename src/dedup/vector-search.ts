/** VectorPairs over lanes of vectors, one for each length, and a crew that computes. */
import type { GroupOrder } from './group-order.ts';
import { candidateShare, exactRows, joinMethod } from './join-method.ts';
import type { LaneJoin, Wanted } from './join-plan.ts';
import { rangePairs } from './join-plan.ts';
import { openKernel } from './kernel/kernel.ts';
import { laneJoin } from './lane-join.ts';
import { laneNearest, slotCosines, twinsOf } from './lane-nearest.ts';
import { firstOf, sampledOrder, wholeOrder } from './lane-sample.ts';
import type { PairCrew } from './pair-task.ts';
import { MISS, SKETCH_BITS, sketchLimits } from './sketch.ts';
import { VectorLane } from './vector-lane.ts';
import type { Near, PairBatch, PairsOptions, VectorPairs } from './vector-pairs.ts';

export interface VectorSearchOptions {
  readonly crew: PairCrew;
  /** Bytes of vectors that may be kept; beyond, they are let go and fetched again. */
  readonly budgetBytes: number;
  readonly seed: number;
  /** For measurements: every pair by its vectors, or every pair by sketch. By cost where left out. */
  readonly method?: 'exact' | 'sketch';
}

/** Rows with the same vector are handed over so many at a time. */
const STAR_BATCH = 65_536;
/** Groups are numbered from 0; a table has an entry for each. */
const MOST_GROUPS = 2 ** 27;

/** Takes the crew over: closing the search closes it. */
export function vectorSearch(options: VectorSearchOptions): VectorPairs {
  return new VectorSearch(options);
}

class VectorSearch implements VectorPairs {
  readonly unusable: Set<number> = new Set();
  private readonly options: VectorSearchOptions;
  private readonly lanes = new Map<number, VectorLane>();
  /** By group: the length of its vectors. */
  private lengths: Uint32Array = new Uint32Array(1024);
  private readonly kernel = openKernel();
  private held = 0;
  private last = -1;
  private sealed = false;

  constructor(options: VectorSearchOptions) {
    this.options = options;
  }

  add(row: number, group: number, vector: Float32Array): void | Promise<void> {
    if (this.sealed) throw new Error('rows cannot be added after seal()');
    if (!(row > this.last)) throw new RangeError(`rows come in ascending order: ${row} after ${this.last}`);
    if (!(group >= 0 && group < MOST_GROUPS)) throw new RangeError(`groups are numbered from 0: ${group}`);
    this.last = row;
    if (group >= this.lengths.length) {
      const longer = new Uint32Array(Math.max(group + 1, 2 * this.lengths.length));
      longer.set(this.lengths);
      this.lengths = longer;
    }
    if (this.lengths[group] === 0) this.lengths[group] = vector.length;
    if (vector.length === 0 || this.lengths[group] !== vector.length) {
      this.unusable.add(row);
      return;
    }
    const lane = this.lanes.get(vector.length) ?? this.openLane(vector.length);
    const full = lane.add(row, group, vector);
    return full?.then(() => this.letGo());
  }

  async seal(): Promise<void> {
    this.sealed = true;
    for (const lane of this.lanes.values()) await lane.seal();
    await this.letGo();
  }

  async *pairs(similarity: number, o: PairsOptions): AsyncGenerator<PairBatch> {
    const parts = this.ordered().map(({ lane, order }) => ({ lane, order, wanted: wholeOrder(order) }));
    const join = this.join(similarity, o, parts);
    for (const { lane, order, wanted } of parts) {
      yield* this.stars(lane, order.twinOf, order.twins, join);
      for await (const found of laneJoin(lane, wanted, join)) {
        if (found.a.length > 0) yield toRows(lane, found);
      }
    }
    o.onProgress?.(1);
  }

  async *around(rows: readonly number[], similarity: number, o: PairsOptions): AsyncGenerator<PairBatch> {
    const parts = this.ordered()
      .map(({ lane, order }) => ({ lane, order, slots: this.slotsOf(lane, rows) }))
      .filter(({ slots }) => slots.length > 0)
      .map((p) => ({ ...p, wanted: sampledOrder(p.lane, p.order, p.slots) }));
    const join = this.join(similarity, o, parts);
    for (const { lane, order, slots, wanted } of parts) {
      const firsts = new Set(slots.map((slot) => firstOf(order, lane.groupOf(slot), slot)));
      const met = new Set(firsts);
      for await (const found of laneJoin(lane, wanted, join)) {
        // A pair of two rows of the sample comes from both sides, and each row meets itself.
        const once = pick(found, (a, b) => a !== b && (a < b || !firsts.has(b)));
        for (const b of once.b) met.add(b);
        if (once.a.length > 0) yield toRows(lane, once);
      }
      for (const [first, twins] of twinsOf(order, met, Number.POSITIVE_INFINITY)) {
        yield* this.stars(lane, new Uint32Array(twins.length).fill(first), Uint32Array.from(twins), join);
      }
    }
    o.onProgress?.(1);
  }

  async nearest(rows: readonly number[], k: number, o: PairsOptions): Promise<readonly (readonly Near[])[]> {
    const found = new Map<number, readonly Near[]>();
    let done = 0;
    for (const { lane, order } of this.ordered()) {
      const slots = this.slotsOf(lane, rows);
      if (slots.length === 0) continue;
      const progress = (rowsDone: number): void => {
        done += rowsDone;
        o.onProgress?.(done / rows.length);
      };
      const join = { ...this.join(0, o, []), progress };
      for (const [i, near] of (await laneNearest(lane, order, slots, k, join)).entries()) {
        found.set(lane.rowOf(slots[i] as number), near);
      }
    }
    return rows.map((row) => found.get(row) ?? []);
  }

  async cosines(a: Uint32Array, b: Uint32Array, o: PairsOptions): Promise<Float64Array> {
    const cosines = new Float64Array(a.length).fill(Number.NaN);
    for (const { lane } of this.ordered()) {
      const x = a.map((row) => this.slotOf(lane, row) + 1);
      const y = b.map((row) => this.slotOf(lane, row) + 1);
      const here = [...x.keys()].filter((i) => x[i] !== 0 && y[i] !== 0);
      const of = (list: Uint32Array): Uint32Array => Uint32Array.from(here, (i) => (list[i] as number) - 1);
      const part = await slotCosines(lane, of(x), of(y), this.join(0, o, []));
      for (const [i, place] of here.entries()) cosines[place] = part[i] as number;
    }
    return cosines;
  }

  how(similarity: number): string {
    const lanes = this.ordered();
    if (lanes.every(({ lane, order }) => !this.bySketch(lane, order, similarity))) {
      const where = lanes.every(({ lane }) => lane.kept) ? '' : ', vectors read again block by block';
      return `every pair of vectors was compared exactly${where}`;
    }
    const kept = lanes.every(({ lane }) => lane.kept) ? 'vectors in memory' : 'vectors read again';
    return `candidates by ${SKETCH_BITS}-bit sketches, each verified exactly on ${kept}; a pair just at the threshold is missed with a probability of at most ${MISS.toFixed(5)}, a nearer one with less`;
  }

  private bySketch(lane: VectorLane, order: GroupOrder, similarity: number): boolean {
    const { method, seed } = this.options;
    if (method !== undefined) return method === 'sketch';
    const few = lane.kept ? exactRows(lane.stride) : 2;
    const { ranges } = wholeOrder(order);
    const large = ranges.filter((r) => r.to - r.from >= few);
    if (large.length === 0) return false;
    // Not signed yet: pairs() has not been asked for, and will sign.
    if (!lane.signed) return true;
    const share = candidateShare(
      lane,
      sketchLimits(similarity),
      large.map((r) => [r.from, r.to]),
      seed,
    );
    return joinMethod(lane.kept, share, [], 1).bySketch;
  }

  async close(): Promise<void> {
    this.sealed = true;
    this.lanes.clear();
    await this.options.crew.close();
  }

  private openLane(length: number): VectorLane {
    const lane = new VectorLane(length, {
      crew: this.options.crew,
      seed: this.options.seed,
      kernel: this.kernel,
      unusable: (row) => this.unusable.add(row),
      mayKeep: (bytes) => {
        this.held += bytes;
        return this.held <= this.options.budgetBytes;
      },
    });
    this.lanes.set(length, lane);
    return lane;
  }

  /** All lanes let their vectors go when one may not keep more. */
  private async letGo(): Promise<void> {
    if (this.held <= this.options.budgetBytes) return;
    for (const lane of this.lanes.values()) await lane.letGo();
  }

  private ordered(): { readonly lane: VectorLane; readonly order: GroupOrder }[] {
    return [...this.lanes.values()].map((lane) => {
      if (lane.order === null) throw new Error('seal() comes before pairs are looked for');
      return { lane, order: lane.order };
    });
  }

  private join(similarity: number, options: PairsOptions, parts: readonly { readonly wanted: Wanted }[]): LaneJoin {
    const { budgetBytes, seed, method } = this.options;
    let all = 0;
    for (const { wanted } of parts) for (const range of wanted.ranges) all += rangePairs(range);
    let done = 0;
    return {
      similarity,
      budgetBytes,
      seed,
      method: method ?? null,
      options,
      progress: (pairs) => {
        done += pairs;
        if (all > 0) options.onProgress?.(Math.min(1, done / all));
      },
    };
  }

  /** Slot of a row that can be compared; −1 for any other. */
  private slotOf(lane: VectorLane, row: number): number {
    if (this.unusable.has(row)) return -1;
    return lane.slotOf(row);
  }

  private slotsOf(lane: VectorLane, rows: readonly number[]): number[] {
    return rows.map((row) => this.slotOf(lane, row)).filter((slot) => slot >= 0);
  }

  /** Rows with equal vectors. Kept ones are compared again; of others digest and sketch, 576 bits, were the same. */
  private *stars(lane: VectorLane, firsts: Uint32Array, twins: Uint32Array, join: LaneJoin): Generator<PairBatch> {
    for (let from = 0; from < twins.length; from += STAR_BATCH) {
      join.options.signal?.throwIfAborted();
      const a = firsts.slice(from, from + STAR_BATCH);
      const b = twins.slice(from, from + STAR_BATCH);
      const similarity = Float64Array.from(a, (slot, i) => (lane.kept ? lane.cosine(slot, b[i] as number) : 1));
      const near = pick({ a, b, similarity }, (_a, _b, s) => s >= join.similarity);
      if (near.a.length > 0) yield toRows(lane, near);
    }
  }
}

function pick(batch: PairBatch, wanted: (a: number, b: number, similarity: number) => boolean): PairBatch {
  const { a, b, similarity } = batch;
  const at = [...a.keys()].filter((i) => wanted(a[i] as number, b[i] as number, similarity[i] as number));
  if (at.length === a.length) return batch;
  return {
    a: Uint32Array.from(at, (i) => a[i] as number),
    b: Uint32Array.from(at, (i) => b[i] as number),
    similarity: Float64Array.from(at, (i) => similarity[i] as number),
  };
}

/** Slots to rows, the lower one first. */
function toRows(lane: VectorLane, { a, b, similarity }: PairBatch): PairBatch {
  const low = new Uint32Array(a.length);
  const high = new Uint32Array(a.length);
  for (let i = 0; i < a.length; i++) {
    const x = lane.rowOf(a[i] as number);
    const y = lane.rowOf(b[i] as number);
    low[i] = Math.min(x, y);
    high[i] = Math.max(x, y);
  }
  return { a: low, b: high, similarity };
}
