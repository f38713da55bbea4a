/** Chance that a seed repeats: mulberry32, 32 bits of state, two draws for 53 bits. */

/** @returns a function that yields numbers from 0 up to, but not, 1 */
export function seededChance(seed: number): () => number {
  let state = seed >>> 0;
  const bits = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return () => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 2 ** 53;
}

/** A copy in random order (Fisher and Yates). */
export function shuffled<T>(list: readonly T[], chance: () => number): T[] {
  const out = [...list];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(chance() * (i + 1));
    [out[i], out[j]] = [out[j] as T, out[i] as T];
  }
  return out;
}
