/**
 * The kernels of the near-pair search, over one WebAssembly memory of their own. Rows lie `stride` floats apart: the number
 * of dimensions rounded up to a multiple of 4, the rest zero. Source of the module: kernel.wat.
 */
import { KERNEL_BASE64 } from './kernel-bytes.ts';

/** What is used of the engine's own WebAssembly; the ES libraries do not declare it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Squared norm (f64; 0 for a zero row, NaN or infinite for one that is not finite) and 64-bit digest of each row's bits. */
  measure(x: number, rows: number, stride: number, squares: number, digests: number): void;
  /** Adds row × inverse norm of each row to `sum`; rows whose inverse is 0 are left out. */
  accumulate(x: number, rows: number, stride: number, inverses: number, sum: number): void;
  /** 512 signs of each row's direction less the centre, and the squared distance from the centre. See sketch.ts. */
  sketch(
    x: number,
    rows: number,
    stride: number,
    inverses: number,
    centre: number,
    signs: number,
    work: number,
    length: number,
    out: number,
    distances: number,
  ): void;
  /** Pairs of sketches within the limits of row a, rows `from` to `to` of a; how many, and the next row of a at `next`. */
  near(
    heads: number,
    tails: number,
    from: number,
    to: number,
    bHeads: number,
    bTails: number,
    bCount: number,
    first: number,
    whole: number,
    triangle: 0 | 1,
    out: number,
    room: number,
    next: number,
  ): number;
  /** Bits (u16) in which one sketch differs from `count` others. */
  distances(head: number, tail: number, bHeads: number, bTails: number, count: number, out: number): void;
  /** Pairs of 64-bit words that differ in at most `limit` bits; otherwise as `near`. */
  words(
    a: number,
    from: number,
    to: number,
    b: number,
    bCount: number,
    limit: bigint,
    triangle: 0 | 1,
    out: number,
    room: number,
    next: number,
  ): number;
  /** Pairs whose dot product × both inverse norms reaches `limit` in 32-bit arithmetic; the next row of b (by fours) at `next`. */
  dots(
    a: number,
    aCount: number,
    b: number,
    bCount: number,
    stride: number,
    aInverses: number,
    bInverses: number,
    limit: number,
    triangle: 0 | 1,
    from: number,
    out: number,
    room: number,
    next: number,
  ): number;
  /** Dot product with 64-bit sums. */
  dot(a: number, b: number, stride: number): number;
}

const PAGE = 65_536;

export interface Kernel {
  readonly run: Exports;
  /**
   * Hands out addresses one behind the other, 16-byte aligned, for areas of these many bytes, and grows the memory to hold
   * them. Views taken earlier are void; what was in memory stays where it was.
   */
  lay<N extends readonly number[]>(...bytes: N): { [K in keyof N]: number };
  readonly bytes: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly f32: Float32Array;
  readonly f64: Float64Array;
}

/** A kernel with a memory of its own (64 KiB, grown by `lay`). Throws where this JavaScript engine has no WebAssembly SIMD. */
export function openKernel(): Kernel {
  const text = atob(KERNEL_BASE64);
  const code = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) code[i] = text.charCodeAt(i);
  const run = new WebAssembly.Instance(new WebAssembly.Module(code)).exports as Exports;
  const views = (): Pick<Kernel, 'bytes' | 'u16' | 'u32' | 'f32' | 'f64'> => {
    const { buffer } = run.memory;
    return {
      bytes: new Uint8Array(buffer),
      u16: new Uint16Array(buffer),
      u32: new Uint32Array(buffer),
      f32: new Float32Array(buffer),
      f64: new Float64Array(buffer),
    };
  };
  const kernel: { -readonly [K in keyof Kernel]: Kernel[K] } = {
    run,
    lay<N extends readonly number[]>(...areas: N): { [K in keyof N]: number } {
      let end = 0;
      const starts = areas.map((size) => {
        const start = end;
        end += Math.ceil(size / 16) * 16;
        return start;
      }) as { [K in keyof N]: number };
      const missing = end - run.memory.buffer.byteLength;
      if (missing > 0) {
        run.memory.grow(Math.ceil(missing / PAGE));
        Object.assign(kernel, views());
      }
      return starts;
    },
    ...views(),
  };
  return kernel;
}

/** Floats from one row to the next. */
export const strideOf = (dimensions: number): number => Math.ceil(dimensions / 4) * 4;
