/** Rows of one memory set in pages by their key: no transaction is held between pages, and memory stays bounded. */
import { InputError } from '../../quantity/index.ts';
import { type ScanField, type ScanRequest, type ScanRow, StoreError } from '../../store/index.ts';
import { refSql } from './expression-sql.ts';
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import type { PgSession } from './session.ts';
import { resolvedTime } from './set-times.ts';
import { vectorColumn } from './vector-wire.ts';

const BATCH = 1_000;
/** Rows that carry a vector are about 6 kB each; more at a time is no faster. */
const VECTOR_BATCH = 200;

type Row = Readonly<Record<string, unknown>>;

/**
 * @throws InputError when the store has no such memory set
 * @throws StoreError when this role may not read it
 */
export async function* scanSet(session: PgSession, reading: PgReading, request: ScanRequest): AsyncGenerator<ScanRow> {
  const s = reading.sets.find((x) => x.id === request.set);
  if (s === undefined) throw new InputError('unknown-set', `the store has no rows to scan under "${request.set}"`);
  const table = reading.catalog.table(s.relation.schema, s.relation.name);
  if (table?.readable !== true) {
    throw new StoreError(
      'store-permission',
      `the role ${session.role} may not read ${s.relation.schema}.${s.relation.name}`,
      `GRANT SELECT ON ${s.relation.quoted} TO ${quoted(session.role)}`,
    );
  }
  const wants = (f: ScanField): boolean => request.fields.includes(f);
  const vector = wants('vector') ? vectorColumn(reading, s) : undefined;
  const keys = primaryKey(reading, s);
  const columns = [...(await plainColumns(session, s, keys, wants)), ...(vector === undefined ? [] : [vector.sql])];
  const size = request.batch ?? (vector === undefined ? BATCH : VECTOR_BATCH);
  for await (const row of pages(session, s, keys, columns, size)) {
    yield scanRow(row, vector?.read(row['vector']));
  }
}

/** Columns of the primary key in its order; none where the table has no key. */
function primaryKey(reading: PgReading, s: PgSet): string[] {
  const table = reading.catalog.catalog.tables.find(
    (t) => t.schema === s.relation.schema && t.name === s.relation.name,
  );
  const keys = (table?.columns ?? []).filter((c) => c.primaryKey > 0);
  return [...keys].sort((a, b) => a.primaryKey - b.primaryKey).map((c) => c.name);
}

async function plainColumns(
  session: PgSession,
  s: PgSet,
  keys: readonly string[],
  wants: (f: ScanField) => boolean,
): Promise<string[]> {
  const { set, relation } = s;
  const text = (x: string): string => `${x}::pg_catalog.text`;
  const ids = (set.id ?? (keys.length > 0 ? keys : undefined))?.map((c) => text(`t.${quoted(c)}`)) ?? [text('t.ctid')];
  const columns = [
    ...keys.map((k, i) => `${text(`t.${quoted(k)}`)} AS _k${i}`),
    `pg_catalog.concat_ws('/', ${ids.join(', ')}) AS id`,
  ];
  if (wants('namespace') && set.namespace) columns.push(`${text(refSql(set.namespace))} AS namespace`);
  if (wants('text') && set.text) {
    columns.push(`pg_catalog.concat_ws(E'\\n', ${set.text.map((r) => text(refSql(r))).join(', ')}) AS text`);
  }
  if (wants('metadata') && set.metadata) columns.push(`${text(`t.${quoted(set.metadata)}`)} AS metadata`);
  if (wants('hash') && set.hash) columns.push(`${text(refSql(set.hash))} AS hash`);
  const created = wants('created') ? await resolvedTime(session, set.created, relation, 't') : null;
  if (created !== null) columns.push(`${created.seconds} AS created`);
  return columns;
}

/** By key where there is one; else through a cursor, whose transaction lasts as long as the scan. */
async function* pages(
  session: PgSession,
  s: PgSet,
  keys: readonly string[],
  columns: readonly string[],
  size: number,
): AsyncGenerator<Row> {
  const select = `SELECT ${columns.join(', ')} FROM ${s.relation.quoted} AS t`;
  if (keys.length === 0) {
    yield* session.rows<Row>(select, [], size);
    return;
  }
  const key = keys.map((k) => `t.${quoted(k)}`).join(', ');
  const after = `(${key}) > (${keys.map((_, i) => `$${i + 1}`).join(', ')})`;
  let last: unknown[] = [];
  for (;;) {
    const where = last.length === 0 ? '' : `WHERE ${after}`;
    const rows = await session.query<Row>(`${select} ${where} ORDER BY ${key} LIMIT ${size}`, last);
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined || rows.length < size) return;
    last = keys.map((_, i) => end[`_k${i}`]);
  }
}

function scanRow(row: Row, vector: Float32Array | undefined): ScanRow {
  const text = (name: string): string | undefined => (typeof row[name] === 'string' ? row[name] : undefined);
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
