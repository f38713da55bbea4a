/**
 * jemalloc 5's size classes (include/jemalloc/internal/sc.h) and the sizes of the strings that Redis and Valkey
 * allocate (src/sds.c). Not a layout: the class table of the Redis layouts.
 */
import { meanOver } from './length-spread.ts';

/**
 * Smallest spacing of classes. Distributions link the system's jemalloc, built with a 16-byte quantum; Redis's own
 * build of the bundled one asks for 8 (deps/Makefile, --with-lg-quantum=3), which saves a few bytes per small object.
 */
export type Quantum = 8 | 16;

/** The bytes that a request of `bytes` takes: 8, multiples of the quantum, then four classes per doubling. */
export function jemallocClass(bytes: number, quantum: Quantum = 16): number {
  if (bytes <= 8) return 8;
  const size = Math.ceil(bytes);
  const spacing = Math.max(quantum, 2 ** (Math.floor(Math.log2(size - 1)) - 2));
  return Math.ceil(size / spacing) * spacing;
}

/** The class before a class, 0 before the first. */
export function classBelow(size: number, quantum: Quantum): number {
  if (size <= 8) return 0;
  return Math.max(8, size - Math.max(quantum, 2 ** (Math.floor(Math.log2(size - 1)) - 2)));
}

/** Bytes of an sds string: header by length, text, terminating zero. Short ones have a 1-byte header. */
export function sdsBytes(length: number): number {
  const header = length < 32 ? 1 : length < 256 ? 3 : length < 65_536 ? 5 : 9;
  return header + length + 1;
}

/** An sds string as allocated. */
export const sdsAllocated = (length: number, quantum: Quantum): number => jemallocClass(sdsBytes(length), quantum);

/** Mean of a size over lengths of the given mean and deviation, fine enough for size classes. */
export const meanAllocated = (mean: number, deviation: number, f: (length: number) => number): number =>
  meanOver(mean, deviation, f, true);
