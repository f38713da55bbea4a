/**
 * Touch on read: what it costs to set last_accessed_at and access_count of the rows that a search returns.
 *
 * PostgreSQL writes a new version of the row. It stays out of every index (HOT) when the page has room and no index holds a
 * changed column; else all indexes get an entry, and the HNSW index a search of its graph for the element to hang it on.
 * Source: PostgreSQL 17 src/backend/access/heap/README.HOT; pgvector src/hnswinsert.c, FindDuplicateOnDisk: a version with the same
 * vector joins its element, up to the ten row pointers one has (HNSW_HEAPTIDS); the eleventh makes a new element.
 */
import type { EnginePlan } from '../engines/engine.ts';
import { parallelSpeedup } from '../engines/hnsw-work.ts';
import { HEAP_PAGE_USABLE } from '../layouts/pg-page.ts';
import { HOT_UPDATE_RECORD, LINK_RECORD, pageImage } from '../layouts/wal-record.ts';
import { derive, leaf, type Quantity, sum } from '../quantity/index.ts';
import type { IndexKind, Workload } from '../workload/index.ts';
import { checkpoints } from './writes-log.ts';
import type { WriteSettings } from './writes-settings.ts';
import { sqliteTouchLog } from './writes-sqlite.ts';
import { memoryHeap, type TouchedPages, type WrittenStructure } from './writes-structures.ts';
import { distinctItems } from './zipf.ts';

export interface TouchWay {
  readonly id: 'plain' | 'fillfactor' | 'indexed' | 'side-table' | 'batched';
  readonly title: string;
  /** Share of the updates that stay out of the indexes; SQLite has no such thing. */
  readonly hot: Quantity<'ratio'> | undefined;
  /** Log and CPU of one row touched; log without images. */
  readonly log: Quantity<'B'>;
  readonly cpu: Quantity<'s'> | undefined;
  /** The rest is undefined where nobody said how much is searched. Updates a day, one machine. */
  readonly updates: Quantity<'rows/day'> | undefined;
  readonly logADay: Quantity<'B'> | undefined;
  /** Cores that do nothing else. */
  readonly cores: Quantity<'ratio'> | undefined;
  /** Bytes of dead elements in the HNSW index a day. */
  readonly growth: Quantity<'B'> | undefined;
  /** Vacuums a day that autovacuum starts for it. */
  readonly vacuums: Quantity<'count'> | undefined;
}

export interface TouchPlan {
  readonly touched: Quantity<'count'>;
  /** Rows marked as read a day on one machine. */
  readonly aDay: Quantity<'rows/day'> | undefined;
  readonly ways: readonly TouchWay[];
  /** A fillfactor that leaves room for one more version of a row on every page. */
  readonly fillfactor: Quantity<'count'> | undefined;
}

const measured = <U extends 'ratio' | 'B' | 'us'>(
  name: string,
  unit: U,
  value: number,
  low: number,
  high: number,
  source: string,
): Quantity<U> => leaf(name, value, unit, { low, high, basis: 'measured', source });
const BENCH = 'PostgreSQL 17, pgvector 0.8.0, ten rows an update: bench/writes-postgres.ts';

/** On full pages the first update of each is not HOT; the dead version then leaves the room for the next. */
const HOT_PLAIN = measured(
  'updates that are HOT',
  'ratio',
  0.98,
  0.68,
  1,
  `${BENCH}; 0.68 to 0.90 while rows are touched for the first time, then 0.98 and more`,
);
const HOT_ROOM = measured('updates that are HOT', 'ratio', 0.995, 0.98, 1, `${BENCH}; a page with room for a version`);
const HOT_NEVER: Quantity<'ratio'> = leaf('updates that are HOT', 0, 'ratio', {
  source: 'an index holds a changed column: README.HOT',
});
/** Pages without room are pruned by the update that needs it: a record for one to many line pointers. */
const PRUNE = measured('log of pruning, an update', 'B', 80, 30, 120, BENCH);
const TOUCH_CPU = measured('time of a HOT update', 'us', 40, 15, 120, BENCH);
/** None when a vacuum comes before a row's eleventh version, 0.13 when none ever does. */
const NEW_ELEMENTS = measured('elements an update that is not HOT adds', 'ratio', 0.02, 0, 0.13, BENCH);
/** memory_id uuid, a time, a counter: header 24, 16 + 8 + 4, aligned, line pointer. */
const SIDE_ROW: Quantity<'B'> = leaf('row of the side table', 60, 'B', {
  source: 'PostgreSQL src/include/access/htup_details.h',
});
const HEAP_FILL: Quantity<'ratio'> = leaf('fill of a table page', 0.95, 'ratio', {
  low: 0.7,
  high: 1,
  basis: 'assumed',
  source: 'default: tables are full',
});
const ZIPF: Quantity<'ratio'> = leaf('exponent of the accesses', 1, 'ratio', {
  low: 0.6,
  high: 1.2,
  basis: 'assumed',
  source: "default: Zipf's law",
});
const HOUR: Quantity<'s'> = leaf('time from flush to flush', 3600, 's', {
  basis: 'assumed',
  source: 'default: once an hour',
});
/** autovacuum_vacuum_threshold 50 and autovacuum_vacuum_scale_factor 0.2. */
const VACUUM_SHARE: Quantity<'ratio'> = leaf('dead rows that start a vacuum', 0.2, 'ratio', {
  source: 'PostgreSQL default, autovacuum_vacuum_scale_factor',
});

interface Way {
  readonly id: TouchWay['id'];
  readonly title: string;
  readonly hot: Quantity<'ratio'>;
  /** Log of the index entries of an update that is not HOT. */
  readonly entries: Quantity<'B'>;
  /** Updates for one row touched. */
  readonly folded: Quantity<'ratio'>;
  readonly pages: Quantity<'pages'>;
  /** Whether the vector index is on the table that is updated. */
  readonly vectors: boolean;
}

/** @param w the workload of one machine */
export function touchPlan(
  w: Workload,
  plan: EnginePlan,
  structures: readonly WrittenStructure[],
  settings: WriteSettings,
): TouchPlan {
  const parts = memoryHeap(w);
  const tuple = parts['tuple'] as Quantity<'B'>;
  const heapPages = parts['heapPages'] as Quantity<'pages'>;
  const aDay = marked(w, settings, plan.machines);
  const fillfactor = derive(
    'fillfactor with room for a version',
    'count',
    'max(10, floor(100 * (1 - tuple / usable)))',
    {
      tuple,
      usable: leaf('room on a page', HEAP_PAGE_USABLE, 'B'),
    },
  );
  const entries = indexEntries(structures, plan.index);
  const none = leaf('rows a touch', 1, 'ratio');
  const sidePages = derive('pages of the side table', 'pages', 'max(1, ceil(N * row / usable))', {
    N: w.memories,
    row: SIDE_ROW,
    usable: leaf('room on a page', HEAP_PAGE_USABLE, 'B'),
  });
  const ways: Way[] = [
    {
      id: 'plain',
      title: 'not indexed',
      hot: HOT_PLAIN,
      entries,
      folded: none,
      pages: heapPages,
      vectors: true,
    },
    {
      id: 'fillfactor',
      title: `fillfactor ${fillfactor.value}`,
      hot: HOT_ROOM,
      entries,
      folded: none,
      pages: heapPages,
      vectors: true,
    },
    {
      id: 'indexed',
      title: 'indexed',
      hot: HOT_NEVER,
      entries: sum('entries, the column’s own too', entries, OWN_ENTRY),
      folded: none,
      pages: heapPages,
      vectors: true,
    },
    {
      id: 'side-table',
      title: 'a side table',
      hot: HOT_ROOM,
      entries: OWN_ENTRY,
      folded: none,
      pages: sidePages,
      vectors: false,
    },
  ];
  if (aDay !== undefined && aDay.value > 0) {
    const folded = derive(
      'rows written for one marked',
      'ratio',
      'distinct(aDay / 86_400 * every, N, s) / (aDay / 86_400 * every)',
      { aDay, every: HOUR, N: w.memories, s: ZIPF },
      {
        source: "distinct rows among an hour's, by Zipf's law",
        using: { distinct: (touches = 0, n = 1, s = 1) => distinctItems(touches, n, s) },
        moves: { aDay: 'falling', every: 'falling', N: 'rising', s: 'falling' },
      },
    );
    ways.push({
      id: 'batched',
      title: 'written hourly',
      hot: HOT_PLAIN,
      entries,
      folded,
      pages: heapPages,
      vectors: true,
    });
  }
  return { touched: settings.touched, aDay, fillfactor, ways: ways.map((way) => wayOf(way, w, plan, settings, aDay)) };
}

/** The entry of the column's own index: a timestamp. */
const OWN_ENTRY: Quantity<'B'> = leaf('entry in the index of the column', 64, 'B', {
  source: 'layouts/wal-record: btree insert of 8 bytes',
});

/** One entry in each index of the memory table; in HNSW a row pointer in the element of the vector. */
function indexEntries(structures: readonly WrittenStructure[], index: IndexKind): Quantity<'B'> {
  const logs = structures.flatMap((s): Quantity<'B'>[] => {
    if (s.id === 'vector-index') return [index === 'hnsw' ? LINK_RECORD : s.log];
    return ['primary-key', 'temporal-index', 'metadata-index', 'lexical-index'].includes(s.id) ? [s.log] : [];
  });
  const [first, ...rest] = logs;
  return first === undefined ? leaf('entries in the indexes', 0, 'B') : sum('entries in the indexes', first, ...rest);
}

function wayOf(
  way: Way,
  w: Workload,
  plan: EnginePlan,
  settings: WriteSettings,
  aDay: Quantity<'rows/day'> | undefined,
): TouchWay {
  const { hot, folded } = way;
  const log = derive('log of one row touched', 'B', '(update + prune + (1 - hot) * entries) * folded', {
    update: HOT_UPDATE_RECORD,
    prune: PRUNE,
    hot,
    entries: way.entries,
    folded,
  });
  const insert = plan.insertRate;
  const cpu =
    insert === undefined || !way.vectors
      ? derive('time of one row touched', 's', 'update / 1e6 * folded', { update: TOUCH_CPU, folded })
      : derive(
          'time of one row touched',
          's',
          '(update / 1e6 + (1 - hot) * speedup / rate) * folded',
          { update: TOUCH_CPU, hot, speedup: parallelSpeedup(w.cores), rate: insert, folded },
          { source: 'an update that is not HOT searches the graph as an insert does' },
        );
  const base = { id: way.id, title: way.title, hot, log, cpu };
  if (aDay === undefined || aDay.value === 0) {
    return { ...base, updates: undefined, logADay: undefined, cores: undefined, growth: undefined, vacuums: undefined };
  }
  const updates = derive('updates a day', 'rows/day', 'aDay * folded', { aDay, folded });
  const perUpdate = derive('log of an update', 'B', 'log / folded', { log, folded });
  const touched: TouchedPages = {
    touches: leaf('pages an update', 1, 'ratio'),
    pages: way.pages,
    image: pageImage('the table', HEAP_FILL),
  };
  const structure: WrittenStructure = { id: 'touch', title: 'touch', log: perUpdate, touched: [touched], ends: 0 };
  const rate = derive('updates a second', 'rows/s', 'updates / 86_400', { updates });
  const images = derive(
    'full-page images an update',
    'B',
    'pages * hit(distinct(rows, N, s) / pages) * image / rows',
    {
      pages: touched.pages,
      rows: checkpoints([structure], rate, settings).memories,
      N: w.memories,
      s: ZIPF,
      image: touched.image,
    },
    {
      source: "distinct rows between two checkpoints by Zipf's law, each on a page anywhere",
      using: { distinct: (touches = 0, n = 1, s = 1) => distinctItems(touches, n, s), hit: (x = 0) => -Math.expm1(-x) },
      moves: { pages: 'rising', rows: 'falling', N: 'rising', s: 'falling', image: 'rising' },
    },
  );
  const vector = plan.components.find((c) => c.id === 'vector-index')?.disk;
  return {
    ...base,
    updates,
    logADay: derive('log of touches a day', 'B', 'updates * (log + images)', { updates, log: perUpdate, images }),
    cores: derive('cores that touches keep busy', 'ratio', 'aDay / 86_400 * cpu', { aDay, cpu }),
    growth:
      vector === undefined || !way.vectors
        ? undefined
        : derive('dead elements a day', 'B', 'updates * (1 - hot) * elements * index / machines / N', {
            updates,
            hot,
            elements: NEW_ELEMENTS,
            index: vector,
            machines: plan.machines,
            N: w.memories,
          }),
    vacuums: derive(
      'vacuums a day',
      'count',
      'updates * (1 - hot) / (50 + share * N)',
      { updates, hot, share: VACUUM_SHARE, N: w.memories },
      { source: 'versions that are HOT are pruned without one' },
    ),
  };
}

/** SQLite writes the row where it stands: a page of the log, and two more with an index on the column. */
export function sqliteTouchPlan(w: Workload, settings: WriteSettings): TouchPlan {
  const aDay = marked(w, settings, leaf('machines', 1, 'count'));
  const wayOfSqlite = (id: 'plain' | 'indexed', title: string): TouchWay => {
    const log = sqliteTouchLog(id === 'indexed');
    const some = aDay !== undefined && aDay.value > 0;
    return {
      id,
      title,
      hot: undefined,
      log,
      cpu: undefined,
      updates: some ? aDay : undefined,
      logADay: some ? derive('log of touches a day', 'B', 'updates * log', { updates: aDay, log }) : undefined,
      cores: undefined,
      growth: undefined,
      vacuums: undefined,
    };
  };
  return {
    touched: settings.touched,
    aDay,
    ways: [wayOfSqlite('plain', 'not indexed'), wayOfSqlite('indexed', 'indexed')],
    fillfactor: undefined,
  };
}

function marked(w: Workload, settings: WriteSettings, machines: Quantity<'count'>): Quantity<'rows/day'> | undefined {
  if (w.queriesPerSecond === undefined) return undefined;
  return derive(
    'rows marked as read a day, one machine',
    'rows/day',
    'qps * 86_400 * rows / machines',
    { qps: w.queriesPerSecond, rows: settings.touched, machines },
    { source: '--queries-per-second taken as the mean of the day; a namespace is on one machine' },
  );
}
