/** The beta distribution, from which the quantiles of intervals are taken. */

/** Lanczos' series for ln Γ with g = 5 and six terms; relative error below 2e-10 (C. Lanczos, SIAM J. Numer. Anal. B 1, 1964). */
const LANCZOS: readonly number[] = [
  76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155, 0.001208650973866179,
  -0.000005395239384953,
];

/** ln Γ(x), x > 0. */
function logGamma(x: number): number {
  let series = 1.000000000190015;
  LANCZOS.forEach((c, i) => {
    series += c / (x + 1 + i);
  });
  return (x + 0.5) * Math.log(x + 5.5) - (x + 5.5) + Math.log((2.5066282746310007 * series) / x);
}

/** Terms after which the fraction has converged for every a, b below 1e6. */
const TERMS = 5000;
const ENOUGH = 1e-13;

/** P(X <= x) for X ~ Beta(a, b): the continued fraction DLMF 8.17.22, evaluated from the front. */
export function betaShare(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - betaShare(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a;
  // Steed: convergents of 1 / (1 + d1 / (1 + d2 / (1 + …))).
  let ratio = 1;
  let step = 1;
  let sum = 1;
  for (let i = 1; i <= TERMS; i++) {
    const m = Math.floor(i / 2);
    const d =
      i % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    ratio = 1 / (1 + d * ratio);
    step *= ratio - 1;
    sum += step;
    if (Math.abs(step) < ENOUGH * Math.abs(sum)) break;
  }
  return Math.min(1, front * sum);
}

/** x with P(X <= x) = share for X ~ Beta(a, b), by bisection. */
export function betaQuantile(share: number, a: number, b: number): number {
  if (a <= 0) return 0;
  if (b <= 0) return 1;
  let low = 0;
  let high = 1;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (betaShare(middle, a, b) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Two-sided quantile of Student's t: P(|T| > t) = alpha. */
export function studentQuantile(alpha: number, degrees: number): number {
  const y = betaQuantile(alpha, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - y)) / y);
}
