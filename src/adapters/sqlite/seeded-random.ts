/** Random numbers that a seed repeats. mulberry32: 32 bits of state are plenty for samples and made-up data. */

/** @returns a function that yields numbers from 0 up to, but not, 1; with 53 bits, so that rowids beyond 2^32 are all reached */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  const bits = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return () => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 2 ** 53;
}
