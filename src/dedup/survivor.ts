/** Which row of a cluster stays. */

/**
 * `policy`: the one that expires last, then trusted most, then used most, then the newest. Whatever the choice, a pinned row stays before one that is
 * not, and ties go to the lowest id.
 */
export const KEEPS = ['policy', 'newest', 'oldest', 'longest', 'shortest', 'most-used'] as const;
export type Keep = (typeof KEEPS)[number];

/** What is known of a row's worth; NaN for what the store does not keep. */
export interface Worth {
  readonly id: string;
  readonly pinned: boolean;
  /** Milliseconds since the epoch, Infinity never. */
  readonly expires: number;
  readonly confidence: number;
  /** Accesses and edges added up. */
  readonly uses: number;
  /** Milliseconds since the epoch: changed, and created. */
  readonly updated: number;
  readonly created: number;
  /** Characters of text. */
  readonly length: number;
}

interface Rule {
  /** Said of the survivor. */
  readonly says: string;
  /** Higher stays. */
  readonly of: (row: Worth) => number;
}

const newest = (row: Worth): number => (Number.isNaN(row.updated) ? row.created : row.updated);

const PINNED: Rule = { says: 'pinned', of: (row) => (row.pinned ? 1 : 0) };
const EXPIRY: Rule = { says: 'expires last', of: (row) => row.expires };
const CONFIDENCE: Rule = { says: 'highest confidence', of: (row) => row.confidence };
const USES: Rule = { says: 'most used', of: (row) => row.uses };
const NEWEST: Rule = { says: 'newest', of: newest };
const OLDEST: Rule = { says: 'oldest', of: (row) => -row.created };
const LONGEST: Rule = { says: 'longest', of: (row) => row.length };
const SHORTEST: Rule = { says: 'shortest', of: (row) => -row.length };

const RULES: Readonly<Record<Keep, readonly Rule[]>> = {
  policy: [PINNED, EXPIRY, CONFIDENCE, USES, NEWEST],
  newest: [PINNED, NEWEST],
  oldest: [PINNED, OLDEST],
  longest: [PINNED, LONGEST, NEWEST],
  shortest: [PINNED, SHORTEST, NEWEST],
  'most-used': [PINNED, USES, NEWEST],
};

/** Negative when `a` stays rather than `b`. A fact that one of the two lacks counts as the lowest. */
export function compareWorth(keep: Keep, a: Worth, b: Worth): number {
  for (const rule of RULES[keep]) {
    const d = difference(rule, a, b);
    if (d !== 0) return d;
  }
  return compareIds(a.id, b.id);
}

/** The first rule by which the survivor is ahead of the next best row. */
export function whyItStays(keep: Keep, survivor: Worth, next: Worth): string {
  return RULES[keep].find((rule) => difference(rule, survivor, next) < 0)?.says ?? 'lowest id';
}

function difference({ of }: Rule, a: Worth, b: Worth): number {
  const x = of(a);
  const y = of(b);
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return x === y ? 0 : y > x ? 1 : -1;
}

const WHOLE = /^\d{1,15}$/;

/** Whole numbers by their value, before all other ids, which go by their code units. */
export function compareIds(a: string, b: string): number {
  const x = WHOLE.test(a);
  const y = WHOLE.test(b);
  if (x !== y) return x ? -1 : 1;
  const d = x ? Number(a) - Number(b) : 0;
  return d !== 0 ? d : a < b ? -1 : a > b ? 1 : 0;
}
