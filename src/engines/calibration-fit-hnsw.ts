/**
 * From builds and searches of a small series to the time of a visited tuple at any number of rows:
 *
 *   search: fixed + visited × tuple × (1 + memory × miss)      build: visited × tuple × (1 + memory × miss)
 *   miss = N / (N + cache)
 *
 * visited is what pgvector's planner counts (hnsw-work.ts). A tuple gets dearer as the index outgrows the processor's caches, and
 * on today's processors that only begins where a small series ends, at some ten megabytes: a curve drawn through small
 * tables alone says nothing of large ones. So the far end is measured, too: the same searches with emptied caches give the
 * price at miss = 1, and what is left to the fit is how fast it is reached.
 *
 * Held against builds and searches of 100,000 and 200,000 rows of 128 and 384 dimensions by bench/calibrate-postgres.ts.
 */
import { visitedCount } from './hnsw-work.ts';

export interface TimedSearch {
  readonly rows: number;
  readonly efSearch: number;
  readonly us: number;
}

export interface TimedBuild {
  readonly rows: number;
  /** Microseconds a row, at the reference cost of a tuple. */
  readonly us: number;
}

export interface SearchFit {
  readonly fixed: number;
  /** Microseconds a visited tuple that is in the caches. */
  readonly tuple: number;
  readonly memory: number;
  readonly cacheRows: number;
}

export interface BuildFit {
  readonly tuple: number;
  readonly memory: number;
}

/** How far a median of the largest table is off, relative; smaller tables count less, as they are farther from any forecast. */
const SEARCH_ERROR = 0.07;
const EVICTED_ERROR = 0.07;
const BUILD_ERROR = 0.05;
const SMALLER_COUNTS = 0.25;
/**
 * What half misses before anything is measured: an index of 32 MiB, a last-level cache of today's servers as far as one core reaches
 * (16 to 96 MiB), and the factor by which that is usually off at the most.
 */
const CACHE_BYTES = 32 * 2 ** 20;
const CACHE_FACTOR = 2;
/**
 * A build follows its own links and reads no pages: it feels the memory far less. On two cores of an EPYC 9004 a row of a build of
 * 200,000 cost within 3 % of what the visits alone say. So much it may be off elsewhere.
 */
const BUILD_MEMORY = 0.2;
const MOST_MEMORY = 12;
/** The least of it that a fit looks for: less is not told from none. */
export const LEAST_MEMORY = 0.05;
const STEPS_A_DECADE = 20;

export const missAt = (rows: number, cacheRows: number): number => rows / (rows + cacheRows);

/** Microseconds of a search by the fit. */
export function searchUs(fit: SearchFit, rows: number, m: number, efSearch: number): number {
  return fit.fixed + visitedCount(rows, m, efSearch) * fit.tuple * (1 + fit.memory * missAt(rows, fit.cacheRows));
}

interface Equation {
  /** us ≈ one × fixed + visited × tuple, times weight. */
  readonly one: number;
  readonly visited: number;
  readonly us: number;
  readonly weight: number;
}

/**
 * @param warm medians of searches of one m; at least two sizes for a curve
 * @param evicted the same with emptied caches: at least two candidate lists of a size, or their price is not told from the
 * statement's own
 * @param bytesPerRow of the index
 * @returns undefined without any warm sample
 */
export function fitSearches(
  m: number,
  warm: readonly TimedSearch[],
  evicted: readonly TimedSearch[],
  bytesPerRow: number,
): SearchFit | undefined {
  if (warm.length === 0) return undefined;
  const largest = Math.max(...warm.map((s) => s.rows));
  const far = evictedPrices(m, evicted);
  const expected = CACHE_BYTES / bytesPerRow;
  let best: { readonly fit: SearchFit; readonly error: number } | undefined;
  for (const cacheRows of ladder(expected / 10 ** 1.5, expected * 10 ** 1.5)) {
    for (const memory of far.length === 0 ? [0] : memories()) {
      const near = warm.map((s): Equation => {
        const visited = visitedCount(s.rows, m, s.efSearch) * (1 + memory * missAt(s.rows, cacheRows));
        return { one: 1, visited, us: s.us, weight: weightOf(s, largest, SEARCH_ERROR) };
      });
      const all = [
        ...near,
        ...far.map(
          (f): Equation => ({
            one: 0,
            visited: f.visited * (1 + memory),
            us: f.us,
            weight: weightOf(f, largest, EVICTED_ERROR),
          }),
        ),
      ];
      const { fixed, tuple } = solved(all);
      const strange = (Math.log(cacheRows / expected) / Math.log(CACHE_FACTOR)) ** 2;
      const error = misfit(all, fixed, tuple) + strange;
      if (tuple > 0 && (best === undefined || error < best.error)) {
        best = { fit: { fixed, tuple, memory, cacheRows }, error };
      }
    }
  }
  return best?.fit;
}

interface Price {
  readonly rows: number;
  readonly visited: number;
  readonly us: number;
}

/** What more visits cost with emptied caches: each candidate list against the shortest of its size. */
function evictedPrices(m: number, evicted: readonly TimedSearch[]): Price[] {
  return evicted.flatMap((s) => {
    const base = evicted.filter((o) => o.rows === s.rows).reduce((a, b) => (b.efSearch < a.efSearch ? b : a));
    const visited = visitedCount(s.rows, m, s.efSearch) - visitedCount(s.rows, m, base.efSearch);
    const us = s.us - base.us;
    return visited > 0 && us > 0 ? [{ rows: s.rows, visited, us }] : [];
  });
}

function weightOf(
  { rows, us }: { readonly rows: number; readonly us: number },
  largest: number,
  error: number,
): number {
  return (rows / largest) ** SMALLER_COUNTS / (error * us);
}

/** Weighted least squares for both unknowns; a statement never costs less than nothing. */
function solved(equations: readonly Equation[]): { readonly fixed: number; readonly tuple: number } {
  let [oo, ov, vv, ou, vu] = [0, 0, 0, 0, 0];
  for (const { one, visited, us, weight } of equations) {
    const w = weight * weight;
    oo += w * one * one;
    ov += w * one * visited;
    vv += w * visited * visited;
    ou += w * one * us;
    vu += w * visited * us;
  }
  const determinant = oo * vv - ov * ov;
  const fixed = (ou * vv - vu * ov) / determinant;
  // One equation alone settles no second unknown.
  if (!(determinant > 1e-9 * oo * vv) || fixed < 0) return { fixed: 0, tuple: vu / vv };
  return { fixed, tuple: (oo * vu - ov * ou) / determinant };
}

function misfit(equations: readonly Equation[], fixed: number, tuple: number): number {
  return equations.reduce((sum, e) => sum + (e.weight * (e.one * fixed + e.visited * tuple - e.us)) ** 2, 0);
}

function* ladder(from: number, to: number): Generator<number> {
  for (let x = from; x <= to; x *= 10 ** (1 / STEPS_A_DECADE)) yield x;
}

function memories(): number[] {
  const values = [0];
  for (let k = LEAST_MEMORY; k <= MOST_MEMORY; k *= 1.06) values.push(k);
  return values;
}

/**
 * @param builds medians; at least two sizes tell growth from the tuple
 * @returns undefined without any build
 */
export function fitBuilds(
  m: number,
  efConstruction: number,
  builds: readonly TimedBuild[],
  cacheRows: number | undefined,
): BuildFit | undefined {
  if (builds.length === 0) return undefined;
  const largest = Math.max(...builds.map((b) => b.rows));
  let best: { readonly fit: BuildFit; readonly error: number } | undefined;
  for (const memory of cacheRows === undefined || builds.length < 2 ? [0] : memories()) {
    const all = builds.map(
      (b): Equation => ({
        one: 0,
        visited:
          visitedCount(b.rows, m, efConstruction) *
          (cacheRows === undefined ? 1 : 1 + memory * missAt(b.rows, cacheRows)),
        us: b.us,
        weight: weightOf(b, largest, BUILD_ERROR),
      }),
    );
    const { tuple } = solved(all);
    const error = misfit(all, 0, tuple) + (memory / BUILD_MEMORY) ** 2;
    if (best === undefined || error < best.error) best = { fit: { tuple, memory }, error };
  }
  return best?.fit;
}
