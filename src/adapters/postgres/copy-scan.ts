/** A whole set by COPY in binary: the fastest way out of the server, and all rows are of one moment. */
import { type ScanRequest, type ScanRow, StoreError } from '../../store/index.ts';
import { CopyRows } from './copy-rows.ts';
import { namespacesSql } from './namespace-filter.ts';
import { quoted } from './quoting.ts';
import type { PgSet } from './reading.ts';
import { type RowReader, rowReader } from './row-reader.ts';
import type { ScanSource } from './scan.ts';
import { refusalCode } from './session.ts';

/** Feature not supported, syntax error, protocol violation: what something between us and PostgreSQL says to a COPY. */
const NO_COPY = ['0A000', '42601', '08P01'];

/**
 * Rows as they come, in lists of what one piece of the stream held; in the order of the key unless the request leaves it open.
 * @throws StoreError `no-copy` before the first row, where there is no such statement
 */
export async function* copiedRows(
  source: ScanSource,
  s: PgSet,
  request: ScanRequest,
): AsyncGenerator<readonly ScanRow[]> {
  const session = await source.beside(request.signal);
  try {
    const reader = await rowReader(session, source.reading, s, request, false);
    const rows = new CopyRows(reader.readers, reader.fromCopy);
    yield* session.copy(copySql(s, reader, request), rows);
    if (!rows.ended)
      throw new StoreError('connection-lost', 'the server ended the rows without its end mark', 'run it again');
  } catch (e) {
    if (NO_COPY.includes(refusalCode(e) ?? ''))
      throw new StoreError('no-copy', `the server takes no COPY: ${(e as Error).message}`);
    throw e;
  } finally {
    await session.close();
  }
}

function copySql(s: PgSet, reader: RowReader, request: ScanRequest): string {
  const only = namespacesSql(s, request.namespaces);
  const where = only === '' ? '' : `WHERE ${only}`;
  const key = reader.key.columns.map((c) => `t.${quoted(c.name)}`).join(', ');
  const order = request.order === 'stored' || key.includes('"ctid"') ? '' : `ORDER BY ${key}`;
  return `COPY (SELECT ${reader.select('copy')} FROM ${s.relation.quoted} AS t ${reader.joins} ${where} ${order}) TO STDOUT (FORMAT binary)`;
}
