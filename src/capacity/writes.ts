/** memplan writes: what a memory costs on its way in, and what a search costs that marks what it found. No I/O. */
import type { EnginePlan } from '../engines/engine.ts';
import type { SystemEngine } from '../engines/index.ts';
import { peakWrites } from '../engines/machine.ts';
import type { PriceOverrides } from '../prices/index.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { priceBook } from './cost.ts';
import { inputNotes, notUsed } from './input-notes.ts';
import { chooseTier } from './tier.ts';
import { type BackfillPlan, backfillPlan } from './writes-backfill.ts';
import { type RateLimit, rateLimit } from './writes-limit.ts';
import { type LogPlan, type LogRates, logPlan } from './writes-log.ts';
import { type PendingPlan, pendingPlan } from './writes-pending.ts';
import { type WriteSettings, type WriteWishes, writeSettings } from './writes-settings.ts';
import { type SqliteCheckpoints, sqliteCheckpoints, sqliteStructures } from './writes-sqlite.ts';
import { writtenStructures } from './writes-structures.ts';
import type { EngineParts, TableModel, Told } from './writes-told.ts';
import { sqliteTouchPlan, type TouchPlan, touchPlan } from './writes-touch.ts';
import { writesAdvice, writesHeadline } from './writes-words.ts';

export interface WriteReport {
  readonly kind: 'write-report';
  readonly memories: Quantity<'rows'>;
  readonly engine: string;
  readonly machines: Quantity<'count'>;
  readonly headline: readonly string[];
  /** Why there is no model of this engine's writes; undefined where there is one. */
  readonly unknown: string | undefined;
  readonly writesPerDay: Quantity<'rows/day'> | undefined;
  /** Memories a second at the peak: all machines, and what one of them inserts. */
  readonly peak: Quantity<'rows/s'> | undefined;
  readonly insertRate: Quantity<'rows/s'> | undefined;
  /** Part of what all machines insert that the peak takes. */
  readonly busy: Quantity<'ratio'> | undefined;
  readonly log: LogPlan | undefined;
  readonly sqlite: SqliteCheckpoints | undefined;
  readonly pending: PendingPlan | undefined;
  readonly limit: RateLimit;
  readonly backfill: BackfillPlan | undefined;
  readonly touch: TouchPlan | undefined;
  readonly advice: readonly { readonly id: string; readonly message: string }[];
  readonly notes: readonly string[];
}

/** What a search, the vectors' model and extraction cost: a write rests on none of it. */
const BESIDE = [
  'largest-namespace',
  'ef-search',
  'probes',
  'chunk-size',
  'slo-p99',
  'tokens',
  'extraction-input-tokens',
  'extraction-output-tokens',
  'embedding-model',
  'extraction-model',
  'prefilter',
  'hype',
  'cache-entries',
  'budget',
  'max-shards',
] as const;

export interface WriteOptions {
  readonly prices?: PriceOverrides;
  /** Of systems with tables of their own; without it nothing is known of those. */
  readonly tables?: TableModel | undefined;
}

/** @throws InputError when no engine can hold the workload */
export function writeReport(w: Workload, wishes: WriteWishes, options: WriteOptions = {}): WriteReport {
  const { engine, plan } = chooseTier(w, priceBook(options.prices ?? {})).chosen;
  const settings = writeSettings(w, wishes);
  const { machines } = plan;
  const peak = peakWrites(w);
  const own = w.systemInUse?.ownTables === true;
  const rates = ratesOf(w, peak, machines);
  const tables = own ? (engine as SystemEngine).tables : undefined;
  const ofTables = tables && options.tables?.(w, plan, tables, settings, rates);
  const postgres = !own && (engine.id === 'pgvector' || engine.id === 'sharded-pgvector');
  const sqlite = !own && engine.id === 'sqlite-vec';
  const unknown = own
    ? ofTables === undefined
      ? `there is no model of writes for the tables of ${engine.title}; those of the systems on PostgreSQL have one, and a plain memory store: leave --system out`
      : undefined
    : postgres || sqlite
      ? undefined
      : `there is no model of writes for ${engine.title}; --engine pgvector, sharded-pgvector and sqlite-vec have one`;
  const insertRate = unknown === undefined ? plan.insertRate : undefined;
  const all =
    insertRate &&
    derive('memories a second, all machines', 'rows/s', 'rate * machines', { rate: insertRate, machines });
  const busy = all && peak && derive('part of the inserts that the peak takes', 'ratio', 'peak / all', { peak, all });
  const parts =
    ofTables ??
    (postgres ? postgresParts(w, plan, settings, rates) : sqlite ? sqliteParts(w, plan, settings, rates) : NOTHING);
  const told: Told = {
    w,
    engine: engine.title,
    machines,
    unknown,
    peak,
    insertRate,
    busy,
    settings,
    rates,
    limit: rateLimit(w, settings, all),
    structures: parts.structures,
    log: parts.log,
    sqlite: parts.sqlite,
    pending: parts.pending,
    backfill: parts.backfill,
    touch: parts.touch,
  };
  return {
    kind: 'write-report',
    memories: w.memories,
    engine: engine.title,
    machines,
    headline: writesHeadline(told),
    unknown,
    writesPerDay: w.writesPerDay,
    peak,
    insertRate,
    busy,
    log: parts.log,
    sqlite: parts.sqlite,
    pending: parts.pending,
    limit: told.limit,
    backfill: parts.backfill,
    touch: parts.touch,
    advice: writesAdvice(told),
    notes: [
      ...notes(told),
      ...(ofTables?.notes ?? []),
      ...notUsed(
        unread(wishes, told, postgres || ofTables !== undefined),
        `nothing that is told of ${engine.title} rests on such a setting`,
      ),
      ...inputNotes(w, engine, { beside: BESIDE, reads: ['outbox-backlog'] }),
    ],
  };
}

const NOTHING: EngineParts = {
  structures: [],
  log: undefined,
  sqlite: undefined,
  pending: undefined,
  backfill: undefined,
  touch: undefined,
};

function ratesOf(w: Workload, peak: Quantity<'rows/s'> | undefined, machines: Quantity<'count'>): LogRates | undefined {
  if (w.writesPerDay === undefined || peak === undefined) return undefined;
  return {
    perDay: w.writesPerDay,
    mean: derive('memories a second of one machine, over the day', 'rows/s', 'writes / 86_400 / machines', {
      writes: w.writesPerDay,
      machines,
    }),
    peak: derive('memories a second of one machine, at the peak', 'rows/s', 'peak / machines', { peak, machines }),
    machines,
    replicas: w.replicas,
  };
}

function postgresParts(
  w: Workload,
  plan: EnginePlan,
  settings: WriteSettings,
  rates: LogRates | undefined,
): EngineParts {
  const shard: Workload =
    plan.machines.value === 1
      ? w
      : {
          ...w,
          memories: leaf(
            'memories of one machine',
            Math.max(1, Math.ceil(w.memories.value / plan.machines.value)),
            'rows',
            {
              basis: w.memories.basis,
              source: 'memories / machines, evenly',
            },
          ),
        };
  const lexical = w.components.includes('lexical-index') ? pendingPlan(shard, settings, rates?.peak) : undefined;
  const structures = [...writtenStructures(shard, plan.index)];
  // Behind the vector index and the table, as the report of estimate has it.
  if (lexical !== undefined) structures.splice(-1, 0, lexical.structure);
  return {
    structures,
    log: logPlan(structures, rates, settings),
    sqlite: undefined,
    pending: lexical?.plan,
    backfill: backfillPlan({ w, plan, settings, live: rates?.peak, structures }),
    touch: touchPlan(shard, plan, structures, settings),
  };
}

function sqliteParts(w: Workload, plan: EnginePlan, settings: WriteSettings, rates: LogRates | undefined): EngineParts {
  const structures = sqliteStructures(w);
  const log = logPlan(structures, rates, settings, 'sqlite');
  return {
    structures,
    log,
    sqlite: sqliteCheckpoints(log.perMemory, rates?.peak),
    pending: undefined,
    backfill: backfillPlan({ w, plan, settings, live: rates?.peak, structures }),
    touch: sqliteTouchPlan(w, settings),
  };
}

/** Wishes of which nothing is told on that engine, by flag. */
function unread(wishes: WriteWishes, { unknown, pending, touch }: Told, postgres: boolean): string[] {
  const { checkpointTimeout, maxWal, slotLag, pendingLimit, fastupdate, consistency, touched } = wishes;
  const log = { 'checkpoint-timeout': checkpointTimeout, 'max-wal-size': maxWal, 'slot-lag': slotLag };
  const lexical = { 'pending-limit': pendingLimit, fastupdate: fastupdate ? undefined : false };
  const flags = {
    ...(postgres ? {} : log),
    ...(pending === undefined ? lexical : {}),
    ...(unknown === undefined ? {} : { consistency }),
    ...(touch === undefined ? { touched } : {}),
  };
  return Object.entries(flags).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
}

function notes(t: Told): string[] {
  const out: string[] = [];
  if (t.unknown !== undefined) out.push('only the rate limit is told: it does not depend on the engine');
  if (t.rates === undefined) {
    out.push('images, log a day and the peak are not told: nobody said how much is written; give --writes-per-day');
  }
  if (t.touch !== undefined && t.touch.aDay === undefined) {
    out.push('touches a day are not told: nobody said how much is searched; give --queries-per-second');
  }
  if (t.log?.checkpoints !== undefined) {
    out.push(
      'page images are those of full_page_writes without wal_compression; with checksums or wal_log_hints on, hint bits that reads set log images too',
    );
  }
  return [...out, ...(t.backfill?.notes ?? [])];
}
