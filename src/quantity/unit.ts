/**
 * The units a Quantity may carry. `B` is bytes; `ratio` is dimensionless; money is US dollars.
 */
export type Unit =
  | 'B'
  | 's'
  | 'ms'
  | 'us'
  | 'USD'
  | 'USD/month'
  | 'USD/GB-month'
  | 'USD/hour'
  | 'USD/token'
  | 'rows'
  | 'rows/s'
  | 'rows/day'
  | 'queries/s'
  | 'pages'
  | 'tokens'
  | 'dimensions'
  | 'count'
  | 'ratio';

/**
 * How a figure is known, strongest first: `exact` follows from the engine's own layout (or was given by the user),
 * `measured` was read from a live store or calibrated on a host, `documented` is a vendor's formula,
 * `assumed` is a default that nobody confirmed.
 */
export type Basis = 'exact' | 'measured' | 'documented' | 'assumed';

/** The weaker of two bases: a result is never better known than its weakest input. */
export function weaker(a: Basis, b: Basis): Basis {
  if (a === 'exact' || b === 'assumed') return b;
  if (b === 'exact' || a === 'assumed') return a;
  return a === 'documented' ? a : b;
}

declare const brand: unique symbol;

/** A plain number that a function boundary insists is in bytes. Arithmetic on it yields a plain number. */
export type Bytes = number & { readonly [brand]: 'B' };
/** A plain number that a function boundary insists is in seconds. */
export type Seconds = number & { readonly [brand]: 's' };

export const bytes = (n: number): Bytes => n as Bytes;
export const seconds = (n: number): Seconds => n as Seconds;
