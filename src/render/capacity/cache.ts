/** A cache report as a page. */
import type { CacheReport } from '../../capacity/cache.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import {
  formatCount,
  formatPercent,
  formatQuantity,
  formatSeconds,
  formatShortCount,
  type QuantityJson,
} from '../../quantity/index.ts';
import { type Cell, type Page, type Paragraph, shownAs, type Table } from './sectioned.ts';

type Json = ReportJson<CacheReport>;

export function cachePage(r: Json): Page {
  return {
    title: `cache layers in front of ${formatCount(r.memories.value)} memories, ${r.engine}`,
    headline: r.headline,
    sections: [layers(r), effects(r), { label: 'LOAD', lines: load(r) }, warmUp(r), { label: 'NOTES', lines: r.notes }],
    legend: '≈ uncertain · hit rates are the seed article’s unless given; measure yours · --explain shows every term',
  };
}

function layers(r: Json): Table {
  return {
    id: 'layers',
    head: ['LAYER', 'HOLDS', 'WHERE', 'LIVES', 'HITS', 'ENTRIES', 'ONE TAKES', 'ALL'],
    align: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    rows: r.layers.map((l) => [
      l.id.toUpperCase(),
      l.title,
      l.where,
      l.lifetime === null ? 'no TTL' : shownAs(l.lifetime, formatSeconds),
      shownAs(l.hitRate, formatPercent),
      shownAs(l.entries, (n) => formatShortCount(Math.round(n))),
      l.entryBytes,
      l.bytes,
    ]),
    shrink: 1,
    drop: [2, 3, 6, 1],
  };
}

function effects(r: Json): Table {
  return {
    id: 'effects',
    title: 'what each layer does, all others in place:',
    head: ['LAYER', 'MEAN WITHOUT IT', 'SPARES', 'SAVES A MONTH', 'COSTS A MONTH'],
    align: ['left', 'right', 'right', 'right', 'right'],
    rows: r.effects.map((e) => [
      e.id.toUpperCase(),
      e.withoutIt,
      shownAs(e.spares, (n) => `${perSecond(n)}/s ${e.sparesWhat}`),
      monthly(e.saved),
      monthly(e.costs),
    ]),
    drop: [4, 1, 3],
  };
}

/** The head of the column says that it is a month's. */
const monthly = (q: QuantityJson | null): Cell => shownAs(q, () => formatQuantity(q).replace('/month', ''));

/** A rate is seldom a whole number: three digits, and a suffix from a thousand on. */
const perSecond = (n: number): string => {
  const rounded = Number(n.toPrecision(3));
  return rounded < 1000 ? String(rounded) : formatShortCount(rounded);
};

function load(r: Json): string[] {
  const lines: string[] = [];
  if (r.searchesPerSecond !== null && r.embeddingsPerSecond !== null) {
    lines.push(
      `${perSecond(r.searchesPerSecond.value)}/s searches and ${perSecond(r.embeddingsPerSecond.value)}/s embedding calls are left`,
    );
  }
  if (r.redis !== null) {
    const node = r.redisNode === null ? '' : `: ${r.redisNode}, ${formatQuantity(r.redisCost)}`;
    lines.push(`Redis holds ${formatQuantity(r.redis)} for L2 and L3${node}`);
  }
  return lines;
}

function warmUp(r: Json): Paragraph {
  const w = r.warmUp;
  if (w === null) return { label: 'WARM-UP', lines: [] };
  const fits = w.fitsBuffers
    ? 'autoprewarm brings the index back by itself'
    : `autoprewarm brings back what shared_buffers (${formatQuantity(w.sharedBuffers)}) hold, not the ${formatQuantity(w.bytes)} of the index`;
  return {
    label: 'WARM-UP',
    lines: [
      `shared memory ends with the server: after a restart the index is read in ${formatQuantity(w.prewarm)} in order, or in ${formatQuantity(w.byQueries)} and more by the searches themselves; ${fits}`,
      ...w.settings,
    ],
  };
}
