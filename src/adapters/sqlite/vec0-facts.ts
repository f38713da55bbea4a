/** A vec0 table through its shadow tables: the extension is not needed, and the virtual table is not touched. */
import type { Vec0Facts } from '../../store/index.ts';
import { type Db, numberOr, one, quoted } from './driver.ts';
import { vec0Definition } from './virtual-tables.ts';

/** @param read runs a statement and yields null where the pages it needs are damaged */
export function vec0Facts(
  db: Db,
  name: string,
  args: readonly string[],
  rows: number,
  read: <T>(run: () => T) => T | null,
): Vec0Facts {
  const { textId, ...definition } = vec0Definition(args);
  const chunks = quoted(`${name}_chunks`);
  const rowids = quoted(`${name}_rowids`);
  const slots = read(() => one(db, `SELECT count(*) AS chunks, coalesce(sum(size), 0) AS capacity FROM ${chunks}`));
  const keys = definition.partitionKeys.map((_, i) => `c.${quoted(`partition${nn(i)}`)}`);
  const keyBytes = keys.map((k) => `octet_length(${k})`).join(' + ');
  const packed = read(() =>
    one(
      db,
      `SELECT count(*) AS partitions, avg(bytes) AS bytes, coalesce(sum((n + CAST(:size AS INTEGER) - 1) / CAST(:size AS INTEGER)), 0) AS chunks FROM (
         SELECT count(*) AS n, ${keys.length === 0 ? 'NULL' : keyBytes} AS bytes
         FROM ${rowids} AS r JOIN ${chunks} AS c ON c.chunk_id = r.chunk_id
         ${keys.length === 0 ? 'HAVING count(*) > 0' : `GROUP BY ${keys.join(', ')}`})`,
      { size: definition.chunkSize },
    ),
  );
  const mean = (table: string, column: string): number | null =>
    read(() => numberOr(one(db, `SELECT avg(octet_length(${column})) AS b FROM ${quoted(table)}`)['b'], null));
  const made = read(() => one(db, `SELECT value FROM ${quoted(`${name}_info`)} WHERE key = 'CREATE_VERSION'`));
  return {
    kind: 'vec0',
    ...definition,
    metadata: definition.metadata.map((m, i) => ({
      ...m,
      meanBytes: m.type === 'text' ? read(() => metadataBytes(db, `${name}_metadatatext${nn(i)}`, rows)) : null,
    })),
    auxiliary: definition.auxiliary.map((a, i) => ({ name: a, meanBytes: mean(`${name}_auxiliary`, `value${nn(i)}`) })),
    idBytes: textId ? mean(`${name}_rowids`, 'id') : null,
    partitionBytes: keys.length === 0 ? null : numberOr(packed?.['bytes'], null),
    chunks: numberOr(slots?.['chunks'], null),
    capacity: numberOr(slots?.['capacity'], null),
    partitions: keys.length === 0 ? null : numberOr(packed?.['partitions'], null),
    packedChunks: numberOr(packed?.['chunks'], null),
    createdBy: typeof made?.['value'] === 'string' ? made['value'] : null,
  };
}

/** Texts of at most 12 bytes stay in their slot; only longer ones have a row of their own. */
const TEXT_INLINE = 12;

function metadataBytes(db: Db, table: string, rows: number): number {
  const long = one(db, `SELECT count(*) AS n, avg(octet_length(data)) AS b FROM ${quoted(table)}`);
  return numberOr(long['n'], 0) * 2 > rows ? numberOr(long['b'], TEXT_INLINE) : TEXT_INLINE;
}

const nn = (i: number): string => String(i).padStart(2, '0');
