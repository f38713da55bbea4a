/** Random numbers of a test: the same on every run. */
export function seeded(seed: number): {
  next: () => number;
  below: (n: number) => number;
  normal: () => number;
  pick: <T>(all: readonly T[]) => T;
} {
  let state = seed;
  // mulberry32
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    next,
    below,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (all) => all[below(all.length)] as (typeof all)[number],
  };
}
