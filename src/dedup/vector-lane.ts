/**
 * The vectors of one length: taken in, measured by the crew while more come, kept while they fit the budget, else signed and
 * let go. A slot is a vector's number here; rows are the caller's.
 */
import { type GroupOrder, orderByGroup, placeOf } from './group-order.ts';
import { type Kernel, strideOf } from './kernel/kernel.ts';
import type { PairCrew } from './pair-task.ts';
import { cosineOf } from './pair-tile.ts';
import { type ChunkFacts, chunkShift, factsBytes, factsOf, SKETCH_WORDS } from './vector-chunk.ts';

/** What all lanes of a search share. */
export interface LaneSettings {
  readonly crew: PairCrew;
  readonly seed: number;
  /** Bytes that may still be taken for vectors; asked for each chunk. False: vectors are let go from now on. */
  readonly mayKeep: (bytes: number) => boolean;
  readonly unusable: (row: number) => void;
  /** Of this thread, for cosines one by one. */
  readonly kernel: Kernel;
}

export interface LaneChunk {
  /** Null once let go. */
  vectors: SharedArrayBuffer | null;
  readonly buffer: SharedArrayBuffer;
  readonly facts: ChunkFacts;
  readonly rows: Uint32Array;
  readonly groups: Uint32Array;
  count: number;
  signed: boolean;
}

export class VectorLane {
  readonly dimensions: number;
  readonly stride: number;
  readonly shift: number;
  readonly settings: LaneSettings;
  readonly chunks: LaneChunk[] = [];
  /** False once vectors were let go. */
  kept = true;
  order: GroupOrder | null = null;
  private current: LaneChunk | null = null;
  private floats: Float32Array = new Float32Array(0);
  private readonly flying: Promise<void>[] = [];
  private readonly spare: SharedArrayBuffer[] = [];
  private readonly sum: Float64Array;
  private measured = 0;
  private centre: Float32Array | null = null;
  private groups = 0;

  constructor(dimensions: number, settings: LaneSettings) {
    this.dimensions = dimensions;
    this.stride = strideOf(dimensions);
    this.shift = chunkShift(this.stride);
    this.settings = settings;
    this.sum = new Float64Array(this.stride);
  }

  get capacity(): number {
    return 1 << this.shift;
  }

  /** Sketches are there for all rows. */
  get signed(): boolean {
    return this.chunks.every((chunk) => chunk.signed);
  }

  add(row: number, group: number, vector: Float32Array): void | Promise<void> {
    const chunk = this.current ?? this.begin();
    const i = chunk.count++;
    this.floats.set(vector, i * this.stride);
    chunk.rows[i] = row;
    chunk.groups[i] = group;
    if (group >= this.groups) this.groups = group + 1;
    if (chunk.count === this.capacity) return this.finish(chunk);
  }

  /** Everything was added: measures what is left and puts the rows in order. */
  async seal(): Promise<void> {
    if (this.current !== null) await this.finish(this.current);
    await Promise.all(this.flying.splice(0));
    this.spare.length = 0;
    this.floats = new Float32Array(0);
    const { capacity, shift } = this;
    const low = capacity - 1;
    const facts = (slot: number): ChunkFacts => (this.chunks[slot >>> shift] as LaneChunk).facts;
    this.order = orderByGroup({
      count: this.chunks.length === 0 ? 0 : (this.chunks.length - 1) * capacity + (this.chunks.at(-1)?.count ?? 0),
      groups: this.groups,
      group: (slot) => this.groupOf(slot),
      usable: (slot) => facts(slot).squares[slot & low] !== 0,
      digest: (slot) => facts(slot).digests[2 * (slot & low)] as number,
      equal: (a, b) =>
        same(facts(a).digests, a & low, facts(b).digests, b & low, 2) &&
        (this.kept || same(facts(a).sketches, a & low, facts(b).sketches, b & low, SKETCH_WORDS)),
    });
  }

  /** Signs what is kept, if it is not signed yet. */
  async sign(): Promise<void> {
    await this.settle();
    const centre = this.centreOf();
    await Promise.all(
      this.chunks.map(async (chunk) => {
        if (chunk.signed || chunk.vectors === null) return;
        chunk.signed = true;
        await this.run(chunk, false, centre);
      }),
    );
  }

  /** Lets the vectors go: those that are there are signed first, all but the chunk that is not measured yet. */
  async letGo(unmeasured: LaneChunk | null = this.current): Promise<void> {
    if (!this.kept) return;
    this.kept = false;
    const measured = this.chunks.filter((chunk) => chunk !== unmeasured);
    if (measured.length === 0) return;
    await this.settle();
    const centre = this.centreOf();
    await Promise.all(
      measured.map(async (chunk) => {
        await this.run(chunk, false, centre);
        chunk.signed = true;
        chunk.vectors = null;
      }),
    );
  }

  rowOf(slot: number): number {
    return (this.chunks[slot >>> this.shift] as LaneChunk).rows[slot & (this.capacity - 1)] as number;
  }

  groupOf(slot: number): number {
    return (this.chunks[slot >>> this.shift] as LaneChunk).groups[slot & (this.capacity - 1)] as number;
  }

  squareOf(slot: number): number {
    return (this.chunks[slot >>> this.shift] as LaneChunk).facts.squares[slot & (this.capacity - 1)] as number;
  }

  /** Slot of a row; −1 where it is not in this lane. */
  slotOf(row: number): number {
    let low = 0;
    let high = this.chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (((this.chunks[middle] as LaneChunk).rows[0] as number) <= row) low = middle;
      else high = middle - 1;
    }
    const chunk = this.chunks[low];
    if (chunk === undefined) return -1;
    const at = placeOf(chunk.rows, row, 0, chunk.count);
    return at < 0 ? -1 : low * this.capacity + at;
  }

  /** Cosine of two kept vectors, 64-bit sums. */
  cosine(a: number, b: number): number {
    const { kernel } = this.settings;
    const [x, y] = kernel.lay(4 * this.stride, 4 * this.stride);
    this.copy(a, kernel, x);
    this.copy(b, kernel, y);
    return cosineOf(kernel.run.dot(x, y, this.stride), this.squareOf(a), this.squareOf(b));
  }

  private copy(slot: number, kernel: Kernel, at: number): void {
    const { vectors } = this.chunks[slot >>> this.shift] as LaneChunk;
    if (vectors === null) throw new Error('the vector was let go');
    const row = slot & (this.capacity - 1);
    kernel.f32.set(new Float32Array(vectors, 4 * row * this.stride, this.stride), at >> 2);
  }

  private begin(): LaneChunk {
    const { capacity, stride } = this;
    const vectors = this.spare.pop() ?? new SharedArrayBuffer(4 * stride * capacity);
    const buffer = new SharedArrayBuffer(factsBytes(capacity));
    const chunk: LaneChunk = {
      vectors,
      buffer,
      facts: factsOf(buffer, capacity),
      rows: new Uint32Array(capacity),
      groups: new Uint32Array(capacity),
      count: 0,
      signed: false,
    };
    this.floats = new Float32Array(vectors);
    this.chunks.push(chunk);
    this.current = chunk;
    return chunk;
  }

  /** A chunk is full (or the last): the crew measures it while the next fills. Waits when the crew is behind. */
  private async finish(chunk: LaneChunk): Promise<void> {
    this.current = null;
    if (this.kept && !this.settings.mayKeep(4 * this.stride * chunk.count)) await this.letGo(chunk);
    if (!this.kept && this.centre === null && this.measured === 0) {
      await this.run(chunk, true, null);
      await this.run(chunk, false, this.centreOf());
      this.released(chunk);
      return;
    }
    const sign = this.kept ? null : this.centreOf();
    const work = this.run(chunk, true, sign).then(() => {
      if (sign !== null) this.released(chunk);
    });
    // Awaited below or in seal(); a failure must not count as unhandled until then.
    work.catch(() => {});
    this.flying.push(work);
    while (this.flying.length > this.settings.crew.threads + 1) await this.flying.shift();
  }

  private released(chunk: LaneChunk): void {
    chunk.signed = true;
    if (chunk.vectors !== null) this.spare.push(chunk.vectors);
    chunk.vectors = null;
  }

  private async settle(): Promise<void> {
    await Promise.all(this.flying);
  }

  private async run(chunk: LaneChunk, measure: boolean, centre: Float32Array | null): Promise<void> {
    const { crew, seed, unusable } = this.settings;
    const { sum, unusable: bad } = await crew.run({
      kind: 'measure',
      vectors: chunk.vectors as SharedArrayBuffer,
      facts: chunk.buffer,
      capacity: this.capacity,
      count: chunk.count,
      stride: this.stride,
      measure,
      sign: centre === null ? null : { centre, seed },
    });
    for (const i of bad) unusable(chunk.rows[i] as number);
    if (sum === null) return;
    for (const [i, v] of sum.entries()) this.sum[i] = (this.sum[i] as number) + v;
    this.measured += chunk.count - bad.length;
  }

  /** The mean direction of what was measured when it is first asked for; any point would do. */
  private centreOf(): Float32Array {
    this.centre ??= Float32Array.from(this.sum, (v) => v / Math.max(1, this.measured));
    return this.centre;
  }
}

function same(a: Uint32Array, i: number, b: Uint32Array, j: number, words: number): boolean {
  for (let k = 0; k < words; k++) if (a[i * words + k] !== b[j * words + k]) return false;
  return true;
}
