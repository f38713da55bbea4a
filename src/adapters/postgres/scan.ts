/**
 * Rows of one memory set. All of them come by COPY in binary, over a connection of its own, in one read-only transaction;
 * where that cannot be, and where `batch` is given, in pages by their key: no transaction is held between pages. Rows of
 * given keys, and the rows of a sample, are looked up a few hundred at a time.
 */
import { InputError } from '../../quantity/index.ts';
import { isStoreError, type ScanRequest, type ScanRow, StoreError } from '../../store/index.ts';
import { copiedRows } from './copy-scan.ts';
import { namespacesSql } from './namespace-filter.ts';
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import { keyArrays, keysFrom, keysJoin } from './row-keys.ts';
import { type RowReader, rowReader } from './row-reader.ts';
import { sampledKeys } from './row-sample.ts';
import type { PgSession } from './session.ts';

const BATCH = 1_000;
/** Rows that carry a vector are about 6 kB each; more at a time is no faster. */
const VECTOR_BATCH = 200;

export interface ScanSource {
  /** Where single pages are read. */
  readonly session: PgSession;
  readonly reading: PgReading;
  /** A connection of its own for one long read. */
  readonly beside: (signal: AbortSignal | undefined) => Promise<PgSession>;
}

/**
 * @throws InputError when the store has no such memory set
 * @throws StoreError when this role may not read it
 */
export async function* scanSet(source: ScanSource, request: ScanRequest): AsyncGenerator<ScanRow> {
  const { session, reading } = source;
  request.signal?.throwIfAborted();
  const s = scannedSet(session, reading, request.set);
  if (request.keys !== undefined || request.sample !== undefined) {
    yield* foundRows(session, reading, s, request);
    return;
  }
  if (request.batch === undefined) {
    let begun = false;
    try {
      for await (const rows of copiedRows(source, s, request)) {
        begun = true;
        for (const row of rows) yield row;
      }
      return;
    } catch (e) {
      if (begun || !pagesMayDo(e)) throw e;
    }
  }
  const reader = await rowReader(session, reading, s, request, true);
  for await (const row of pages(session, s, reader, request)) {
    request.signal?.throwIfAborted();
    yield row;
  }
}

/** @throws InputError for an unknown set; StoreError when this role may not read it */
export function scannedSet(session: PgSession, reading: PgReading, id: string): PgSet {
  const s = reading.sets.find((x) => x.id === id);
  if (s === undefined) throw new InputError('unknown-set', `the store has no rows to scan under "${id}"`);
  const table = reading.catalog.table(s.relation.schema, s.relation.name);
  if (table?.readable !== true) {
    throw new StoreError(
      'store-permission',
      `the role ${session.role} may not read ${s.relation.schema}.${s.relation.name}`,
      `GRANT SELECT ON ${s.relation.quoted} TO ${quoted(session.role)}`,
    );
  }
  return s;
}

/** No connection left, or something in between that knows no COPY. */
function pagesMayDo(e: unknown): boolean {
  return isStoreError(e) && (e.code === 'too-many-connections' || e.code === 'no-copy');
}

/**
 * Rows by their keys, with nothing but plain statements: also inside an open transaction. Rows that are gone are left out.
 * @param keys not more than a few hundred where vectors are read
 */
export async function rowsByKey(
  session: PgSession,
  reader: RowReader,
  s: PgSet,
  keys: readonly string[],
  where = '',
): Promise<ScanRow[]> {
  const rows = await session.query(
    `SELECT ${reader.select('text')} FROM ${keysFrom(reader.key)}
     JOIN ${s.relation.quoted} AS t ON ${keysJoin(reader.key, 't')} ${reader.joins} ${where}`,
    keyArrays(reader.key, keys),
  );
  return rows.map(reader.fromText);
}

async function* foundRows(
  session: PgSession,
  reading: PgReading,
  s: PgSet,
  request: ScanRequest,
): AsyncGenerator<ScanRow> {
  const reader = await rowReader(session, reading, s, request, true);
  const where = namespacesSql(s, request.namespaces);
  const given = request.keys === undefined ? undefined : [...new Set(request.keys)];
  const keys = request.sample === undefined ? given : await sampledKeys(session, reading, s, reader.key, request);
  const size = batchSize(request);
  for (let i = 0; i < (keys?.length ?? 0); i += size) {
    request.signal?.throwIfAborted();
    yield* await rowsByKey(session, reader, s, (keys ?? []).slice(i, i + size), where === '' ? '' : `WHERE ${where}`);
  }
}

const batchSize = (r: ScanRequest): number => r.batch ?? (r.fields.includes('vector') ? VECTOR_BATCH : BATCH);

/** By key where there is one; else through a cursor, whose transaction lasts as long as the scan. */
async function* pages(session: PgSession, s: PgSet, reader: RowReader, request: ScanRequest): AsyncGenerator<ScanRow> {
  const size = batchSize(request);
  const only = namespacesSql(s, request.namespaces);
  const select = (key: string): string =>
    `SELECT ${reader.select('text')}${key} FROM ${s.relation.quoted} AS t ${reader.joins}`;
  const names = reader.key.columns.map((c) => c.name);
  if (names.includes('ctid')) {
    const rows = session.rows<Record<string, unknown>>(`${select('')} ${only === '' ? '' : `WHERE ${only}`}`, [], size);
    for await (const row of rows) yield reader.fromText(row);
    return;
  }
  // Operators of an extension's type are not found by the empty search path, and its texts' would not go with its own order.
  const key = reader.key.columns
    .map((c) => `t.${quoted(c.name)}${/^(?!pg_catalog\.).*\./.test(c.type) ? '::pg_catalog.text' : ''}`)
    .join(', ');
  const listed = names.map((n, i) => `, t.${quoted(n)}::pg_catalog.text AS _k${i}`).join('');
  const after = `(${key}) > (${names.map((_, i) => `$${i + 1}`).join(', ')})`;
  let last: unknown[] = [];
  for (;;) {
    const conditions = [...(last.length === 0 ? [] : [after]), ...(only === '' ? [] : [only])];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = await session.query(`${select(listed)} ${where} ORDER BY ${key} LIMIT ${size}`, last);
    for (const row of rows) yield reader.fromText(row);
    const end = rows.at(-1);
    if (end === undefined || rows.length < size) return;
    last = names.map((_, i) => end[`_k${i}`]);
  }
}
