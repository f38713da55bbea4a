/** Short advice: what would make it smaller, and what would go wrong as it is. Each only where it applies. */

import { LADDER } from '../engines/index.ts';
import { vectorIndexSize } from '../engines/pg-vector-index.ts';
import { pgvectorMaxDimensions, withIndexScalar } from '../engines/pgvector.ts';
import type { Cliff } from '../layouts/layout.ts';
import { formatBytes, formatCount, formatMoney, formatPercent, formatShortCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { assessHere } from './assess.ts';
import type { PriceBook } from './cost.ts';
import type { Advice } from './report.ts';
import type { Choice } from './tier.ts';

/** More than this is a reader's patience. */
const MOST_ADVICE = 5;

/** @param cliffs those of the chosen plan */
export function adviceFor(choice: Choice, w: Workload, prices: PriceBook, cliffs: () => readonly Cliff[]): Advice[] {
  const advice = [
    dimensions(choice, w, prices),
    consolidate(choice, w, prices),
    cliff(choice, w, cliffs),
    filter(choice, w),
    hotNamespace(choice, w),
    scalar(choice, w),
    extraction(choice),
  ];
  return advice.filter((a): a is Advice => a !== undefined).slice(0, MOST_ADVICE);
}

/** Too many dimensions for an index of float32 are few enough for one of halfvec. */
function dimensions(choice: Choice, w: Workload, prices: PriceBook): Advice | undefined {
  const d = w.dimensions.value;
  const { engine } = choice.chosen;
  if (w.indexScalar !== 'float32' || engine.level !== 4 || w.engine !== undefined) return undefined;
  if (d <= pgvectorMaxDimensions('hnsw', 'float32') || d > pgvectorMaxDimensions('hnsw', 'halfvec')) return undefined;
  for (const tier of LADDER.filter((e) => e.level === 2 || e.level === 3)) {
    const half = assessHere(tier, { ...w, indexScalar: 'halfvec' }, prices);
    if (!half.ok || !half.assessment.fits) continue;
    return {
      id: 'dimensions',
      message: `With a halfvec index (--index-type halfvec, up to 4,000 dimensions) ${tier.title} holds it, and no second database is needed`,
    };
  }
  return undefined;
}

/** More than this share of duplicates nobody finds; offering it would be no advice. */
const MOST_CONSOLIDATION = 0.6;
/** What an aggressive consolidation reaches, by the seed article. */
const USUAL_CONSOLIDATION = 0.4;

/** Dollars a month below which consolidating is not worth a sentence, unless it saves a machine. */
const WORTH_MONEY = 10;

/** "Consolidate first" is an answer: the rate that brings the tier below back, or what 40 % buys. */
function consolidate(choice: Choice, w: Workload, prices: PriceBook): Advice | undefined {
  const level = choice.chosen.engine.level ?? 0;
  if (level < 3 && choice.chosen.fits) return undefined;
  const back = choice.tier.rejected
    .filter((r) => r.level < level && r.level >= 2 && r.holdsUpTo !== undefined)
    .sort((a, b) => (b.holdsUpTo as number) - (a.holdsUpTo as number) || a.level - b.level)
    .find((r) => 1 - (r.holdsUpTo as number) / w.memories.value <= MOST_CONSOLIDATION);
  if (back !== undefined) {
    const rate = 1 - (back.holdsUpTo as number) / w.memories.value;
    return {
      id: 'consolidate',
      message: `Consolidating ${formatPercent(rate)} (to ${formatShortCount(back.holdsUpTo as number)}) brings ${back.title} back: measure the duplicates before adding machines`,
    };
  }
  const fewer = {
    ...w,
    memories: { ...w.memories, value: Math.max(1, Math.round(w.memories.value * (1 - USUAL_CONSOLIDATION))), low: 1 },
  };
  const verdict = assessHere(choice.chosen.engine, { ...fewer, largestNamespace: undefined }, prices);
  if (!verdict.ok) return undefined;
  const now = choice.chosen;
  const then = verdict.assessment;
  const money = (now.cost.monthlyTotal?.value ?? 0) - (then.cost.monthlyTotal?.value ?? 0);
  const machines = now.plan.machines.value - then.plan.machines.value;
  if (machines <= 0 && money < WORTH_MONEY) return undefined;
  const parts = [
    `${formatBytes(now.plan.machines.value * now.plan.residentPerMachine.value - then.plan.machines.value * then.plan.residentPerMachine.value)} of RAM`,
    machines > 0 ? `${formatCount(machines)} ${machines === 1 ? 'machine' : 'machines'}` : '',
    money > 0 ? `${formatMoney(money)} a month` : '',
  ].filter((p) => p !== '');
  return {
    id: 'consolidate',
    message: `Consolidating ${formatPercent(USUAL_CONSOLIDATION)} of the memories saves ${parts.join(', ')}: measure the duplicates before adding machines`,
  };
}

/** A step that saves less is not worth another embedding model. */
const LEAST_SAVING = 0.1;

/** Dimensions (or m) that cost the same page, and the step below. */
function cliff(choice: Choice, w: Workload, around: () => readonly Cliff[]): Advice | undefined {
  if (choice.chosen.engine.level === 1) return undefined;
  const cliffs = around();
  const below = cliffs.find((c) => c.parameter === 'dims' && c.at <= w.dimensions.value && c.after > c.before);
  if (below === undefined) return undefined;
  const above = cliffs.find((c) => c.parameter === 'dims' && c.at > w.dimensions.value);
  const same = above === undefined ? ' and more' : ` to ${formatCount(above.at - 1)}`;
  const share = 1 - below.before / below.after;
  if (share < LEAST_SAVING) return undefined;
  return {
    id: 'cliff',
    message: `${formatCount(below.at)}${same} dimensions cost the same ${formatCount(below.after)} B a vector; ${formatCount(below.at - 1)} would cost ${formatCount(below.before)} B (${formatPercent(share)} less)`,
  };
}

/** An average namespace smaller than this share of the index is lost by filtering after the walk. */
function filter(choice: Choice, w: Workload): Advice | undefined {
  if (
    w.namespaces === undefined ||
    w.namespaces.value < 2 ||
    choice.chosen.plan.index !== 'hnsw' ||
    choice.chosen.engine.level === 4
  )
    return undefined;
  const share = 1 / w.namespaces.value;
  const found = w.efSearch.value * share;
  if (found >= w.efSearch.value / 4) return undefined;
  return {
    id: 'filtered-search',
    message: `A filter on the namespace is applied after the walk: ef_search ${formatCount(w.efSearch.value)} meets ≈ ${found < 0.01 ? '0' : found.toFixed(2)} rows of an average namespace. SET hnsw.iterative_scan = relaxed_order (pgvector 0.8+), or scan a namespace exactly through its B-tree`,
  };
}

/** The seed article's trigger for an index of its own. */
const HOT_NAMESPACE = 100_000;

function hotNamespace(choice: Choice, w: Workload): Advice | undefined {
  const level = choice.chosen.engine.level ?? 0;
  if (w.largestNamespace === undefined || w.largestNamespace.value < HOT_NAMESPACE || level < 2 || level > 3)
    return undefined;
  const own = vectorIndexSize(choice.chosen.plan.index, {
    ...w,
    memories: { ...w.memories, ...w.largestNamespace, name: w.memories.name },
  });
  if (own === undefined) return undefined;
  return {
    id: 'hot-namespace',
    message: `The largest namespace (${formatShortCount(w.largestNamespace.value)}) has earned an index of its own: ${formatBytes(own.disk.value)}, no filter after the walk`,
  };
}

/** Below a GiB nobody changes a column type to save memory. */
const WORTH_HALVING = 2 ** 30;

/** A halfvec index halves the pages; said where it changes something. */
function scalar(choice: Choice, w: Workload): Advice | undefined {
  const { plan, engine } = choice.chosen;
  if (engine.level !== 2 || w.indexScalar !== 'float32' || plan.index !== 'hnsw') return undefined;
  const now = plan.components.find((c) => c.id === 'vector-index');
  const half = withIndexScalar(plan, w, 'halfvec');
  if (
    now === undefined ||
    half === undefined ||
    half.index.value > now.disk.value * 0.75 ||
    now.disk.value < WORTH_HALVING
  )
    return undefined;
  return {
    id: 'halfvec',
    message: `A halfvec index (--index-type halfvec) takes ${formatBytes(half.index.value)} instead of ${formatBytes(now.disk.value)}; measure its recall on your data`,
  };
}

/** Extraction is usually the largest line by far; the gate before it is the lever. */
function extraction(choice: Choice): Advice | undefined {
  const { oneOff } = choice.chosen.cost;
  const line = oneOff.find((l) => l.id === 'extraction');
  const embedding = oneOff.find((l) => l.id === 'embedding');
  if (
    line === undefined ||
    embedding === undefined ||
    line.usd.value < 10 * embedding.usd.value ||
    line.usd.value < 100
  )
    return undefined;
  return {
    id: 'extraction',
    message: `Extraction costs ${formatCount(line.usd.value / Math.max(embedding.usd.value, 1e-9))} × the embeddings: a pre-filter (--prefilter 55%) or a batch price comes before any index tuning`,
  };
}
