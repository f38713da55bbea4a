/** A write report as a page. */
import type { ReportJson } from '../../capacity/report-json.ts';
import type { WriteReport } from '../../capacity/writes.ts';
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatQuantity,
  formatSeconds,
  formatShortCount,
  type QuantityJson,
} from '../../quantity/index.ts';
import { type Cell, type Page, shownAs, type Table } from './sectioned.ts';

type Json = ReportJson<WriteReport>;
type Given = QuantityJson | null;

export function writesPage(r: Json): Page {
  return {
    title: `the write path of ${formatCount(r.memories.value)} memories, ${r.engine}${r.machines.value === 1 ? '' : `, ${formatCount(r.machines.value)} machines`}`,
    headline: r.headline,
    sections: [
      log(r),
      { label: 'LOG', lines: logLines(r) },
      pending(r),
      { label: 'LIMIT', lines: limit(r) },
      { label: 'BACKFILL', lines: backfill(r) },
      ways(r),
      touch(r),
      { label: 'ADVICE', lines: r.advice.map((a) => a.message) },
      { label: 'NOTES', lines: r.notes },
    ],
    legend: '≈ uncertain · bytes of log are of one memory · --explain shows every term',
  };
}

function log(r: Json): Table {
  return {
    id: 'log',
    head: ['STRUCTURE', 'RECORDS', 'PAGE IMAGES', 'SHARE', 'BASIS'],
    align: ['left', 'right', 'right', 'right', 'left'],
    rows: (r.log?.structures ?? []).map((s) => [
      s.title,
      bytes(s.records),
      bytes(s.images),
      shownAs(s.share, formatPercent),
      s.records.basis,
    ]),
    drop: [3, 4],
  };
}

/** Bytes a memory, small ones in full: what is one update in ten is no whole number. */
const bytes = (q: Given): Cell =>
  shownAs(q, (n) => (n < 10 && n > 0 ? `${Number(n.toPrecision(2))} B` : formatQuantity(q)));

function logLines(r: Json): string[] {
  const l = r.log;
  const lines: string[] = [];
  if (l === null) return lines;
  const { checkpoints: mean, checkpointsAtPeak: peak } = l;
  if (mean !== null && peak !== null) {
    const why = (forced: boolean): string => (forced ? 'max_wal_size brings it' : 'by the clock');
    lines.push(
      `a checkpoint every ${formatSeconds(mean.interval.value)} over the day (${why(mean.forced)}), every ${formatSeconds(peak.interval.value)} at the peak (${why(peak.forced)}), when a memory logs ${formatQuantity(l.perMemoryPeak)}`,
    );
  }
  if (l.atPeak !== null && r.sqlite === null) {
    const each = r.machines.value === 1 ? '' : ' on each machine';
    const replicas = l.toReplicas?.value ?? 0;
    const sent = replicas === 0 ? '' : `, ${formatQuantity(l.toReplicas)}/s to all replicas together`;
    lines.push(
      `${formatQuantity(l.atPeak)}/s at the peak${each}: what its disk takes, and what each replica of it receives${sent}`,
    );
  }
  if (l.disk !== null && l.heldBack !== null) {
    lines.push(
      `pg_wal takes up to ${formatQuantity(l.disk)} where a slot lags at the peak (${formatQuantity(l.heldBack)} held back)`,
    );
  }
  if (r.sqlite !== null) {
    const often = r.sqlite.atPeak === null ? '' : `, ≈ ${rate(r.sqlite.atPeak.value)} a second at the peak`;
    lines.push(
      `a checkpoint after ${formatQuantity(r.sqlite.memories)} memories${often}: the commit that crosses ${formatCount(r.sqlite.pages.value)} pages pays it, and a reader that stays keeps the log growing`,
    );
  }
  return lines;
}

const rate = (n: number): string => (n >= 1000 ? formatShortCount(n) : String(Number(n.toPrecision(3))));

function pending(r: Json): Table {
  const index = r.pending?.index ?? 'lexical-index';
  return {
    id: 'pending',
    title: `${index === 'lexical-index' ? 'the lexical index' : index} by gin_pending_list_limit: one insert pays for many`,
    head: ['LIMIT', 'MERGED EVERY', 'THAT INSERT', 'FULL LIST COSTS', 'LOG A MEMORY'],
    align: ['left', 'right', 'right', 'right', 'right'],
    rows: (r.pending?.choices ?? []).map((c) => [
      `${c.limit === null ? 'fastupdate off' : formatBytes(c.limit.value)}${c.chosen ? ' *' : ''}`,
      shownAs(c.rows, (n) => (n === 1 ? 'row' : `≈ ${formatShortCount(Math.round(n))} rows`)),
      c.pause,
      shownAs(c.search, () => `${formatQuantity(c.search)} a search`),
      c.log,
    ]),
    drop: [3, 4],
  };
}

function limit(r: Json): string[] {
  const l = r.limit;
  const lines = [
    `${formatCount(l.turnsPerMinute.value)} turns a minute, burst ${formatCount(l.burst.value)}: a paste of 1,000 turns is in after ${formatSeconds(l.paste.value)}, the backfill would be in after ${formatSeconds(l.backfill.value)}; a namespace writes ${formatCount(l.aDay.value)} memories a day at the most`,
  ];
  if (l.atOnce !== null) {
    lines.push(`≈ ${rate(l.atOnce.value)} namespaces at their limit take every insert${asked(l.asked)}`);
  }
  if (l.searchesPerTurn !== null) lines.push(`≈ ${rate(l.searchesPerTurn.value)} searches for each turn written`);
  return lines;
}

/** What all namespaces together could ask for: a multiple of the inserts there are, or a part of them. */
function asked(all: Given): string {
  if (all === null) return '';
  if (all.value > 1) return `; all of them could ask for ${rate(all.value)} times the inserts there are`;
  const part = all.value < 0.01 ? 'less than 1 %' : `≈ ${formatPercent(all.value)}`;
  return `; all that there are take ${part} of the inserts`;
}

function backfill(r: Json): string[] {
  const b = r.backfill;
  if (b === null) return [];
  const each = r.machines.value === 1 ? '' : `, ${formatCount(b.perMachine.value)} a machine`;
  const lines: string[] = [];
  if (b.left === null || b.drain === null)
    return [`${formatCount(b.memories.value)} memories${each}: no inserts are left for them at the peak`];
  lines.push(
    `${formatCount(b.memories.value)} memories${each}: ≈ ${rate(b.left.value)} a second are left beside live writes, so the queue is empty after ${formatQuantity(b.drain)}`,
  );
  const crowded = b.slowAt !== null && b.perMachine.value > b.slowAt.value;
  const parts =
    b.perMachine.value > b.refuseAt.value ? `send the import in parts of ${formatCount(b.refuseAt.value)}` : undefined;
  if (crowded) {
    lines.push(
      `a live write behind ≈ ${rate(b.slowAt.value)} queued ones waits longer than it may: give live writes a queue of their own${parts === undefined ? '' : `; ${parts}`}`,
    );
  } else if (parts !== undefined) lines.push(parts);
  return lines;
}

function ways(r: Json): Table {
  const b = r.backfill;
  const even = b?.breakEven ?? null;
  return {
    id: 'backfill',
    title: `the vector index during the backfill, one machine${even === null ? '' : `; they meet at ≈ ${rate(even.value)} memories`}:`,
    head: ['WAY', 'TIME', 'LOG OF THE INDEX'],
    align: ['left', 'right', 'right'],
    rows: (b?.ways ?? []).map((x) => [x.title, x.seconds, x.log]),
    drop: [2],
  };
}

/** Two digits, for a table that has many columns. */
const brief = (n: number): string => rate(Number(n.toPrecision(2)));

function touch(r: Json): Table {
  const t = r.touch;
  const one = r.machines.value === 1 ? '' : ', one machine';
  const rows = t?.ways ?? [];
  const columns: readonly (readonly [head: string, cell: (way: (typeof rows)[number]) => Cell])[] = [
    ['HOT', (x) => shownAs(x.hot, formatPercent)],
    ['LOG A ROW', (x) => bytes(x.log)],
    ['TIME A ROW', (x) => x.cpu],
    ['LOG A DAY', (x) => x.logADay],
    ['CORES', (x) => shownAs(x.cores, (n) => `≈ ${brief(n)}`)],
    ['DEAD HNSW A DAY', (x) => x.growth],
    ['VACUUMS A DAY', (x) => shownAs(x.vacuums, (n) => `≈ ${brief(n)}`)],
  ];
  // What nobody asked about, and what SQLite has not, is no column.
  const known = columns.filter(([, cell]) => rows.some((x) => cell(x) !== null));
  const at = (head: string): number => 1 + known.findIndex(([h]) => h === head);
  return {
    id: 'touch',
    title: `touch on read, ${formatCount(t?.touched.value ?? 0)} rows a search${one}: last_accessed_at and access_count`,
    head: ['WAY', ...known.map(([head]) => head)],
    align: ['left', ...known.map(() => 'right' as const)],
    rows: rows.map((x) => [x.title, ...known.map(([, cell]) => cell(x))]),
    drop: ['TIME A ROW', 'LOG A ROW', 'VACUUMS A DAY', 'DEAD HNSW A DAY', 'CORES'].map(at).filter((i) => i > 0),
  };
}
