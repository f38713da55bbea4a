/**
 * Importing many memories: through a queue beside the live writes, and whether the vector index is kept meanwhile or built
 * afterwards. Figures are of one machine, which gets its even part of the import.
 */
import type { EnginePlan } from '../engines/engine.ts';
import { parallelSpeedup } from '../engines/hnsw-work.ts';
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { drainTime, netDrain, slowDepth } from './outbox-backlog.ts';
import { checkpoints, imagesPerMemory } from './writes-log.ts';
import type { WriteSettings } from './writes-settings.ts';
import type { WrittenStructure } from './writes-structures.ts';

export interface BackfillWay {
  readonly id: 'keep' | 'afterwards';
  readonly title: string;
  readonly seconds: Quantity<'s'>;
  /** Log of the vector index alone. */
  readonly log: Quantity<'B'>;
}

export interface BackfillPlan {
  /** Of the whole import, and the part of one machine. */
  readonly memories: Quantity<'rows'>;
  readonly perMachine: Quantity<'rows'>;
  /** Rows a second one machine inserts, and those the live writes leave of it at the peak. */
  readonly insertRate: Quantity<'rows/s'>;
  readonly left: Quantity<'rows/s'> | undefined;
  /** Time until the queue is empty, everything being put into it at once. */
  readonly drain: Quantity<'s'> | undefined;
  /** Depth from which a live write in the same queue waits too long: keep live writes out of it. */
  readonly slowAt: Quantity<'rows'> | undefined;
  /** Depth at which the queue is full: send the import in parts of this. */
  readonly refuseAt: Quantity<'rows'>;
  readonly ways: readonly BackfillWay[];
  /** From so many memories on, on one machine, dropping the index and building it afterwards is faster; undefined where it never is. */
  readonly breakEven: Quantity<'rows'> | undefined;
  readonly notes: readonly string[];
}

/** 0.4-0.6 ms on two shared cores: 200 B of text, a GIN, three btrees, one transaction a row without waiting for the disk. */
const PLAIN_ROW: Quantity<'us'> = stated(
  'time of a row without the vector index',
  400,
  'us',
  'measured',
  'PostgreSQL 17, one connection, commits not waited for: bench/writes-postgres.ts',
  150,
  1500,
);

export interface BackfillOf {
  readonly w: Workload;
  readonly plan: EnginePlan;
  readonly settings: WriteSettings;
  /** Memories a second of one machine at the peak; nothing where nobody said how much is written. */
  readonly live: Quantity<'rows/s'> | undefined;
  readonly structures: readonly WrittenStructure[];
}

export function backfillPlan({ w, plan, settings, live, structures }: BackfillOf): BackfillPlan | undefined {
  const insertRate = plan.insertRate;
  if (insertRate === undefined) return undefined;
  const memories = settings.backfill;
  const perMachine = derive('backfill of one machine', 'rows', 'ceil(memories / machines)', {
    memories,
    machines: plan.machines,
  });
  const writes = live ?? leaf('live writes, not told', 0, 'rows/s');
  const left = netDrain(writes, insertRate);
  const notes: string[] = [];
  if (live === undefined) notes.push('live writes are taken as none: give --writes-per-day');
  if (left === undefined) notes.push('live writes take all of the inserts at the peak: the backfill never ends');
  const ways =
    left === undefined ? undefined : waysOf({ w, plan, settings, live, structures }, perMachine, left, writes);
  return {
    memories,
    perMachine,
    insertRate,
    left,
    drain: left && drainTime(perMachine, left),
    slowAt: left && slowDepth(left, settings.consistency),
    refuseAt: w.outboxBacklog,
    ways: ways?.ways ?? [],
    breakEven: ways?.breakEven,
    notes,
  };
}

function waysOf(
  { w, plan, settings, structures }: BackfillOf,
  perMachine: Quantity<'rows'>,
  left: Quantity<'rows/s'>,
  writes: Quantity<'rows/s'>,
): Pick<BackfillPlan, 'ways' | 'breakEven'> | undefined {
  const index = structures.find((s) => s.id === 'vector-index');
  const build = plan.build.seconds;
  const insertRate = plan.insertRate as Quantity<'rows/s'>;
  if (index === undefined || build === undefined) return undefined;
  const between = checkpoints(structures, insertRate, settings).memories;
  const images = imagesPerMemory(index, between);
  const plain = derive('rows a second without the vector index', 'rows/s', 'speedup * 1e6 / row', {
    speedup: parallelSpeedup(w.cores),
    row: PLAIN_ROW,
  });
  const free = Math.max(plain.value - writes.value, left.value);
  const grown = (rows: number): number => plan.growth.build(w.memories.value + rows);
  const after = derive(
    'fill without the index, then build it',
    's',
    'rows / plain + build * grown(all)',
    {
      rows: perMachine,
      plain: leaf('rows a second left without the index', free, 'rows/s', {
        low: Math.min(free, Math.max(plain.low - writes.value, left.value)),
        high: Math.max(free, plain.high - writes.value),
        basis: plain.basis,
        source: 'rows a second without the vector index, less the live writes at the peak',
      }),
      build,
      all: settings.backfill,
    },
    {
      source: 'the build over all rows that are there then',
      using: { grown: (rows = 0) => grown(rows) },
      moves: { all: 'rising' },
    },
  );
  const touched = index.touched[0];
  const pages =
    touched === undefined
      ? undefined
      : derive('pages of the index afterwards', 'pages', 'pages * (1 + rows / N)', {
          pages: touched.pages,
          rows: settings.backfill,
          N: w.memories,
        });
  const ways: BackfillWay[] = [
    {
      id: 'keep',
      title: 'index kept',
      seconds: drainTime(perMachine, left),
      log: derive('log of the index kept', 'B', 'rows * (records + images)', {
        rows: perMachine,
        records: index.log,
        images,
      }),
    },
  ];
  if (touched !== undefined && pages !== undefined) {
    ways.push({
      id: 'afterwards',
      title: 'index built afterwards',
      seconds: after,
      log: derive(
        'log of the build',
        'B',
        'pages * image',
        {
          pages,
          image: touched.image,
        },
        { source: 'pgvector src/hnswbuild.c: log_newpage_range, each page once' },
      ),
    });
  }
  return { ways, breakEven: breakEvenOf(w, build.value, grown, left.value, free, plan.machines.value) };
}

/** Most memories tried, as a multiple of those that are there. */
const TRIED = 1000;

/** The memories of one machine at which both ways take as long. */
function breakEvenOf(
  w: Workload,
  build: number,
  grown: (rows: number) => number,
  kept: number,
  plain: number,
  machines: number,
): Quantity<'rows'> | undefined {
  const gained = (rows: number): number => rows / kept - rows / plain - build * grown(rows * machines);
  const most = (TRIED * w.memories.value) / machines;
  // A build grows with the rows: as long as filling gains less than the build of what is there takes, there is no crossing.
  const atLeast = build * grown(0);
  const none = (rows: number): boolean => rows / kept - rows / plain < atLeast || gained(rows) < 0;
  // A build that outgrows its memory slows down, so the first crossing is looked for, in steps of a tenth.
  let high = 1;
  while (high < most && none(high)) high *= 1.1;
  if (high >= most) return undefined;
  let low = high / 1.1;
  // Until all that lies between them is told as the same number of memories.
  while (Math.ceil(3 * low) < Math.ceil(3 * high) || Math.ceil(low / 3) < Math.ceil(high / 3)) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (none(middle)) low = middle;
    else high = middle;
  }
  return leaf('memories from which a build afterwards is faster', Math.ceil(high), 'rows', {
    basis: 'assumed',
    low: Math.ceil(high / 3),
    high: Math.ceil(high * 3),
    source: 'rows / inserts with the index = rows / inserts without it + build over all rows',
  });
}
