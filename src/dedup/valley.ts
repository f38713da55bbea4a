/**
 * Where nearest neighbours fall into two kinds: strangers, and twins near 1. A kernel density over the angle between vectors
 * (arccos, where twins are not crowded against an end) with a bandwidth that is halved against Silverman's, which is made for
 * one hump and smooths two together (B. W. Silverman, Density Estimation, 1986, 3.4.2); then the lowest point between two humps.
 */

export interface Valley {
  /** Cosine of the lowest point. */
  readonly at: number;
  /** Density there ÷ density of the lower hump: 0 where nothing lies between, 1 where there is no valley. */
  readonly depth: number;
}

/** Points of the density, evenly spaced over the angles seen. */
const POINTS = 400;
/** A hump holds at least this share of the rows, and at least this many: less is noise. */
const LEAST_SHARE = 0.01;
const LEAST_ROWS = 5;

/** @param cosines of nearest pairs that are not identical vectors; null where there is no second hump */
export function valleyOf(cosines: readonly number[]): Valley | null {
  const angles = cosines.map((c) => Math.acos(Math.max(-1, Math.min(1, c)))).sort((a, b) => a - b);
  const n = angles.length;
  if (n < 2 * LEAST_ROWS) return null;
  const spread = Math.min(
    deviation(angles),
    ((angles[Math.floor(0.75 * n)] as number) - (angles[Math.floor(0.25 * n)] as number)) / 1.34 ||
      Number.POSITIVE_INFINITY,
  );
  if (!(spread > 0)) return null;
  const width = 0.45 * spread * n ** -0.2;
  const first = (angles[0] as number) - 2 * width;
  const step = ((angles[n - 1] as number) + 2 * width - first) / (POINTS - 1);
  const density = Array.from({ length: POINTS }, (_, i) => {
    const x = first + i * step;
    return angles.reduce((sum, a) => sum + Math.exp(-(((x - a) / width) ** 2 / 2)), 0);
  });
  let best: Valley | null = null;
  for (let i = 1; i + 1 < POINTS; i++) {
    const here = density[i] as number;
    const twins = Math.max(...density.slice(0, i));
    const strangers = Math.max(...density.slice(i + 1));
    const depth = here / Math.min(twins, strangers);
    const angle = first + i * step;
    const below = angles.filter((a) => a < angle).length;
    const least = Math.max(LEAST_ROWS, LEAST_SHARE * n);
    if (below < least || n - below < least) continue;
    if (best === null || depth < best.depth) best = { at: Math.cos(angle), depth };
  }
  return best;
}

function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / Math.max(1, values.length - 1));
}
