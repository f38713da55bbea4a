/**
 * An interval holds what a user gets who knows its inputs better: every figure of a report, at both ends of all that is assumed
 * and at points between, lies inside the interval that the report without that knowledge gave.
 */
import { describe, expect, it } from 'vitest';
import { NO_WISHES } from '../../bench/writes-comparison.ts';
import { estimate } from '../../src/capacity/estimate.ts';
import { figuresOf } from '../../src/capacity/figures.ts';
import { placeReport } from '../../src/capacity/place.ts';
import { reembed } from '../../src/capacity/reembed.ts';
import { writeReport } from '../../src/capacity/writes.ts';
import { tableParts } from '../../src/capacity/writes-tables.ts';
import type { Quantity } from '../../src/quantity/index.ts';
import { SYSTEMS, systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, type Draft, draftFrom, mergeDrafts, type Workload } from '../../src/workload/index.ts';
import { type Flags, NOW } from './plan-from-flags.ts';

/** Inputs with an interval of their own, and their flags. */
const UNCERTAIN = {
  textBytes: 'text-bytes',
  metadataBytes: 'metadata-bytes',
  namespaceBytes: 'namespace-bytes',
  edgesPerMemory: 'edges-per-memory',
  revisionsPerMemory: 'revisions-per-memory',
  tokens: 'tokens',
  hotShare: 'hot-share',
  extractionInputTokens: 'extraction-input-tokens',
  extractionOutputTokens: 'extraction-output-tokens',
} as const;
const SHARES: readonly string[] = ['edgesPerMemory', 'revisionsPerMemory', 'hotShare'];
/** Where between the two ends; each input at another place. */
const WAYS: readonly (readonly number[])[] = [
  [0],
  [1],
  [0.1, 0.9, 0.5, 0.3],
  [0.7, 0.2, 0.95],
  [0.02, 0.6, 1, 0.4, 0.8],
];
/** A page or two, and the last digits of a page count. */
const SLACK = 1e-5;

const UNASKED = { itemBytes: undefined, hot: undefined, warm: undefined, cold: undefined, zipf: undefined };

const flagged = (flags: Flags): Draft => draftFrom(flags, 'flag', (id) => `--${id}`);
const planned = (flags: Flags, system: string | undefined): Workload =>
  completeWorkload(system === undefined ? flagged(flags) : mergeDrafts(systemDraft(system), flagged(flags)));

function knownBetter(w: Workload, way: readonly number[]): Flags {
  const flags: Record<string, number> = {};
  Object.entries(UNCERTAIN).forEach(([key, flag], i) => {
    const { low, high } = w[key as keyof typeof UNCERTAIN];
    if (low === high) return;
    const value = low + (high - low) * (way[i % way.length] as number);
    flags[flag] = SHARES.includes(key) ? Number(value.toPrecision(8)) : Math.round(value);
  });
  return flags;
}

/** Every quantity of a report, by its path. */
function quantitiesOf(report: unknown, path = '', found: Map<string, Quantity> = new Map()): Map<string, Quantity> {
  if (typeof report !== 'object' || report === null) return found;
  if ('value' in report && 'low' in report && 'unit' in report) return found.set(path, report as Quantity);
  for (const [key, part] of Object.entries(report)) {
    const id = (part as { readonly id?: unknown } | null)?.id;
    if (key !== 'inputs') quantitiesOf(part, `${path}.${typeof id === 'string' ? id : key}`, found);
  }
  return found;
}

type Figures = ReadonlyMap<string, Quantity>;
const estimated = (w: Workload): Figures => figuresOf(estimate(w, { now: NOW }));

function outside(flags: Flags, system: string | undefined, figures: (w: Workload) => Figures = estimated): string[] {
  const w = planned(flags, system);
  const wide = figures(w);
  expect(wide.size).toBeGreaterThan(10);
  const wrong: string[] = [];
  for (const way of WAYS) {
    const better = knownBetter(w, way);
    for (const [id, q] of figures(planned({ ...flags, ...better }, system))) {
      const interval: Quantity | undefined = wide.get(id);
      if (interval === undefined) continue;
      const slack = SLACK * Math.abs(interval.value);
      if (q.value >= interval.low - slack && q.value <= interval.high + slack) continue;
      wrong.push(`${id}: ${q.value} outside ${interval.low} to ${interval.high} with ${JSON.stringify(better)}`);
    }
  }
  return wrong;
}

describe('intervals hold what their inputs allow', () => {
  const engines = ['pgvector', 'sharded-pgvector', 'sqlite-vec', 'qdrant', 'milvus', 'redis', 'hnswlib', 'faiss'];
  it.each(engines)('%s', (engine) => {
    for (const n of [1000, 1_000_000]) {
      for (const dims of [64, 384, 1024]) expect(outside({ n, dims, engine }, undefined)).toEqual([]);
    }
  });

  it.each(['flat', 'ivfflat'])('pgvector, %s', (index) => {
    for (const dims of [64, 384, 1024])
      expect(outside({ n: 100_000, dims, engine: 'pgvector', index }, undefined)).toEqual([]);
  });

  it.each(SYSTEMS.map((s) => s.id))('%s', (system) => {
    for (const dims of [384, 1536]) expect(outside({ n: 50_000, dims }, system)).toEqual([]);
  });

  const written = (w: Workload): Figures => quantitiesOf(writeReport(w, NO_WISHES, { tables: tableParts }));
  it.each(['pgvector', 'sharded-pgvector', 'sqlite-vec'])('writes, %s', (engine) => {
    for (const n of [50_000, 30_000_000]) {
      for (const dims of [64, 384, 1536]) {
        const flags = { n, dims, engine, 'writes-per-day': 1_000_000, 'queries-per-second': 100 };
        expect(outside(flags, undefined, written)).toEqual([]);
      }
    }
  });

  // Whether a thread of LangGraph's fills a page of its own is decided once, by its value: images on either side are other ones.
  const inPostgres = SYSTEMS.filter((s) => s.store === 'postgres' && s.id !== 'langgraph-checkpoints').map((s) => s.id);
  it.each(inPostgres)('writes, %s', (system) => {
    expect(inPostgres.length).toBeGreaterThan(10);
    expect(outside({ n: 50_000, dims: 384, 'writes-per-day': 100_000 }, system, written)).toEqual([]);
  });

  it('reembed', () => {
    const toLarge = { toModel: 'text-embedding-3-large', batch: false, start: NOW, topK: 10, alert: 0.5 };
    for (const dims of [64, 384, 1536]) {
      for (const engine of ['pgvector', 'sqlite-vec', 'qdrant']) {
        const figures = (w: Workload): Figures => quantitiesOf(reembed(w, toLarge, { now: NOW }));
        expect(outside({ n: 1_000_000, dims, engine }, undefined, figures)).toEqual([]);
      }
    }
  });

  it('place', () => {
    for (const warmStore of ['tables', 'rows', 'packed'] as const) {
      const figures = (w: Workload): Figures => quantitiesOf(placeReport(w, { ...UNASKED, warmStore }));
      for (const n of [900_000, 30_000_000]) expect(outside({ n, dims: 384 }, undefined, figures)).toEqual([]);
    }
  });
});
