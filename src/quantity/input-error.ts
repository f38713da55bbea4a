/**
 * Something the user gave is wrong: a flag, a config value, a file. One sentence says what, where and what would be
 * right; `hint` may add the next step. The command line turns it into exit code 2 and never prints a stack for it.
 */
export class InputError extends Error {
  /** Recognised by this field and not by `instanceof`: the two programs are bundled apart. */
  readonly kind = 'input-error' as const;
  readonly code: string;
  readonly hint: string | undefined;

  /**
   * @param code stable kebab-case id for machines, e.g. `bad-count`
   * @param message one sentence, starting with where it is wrong
   */
  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'InputError';
    this.code = code;
    this.hint = hint;
  }
}

/** True for an InputError made by any copy of this module. */
export function isInputError(e: unknown): e is InputError {
  return e instanceof Error && (e as { kind?: unknown }).kind === 'input-error';
}

/**
 * The candidate nearest to what was typed, by edit distance (Damerau, adjacent swaps count one), or undefined when
 * nothing is within a third of its length: a wild suggestion is worse than none.
 */
export function nearest(typed: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const d = editDistance(typed.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best !== undefined && bestDistance <= Math.max(1, Math.ceil(best.length / 3)) ? best : undefined;
}

function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    const above = rows[i - 1] as number[];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let d = Math.min((above[j] as number) + 1, (row[j - 1] as number) + 1, (above[j - 1] as number) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d = Math.min(d, ((rows[i - 2] as number[])[j - 2] as number) + 1);
      }
      row.push(d);
    }
    rows.push(row);
  }
  return (rows[a.length] as number[])[b.length] as number;
}
