/**
 * The write-ahead log a day and at the peak: records, and the full-page images that each checkpoint brings about.
 *
 * The first change of a page after a checkpoint logs the page whole (full_page_writes). Of P pages, T random changes touch
 * P (1 - e^(-T/P)). Checkpoints come after checkpoint_timeout, or when the log has grown by
 * max_wal_size / (1 + checkpoint_completion_target), whichever is first: PostgreSQL src/backend/access/transam/xlog.c,
 * CalculateCheckpointSegments. Images make the log grow, and the log makes checkpoints: the interval is where both agree.
 */
import { PAGE_BYTES } from '../layouts/pg-page.ts';
import { LOG_PAGE_SHARE } from '../layouts/wal-record.ts';
import { derive, leaf, type Quantity, revised, stated, sum } from '../quantity/index.ts';
import type { WriteSettings } from './writes-settings.ts';
import type { TouchedPages, WrittenStructure } from './writes-structures.ts';

const SOURCE = 'PostgreSQL src/backend/access/transam/xlog.c CalculateCheckpointSegments';
const PAGE: Quantity<'B'> = stated('page', PAGE_BYTES, 'B', 'exact', 'PostgreSQL BLCKSZ');
const COMPLETION: Quantity<'ratio'> = stated(
  'checkpoint_completion_target',
  0.9,
  'ratio',
  'exact',
  'PostgreSQL default',
);

/** 1 - e^-x, the share of pages that x changes a page touch. */
const hit = (x = 0): number => -Math.expm1(-x);

export interface Checkpoints {
  readonly interval: Quantity<'s'>;
  /** Memories written from one checkpoint to the next. */
  readonly memories: Quantity<'rows'>;
  /** True when the log's size brings the checkpoint, not the clock. */
  readonly forced: boolean;
}

/** @param rate memories a second on one machine */
export function checkpoints(
  structures: readonly WrittenStructure[],
  rate: Quantity<'rows/s'>,
  settings: WriteSettings,
): Checkpoints {
  const room = derive(
    'log from one checkpoint to the next',
    'B',
    'size / (1 + target)',
    {
      size: settings.maxWal,
      target: COMPLETION,
    },
    { source: SOURCE },
  );
  const [first, ...rest] = structures.map((s) => s.log);
  const records = sum('records of one memory', first as Quantity<'B'>, ...rest);
  const touched = structures.flatMap((s) => s.touched);
  const until = (timeout: number, bytes: number, r: number, logged: number, pages: readonly Touches[]): number => {
    const rows = rowsThatFill(bytes / LOG_PAGE_SHARE.value, logged, pages, r * timeout);
    return rows < r * timeout ? rows / r : timeout;
  };
  const { checkpointTimeout: timeout } = settings;
  const planned = derive(
    'time between checkpoints',
    's',
    'until(timeout, room, rate, records)',
    { timeout, room, rate, records },
    {
      source: `${SOURCE}: checkpoint_timeout, or the time in which records and images fill the room`,
      using: {
        until: (t = 0, bytes = 0, r = 0, logged = 0) => until(t, bytes, r, logged, touchesAt(touched, 'value')),
      },
    },
  );
  // Images fill the room, too, and are as uncertain as what touches the pages.
  const interval = revised(planned, {
    low: until(timeout.low, room.low, rate.high, records.high, touchesAt(touched, 'high')),
    high: until(timeout.high, room.high, rate.low, records.low, touchesAt(touched, 'low')),
  });
  return {
    interval,
    memories: derive('memories between two checkpoints', 'rows', 'max(1, rate * interval)', { rate, interval }),
    forced: interval.value < settings.checkpointTimeout.value,
  };
}

/** Changes a memory, pages they fall on, and what the image of one takes, each at one end of its interval. */
interface Touches {
  readonly touches: number;
  readonly pages: number;
  readonly image: number;
}

const touchesAt = (touched: readonly TouchedPages[], end: 'low' | 'value' | 'high'): Touches[] =>
  touched.map((t) => ({ touches: t.touches[end], pages: t.pages[end], image: t.image[end] }));

/** Of Newton's method: each doubles the digits that are right. */
const MOST_STEPS = 50;

/**
 * Memories whose records and images make so many bytes, or `most` where that is fewer. The more are written, the fewer pages are
 * touched for the first time: the log grows ever slower, its tangents lie above it, and Newton's method comes nearer from below
 * without ever going too far.
 * @param records bytes of log a memory, without images
 */
function rowsThatFill(bytes: number, records: number, touched: readonly Touches[], most: number): number {
  let rows = 0;
  for (let step = 0; step < MOST_STEPS; step++) {
    let logged = rows * records;
    let slope = records;
    for (const { touches, pages, image } of touched) {
      const share = hit((touches * rows) / pages);
      logged += pages * share * image;
      slope += touches * (1 - share) * image;
    }
    const next = rows + (bytes - logged) / slope;
    if (next >= most) return most;
    if (next <= rows) break;
    rows = next;
  }
  return rows;
}

/** Full-page images of one memory: those of an interval, shared by what is written in it. */
export function imagesPerMemory(s: WrittenStructure, between: Quantity<'rows'>): Quantity<'B'> {
  const each = s.touched.map((t) =>
    derive(
      `full-page images a memory: ${s.title}`,
      'B',
      'pages * hit(touches * rows / pages) * image / rows',
      { pages: t.pages, touches: t.touches, rows: between, image: t.image },
      {
        source: 'PostgreSQL full_page_writes; pages touched by random changes',
        using: { hit },
        moves: { touches: 'rising', rows: 'falling', pages: 'rising', image: 'rising' },
      },
    ),
  );
  const ends = derive(
    `full-page images a memory: the end of ${s.title}`,
    'B',
    'ends * page / rows',
    { ends: leaf('pages at whose end rows are appended', s.ends, 'pages'), page: PAGE, rows: between },
    { source: 'PostgreSQL full_page_writes: the page that was not full at the checkpoint' },
  );
  if (s.ends > 0) each.push(ends);
  const [first, ...rest] = each;
  if (first === undefined) return ends;
  return rest.length === 0 ? first : sum(`full-page images a memory: ${s.title}`, first, ...rest);
}

export interface LoggedStructure {
  readonly id: string;
  readonly title: string;
  readonly records: Quantity<'B'>;
  /** Undefined where nobody said how much is written. */
  readonly images: Quantity<'B'> | undefined;
  readonly share: Quantity<'ratio'>;
}

function wholePages(structures: readonly WrittenStructure[], rates: LogRates | undefined): LogPlan {
  const [first, ...rest] = structures.map((s) => s.log);
  const perMemory = sum('log of one memory', first as Quantity<'B'>, ...rest);
  const unknown = {
    checkpoints: undefined,
    checkpointsAtPeak: undefined,
    toReplicas: undefined,
    heldBack: undefined,
    disk: undefined,
  };
  return {
    ...unknown,
    structures: structures.map((s) => ({
      id: s.id,
      title: s.title,
      records: s.log,
      images: undefined,
      share: shareOf(s.log, perMemory, 1),
    })),
    perMemory,
    perMemoryMean: undefined,
    perMemoryPeak: undefined,
    aDay: rates && derive('log a day', 'B', 'perMemory * writes', { perMemory, writes: rates.perDay }),
    atPeak: rates && derive('log a second at the peak', 'B', 'perMemory * rate', { perMemory, rate: rates.peak }),
  };
}

/** @param headers factor from the structure's bytes to those of the whole, which counts page headers */
function shareOf(bytes: Quantity<'B'>, whole: Quantity<'B'>, headers: number): Quantity<'ratio'> {
  // The structure is part of the whole: where it is larger, so is that.
  const share = (own: number, others: number): number => (own === 0 ? 0 : own / (own + Math.max(0, others)));
  const value = (bytes.value * headers) / whole.value;
  return leaf('share of the log', value, 'ratio', {
    low: Math.min(value, share(bytes.low * headers, whole.high - bytes.high * headers)),
    high: Math.max(value, share(bytes.high * headers, whole.low - bytes.low * headers)),
    basis: whole.basis,
    source: 'of what one memory logs',
  });
}

/** Bytes of log for one memory, page headers included. */
export function logPerMemory(name: string, parts: readonly Quantity<'B'>[]): Quantity<'B'> {
  const [first, ...rest] = parts;
  const records = sum('records and images', first as Quantity<'B'>, ...rest);
  return derive(name, 'B', 'bytes * share', { bytes: records, share: LOG_PAGE_SHARE });
}

export interface LogPlan {
  readonly structures: readonly LoggedStructure[];
  /** One memory, without images: what it is right before the next checkpoint. */
  readonly perMemory: Quantity<'B'>;
  /** One memory with its part of the images, at the mean rate of the day and at the peak. */
  readonly perMemoryMean: Quantity<'B'> | undefined;
  readonly perMemoryPeak: Quantity<'B'> | undefined;
  readonly checkpoints: Checkpoints | undefined;
  readonly checkpointsAtPeak: Checkpoints | undefined;
  /** All machines together. */
  readonly aDay: Quantity<'B'> | undefined;
  /** Bytes a second of one machine at the peak; each of its replicas receives as much. */
  readonly atPeak: Quantity<'B'> | undefined;
  /** Bytes a second to all replicas of all machines at the peak. */
  readonly toReplicas: Quantity<'B'> | undefined;
  /** pg_wal of one machine: max_wal_size, and what a slot that lags holds back. */
  readonly heldBack: Quantity<'B'> | undefined;
  readonly disk: Quantity<'B'> | undefined;
}

export interface LogRates {
  /** Memories a day, all machines. */
  readonly perDay: Quantity<'rows/day'>;
  /** Memories a second of one machine: over the day, and in the busiest hour. */
  readonly mean: Quantity<'rows/s'>;
  readonly peak: Quantity<'rows/s'>;
  readonly machines: Quantity<'count'>;
  readonly replicas: Quantity<'count'>;
}

/** The log of SQLite has whole pages, and no images beside them. */
export type LogKind = 'postgres' | 'sqlite';

/** The log of one memory at a rate, with the checkpoints that its images come from. */
export interface LoggedAt {
  readonly checkpoints: Checkpoints;
  /** Of each structure. */
  readonly images: readonly Quantity<'B'>[];
  readonly perMemory: Quantity<'B'>;
}

/** @param name of the log of one memory */
export function loggedAt(
  structures: readonly WrittenStructure[],
  rate: Quantity<'rows/s'>,
  settings: WriteSettings,
  name: string,
): LoggedAt {
  const between = checkpoints(structures, rate, settings);
  const images = structures.map((s) => imagesPerMemory(s, between.memories));
  return { checkpoints: between, images, perMemory: logPerMemory(name, [...structures.map((s) => s.log), ...images]) };
}

/** @param rates undefined where nobody said how much is written */
export function logPlan(
  structures: readonly WrittenStructure[],
  rates: LogRates | undefined,
  settings: WriteSettings,
  kind: LogKind = 'postgres',
): LogPlan {
  if (kind === 'sqlite') return wholePages(structures, rates);
  const mean =
    rates === undefined || rates.mean.value === 0
      ? undefined
      : loggedAt(structures, rates.mean, settings, 'log of one memory');
  const peak =
    rates === undefined || rates.peak.value === 0
      ? undefined
      : loggedAt(structures, rates.peak, settings, 'log of one memory at the peak');
  const images = mean?.images;
  const perMemory = logPerMemory(
    'log of one memory, without images',
    structures.map((s) => s.log),
  );
  const perMemoryMean = mean?.perMemory;
  const perMemoryPeak = peak?.perMemory;
  const whole = perMemoryMean ?? perMemory;
  const logged = structures.map((s, i): LoggedStructure => {
    const own = images?.[i];
    const bytes = own === undefined ? s.log : sum('records and images', s.log, own);
    return {
      id: s.id,
      title: s.title,
      records: s.log,
      images: own,
      share: shareOf(bytes, whole, LOG_PAGE_SHARE.value),
    };
  });
  const none = rates === undefined || perMemoryMean === undefined || perMemoryPeak === undefined;
  const atPeak = none
    ? undefined
    : derive('log a second at the peak, one machine', 'B', 'perMemory * rate', {
        perMemory: perMemoryPeak,
        rate: rates.peak,
      });
  const heldBack =
    none || atPeak === undefined
      ? undefined
      : derive('log that a lagging slot holds back', 'B', 'perMemory * rate * lag', {
          perMemory: perMemoryPeak,
          rate: rates.peak,
          lag: settings.slotLag,
        });
  return {
    structures: logged,
    perMemory,
    perMemoryMean,
    perMemoryPeak,
    checkpoints: mean?.checkpoints,
    checkpointsAtPeak: peak?.checkpoints,
    aDay: none
      ? undefined
      : derive('log a day, all machines', 'B', 'perMemory * writes', {
          perMemory: perMemoryMean,
          writes: rates.perDay,
        }),
    atPeak,
    toReplicas:
      none || atPeak === undefined
        ? undefined
        : derive('log a second to the replicas at the peak', 'B', 'log * replicas * machines', {
            log: atPeak,
            replicas: rates.replicas,
            machines: rates.machines,
          }),
    heldBack,
    disk:
      heldBack &&
      derive('disk for the log of one machine', 'B', 'size + held', { size: settings.maxWal, held: heldBack }),
  };
}
