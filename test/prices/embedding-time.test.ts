import { describe, expect, it } from 'vitest';
import { CATALOGUE, embeddingTime, limitsFor, type RateLimits, withOverrides } from '../../src/prices/index.ts';
import { leaf } from '../../src/quantity/index.ts';

const openai = limitsFor(CATALOGUE, 'text-embedding-3-small') as RateLimits;
const run = {
  memories: leaf('memories', 10_000_000, 'rows'),
  tokens: leaf('tokens', 50, 'tokens'),
  limits: openai,
  retryShare: leaf('retries', 0, 'ratio'),
} as const;
const HOUR = 3600;

describe('embedding time', () => {
  it('is bound by tokens a minute when requests are full: 8.3 h for 10M × 50 tokens', () => {
    const t = embeddingTime(run);
    expect(t.binds).toBe('tokens-per-minute');
    expect(t.seconds.value / HOUR).toBeCloseTo(8.333, 3);
    expect(t.batch.value).toBe(2048);
    expect((t.alone['requests-per-minute']?.value ?? 0) / HOUR).toBeCloseTo(0.027, 3);
  });

  it('is bound by requests a minute with one memory a request: 55.6 h', () => {
    const t = embeddingTime({ ...run, clientBatch: leaf('batch', 1, 'count') });
    expect(t.binds).toBe('requests-per-minute');
    expect(t.seconds.value / HOUR).toBeCloseTo(55.56, 2);
    expect(t.requests.value).toBe(10_000_000);
  });

  it('fills a request up to its tokens where memories are long', () => {
    const t = embeddingTime({ ...run, tokens: leaf('tokens', 1000, 'tokens') });
    expect(t.batch.value).toBe(300);
    expect(embeddingTime({ ...run, tokens: leaf('tokens', 400_000, 'tokens') }).batch.value).toBe(1);
  });

  it('is bound by latency with one slow request in flight', () => {
    const t = embeddingTime({
      ...run,
      clientBatch: leaf('batch', 100, 'count'),
      concurrency: leaf('in flight', 1, 'count'),
      latency: leaf('latency', 0.5, 's'),
    });
    expect(t.binds).toBe('latency');
    expect(t.seconds.value).toBe(50_000);
  });

  it('adds retries and carries their interval', () => {
    const { retryShare: _none, ...rest } = run;
    const t = embeddingTime(rest);
    expect(t.seconds.value / HOUR).toBeCloseTo(8.333 * 1.02, 3);
    expect(t.seconds.low / HOUR).toBeCloseTo(8.333, 3);
  });

  it('knows limits where there are any, per model before per provider, and takes overrides', () => {
    expect(limitsFor(CATALOGUE, 'voyage-3-large')?.tokensPerMinute.value).toBe(3_000_000);
    expect(limitsFor(CATALOGUE, 'voyage-3.5')?.inputsPerRequest.value).toBe(1000);
    expect(limitsFor(CATALOGUE, 'gemini-embedding-001')).toBeUndefined();
    const own = withOverrides(CATALOGUE, { 'openai.tokens-per-minute': 10_000_000 });
    const t = embeddingTime({ ...run, limits: limitsFor(own, 'text-embedding-3-small') as RateLimits });
    expect(t.seconds.value / HOUR).toBeCloseTo(0.833, 3);
  });
});
