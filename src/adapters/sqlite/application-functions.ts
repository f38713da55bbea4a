/**
 * SQL functions of the applications whose triggers call them. A wrong one is worse than none: an FTS5 'delete' that is
 * given another text than was indexed leaves the row's words behind.
 */
import type { Db } from './driver.ts';

/** Code points that get a blank on either side: nhadaututtheky/neural-memory 4.62.0, utils/cjk.py. */
const CJK: readonly (readonly [number, number])[] = [
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0x20000, 0x2a6df],
  [0x2a700, 0x2b73f],
  [0x2b740, 0x2b81f],
  [0x2b820, 0x2ceaf],
  [0x2ceb0, 0x2ebef],
  [0x30000, 0x3134f],
];

/** NULL and "" unchanged; every CJK ideograph becomes blank, itself, blank; the rest verbatim. */
export function cjkSpaced(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  let spaced = '';
  for (const character of value) {
    const code = character.codePointAt(0) as number;
    spaced += CJK.some(([low, high]) => code >= low && code <= high) ? ` ${character} ` : character;
  }
  return spaced;
}

const FUNCTIONS: Readonly<Record<string, (value: unknown) => unknown>> = { cjk_spaced: cjkSpaced };

/** @param names functions that the profiles of this store say its triggers call */
export function registerFunctions(db: Db, names: readonly string[]): void {
  for (const name of new Set(names.map((n) => n.toLowerCase()))) {
    const run = FUNCTIONS[name];
    if (run !== undefined) db.function(name, { deterministic: true }, run);
  }
}
