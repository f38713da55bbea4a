/**
 * memplan's answer to a change of the embedding model: what it costs, how long it takes and what binds, what the store takes
 * while both models stand, and the days of it. The strategy is the seed article's, "the shadow strategy".
 */

import type { Component, Engine, EnginePlan } from '../engines/engine.ts';
import { engineOf } from '../engines/index.ts';
import {
  type Catalogue,
  EMBEDDING_MODELS,
  embeddingCost,
  modelOf,
  type PriceOverrides,
  providerOf,
  stalePrices,
} from '../prices/index.ts';
import { formatCount, InputError, isInputError, nearest, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { priceBook } from './cost.ts';
import { inputNotes } from './input-notes.ts';
import { type Backfill, type BackfillLimit, type BackfillWishes, backfill } from './reembed-backfill.ts';
import { reembedHeadline } from './reembed-headline.ts';
import { type ReembedMoney, reembedMoney } from './reembed-money.ts';
import { type Schedule, type StepWishes, schedule } from './reembed-schedule.ts';
import { planOfNew, type ReembedStorage, reembedStorage, withDimensions } from './reembed-storage.ts';
import { chooseTier } from './tier.ts';

export interface ReembedWishes extends BackfillWishes, StepWishes {
  readonly fromModel?: string | undefined;
  readonly toDims?: number | undefined;
}

/** The same change with another model. */
export interface ModelRow {
  readonly id: string;
  readonly provider: string | undefined;
  readonly dimensions: number;
  readonly usd: Quantity<'USD'>;
  readonly batchUsd: Quantity<'USD'> | undefined;
  readonly seconds: Quantity<'s'> | undefined;
  readonly binds: BackfillLimit | undefined;
  readonly index: Quantity<'B'> | undefined;
}

export interface ReembedReport {
  readonly kind: 'reembed-report';
  readonly memories: Quantity<'rows'>;
  readonly tokens: Quantity<'tokens'>;
  readonly engine: string;
  readonly engineTitle: string;
  readonly fromModel: string;
  readonly toModel: string;
  readonly batch: boolean;
  readonly headline: readonly string[];
  readonly backfill: Backfill;
  readonly money: ReembedMoney;
  /** Undefined where the engine cannot hold the new vectors; `unheld` then says why, and which engine can. */
  readonly storage: ReembedStorage | undefined;
  readonly unheld: string | undefined;
  readonly schedule: Schedule;
  readonly models: readonly ModelRow[];
  readonly notes: readonly string[];
}

export interface ReembedOptions {
  readonly prices?: PriceOverrides;
  /** The clock: only the age of prices depends on it. */
  readonly now: Date;
}

/** @throws InputError for a model without a price, dimensions that nobody said, limits that leave nothing, a system without vectors */
export function reembed(w: Workload, wishes: ReembedWishes, options: ReembedOptions): ReembedReport {
  const prices = priceBook(options.prices ?? {});
  if (w.systemInUse?.embeds === false) {
    throw new InputError(
      'nothing-embedded',
      `--system ${w.systemInUse.system}: ${w.systemInUse.title} embeds nothing, so no model can change; leave it out`,
    );
  }
  const fromModel = wishes.fromModel ?? w.embeddingModel;
  requireModel(prices, fromModel, wishes.fromModel === undefined ? '--embedding-model' : '--from-model');
  requireModel(prices, wishes.toModel, '--to-model');
  const { engine, plan: old } = today(w, prices);
  const w2 = withDimensions(w, engine, dimensionsOf(wishes, prices));
  const next = planOfNew(engine, w2);
  const storage = typeof next === 'string' ? undefined : reembedStorage(engine, old, w, next, w2);
  const run = backfill(w, prices, wishes);
  const steps = schedule(w, run, storage, wishes);
  const models = { from: fromModel, to: wishes.toModel };
  const standing = storage === undefined ? undefined : { engine, plan: old, storage };
  const money = reembedMoney(w, models, wishes.batch, steps, prices, standing);
  const ids = [`${fromModel}.input`, `${wishes.toModel}.${wishes.batch ? 'batch' : 'input'}`, 'rds.gp3'];
  const stale = stalePrices(prices, options.now, ids).flatMap((s) => s.warning ?? []);
  const report = {
    kind: 'reembed-report' as const,
    memories: w.memories,
    tokens: w.tokens,
    engine: engine.id,
    engineTitle: engine.title,
    fromModel,
    toModel: wishes.toModel,
    batch: wishes.batch,
    backfill: run,
    money,
    storage,
    unheld: typeof next === 'string' ? unheld(engine, next, w2, prices) : undefined,
    schedule: steps,
    models: modelRows(w, engine, wishes, prices, next),
  };
  const same = fromModel === wishes.toModel && w2.dimensions.value === w.dimensions.value;
  const short = shortened(fromModel, w, wishes, w2.dimensions.value);
  const notes = [
    ...(short === undefined ? [] : [short]),
    ...(same ? [`${fromModel} is the model of today: this is what embedding everything again takes.`] : []),
    ...run.notes,
    ...money.notes,
    ...(storage?.notes ?? []),
    ...stale,
    // What another engine would do with the new vectors rests on everything.
    ...inputNotes(w, engine, { beside: report.unheld === undefined ? BESIDE : [] }),
  ];
  return { ...report, headline: reembedHeadline(report), notes };
}

/** What a search and extraction cost: a change of the model leaves both as they are. */
const BESIDE = [
  'largest-namespace',
  'ef-search',
  'probes',
  'prefilter',
  'hype',
  'extraction-model',
  'max-shards',
] as const;

/** @throws InputError `unknown-model` with the nearest one that has a price */
function requireModel(prices: Catalogue, model: string, flag: string): void {
  if (prices.get(`${model}.input`)?.group === 'embedding') return;
  const known = [...prices.values()].flatMap((p) => (p.group === 'embedding' ? (modelOf(p) ?? []) : []));
  const near = nearest(model, known);
  throw new InputError(
    'unknown-model',
    `${flag}: no embedding model called "${model}" has a price${near === undefined ? '' : `; did you mean ${near}?`}`,
    'memplan prices --kind embedding lists them; memplan prices --import FILE adds more',
  );
}

function dimensionsOf(wishes: ReembedWishes, prices: Catalogue): number {
  const model = EMBEDDING_MODELS.find((m) => m.id === wishes.toModel);
  const known = model?.dimensions ?? prices.get(`${wishes.toModel}.input`)?.dimensions;
  const most = model?.mostDimensions ?? known;
  const dims = wishes.toDims ?? known;
  if (dims === undefined) {
    throw new InputError(
      'dims-missing',
      `--to-dims: how many dimensions ${wishes.toModel} returns is not known; give them`,
    );
  }
  if (most !== undefined && dims > most) {
    throw new InputError(
      'too-many-dimensions',
      `--to-dims ${dims}: ${wishes.toModel} returns ${most} dimensions at the most`,
    );
  }
  return dims;
}

/**
 * The same model with fewer dimensions. OpenAI embeddings guide, reducing embedding dimensions: the first components, normalised
 * again, are what the API returns for fewer dimensions.
 */
function shortened(fromModel: string, w: Workload, wishes: ReembedWishes, dims: number): string | undefined {
  const provider = EMBEDDING_MODELS.find((m) => m.id === wishes.toModel)?.provider;
  if (fromModel !== wishes.toModel || dims >= w.dimensions.value || provider !== 'OpenAI') return undefined;
  return `${fromModel} can be shortened without embedding again: the first ${formatCount(dims)} components, normalised, are the vector that the API returns. Only the index is then built anew.`;
}

/** Which tier would hold the new vectors, where the engine of today cannot. */
function unheld(engine: Engine, because: string, w2: Workload, prices: Catalogue): string {
  const why = because.replace('--dims', '--to-dims');
  try {
    const other = chooseTier({ ...w2, engine: undefined, systemInUse: undefined }, prices).chosen.engine;
    if (other.id !== engine.id) return `${why}; ${other.title} would hold them, beside what is there today`;
  } catch (e) {
    if (!isInputError(e)) throw e;
  }
  return why;
}

/** The store as it stands: the engine that is named, or the tier that holds it. @throws InputError when none does */
function today(w: Workload, prices: Catalogue): { readonly engine: Engine; readonly plan: EnginePlan } {
  const engine = engineOf(w);
  return engine === undefined ? chooseTier(w, prices).chosen : { engine, plan: engine.plan(w) };
}

/**
 * Every model that the catalogue knows by its dimensions, and the one that is asked for.
 * @param next the plan of the one that is asked for, or why there is none
 */
function modelRows(
  w: Workload,
  engine: Engine,
  wishes: ReembedWishes,
  prices: Catalogue,
  next: EnginePlan | string,
): ModelRow[] {
  const known = EMBEDDING_MODELS.filter((m) => m.id !== wishes.toModel && prices.has(`${m.id}.input`));
  const asked = { id: wishes.toModel, dimensions: dimensionsOf(wishes, prices) };
  // Models of as many dimensions have the same index.
  const indexes = new Map<number, IndexSize>([[asked.dimensions, indexOf(next)]]);
  return [asked, ...known].map(({ id, dimensions }) => {
    const cost = (batch: boolean): Quantity<'USD'> =>
      (
        embeddingCost(prices, { model: id, memories: w.memories, tokens: w.tokens, batch }).oneOff[0] as {
          usd: Quantity<'USD'>;
        }
      ).usd;
    // Limits that were given are those of the model that was asked for.
    const run = id === wishes.toModel && !wishes.batch ? backfill(w, prices, wishes) : timeOf(w, prices, id);
    let index = indexes.get(dimensions);
    if (index === undefined) {
      index = indexIn(engine, withDimensions(w, engine, dimensions));
      indexes.set(dimensions, index);
    }
    const price = prices.get(`${id}.input`);
    return {
      id,
      provider: price === undefined ? undefined : providerOf(price),
      dimensions,
      usd: cost(false),
      batchUsd: prices.has(`${id}.batch`) ? cost(true) : undefined,
      seconds: run?.seconds,
      binds: run?.binds,
      index: index.size,
    };
  });
}

/** Undefined where live writes leave nothing of that model's limits. */
function timeOf(w: Workload, prices: Catalogue, toModel: string): Backfill | undefined {
  try {
    return backfill(w, prices, { toModel, batch: false });
  } catch (e) {
    if (isInputError(e)) return undefined;
    throw e;
  }
}

interface IndexSize {
  /** Of an index that is not on disk its bytes in memory; undefined where there is none. */
  readonly size: Quantity<'B'> | undefined;
}

const sizeOf = (index: Pick<Component, 'disk' | 'resident'> | undefined): IndexSize => ({
  size: index === undefined || index.disk.value > 0 ? index?.disk : index.resident,
});

/** The vector index of a plan. */
function indexOf(plan: EnginePlan | string): IndexSize {
  return sizeOf(typeof plan === 'string' ? undefined : plan.components.find((c) => c.id === 'vector-index'));
}

/** The same where nothing else of the plan is asked for. */
function indexIn(engine: Engine, w: Workload): IndexSize {
  if (engine.indexAlone === undefined) return indexOf(planOfNew(engine, w));
  try {
    return sizeOf(engine.indexAlone(w));
  } catch (e) {
    if (isInputError(e)) return sizeOf(undefined);
    throw e;
  }
}
