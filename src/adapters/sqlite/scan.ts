/**
 * Rows of one memory set in pages: memory stays bounded and no statement is left open between rows. A page is sought by the
 * place of the last row, so that a scan reads the table once.
 */
import type { Match } from '../../profiles/index.ts';
import type { ScanRequest, ScanRow } from '../../store/index.ts';
import { quoted } from './driver.ts';
import { listedPlaces, placesOf } from './row-places.ts';
import { type RowReader, type RowSource, rowReader, type ScannedSet, scannedSet } from './row-reader.ts';
import { sampledPlaces } from './row-sample.ts';
import type { Reader } from './structures.ts';

const BATCH = 1_000;
/** Places of rows listed before those rows are read: about 40 bytes each. */
const LISTED = 100_000;

/** @throws InputError when the store has no such memory set, or a key is none of it */
export async function* scanSet(
  reader: Reader,
  matches: readonly Match[],
  request: ScanRequest,
): AsyncGenerator<ScanRow> {
  const source: RowSource = reader;
  const s = scannedSet(source, matches, request.set);
  const { keys, namespaces, sample } = request;
  const fields =
    keys === undefined || namespaces === undefined ? request.fields : [...request.fields, 'namespace' as const];
  const rows = rowReader(source, s, fields, request.now ?? new Date());
  const size = request.batch ?? BATCH;
  const step = async (): Promise<void> => {
    await reader.step(`${s.set.title}: rows`);
    request.signal?.throwIfAborted();
  };
  if (keys !== undefined) {
    const unique = [...new Set(keys)];
    for (let i = 0; i < unique.length; i += size) {
      await step();
      const found = rows.byKeys(unique.slice(i, i + size));
      yield* namespaces === undefined ? found : found.filter((r) => namespaces.includes(r.namespace ?? null));
    }
  } else if (sample !== undefined) {
    yield* atPlaces(source, s, rows, await sampledPlaces(source, s, sample, namespaces, step), size, step);
  } else if (namespaces !== undefined) {
    for (const places of listedPlaces(source, s, namespaces, LISTED)) {
      yield* atPlaces(source, s, rows, places, size, step);
    }
  } else yield* everyRow(source, s, rows, size, step);
}

async function* everyRow(
  { db }: RowSource,
  s: ScannedSet,
  rows: RowReader,
  size: number,
  step: () => Promise<void>,
): AsyncGenerator<ScanRow> {
  const places = placesOf(s);
  const page = (where: string): string =>
    `SELECT ${places.sql}, ${rows.columns} FROM ${quoted(s.table.name)} AS t ${rows.joins} ${where}
     ORDER BY ${places.order} LIMIT :size`;
  await step();
  let found = db.prepare(page('')).raw(true).all({ size }) as unknown[][];
  const next = db.prepare(page(`WHERE ${places.behind}`)).raw(true);
  for (;;) {
    for (const raw of found) yield rows.row(raw, 1);
    if (found.length < size) return;
    await step();
    found = next.all({ size, after: found.at(-1)?.[0] }) as unknown[][];
  }
}

async function* atPlaces(
  { db }: RowSource,
  s: ScannedSet,
  rows: RowReader,
  list: readonly string[],
  size: number,
  step: () => Promise<void>,
): AsyncGenerator<ScanRow> {
  const places = placesOf(s);
  const statement = db
    .prepare(`SELECT ${rows.columns} FROM ${places.at} ${rows.joins} ORDER BY ${places.order}`)
    .raw(true);
  for (let i = 0; i < list.length; i += size) {
    await step();
    const part = places.parameter(list.slice(i, i + size));
    for (const raw of statement.all({ places: part }) as unknown[][]) yield rows.row(raw, 0);
  }
}
