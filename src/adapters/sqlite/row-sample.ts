/** A random sample of rows, each equally likely, the same for the same seed and the same rows. */
import { one, quoted } from './driver.ts';
import { rowidName } from './read-catalog.ts';
import { listedPlaces } from './row-places.ts';
import type { RowSource, ScannedSet } from './row-reader.ts';
import { seededRandom } from './seeded-random.ts';

/** Places listed at a time. */
const PAGE = 50_000;
/** Rowids drawn at a time. */
const DRAWN = 2_000;
/** Fewer hits than one draw in so many: listing all rows is then cheaper. */
const SPARSE = 20;
/** Below so many times the sample, most rows are read anyway. */
const SHARE = 4;

/**
 * @param step called between statements
 * @returns places in the order of the table
 */
export async function sampledPlaces(
  source: RowSource,
  s: ScannedSet,
  sample: { readonly rows: number; readonly seed: number },
  namespaces: readonly (string | null)[] | undefined,
  step: () => Promise<void>,
): Promise<string[]> {
  if (sample.rows <= 0) return [];
  if (namespaces === undefined && !s.table.withoutRowid) {
    const drawn = await drawnRowids(source, s, sample, step);
    if (drawn !== undefined) return drawn;
  }
  // Algorithm R: J. S. Vitter, Random sampling with a reservoir, ACM TOMS 11(1), 1985.
  const random = seededRandom(sample.seed);
  const kept: string[] = [];
  let seen = 0;
  for (const page of listedPlaces(source, s, namespaces, PAGE)) {
    await step();
    for (const place of page) {
      seen++;
      if (kept.length < sample.rows) kept.push(place);
      else {
        const at = Math.floor(random() * seen);
        if (at < sample.rows) kept[at] = place;
      }
    }
  }
  return kept;
}

/**
 * Rowids drawn evenly from the least to the greatest; those that no row has are thrown away, so that gaps favour nobody, and
 * nothing else of the table is read.
 * @returns undefined where too few rowids are in use, or the table is small
 */
async function drawnRowids(
  { db }: RowSource,
  { table }: ScannedSet,
  { rows, seed }: { readonly rows: number; readonly seed: number },
  step: () => Promise<void>,
): Promise<string[] | undefined> {
  const rowid = rowidName(table);
  const name = quoted(table.name);
  const ends = one(db, `SELECT (SELECT min(${rowid}) FROM ${name}) AS lo, (SELECT max(${rowid}) FROM ${name}) AS hi`);
  const [lo, hi] = [Number(ends['lo']), Number(ends['hi'])];
  const span = hi - lo + 1;
  if (ends['lo'] === null || span < SHARE * rows || !Number.isSafeInteger(lo) || !Number.isSafeInteger(hi))
    return undefined;
  const random = seededRandom(seed);
  const there = db
    .prepare(`SELECT t.${rowid} FROM json_each(?) AS k CROSS JOIN ${name} AS t ON t.${rowid} = k.value`)
    .pluck(true);
  const kept = new Set<number>();
  let hits = 0;
  for (let draws = DRAWN; ; draws += DRAWN) {
    await step();
    const candidates = Array.from({ length: DRAWN }, () => lo + Math.floor(random() * span));
    const found = new Set(there.all(JSON.stringify(candidates)) as number[]);
    // In the order in which they were drawn: the last ones that still fit must not be the smallest.
    for (const c of candidates) {
      if (!found.has(c)) continue;
      hits++;
      if (kept.size < rows) kept.add(c);
    }
    if (kept.size >= rows) return [...kept].sort((a, b) => a - b).map(String);
    const used = (hits / draws) * span;
    if (hits * SPARSE < draws || used < SHARE * rows) return undefined;
  }
}
