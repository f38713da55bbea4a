/**
 * The lexical index while rows are written: GIN's pending list, the merge that one unlucky insert pays, what searches pay for
 * the list, and what other limits would do.
 */

import {
  type GinMerge,
  ginMerges,
  keysPerRow,
  PENDING_PAGE_BYTES,
  pendingLogBytes,
  pendingRowsPerPage,
} from '../layouts/gin-pending.ts';
import { pgGin } from '../layouts/pg-gin.ts';
import { documentFrequencies, drawsForDistinct, type KeyClass, textKeys } from '../layouts/text-statistics.ts';
import { pageImage } from '../layouts/wal-record.ts';
import { derive, leaf, oncePer, type Quantity, revised, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { WriteSettings } from './writes-settings.ts';
import { memoryHeap, type WrittenStructure } from './writes-structures.ts';

/** Mean lexeme with its header, and a trigram: as layouts/pg-gin has them. */
const KEY_BYTES = { tsvector: 7.6, trgm: 4 } as const;
/** How far keys, and so all that follows from them, are off where only the length of the text is known. */
const TEXT_ERROR = 0.25;

/** 3-13 µs on two shared cores with every page in memory (12 merges of 500 to 7,800 rows); a page from disk is a random read more. */
const MERGE_KEY_SECONDS: Quantity<'us'> = stated(
  'time to merge a key',
  7,
  'us',
  'measured',
  'PostgreSQL 17, merges of 500 to 7,800 rows in memory: bench/writes-postgres.ts',
  2,
  30,
);
/** A search reads the whole list: 3.4 to 5.3 ms for 510 to 522 pages. */
const PENDING_PAGE_SECONDS: Quantity<'us'> = stated(
  'time to search a page of the list',
  8,
  'us',
  'measured',
  'PostgreSQL 17, 65 to 594 pages in memory: bench/writes-postgres.ts',
  1.5,
  30,
);
const ENTRY_FILL: Quantity<'ratio'> = stated(
  'part of a planned GIN page that its image takes',
  0.9,
  'ratio',
  'measured',
  'images of merges, bench/writes-postgres.ts; an index that grew by merges has more pages than a built one',
  0.5,
  1.2,
);
const PAGE: Quantity<'B'> = stated(
  'room on a page of the list',
  PENDING_PAGE_BYTES,
  'B',
  'exact',
  'PostgreSQL src/include/access/ginblock.h GIN_PAGE_FREESIZE',
);
/** The two logs do not grow quite alike with the keys of a row: by 5 % at the most seen over texts of half and twice the length. */
const SPARED_ERROR = 0.1;
/** Below 64 kB PostgreSQL takes no limit. */
const OTHER_LIMITS = [256 * 2 ** 10, 2 ** 20, 4 * 2 ** 20, 16 * 2 ** 20];

export interface PendingChoice {
  readonly id: string;
  /** Undefined with fastupdate off. */
  readonly limit: Quantity<'B'> | undefined;
  /** Rows from one merge to the next. */
  readonly rows: Quantity<'rows'>;
  /** What the insert that crosses the limit waits; with fastupdate off what every insert does. */
  readonly pause: Quantity<'s'>;
  /** What a search waits for a full list. */
  readonly search: Quantity<'s'> | undefined;
  /** Log of one memory in this index, merge included, without images. */
  readonly log: Quantity<'B'>;
  readonly chosen: boolean;
}

export interface PendingPlan {
  /** Component id of the index: `lexical-index`, or its name in a system's tables. */
  readonly index: string;
  readonly keysPerMemory: Quantity<'count'>;
  /** Bytes of the list a memory takes. */
  readonly listBytes: Quantity<'B'>;
  readonly choices: readonly PendingChoice[];
  /** Time between two merges at the peak; undefined where nobody said how much is written. */
  readonly everyAtPeak: Quantity<'s'> | undefined;
  /** Log that the list spares against an index without it. */
  readonly spared: Quantity<'ratio'>;
}

export interface Keys {
  readonly classes: readonly KeyClass[];
  readonly bytes: number;
  readonly perPage: number;
  readonly rows: number;
  /** Relative error of what is computed from them. */
  readonly error: number;
  /** The shortest and the longest text over the one they are of, or the fewest and the most keys of a row. */
  readonly texts: { readonly low: number; readonly high: number };
  readonly basis: 'measured' | 'assumed';
  /** The merge of so many rows: one batch is asked about more than once. */
  readonly merge: (batch: number) => GinMerge;
}

function keysOf(w: Workload): Keys {
  const opclass = w.lexical === 'trigram' ? 'trgm' : 'tsvector';
  const rows = Math.max(1, w.memories.value);
  const perPage = (memoryHeap(w)['rowsPerPage'] as Quantity).value;
  const bytes = KEY_BYTES[opclass];
  const text = textKeys(opclass, w.textBytes.value, rows);
  const { distinctTerms, termsPerMemory } = w;
  const keys = (classes: readonly KeyClass[], error: number, basis: Keys['basis']): Keys => {
    const merge = oncePer(ginMerges(classes, rows, perPage, bytes));
    const counted = termsPerMemory !== undefined;
    return { classes, bytes, perPage, rows, error, texts: counted ? ALIKE : spanOf(w.textBytes), basis, merge };
  };
  if (distinctTerms === undefined || termsPerMemory === undefined) {
    return keys(documentFrequencies(text, rows), TEXT_ERROR, 'assumed');
  }
  const vocabulary = Math.max(distinctTerms.value, termsPerMemory.value);
  const drawsPerRow = drawsForDistinct(vocabulary, text.exponent, termsPerMemory.value);
  return keys(documentFrequencies({ vocabulary, exponent: text.exponent, drawsPerRow }, rows), 0.1, 'measured');
}

/** Texts whose length nobody has to guess. */
export const ALIKE: Keys['texts'] = { low: 1, high: 1 };

/** Both ends of what decides how many keys a row has, over its value. */
export const spanOf = ({ value, low, high }: Quantity): Keys['texts'] =>
  value > 0 ? { low: low / value, high: high / value } : ALIKE;

const figure = <U extends 'B' | 'count'>(
  k: Keys,
  name: string,
  value: number,
  unit: U,
  source: string,
  texts: Keys['texts'] = ALIKE,
): Quantity<U> =>
  leaf(name, value, unit, {
    low: value * (1 - k.error) * texts.low,
    high: value * (1 + k.error) * texts.high,
    basis: k.basis,
    source,
  });

/** What grows with the keys of a row: a text twice as long has more of them, and less than twice as many. */
const byText = <U extends 'B' | 'count'>(k: Keys, name: string, value: number, unit: U, source: string): Quantity<U> =>
  figure(k, name, value, unit, source, k.texts);

const GIN_FAST = 'PostgreSQL src/backend/access/gin/ginfast.c';

function rowsOfList(k: Keys, keys: Quantity<'count'>): Quantity<'ratio'> {
  return derive(
    'rows on a page of the list',
    'ratio',
    'listed(keys)',
    { keys },
    {
      source: GIN_FAST,
      moves: { keys: 'falling' },
      using: { listed: (n = 1) => pendingRowsPerPage(n, k.bytes) },
    },
  );
}

function choiceAt(k: Keys, keys: Quantity<'count'>, limit: Quantity<'B'>, chosen: boolean): PendingChoice {
  const perPage = rowsOfList(k, keys);
  const pages = derive(
    'pages of a full list',
    'pages',
    'floor(limit / page) + 1',
    { limit, page: PAGE },
    {
      source: `${GIN_FAST}: merged when pages × GIN_PAGE_FREESIZE exceeds the limit`,
    },
  );
  const rows = derive('rows until the list is merged', 'rows', 'pages * perPage', { pages, perPage });
  const batch = Math.max(1, Math.min(k.rows, rows.value));
  const merge = k.merge(batch);
  const merged = figure(k, 'distinct keys of the list', merge.keys, 'count', 'document frequencies of the text');
  const mergeLog = figure(
    k,
    'log of a merge',
    merge.logBytes,
    'B',
    'PostgreSQL src/backend/access/gin/gininsert.c, gindatapage.c',
  );
  const append = byText(k, 'log of the append', pendingLogBytes(keys.value, k.bytes), 'B', GIN_FAST);
  return {
    id: `limit-${limit.value / 1024}kB`,
    limit,
    rows,
    pause: derive('pause of the insert that merges', 's', 'keys * time / 1e6', {
      keys: merged,
      time: MERGE_KEY_SECONDS,
    }),
    search: derive('what a search waits for a full list', 's', 'pages * time / 1e6', {
      pages,
      time: PENDING_PAGE_SECONDS,
    }),
    log: derive('log of one memory', 'B', 'append + merge / rows', { append, merge: mergeLog, rows }),
    chosen,
  };
}

function direct(k: Keys, keys: Quantity<'count'>, chosen: boolean): PendingChoice {
  const one = k.merge(1);
  return {
    id: 'fastupdate-off',
    limit: undefined,
    rows: leaf('rows until they are merged', 1, 'rows', { source: 'fastupdate = off' }),
    pause: derive('time in the index of every insert', 's', 'keys * time / 1e6', { keys, time: MERGE_KEY_SECONDS }),
    search: undefined,
    log: byText(
      k,
      'log of one memory',
      one.logBytes,
      'B',
      'PostgreSQL src/backend/access/gin/gininsert.c, gindatapage.c',
    ),
    chosen,
  };
}

export interface Pending {
  readonly plan: PendingPlan;
  /** The lexical index as the log sees it. */
  readonly structure: WrittenStructure;
}

/** @param peak memories a second of one machine */
export function pendingPlan(w: Workload, settings: WriteSettings, peak: Quantity<'rows/s'> | undefined): Pending {
  const k = keysOf(w);
  const { parts } = pgGin.size({
    rows: w.memories,
    keys: { kind: 'text', opclass: w.lexical === 'trigram' ? 'trgm' : 'tsvector', textBytes: w.textBytes },
    rowsPerHeapPage: leaf('rows on a page of the table', k.perPage, 'ratio'),
  });
  const index = {
    id: 'lexical-index',
    title: w.lexical === 'trigram' ? 'trigram index (GIN)' : 'lexical index (GIN)',
    pages: parts['pages'] as Quantity<'pages'>,
    perRow: w.termsPerMemory,
  };
  return pendingOf(k, index, settings, peak);
}

function sparedBy(listed: Quantity<'B'>, without: Quantity<'B'>): Quantity<'ratio'> {
  const spared = derive(
    'log that the list spares',
    'ratio',
    'max(0, 1 - listed / without)',
    { listed, without },
    // More keys a row are more of both.
    { aligned: true, source: 'log of one memory with the list, against an index without' },
  );
  return revised(spared, {
    low: spared.low * (1 - SPARED_ERROR),
    high: Math.min(1, spared.high * (1 + SPARED_ERROR)),
  });
}

/** A GIN index, whatever it is over. */
export interface ListedIndex {
  readonly id: string;
  readonly title: string;
  readonly pages: Quantity<'pages'>;
  /** Keys of a row where somebody counted them. */
  readonly perRow: Quantity<'count'> | undefined;
}

/** @param peak rows a second that enter the index, on one machine */
export function pendingOf(
  k: Keys,
  { id, title, pages, perRow }: ListedIndex,
  settings: WriteSettings,
  peak: Quantity<'rows/s'> | undefined,
): Pending {
  const keys =
    perRow ??
    byText(
      k,
      'distinct keys of a memory',
      keysPerRow(k.classes, k.rows),
      'count',
      "Zipf's law over the length of the text",
    );
  const limits = [...new Set([...OTHER_LIMITS, settings.pendingLimit.value])].sort((a, b) => a - b);
  const off = direct(k, keys, !settings.fastupdate);
  const listed = limits.map((bytes) => {
    const asked = bytes === settings.pendingLimit.value;
    const limit = asked ? settings.pendingLimit : leaf('gin_pending_list_limit', bytes, 'B', { source: 'tried' });
    return choiceAt(k, keys, limit, asked && settings.fastupdate);
  });
  const chosen = [off, ...listed].find((c) => c.chosen) as PendingChoice;
  const asked = listed.find((c) => c.limit === settings.pendingLimit) as PendingChoice;
  // A merge changes a page once for all keys on it.
  const batchKeys = k.merge(Math.max(1, chosen.rows.value)).keys;
  const touches = derive(
    'GIN pages changed a memory',
    'ratio',
    'pages * (1 - left(keys / pages)) / rows',
    {
      keys: figure(k, 'distinct keys of a merge', batchKeys, 'count', 'document frequencies of the text'),
      pages,
      rows: chosen.rows,
    },
    { using: { left: (x = 0) => Math.exp(-x) }, moves: { keys: 'rising', pages: 'rising', rows: 'falling' } },
  );
  return {
    plan: {
      index: id,
      keysPerMemory: keys,
      listBytes: derive('bytes of the list a memory takes', 'B', 'page / perPage', {
        page: PAGE,
        perPage: rowsOfList(k, keys),
      }),
      choices: [off, ...listed],
      everyAtPeak:
        peak === undefined || peak.low <= 0 || !settings.fastupdate
          ? undefined
          : derive('time from merge to merge at the peak', 's', 'rows / rate', { rows: chosen.rows, rate: peak }),
      spared: sparedBy(asked.log, off.log),
    },
    structure: {
      id,
      title,
      log: chosen.log,
      touched: [{ touches, pages, image: pageImage('a GIN index', ENTRY_FILL) }],
      ends: 0,
    },
  };
}
