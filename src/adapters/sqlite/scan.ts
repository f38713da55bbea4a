/** Rows of one memory set, in batches by rowid: memory stays bounded and no statement is left open between rows. */
import type { Match, SetProfile, TimeColumn, VectorSource } from '../../profiles/index.ts';
import { InputError } from '../../quantity/index.ts';
import type { ScanField, ScanRequest, ScanRow, TimeFormat } from '../../store/index.ts';
import { all, type Db, one, quoted, type Row } from './driver.ts';
import { rowidName, type StoredTable } from './read-catalog.ts';
import type { Reader } from './structures.ts';
import { refSql, secondsSql, timeFormat } from './time-sql.ts';
import { vec0Definition } from './virtual-tables.ts';

const BATCH = 1_000;
const FLOAT32 = 4;

/** @throws InputError when the store has no such memory set */
export async function* scanSet(
  reader: Reader,
  matches: readonly Match[],
  request: ScanRequest,
): AsyncGenerator<ScanRow> {
  const set = matches
    .flatMap((m) => m.sets.map((s) => ({ id: `${m.profile.id}:${s.table}`, s })))
    .find((x) => x.id === request.set)?.s;
  const table = set && reader.catalog.stored.find((t) => t.name === set.table);
  if (set === undefined || table === undefined) {
    throw new InputError('unknown-set', `the store has no rows to scan under "${request.set}"`);
  }
  const format = set.created === undefined ? null : timeFormat(reader.db, table.name, set.created);
  const plan = scanSql(set, table, request.fields, format);
  const vectors = request.fields.includes('vector') ? vectorReader(reader, set.vectors) : undefined;
  const size = request.batch ?? BATCH;
  let after: unknown = null;
  for (;;) {
    await reader.step(`${set.title}: rows`);
    const rows = all(reader.db, plan, { after, size });
    for (const row of rows) yield scanRow(row, vectors);
    if (rows.length < size) return;
    after = rows.at(-1)?.['_key'];
  }
}

/** The key is the rowid, or for a WITHOUT ROWID table the first column of its primary key. */
function scanSql(set: SetProfile, table: StoredTable, fields: readonly ScanField[], format: TimeFormat | null): string {
  const key = table.withoutRowid ? undefined : `t.${rowidName(table)}`;
  if (key === undefined)
    throw new InputError('unscannable', `${table.name} is a WITHOUT ROWID table and cannot be read in batches`);
  const id = set.id?.map((c) => `CAST(t.${quoted(c)} AS TEXT)`).join(" || '/' || ") ?? `CAST(${key} AS TEXT)`;
  const wants = (f: ScanField): boolean => fields.includes(f);
  const columns = [`${key} AS _key`, `${id} AS id`];
  if (wants('namespace') && set.namespace) columns.push(`CAST(${refSql(set.namespace)} AS TEXT) AS namespace`);
  if (wants('text') && set.text) {
    columns.push(`${set.text.map((r) => `coalesce(${refSql(r)}, '')`).join(` || char(10) || `)} AS text`);
  }
  if (wants('metadata') && set.metadata) columns.push(`t.${quoted(set.metadata)} AS metadata`);
  if (wants('hash') && set.hash) columns.push(`CAST(${refSql(set.hash)} AS TEXT) AS hash`);
  if (wants('created') && set.created && format !== null) {
    columns.push(`${secondsSql(refSql((set.created as TimeColumn).column), format)} AS created`);
  }
  if (wants('vector')) columns.push(...vectorColumn(set.vectors, key));
  return `SELECT ${columns.join(', ')} FROM ${quoted(table.name)} AS t WHERE :after IS NULL OR ${key} > :after ORDER BY ${key} LIMIT :size`;
}

function vectorColumn(v: VectorSource | undefined, key: string): string[] {
  switch (v?.where) {
    case 'column':
      return [`t.${quoted(v.column)} AS vector`];
    case 'table': {
      const joined = v.on.map((c) => `v.${quoted(c)} = t.${quoted(c)}`).join(' AND ');
      return [`(SELECT v.${quoted(v.column)} FROM ${quoted(v.table)} AS v WHERE ${joined} LIMIT 1) AS vector`];
    }
    case 'vec0': {
      const from = `FROM ${quoted(`${v.table}_rowids`)} AS v WHERE v.rowid = ${key}`;
      return [`(SELECT v.chunk_id ${from}) AS _chunk`, `(SELECT v.chunk_offset ${from}) AS _offset`];
    }
    default:
      return [];
  }
}

function scanRow(row: Row, vectors: ((row: Row) => Float32Array | undefined) | undefined): ScanRow {
  const text = (name: string): string | undefined => (typeof row[name] === 'string' ? row[name] : undefined);
  const vector = vectors?.(row);
  const created = row['created'];
  const [namespace, body, metadata, hash] = [text('namespace'), text('text'), text('metadata'), text('hash')];
  return {
    id: String(row['id']),
    ...(namespace === undefined ? {} : { namespace }),
    ...(body === undefined ? {} : { text: body }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(hash === undefined ? {} : { hash }),
    ...(vector === undefined ? {} : { vector }),
    ...(typeof created === 'number' ? { created: created * 1000 } : {}),
  };
}

function vectorReader(
  reader: Reader,
  v: VectorSource | undefined,
): ((row: Row) => Float32Array | undefined) | undefined {
  if (v?.where === 'vec0') return chunkReader(reader, v.table);
  return (row) => {
    const blob = row['vector'];
    return Buffer.isBuffer(blob) && blob.length % FLOAT32 === 0 ? floats(blob) : undefined;
  };
}

/** Little-endian, as every known writer stores it; copied, because a blob may start anywhere. */
function floats(blob: Buffer): Float32Array {
  const vector = new Float32Array(blob.length / FLOAT32);
  for (let i = 0; i < vector.length; i++) vector[i] = blob.readFloatLE(i * FLOAT32);
  return vector;
}

/** Vectors of a vec0 table out of its chunks. Rows mostly follow each other, so the last few chunks are kept. */
function chunkReader(reader: Reader, table: string): (row: Row) => Float32Array | undefined {
  const definition = reader.catalog.virtual.get(table);
  const first = definition && vec0Definition(definition.args).vectors[0];
  const chunks = new Map<unknown, Buffer>();
  return (row) => {
    const id = row['_chunk'];
    if (first === undefined || first.scalar === 'bit' || id == null) return undefined;
    const chunk = chunks.get(id) ?? readChunk(reader.db, table, id, chunks);
    const width = first.dims * (first.scalar === 'float32' ? FLOAT32 : 1);
    const slot = chunk?.subarray(Number(row['_offset']) * width, (Number(row['_offset']) + 1) * width);
    if (slot === undefined || slot.length < width) return undefined;
    return first.scalar === 'float32' ? floats(slot) : Float32Array.from(new Int8Array(slot));
  };
}

const CHUNKS_KEPT = 4;

function readChunk(db: Db, table: string, id: unknown, chunks: Map<unknown, Buffer>): Buffer | undefined {
  const blob = one(db, `SELECT vectors FROM ${quoted(`${table}_vector_chunks00`)} WHERE rowid = ?`, [id])['vectors'];
  if (!Buffer.isBuffer(blob)) return undefined;
  if (chunks.size >= CHUNKS_KEPT) chunks.delete(chunks.keys().next().value);
  chunks.set(id, blob);
  return blob;
}
