/** Figures that need an extension or a grant: dead space, pending lists, free space maps, page samples. */
import { createHash } from 'node:crypto';
import type { BtreeFacts, GinFacts, HeapFacts, HnswFacts, Withheld } from '../../store/index.ts';
import { ginSample, hnswSample, sampledBlocks } from './page-sample.ts';
import type { MeasuringFunction, Privileges } from './privileges.ts';
import { quoted } from './quoting.ts';
import type { HeapRow, IndexRow } from './relation-rows.ts';
import type { PgSession } from './session.ts';

/** Above this many bytes the heap is measured by pgstattuple_approx, which skips the pages the visibility map vouches for. */
const WHOLE_SCAN_BYTES = 2 ** 30;
/** Free space maps of larger relations are read with `exact` alone: every page is asked for. */
const MAP_BYTES = 16 * 2 ** 30;
const SAMPLED_PAGES = 200;
const PAGES_AT_ONCE = 50;
const TOAST_CHUNK_HEADER = 36;

export interface Measuring {
  readonly session: PgSession;
  readonly privileges: Privileges;
  readonly exact: boolean;
  /** Nothing is measured: neither figures nor reasons why there are none. */
  readonly catalogOnly: boolean;
  readonly pageSize: number;
}

/** A figure, or why there is none. */
interface Measured<T> {
  readonly value: T | null;
  readonly withheld: readonly Withheld[];
}

/** Runs a measuring function where this role may; a refusal of the server becomes a reason. */
async function measured<T>(
  m: Measuring,
  f: MeasuringFunction,
  what: string,
  run: (name: string) => Promise<T | null>,
): Promise<Measured<T>> {
  if (m.catalogOnly) return { value: null, withheld: [] };
  const name = m.privileges.can(f);
  if (name === undefined) return { value: null, withheld: [m.privileges.withheld(f, what)] };
  const result = await m.session.attempt(async () => await run(name));
  return 'ok' in result
    ? { value: result.ok, withheld: [] }
    : { value: null, withheld: [{ what, why: refusalText(result.refused, result.why) }] };
}

const refusalText = (code: string, why: string): string =>
  code === '55P03' ? 'the table is locked by someone else' : `the server refused it: ${why}`;

export interface HeapMeasures {
  readonly tuples: HeapFacts['tuples'];
  readonly freeSpaceMapBytes: HeapFacts['freeSpaceMapBytes'];
  /** Of the TOAST table, exactly; null when not measured. */
  readonly toast: { readonly chunks: number; readonly deadChunks: number; readonly dataBytes: number } | null;
  readonly withheld: readonly Withheld[];
}

export async function measureHeap(m: Measuring, h: HeapRow): Promise<HeapMeasures> {
  const maps = await freeSpace(m, h);
  if (!m.exact) return { tuples: null, freeSpaceMapBytes: maps.value, toast: null, withheld: maps.withheld };
  const f = h.heapBytes > WHOLE_SCAN_BYTES ? 'pgstattuple_approx' : 'pgstattuple';
  const tuples = await measured(m, f, 'dead space', async (name) => await tuplesOf(m.session, name, f, h.oid));
  const toast =
    h.toastOid === null || (h.toastBytes ?? 0) === 0
      ? { value: null }
      : await measured(
          m,
          f,
          'dead space of TOAST',
          async (name) => await tuplesOf(m.session, name, f, h.toastOid ?? 0),
        );
  const t = toast.value;
  return {
    tuples: tuples.value,
    freeSpaceMapBytes: maps.value,
    toast:
      t === null
        ? null
        : {
            chunks: t.liveRows,
            deadChunks: t.deadRows,
            // A chunk is a tuple of header (24), id, sequence number and the data with its length word.
            dataBytes: Math.max(0, t.liveBytes - TOAST_CHUNK_HEADER * t.liveRows),
          },
    withheld: [...maps.withheld, ...tuples.withheld],
  };
}

type Tuples = NonNullable<HeapFacts['tuples']>;

async function tuplesOf(
  session: PgSession,
  name: string,
  f: 'pgstattuple' | 'pgstattuple_approx',
  oid: number,
): Promise<Tuples | null> {
  const approx = f === 'pgstattuple_approx';
  const [r] = await session.query<Omit<Tuples, 'method'>>(
    `SELECT ${approx ? 'approx_tuple_count' : 'tuple_count'} AS "liveRows", ${approx ? 'approx_tuple_len' : 'tuple_len'} AS "liveBytes",
       dead_tuple_count AS "deadRows", dead_tuple_len AS "deadBytes", ${approx ? 'approx_free_space' : 'free_space'} AS "freeBytes",
       ${approx ? 'scanned_percent / 100.0' : '1'}::float8 AS "scannedShare"
     FROM ${name}(${oid}::pg_catalog.oid::pg_catalog.regclass)`,
  );
  return r === undefined ? null : { method: f, ...r };
}

async function freeSpace(m: Measuring, h: HeapRow): Promise<Measured<NonNullable<HeapFacts['freeSpaceMapBytes']>>> {
  if (!m.exact && h.heapBytes + (h.toastBytes ?? 0) > MAP_BYTES) return { value: null, withheld: [] };
  return await measured(m, 'pg_freespace', 'free space map', async (name) => ({
    heap: (await freeBytes(m, name, h.oid, h.heapBytes)).bytes,
    toast: h.toastOid === null ? null : (await freeBytes(m, name, h.toastOid, h.toastBytes ?? 0)).bytes,
  }));
}

/** Page by page: the one-argument form calls the other by an unqualified name, which an empty search_path does not find. */
async function freeBytes(
  m: Measuring,
  name: string,
  oid: number,
  bytes: number,
): Promise<{ readonly bytes: number; readonly pages: number }> {
  const [r] = await m.session.query<{ bytes: number; pages: number }>(
    `SELECT coalesce(sum(f), 0)::float8 AS bytes, count(*) FILTER (WHERE f > 0) AS pages
     FROM (SELECT ${name}(${oid}::pg_catalog.oid::pg_catalog.regclass, b)::int8 AS f
       FROM generate_series(0::int8, $1::int8) AS b) AS s`,
    [Math.round(bytes / m.pageSize) - 1],
  );
  return { bytes: Number(r?.bytes ?? 0), pages: Number(r?.pages ?? 0) };
}

export async function measureBtree(m: Measuring, i: IndexRow): Promise<Measured<NonNullable<BtreeFacts['pages']>>> {
  if (!m.exact || !i.valid) return { value: null, withheld: [] };
  return await measured(m, 'pgstatindex', 'leaf density', async (name) => {
    const [r] = await m.session.query<NonNullable<BtreeFacts['pages']>>(
      // NaN where the index has no leaf.
      `SELECT leaf_pages AS leaf, internal_pages AS internal, empty_pages AS empty, deleted_pages AS deleted,
         coalesce(NULLIF(avg_leaf_density, 'NaN'), 0) / 100 AS "leafDensity",
         coalesce(NULLIF(leaf_fragmentation, 'NaN'), 0) / 100 AS fragmentation
       FROM ${name}(${i.oid}::pg_catalog.oid::pg_catalog.regclass)`,
    );
    return r ?? null;
  });
}

export interface GinMeasures {
  readonly pending: { readonly pages: number; readonly tuples: number } | null;
  readonly freePages: number | null;
  readonly sample: GinFacts['sample'];
  readonly withheld: readonly Withheld[];
}

export async function measureGin(m: Measuring, i: IndexRow): Promise<GinMeasures> {
  const pending = await measured(m, 'pgstatginindex', 'pending list', async (name) => {
    const [r] = await m.session.query<{ pages: number; tuples: number }>(
      `SELECT pending_pages AS pages, pending_tuples AS tuples FROM ${name}(${i.oid}::pg_catalog.oid::pg_catalog.regclass)`,
    );
    return r ?? null;
  });
  const free = await measured(
    m,
    'pg_freespace',
    'free pages',
    async (name) => (await freeBytes(m, name, i.oid, i.bytes)).pages,
  );
  const pages = Math.round(i.bytes / m.pageSize);
  const sample = await pageSample(m, i, (read) => ginSample(read, pages));
  return {
    pending: pending.value,
    freePages: free.value,
    sample: sample.value,
    withheld: [...pending.withheld, ...free.withheld, ...sample.withheld],
  };
}

export async function measureHnsw(m: Measuring, i: IndexRow): Promise<Measured<NonNullable<HnswFacts['sample']>>> {
  const pages = Math.round(i.bytes / m.pageSize);
  return await pageSample(m, i, (read) => hnswSample(read, pages));
}

async function pageSample<T>(
  m: Measuring,
  i: IndexRow,
  judge: (pages: readonly Buffer[]) => T | null,
): Promise<Measured<T>> {
  if (!m.exact) return { value: null, withheld: [] };
  return await measured(m, 'get_raw_page', 'page sample', async (name) => {
    const relation = `${quoted(i.schema)}.${quoted(i.name)}`;
    const seed = createHash('sha256').update(relation).digest('hex');
    const blocks = sampledBlocks(Math.round(i.bytes / m.pageSize), SAMPLED_PAGES, seed);
    const read: Buffer[] = [];
    for (let at = 0; at < blocks.length; at += PAGES_AT_ONCE) {
      const rows = await m.session.query<{ page: Buffer }>(
        `SELECT ${name}($1::text, 'main', b) AS page FROM unnest($2::int8[]) AS b`,
        [relation, blocks.slice(at, at + PAGES_AT_ONCE)],
      );
      read.push(...rows.map((r) => r.page));
    }
    return judge(read);
  });
}
