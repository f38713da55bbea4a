/**
 * How often a similarity is passed by chance, beyond what was seen. Peaks over a threshold: what lies above a high quantile
 * follows a generalised Pareto distribution (J. Pickands, Annals of Statistics 3, 1975), fitted here by probability-weighted
 * moments (J. R. M. Hosking, J. R. Wallis, Technometrics 29, 1987). Cosines end at 1, so Fisher's z = atanh(cosine) is fitted.
 */

/** Above this quantile is the tail: enough values for two parameters, few enough for the limit theorem. */
const TAIL = 0.9;
/** A bounded tail estimated from some hundred values may end before 1 by chance; a heavier one than exponential is not believed of cosines. */
const SHAPES: readonly [number, number] = [-0.25, 0];
/** Cosines nearer to 1 are identical vectors. */
const LARGEST = 1 - 1e-9;

export interface Tail {
  /** Share of values expected above a cosine: the fit, and where it lies between a normal and an exponential tail. */
  readonly above: (cosine: number) => { readonly value: number; readonly low: number; readonly high: number };
}

const z = (cosine: number): number => Math.atanh(Math.max(-LARGEST, Math.min(LARGEST, cosine)));

/** @param sorted cosines, ascending; at least 50 */
export function fitTail(sorted: Float64Array): Tail {
  const n = sorted.length;
  const at = Math.floor(TAIL * n);
  const from = z(sorted[at] as number);
  const excess = Array.from(sorted.subarray(at + 1), (c) => z(c) - from);
  const k = excess.length;
  let mean = 0;
  let weighted = 0;
  excess.forEach((x, i) => {
    mean += x / k;
    // Plotting position (i + 0.65) / k, as Hosking and Wallis advise.
    weighted += (x * (1 - (i + 0.65) / k)) / k;
  });
  const fitted = mean > 2 * weighted ? mean / (mean - 2 * weighted) - 2 : 1;
  // Hosking and Wallis write the shape with the other sign.
  const shape = Math.min(SHAPES[1], Math.max(SHAPES[0], -fitted));
  const scale = Math.max(1e-12, mean * (1 - shape));
  // The standard error of a mean excess of k values is its k-th root; two of them for the upper end.
  const widest = Math.max(1e-12, mean * (1 + 2 / Math.sqrt(k)));
  const middle = z(sorted[Math.floor(n / 2)] as number);
  // The spread of the upper half: twins among the values, at the very top, do not move it.
  const deviation = Math.max(1e-12, z(sorted[Math.floor(0.84134 * n)] as number) - middle || 1e-12);
  const share = k / n;
  return {
    above: (cosine) => {
      const over = z(cosine) - from;
      if (over <= 0) {
        const seen = sharesAbove(sorted, cosine);
        return { value: seen, low: seen, high: seen };
      }
      const pareto = shape === 0 ? Math.exp(-over / scale) : Math.max(0, 1 + (shape * over) / scale) ** (-1 / shape);
      const value = share * pareto;
      const normal = normalAbove((z(cosine) - middle) / deviation);
      return { value, low: Math.min(value, normal), high: Math.max(value, normal, share * Math.exp(-over / widest)) };
    },
  };
}

function sharesAbove(sorted: Float64Array, cosine: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < cosine) low = middle + 1;
    else high = middle;
  }
  return (sorted.length - low) / sorted.length;
}

/** P(X > x) of the standard normal (Abramowitz and Stegun 26.2.17; 26.2.12 beyond 4). */
function normalAbove(x: number): number {
  const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (x > 4) return (density / x) * (1 - 1 / x ** 2 + 3 / x ** 4);
  if (x < 0) return 1 - normalAbove(-x);
  const t = 1 / (1 + 0.2316419 * x);
  return density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
}
