/** What a user may get wrong: each is one sentence that names the flag, what is wrong with it and what would be right. */
import { describe, expect, it } from 'vitest';
import { isInputError } from '../../src/quantity/index.ts';
import { type Flags, reportFrom } from '../capacity/plan-from-flags.ts';

/** The sentence that these flags are refused with. */
function refusal(flags: Flags): string {
  try {
    reportFrom({ n: '1M', ...flags });
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
  throw new Error(`${JSON.stringify(flags)} was accepted`);
}

describe('dimensions beyond a limit name the type that would fit', () => {
  it.each<[Flags, string]>([
    [
      { dims: 2001, engine: 'pgvector' },
      '--dims 2,001: pgvector indexes at most 2,000 dimensions of float32 with hnsw; halfvec (up to 4,000) or bit (up to 64,000) would fit',
    ],
    [
      { dims: 4001, type: 'halfvec', engine: 'pgvector' },
      '--dims 4,001: pgvector indexes at most 4,000 dimensions of halfvec with hnsw; bit (up to 64,000) would fit',
    ],
    [
      { dims: 64_001, type: 'bit', engine: 'pgvector' },
      '--dims 64,001: pgvector indexes at most 64,000 dimensions of bit with hnsw; no type of it would fit: reduce the dimensions',
    ],
    [
      { dims: 20_000, 'index-type': 'bit', engine: 'pgvector' },
      '--dims 20,000: a pgvector column of float32 holds at most 16,000 dimensions; --type bit (up to 64,000) would fit',
    ],
    [
      { dims: 16_001, index: 'flat', engine: 'pgvector' },
      '--dims 16,001: pgvector holds at most 16,000 dimensions of float32; bit (up to 64,000) would fit',
    ],
    [{ dims: 100_000 }, 'none of the four tiers can hold this workload; --engine hnswlib or --engine faiss can'],
  ])('%j', (flags, message) => {
    expect(refusal(flags)).toBe(message);
  });

  it.each<[Flags]>([
    [{ dims: 2000, engine: 'pgvector' }],
    [{ dims: 4000, type: 'halfvec', engine: 'pgvector' }],
    [{ dims: 64_000, type: 'bit', engine: 'pgvector' }],
    [{ dims: 4000, 'index-type': 'halfvec', engine: 'pgvector' }],
    [{ dims: 8192, engine: 'sqlite-vec' }],
    [{ dims: 65_536, engine: 'qdrant' }],
  ])('%j is the last that fits', (flags) => {
    expect(reportFrom({ n: '1M', ...flags }).engine.id).toBe(flags['engine']);
  });
});

describe('numbers', () => {
  it.each<[Flags, string]>([
    [{ n: 0 }, '--n: 0 is outside 1 to 1,000,000,000,000 (nothing to plan)'],
    [{ n: -1 }, '--n: "-1" is negative, and this cannot be below zero'],
    [{ n: 1.5 }, '--n: "1.5" is 1.5, and this must be a whole number'],
    [{ n: '2T' }, '--n: 2T is outside 1 to 1,000,000,000,000'],
    [{ n: '10Q' }, '--n: "10Q" has an unknown suffix "Q"; use k, M, B (10^9) or T'],
    [{ n: '10m' }, '--n: "10m" is ambiguous: write 10M for millions or 10 for the plain number'],
    [{ n: 'many' }, '--n: "many" is not a count such as 250000, 10M or 1.5B'],
    [{ dims: 0 }, '--dims: 0 is outside 1 to 1,000,000'],
    [{ dims: '1536.5' }, '--dims: "1536.5" is 1536.5, and this must be a whole number'],
    [{ ram: '64G' }, '--ram: "64G" does not say which G: write 64GB (10^n bytes) or 64GiB (2^n bytes)'],
    [{ ram: '64' }, '--ram: 64 is outside 64 MiB to 1 PiB'],
    [{ 'slo-p99': '100' }, '--slo-p99: "100" has no unit; use ms, s, min, h, d, w or y'],
    [{ 'duplicate-rate': '1.5' }, '--duplicate-rate: "1.5" must lie between 0 and 1 (or 0% and 100%)'],
    [{ budget: '-3' }, '--budget: "-3" is negative, and this cannot be below zero'],
    [{ m: 101 }, '--m: 101 is outside 2 to 100'],
  ])('%j', (flags, message) => {
    expect(refusal(flags)).toBe(message);
  });
});

describe('words', () => {
  it.each<[Flags, string]>([
    [{ engine: 'pgvectr' }, '--engine: "pgvectr" is not known; did you mean pgvector?'],
    [{ engine: 'chroma' }, '--engine: "chroma" is not known'],
    [{ type: 'halfvect' }, '--type: "halfvect" is not known; did you mean halfvec?'],
    [{ with: 'outbx' }, '--with: "outbx" is not a component that can be switched; did you mean outbox?'],
    [
      { type: 'int8', engine: 'pgvector' },
      '--type int8: pgvector has no such type; it has float32, halfvec, bit, sparsevec',
    ],
    [{ index: 'vector-set' }, 'none of the four tiers can hold this workload; --engine redis can'],
    [{ index: 'diskann' }, 'none of the four tiers can hold this workload; --engine milvus can'],
    [
      { index: 'diskann', engine: 'pgvector' },
      '--index diskann: pgvector has no such index; it has hnsw, ivfflat, flat',
    ],
  ])('%j', (flags, message) => {
    expect(refusal(flags)).toBe(message);
  });
});

describe('inputs that contradict each other', () => {
  it.each<[Flags, string]>([
    [{ lists: 100 }, '--lists only applies to IVF indexes; add --index ivfflat or drop it'],
    [
      { lists: 100, index: 'hnsw' },
      '--lists 100 contradicts --index hnsw: it only applies to ivfflat, ivf-sq8, ivf-pq',
    ],
    [{ m: 16, index: 'ivfflat' }, '--m 16 contradicts --index ivfflat: it only applies to hnsw, diskann, vector-set'],
    [
      { probes: 5, lists: 2, index: 'ivfflat' },
      '--probes 5 contradicts --lists 2: there are only so many lists to probe',
    ],
    [
      { 'ef-construction': 20, m: 16 },
      '--ef-construction 20 contradicts --m 16: pgvector wants ef_construction of at least 2 × m = 32',
    ],
    [{ nonzeros: 5 }, '--nonzeros only applies to --type sparsevec; add it or drop it'],
    [
      { nonzeros: 2000, type: 'sparsevec' },
      '--nonzeros 2,000 is more than the 1,536 dimensions there are; give --dims the size of the vocabulary',
    ],
    [
      { users: 100, 'memories-per-user': 100 },
      '--n 1,000,000 contradicts --users × --memories-per-user = 10,000 memories; give one or the other',
    ],
    [
      { 'largest-namespace': '2M' },
      '--largest-namespace 2000000 contradicts --n 1000000: a namespace cannot hold more than the whole store',
    ],
    [
      { 'index-type': 'halfvec', type: 'bit' },
      '--index-type halfvec cannot index a bit column: pgvector makes it from float32 or halfvec or sparsevec',
    ],
    [{ 'index-type': 'bit', index: 'flat' }, '--index-type bit contradicts --index flat: an exact scan has no index'],
    [
      { 'index-type': 'halfvec', engine: 'qdrant' },
      '--index-type halfvec: an index over another type is an expression index of PostgreSQL, and Qdrant beside PostgreSQL has none; give --type halfvec',
    ],
    [{ 'chunk-size': 100 }, '--chunk-size 100: a vec0 chunk has a multiple of 8 slots; 96 or 104 would do'],
  ])('%j', (flags, message) => {
    expect(refusal(flags)).toBe(message);
  });

  it('users alone do not say how many memories there are', () => {
    expect(() => reportFrom({ users: 100 })).toThrow(
      '--users alone does not say how many memories there are; add --memories-per-user or give --n',
    );
    expect(() => reportFrom({})).toThrow(/^the number of memories is missing: give --n/);
  });
});
