/**
 * What an insert into the own tables of a named system on PostgreSQL puts into the log, table by table: the main one's heap, TOAST
 * and each index by its name, every other table with its indexes as one line, as the report of an estimate has them.
 */
import type { EnginePlan } from '../engines/engine.ts';
import type { PgIndex, PgTable, SystemTables } from '../engines/pg-table.ts';
import { pgHeap } from '../layouts/pg-heap.ts';
import { PAGE_BYTES } from '../layouts/pg-page.ts';
import { COMMIT_RECORD, heapConfirmRecord, heapInsertRecord, heapLockRecord } from '../layouts/wal-record.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { backfillPlan } from './writes-backfill.ts';
import { type LogRates, logPlan } from './writes-log.ts';
import type { Pending } from './writes-pending.ts';
import type { WriteSettings } from './writes-settings.ts';
import { ONCE, toast, vectorIndex, type WrittenStructure } from './writes-structures.ts';
import { btreeStructure, ginOf, hnswOf } from './writes-table-indexes.ts';
import type { TableParts } from './writes-told.ts';

export interface TableWrites {
  readonly table: PgTable;
  /** Heap, TOAST, each index: figures of one memory. The heap is `table` and TOAST `toast` for every table. */
  readonly structures: readonly WrittenStructure[];
  readonly pending: readonly Pending[];
  /** Names of indexes without a model. */
  readonly leftOut: readonly string[];
}

/**
 * Each table by itself.
 * @param w the workload as the system stores it
 */
export function tableWrites(
  tables: readonly PgTable[],
  w: Workload,
  settings: WriteSettings,
  peak: Quantity<'rows/s'> | undefined,
): TableWrites[] {
  return tables.filter((t) => t.rows.high > 0).map((t) => writesOf(t, w, settings, peak));
}

function writesOf(t: PgTable, w: Workload, settings: WriteSettings, peak: Quantity<'rows/s'> | undefined): TableWrites {
  const { rows } = t;
  const perMemory =
    rows === w.memories ? ONCE : derive(`rows of ${t.name} a memory`, 'ratio', 'rows / N', { rows, N: w.memories });
  const { parts } = pgHeap.size({ rows, columns: t.columns });
  const record = derive(`log of a row of ${t.name}`, 'B', 'record + confirmed * confirm + references * lock', {
    record: heapInsertRecord(parts['tuple'] as Quantity<'B'>),
    confirmed: leaf('rows confirmed', t.upserts === true ? 1 : 0, 'count', {
      source: 'INSERT … ON CONFLICT, or a plain one',
    }),
    confirm: heapConfirmRecord(),
    references: leaf('foreign keys', t.references ?? 0, 'count'),
    lock: heapLockRecord(),
  });
  // A row that many others refer to is on one page.
  const heap = { id: 'table', title: `table ${t.name}`, log: record, touched: [], ends: 1 + (t.references ?? 0) };
  const structures: WrittenStructure[] = [heap, ...toast(parts)];
  const pending: Pending[] = [];
  const leftOut: string[] = [];
  const entering =
    peak && derive(`rows of ${t.name} a second at the peak`, 'rows/s', 'peak * perMemory', { peak, perMemory });
  const add = (i: PgIndex): void => {
    if (i.kind === 'hnsw') structures.push(hnswOf(i, rows, w));
    else if (i.kind === 'btree') structures.push(...[btreeStructure(i, rows) ?? []].flat());
    else {
      const list = ginOf(i, rows, parts['rowsPerPage'] as Quantity<'ratio'>, settings, entering);
      if (list === undefined) leftOut.push(i.name);
      else {
        pending.push(list);
        structures.push(list.structure);
      }
    }
  };
  t.indexes.forEach(add);
  return { table: t, structures: structures.map((s) => ofMemory(s, perMemory)), pending, leftOut };
}

const PAGE: Quantity<'B'> = leaf('page', PAGE_BYTES, 'B', { source: 'PostgreSQL BLCKSZ' });

/** A structure of one row a memory, as it is with `perMemory` of them: a table that is seldom written to is seldom changed at its end. */
function ofMemory(s: WrittenStructure, perMemory: Quantity<'ratio'>): WrittenStructure {
  if (perMemory === ONCE) return s;
  const scaled = s.touched.map((t) => ({
    ...t,
    touches: derive(`changes of ${s.title} a memory`, 'ratio', 'perMemory * touches', {
      perMemory,
      touches: t.touches,
    }),
  }));
  const ends = leaf('pages at whose end rows are appended', s.ends, 'pages');
  const touches = derive(`changes at the end of ${s.title} a memory`, 'ratio', 'perMemory * ends', { perMemory, ends });
  return {
    ...s,
    log: derive(`log of ${s.title} a memory`, 'B', 'perMemory * row', { perMemory, row: s.log }),
    touched: s.ends === 0 ? scaled : [...scaled, { touches, pages: ends, image: PAGE }],
    ends: 0,
  };
}

/** The lines of a report. */
function lines(t: TableWrites): WrittenStructure[] {
  if (t.table.main === true) return [...t.structures];
  const [heap, ...others] = t.structures as [WrittenStructure, ...WrittenStructure[]];
  return [
    {
      id: t.table.name,
      title: heap.title,
      log: sum(`log of ${heap.title} with its indexes`, heap.log, ...others.map((s) => s.log)),
      touched: t.structures.flatMap((s) => s.touched),
      ends: t.structures.reduce((all, s) => all + s.ends, 0),
    },
  ];
}

/** What memplan writes tells of a system on PostgreSQL. @param given the workload as it was asked about */
export function tableParts(
  given: Workload,
  plan: EnginePlan,
  tables: SystemTables,
  settings: WriteSettings,
  rates: LogRates | undefined,
): TableParts {
  const w = tables.asStored(given);
  const written = tableWrites(tables.of(given), w, settings, rates?.peak);
  const structures = [
    ...(tables.vectorIndex ? vectorIndex(w, plan.index) : []),
    ...written.flatMap(lines),
    { id: 'commit', title: 'commit', log: COMMIT_RECORD, touched: [], ends: 0 },
  ];
  return {
    structures,
    log: logPlan(structures, rates, settings),
    sqlite: undefined,
    // That of the memories, where they have one: the first table is theirs.
    pending: written.flatMap((t) => t.pending)[0]?.plan,
    backfill: backfillPlan({ w, plan, settings, live: rates?.peak, structures }),
    touch: undefined,
    notes: notes(given, written, plan, tables),
  };
}

function notes(w: Workload, written: readonly TableWrites[], plan: EnginePlan, tables: SystemTables): string[] {
  const out: string[] = [];
  const grouped = (i: PgIndex): boolean =>
    i.kind === 'btree' && (typeof i.arrival === 'object' || i.distinctKeys !== undefined);
  if (w.namespaces === undefined && written.some((t) => t.table.indexes.some(grouped))) {
    out.push(
      'one namespace is taken, at whose end all that is new is put: with --namespaces there are more pages to log',
    );
  }
  const lists = written.flatMap((t) => t.pending.map((p) => p.structure.title));
  const [first, ...others] = lists;
  if (others.length > 0) {
    out.push(`the pending list is that of ${first}; ${others.join(', ')} has its own, whose merges are in the log`);
  }
  const graphs = written.flatMap((t) => t.table.indexes.filter((i) => i.kind === 'hnsw').map((i) => i.name));
  if (graphs.length > 0 && plan.insertRate !== undefined) {
    out.push(
      `inserts a second are those of the memories' own HNSW index; ${graphs.join(', ')} takes its time beside it`,
    );
  }
  const unknown = written.flatMap((t) => t.leftOut);
  if (unknown.length > 0) out.push(`what ${unknown.join(', ')} logs is not in it: there is no model of its keys`);
  if (!tables.vectorIndex && plan.index === 'hnsw')
    out.push("the HNSW index is in the system's process and logs nothing");
  out.push(
    `inserts are told, one transaction a memory${tables.updates === undefined ? '' : `; not what is updated: ${tables.updates}`}`,
  );
  return out;
}
