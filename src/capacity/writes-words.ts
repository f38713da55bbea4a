/** The sentences of a write report: the answer, and what to do. */
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatQuantity,
  formatSeconds,
  formatShortCount,
  leaf,
  type Quantity,
  toPostgresSize,
} from '../quantity/index.ts';
import { type LogPlan, loggedAt } from './writes-log.ts';
import type { Told } from './writes-told.ts';

/** Three digits, as memplan estimate and memplan shard tell the same rates. */
const around = (n: number): string => (n >= 1000 ? formatShortCount(n) : String(Number(n.toPrecision(3))));

export function writesHeadline(t: Told): string[] {
  if (t.unknown !== undefined) return [`${t.unknown.charAt(0).toUpperCase()}${t.unknown.slice(1)}.`];
  const out: string[] = [];
  const log = t.log as LogPlan;
  const on = t.machines.value === 1 ? '' : ` on ${formatCount(t.machines.value)} machines`;
  if (log.perMemoryMean === undefined || log.aDay === undefined) {
    const day = log.aDay === undefined ? '' : `, ${formatQuantity(log.aDay)} a day`;
    out.push(`A memory puts ${formatQuantity(log.perMemory)} into the write-ahead log${day}.`);
  } else {
    const { checkpoints } = log;
    const interval =
      checkpoints === undefined ? '' : ` that a checkpoint every ${formatSeconds(checkpoints.interval.value)} brings`;
    out.push(
      `A memory puts ${formatQuantity(log.perMemory)} into the write-ahead log, and ${formatQuantity(log.perMemoryMean)} with the page images${interval}: ${formatQuantity(log.aDay)} a day${on}.`,
    );
  }
  if (t.busy !== undefined && t.peak !== undefined && t.peak.value > 0 && t.insertRate !== undefined) {
    const part = t.busy.value < 0.001 ? 'less than 0.1 %' : formatPercent(t.busy.value);
    const verdict = t.busy.value >= 1 ? 'more than there is' : `${part} of what there is`;
    out.push(
      `One machine inserts ≈ ${around(t.insertRate.value)} memories a second; the peak of ≈ ${around(t.peak.value)}${on} is ${verdict}.`,
    );
  }
  const plain = t.touch?.ways.find((x) => x.id === 'plain');
  const indexed = t.touch?.ways.find((x) => x.id === 'indexed');
  if (plain?.logADay !== undefined && indexed?.logADay !== undefined) {
    out.push(
      `Marking ${formatCount(t.settings.touched.value)} rows a search as read logs ${formatQuantity(plain.logADay)} a day${t.machines.value === 1 ? '' : ' and machine'}, with an index on the column ${formatQuantity(indexed.logADay)}.`,
    );
  }
  return out;
}

interface Advice {
  readonly id: string;
  readonly message: string;
}

/** Half an hour between checkpoints: recovery after a crash is still minutes. */
const LONG_TIMEOUT = 1800;
/** An insert that waits longer is one that somebody notices. */
const LONG_PAUSE = 0.05;

export function writesAdvice(t: Told): Advice[] {
  return [...logAdvice(t), ...pendingAdvice(t), ...limitAdvice(t), ...backfillAdvice(t), ...touchAdvice(t)];
}

function logAdvice(t: Told): Advice[] {
  const { log, rates, structures } = t;
  if (log?.perMemoryMean === undefined || log.perMemoryPeak === undefined || rates === undefined) return [];
  const out: Advice[] = [];
  const under = (seconds: number, rate: Quantity<'rows/s'>): number =>
    loggedAt(
      structures,
      rate,
      {
        ...t.settings,
        checkpointTimeout: leaf('checkpoint_timeout', seconds, 's', { source: 'tried' }),
        maxWal: leaf('max_wal_size', 2 ** 60, 'B', { source: 'tried' }),
      },
      'log of one memory',
    ).perMemory.value;
  // Room for one interval at the peak, and for what checkpoint_completion_target 0.9 carries into the next.
  const room = (seconds: number): string => {
    const bytes = 1.9 * seconds * (under(seconds, rates.peak) * rates.peak.value);
    return toPostgresSize(Math.max(2 ** 30, Math.ceil(bytes / 2 ** 30) * 2 ** 30));
  };
  const timeout = t.settings.checkpointTimeout.value;
  const peak = log.checkpointsAtPeak;
  if (peak?.forced === true) {
    out.push({
      id: 'max-wal-size',
      message: `max_wal_size = ${room(timeout)} leaves checkpoints to the clock: now one comes every ${formatSeconds(peak.interval.value)} at the peak, and each writes out what was changed`,
    });
  }
  if (timeout >= LONG_TIMEOUT) return out;
  const longer = under(LONG_TIMEOUT, rates.mean);
  const less = 1 - longer / log.perMemoryMean.value;
  if (less >= 0.1) {
    out.push({
      id: 'checkpoint-timeout',
      message: `checkpoint_timeout = 30min with max_wal_size = ${room(LONG_TIMEOUT)} logs ${formatPercent(less)} less, ${formatBytes(longer)} a memory; recovery after a crash then replays up to half an hour of it`,
    });
  }
  return out;
}

function pendingAdvice(t: Told): Advice[] {
  const chosen = t.pending?.choices.find((c) => c.chosen);
  const name = t.pending?.index === 'lexical-index' ? '…' : t.pending?.index;
  if (chosen?.limit === undefined || chosen.pause.value < LONG_PAUSE) return [];
  const lower = t.pending?.choices.filter((c) => c.limit !== undefined && c.pause.value < chosen.pause.value).at(-1);
  const limit = lower?.limit;
  if (lower === undefined || limit === undefined) return [];
  return [
    {
      id: 'pending-list',
      message: `one insert in ${around(chosen.rows.value)} waits ≈ ${formatSeconds(chosen.pause.value)} for the merge of the pending list; ALTER INDEX ${name} SET (gin_pending_list_limit = ${limit.value / 1024}) makes that ≈ ${formatSeconds(lower.pause.value)} for ≈ ${formatBytes(Math.max(0, lower.log.value - chosen.log.value))} more log a memory, and a job that calls gin_clean_pending_list() keeps inserts from paying at all`,
    },
  ];
}

function limitAdvice(t: Told): Advice[] {
  const { asked, atOnce } = t.limit;
  if (asked === undefined || atOnce === undefined || asked.value <= 1) return [];
  return [
    {
      id: 'rate-limit',
      message: `the limit of a namespace protects its neighbours, not the store: ${around(atOnce.value)} namespaces at their limit take every insert there is, and all of them could ask for ${around(asked.value)} times as much; put a limit over all beside it`,
    },
  ];
}

function backfillAdvice(t: Told): Advice[] {
  const b = t.backfill;
  if (b?.breakEven === undefined || b.ways.length < 2) return [];
  const after = b.perMachine.value > b.breakEven.value;
  return [
    {
      id: 'backfill',
      message: after
        ? 'fill first and build the vector index afterwards, into a table of its own if searches must go on meanwhile'
        : `keep the vector index while filling: building it afterwards is faster only from ≈ ${around(b.breakEven.value)} memories a machine on`,
    },
  ];
}

function touchAdvice(t: Told): Advice[] {
  if (t.touch === undefined || t.touch.fillfactor === undefined) return [];
  return [
    {
      id: 'touch',
      message:
        'keep last_accessed_at and access_count out of every index, expression and condition of one: an update is then HOT and leaves the vector index alone; a side table or an hourly flush keeps even the row in place',
    },
  ];
}
