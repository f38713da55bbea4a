/**
 * An interval holds what a user gets who knows its inputs better: every figure of a report, at both ends of all that is assumed
 * and at points between, lies inside the interval that the report without that knowledge gave.
 */
import { describe, expect, it } from 'vitest';
import { estimate } from '../../src/capacity/estimate.ts';
import { figuresOf } from '../../src/capacity/figures.ts';
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

function outside(flags: Flags, system: string | undefined): string[] {
  const w = planned(flags, system);
  const wide = figuresOf(estimate(w, { now: NOW }));
  const wrong: string[] = [];
  for (const way of WAYS) {
    const better = knownBetter(w, way);
    for (const [id, q] of figuresOf(estimate(planned({ ...flags, ...better }, system), { now: NOW }))) {
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
});
