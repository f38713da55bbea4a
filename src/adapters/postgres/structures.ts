/** Tables with their TOAST, and indexes, as the snapshot lists them. */
import type { HeapFacts, MemorySet, Note, PgStatistics, Structure } from '../../store/index.ts';
import { structureId } from '../../store/index.ts';
import { type ColumnList, readColumnFacts } from './column-facts.ts';
import { groupBy } from './group-by.ts';
import { indexStructure } from './index-structures.ts';
import { type Measuring, measureHeap } from './measure.ts';
import { readPrivileges } from './privileges.ts';
import type { PgReading } from './reading.ts';
import { type HeapRow, type IndexRow, option, readHeaps, readIndexRows } from './relation-rows.ts';
import type { PgSession } from './session.ts';
import { statisticsWithheld, type TableContext } from './table-context.ts';

/** Tables described column by column; recognised ones come first, then the largest. */
const DETAILED = 500;
/** Further tables listed with their bytes alone; what is smaller is summed by schema, so that a report stays small. */
const LISTED = 500;

export interface StructureContext {
  readonly session: PgSession;
  readonly reading: PgReading;
  readonly exact: boolean;
  /** Nothing is measured, not even free space maps. */
  readonly approximate: boolean;
  readonly pageSize: number;
  /** Counted already: rows of a table, and vectors of an index, are then exact. */
  readonly memorySets: readonly MemorySet[];
  readonly note: (note: Note) => void;
  readonly step: (what: string) => void;
}

export async function readStructures(context: StructureContext): Promise<Structure[]> {
  const { session, reading, note, step } = context;
  step('sizes of tables and indexes');
  const { heaps, indexes } = await relations(session, note);
  const privileges = await readPrivileges(session, reading.catalog);
  const measuring: Measuring = {
    session,
    privileges,
    exact: context.exact,
    catalogOnly: context.approximate,
    pageSize: context.pageSize,
  };
  const ordered = inOrder(heaps, reading);
  const detailed = ordered.slice(0, detailCount(ordered, reading));
  const known = new Set(detailed.map((h) => h.oid));
  const own = indexes.filter((i) => known.has(i.table));
  step('statistics of columns');
  const columns = await readColumnFacts(session, [
    ...known,
    ...own.filter((i) => i.attributes.includes(0)).map((i) => i.oid),
  ]);
  const byTable = groupBy(indexes, (i) => i.table);
  const structures: Structure[] = [];
  for (const heap of detailed) {
    step(`${heap.schema}.${heap.name}`);
    const table = tableContext(context, heap, columns.get(heap.oid));
    structures.push(await heapStructure(context, measuring, table));
    for (const i of byTable.get(heap.oid) ?? []) {
      structures.push(await indexStructure(measuring, i, table, columns.get(i.oid)));
    }
  }
  const rest = ordered.slice(detailed.length);
  for (const heap of rest.slice(0, LISTED)) {
    structures.push(plainStructure(heap, context.pageSize));
    structures.push(...(byTable.get(heap.oid) ?? []).map((i) => plainIndex(i, heap, context.pageSize)));
  }
  return [...structures, ...summed(rest.slice(LISTED), byTable)];
}

/** A table that someone holds exclusively would stop the whole query: the sizes are then those of the last VACUUM. */
async function relations(
  session: PgSession,
  note: (n: Note) => void,
): Promise<{ readonly heaps: HeapRow[]; readonly indexes: IndexRow[] }> {
  const read = async (measured: boolean): Promise<{ heaps: HeapRow[]; indexes: IndexRow[] }> => ({
    heaps: await readHeaps(session, measured),
    indexes: await readIndexRows(session, measured),
  });
  const sizes = await session.attempt(async () => await read(true));
  if ('ok' in sizes) return sizes.ok;
  note({
    code: 'sizes-estimated',
    level: 'warning',
    message: `sizes are those that the last VACUUM or ANALYZE saw, because ${sizes.refused === '55P03' ? 'a table is locked by someone else' : sizes.why}`,
  });
  return await read(false);
}

/** Recognised tables first, then by size. */
function inOrder(heaps: readonly HeapRow[], reading: PgReading): HeapRow[] {
  const recognised = recognisedTables(reading);
  const rank = (h: HeapRow): number => (recognised.has(`${h.schema}.${h.name}`) ? 0 : 1);
  return [...heaps].sort((a, b) => rank(a) - rank(b) || b.tableBytes - a.tableBytes || a.oid - b.oid);
}

function recognisedTables(reading: PgReading): Set<string> {
  const names = new Set<string>();
  for (const m of reading.matches) {
    for (const t of m.tables) {
      const table = t.includes('.') ? undefined : reading.catalog.table(m.schema, t);
      names.add(table === undefined ? t : `${table.schema}.${table.name}`);
    }
  }
  for (const s of reading.sets) names.add(`${s.relation.schema}.${s.relation.name}`);
  return names;
}

/** Where something is recognised, the tables of its schemas; else everything; either way no more than DETAILED. */
function detailCount(ordered: readonly HeapRow[], reading: PgReading): number {
  if (ordered.length <= DETAILED) return ordered.length;
  const schemas = new Set(reading.sets.map((s) => s.relation.schema));
  const wanted = schemas.size === 0 ? ordered : ordered.filter((h) => schemas.has(h.schema));
  return Math.min(DETAILED, wanted.length);
}

function tableContext(context: StructureContext, heap: HeapRow, columns: ColumnList | undefined): TableContext {
  const set = context.memorySets.find((s) => s.schema === heap.schema && s.table === heap.name);
  const counted = set !== undefined && set.hidden === undefined && set.rowsFrom === undefined;
  return {
    heap,
    statistics: statisticsOf(heap, columns?.seen ?? false),
    columns,
    rows: counted ? set.rows : liveRows(heap, context.pageSize),
    counted,
    set,
  };
}

/** As the planner does it: rows a page by the last ANALYZE or VACUUM, times the pages of now. */
function liveRows(h: HeapRow, pageSize: number): number | null {
  if (h.heapBytes === 0) return 0;
  if (h.reltuples >= 0 && h.relpages > 0) {
    return Math.round((h.reltuples / h.relpages) * (h.heapBytes / pageSize));
  }
  // Never analysed: what the counters saw since they began, if anything.
  return (h.live ?? 0) > 0 ? h.live : null;
}

function statisticsOf(h: HeapRow, seen: boolean): PgStatistics {
  const never = h.analyzedAt === null && !seen && (h.reltuples < 0 || h.heapBytes > 0);
  const visible = h.readable && !h.secured;
  return {
    // Without SELECT (or under row-level security) pg_stats is empty, and whether it was analysed shows elsewhere.
    state: seen || (visible && !never) ? 'present' : visible ? 'never' : 'invisible',
    analyzedAt: h.analyzedAt,
    modifiedSince: h.modified,
  };
}

async function heapStructure(context: StructureContext, m: Measuring, t: TableContext): Promise<Structure> {
  const h = t.heap;
  const measures = await measureHeap(m, h);
  const facts: HeapFacts = {
    kind: 'heap',
    schema: h.schema,
    fillfactor: option(h.options, 'fillfactor') ?? 100,
    columns: [...(t.columns?.byNumber.values() ?? [])],
    statistics: t.statistics,
    heapBytes: h.heapBytes,
    deadRows: h.dead,
    toast:
      h.toastOid === null
        ? null
        : {
            bytes: h.toastBytes ?? 0,
            pages: Math.round((h.toastBytes ?? 0) / context.pageSize),
            chunks: measures.toast?.chunks ?? counter(h.toastLive, h.toastBytes),
            deadChunks: measures.toast?.deadChunks ?? counter(h.toastDead, h.toastBytes),
            dataBytes: measures.toast?.dataBytes ?? null,
          },
    freeSpaceMapBytes: measures.freeSpaceMapBytes,
    tuples: measures.tuples,
    hotUpdateShare: (h.updates ?? 0) > 0 ? (h.hotUpdates ?? 0) / (h.updates ?? 1) : null,
    lastVacuum: h.vacuumedAt,
  };
  const withheld = [...statisticsWithheld(t, m.privileges.role), ...measures.withheld];
  return {
    ...plainStructure(h, context.pageSize),
    rows: t.rows,
    payloadBytes: facts.tuples?.liveBytes ?? null,
    unusedBytes: facts.tuples?.freeBytes ?? null,
    facts,
    ...(withheld.length === 0 ? {} : { withheld }),
  };
}

/** Counters begin at 0 after a crash or a reset: no live chunk in a table that has pages says nothing. */
const counter = (n: number | null, bytes: number | null): number | null => (n === 0 && (bytes ?? 0) > 0 ? null : n);

function plainStructure(h: HeapRow, pageSize: number): Structure {
  const name = `${h.schema}.${h.name}`;
  return {
    id: structureId('heap', name),
    kind: 'heap',
    name,
    table: name,
    rows: liveRows(h, pageSize),
    bytes: h.tableBytes,
    pages: Math.round((h.heapBytes + (h.toastBytes ?? 0)) / pageSize),
    payloadBytes: null,
    unusedBytes: null,
    facts: null,
  };
}

function plainIndex(i: IndexRow, h: HeapRow, pageSize: number): Structure {
  const name = `${i.schema}.${i.name}`;
  return {
    id: structureId('other-index', name),
    kind: 'other-index',
    name,
    table: `${h.schema}.${h.name}`,
    rows: i.reltuples < 0 ? null : i.reltuples,
    bytes: i.bytes,
    pages: Math.round(i.bytes / pageSize),
    payloadBytes: null,
    unusedBytes: null,
    facts: null,
  };
}

/** Tables too many to list, by schema. */
function summed(heaps: readonly HeapRow[], indexes: ReadonlyMap<number, readonly IndexRow[]>): Structure[] {
  return [...groupBy(heaps, (h) => h.schema)].map(([schema, own]) => {
    const name = `${schema}: ${own.length} smaller tables`;
    const indexBytes = own.flatMap((h) => indexes.get(h.oid) ?? []).reduce((a, i) => a + i.bytes, 0);
    return {
      id: structureId('heap', name),
      kind: 'heap' as const,
      name,
      table: null,
      rows: null,
      bytes: own.reduce((a, h) => a + h.tableBytes, 0) + indexBytes,
      pages: null,
      payloadBytes: null,
      unusedBytes: null,
      facts: null,
    };
  });
}
