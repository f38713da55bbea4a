import { readFileSync } from 'node:fs';
import { parseCsv } from '../src/capacity/selftest-csv.ts';

/** The rows of a table in fixtures/measurements, each by the names of the columns asked for. */
export function measuredFields(file: string, columns: readonly string[]): Readonly<Record<string, string>>[] {
  const text = readFileSync(new URL(`../fixtures/measurements/${file}`, import.meta.url), 'utf8');
  return parseCsv(text, file, columns).map((r) => Object.fromEntries(columns.map((c, i) => [c, r.cells[i] as string])));
}
