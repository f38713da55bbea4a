import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  catalogueAge,
  EMBEDDING_MODELS,
  EXTRACTION_MODELS,
  findPrice,
  importLiteLlm,
  instanceFor,
  perGbMonth,
  perToken,
  priceAge,
  STALE_AFTER_DAYS,
  stalePrices,
  withOverrides,
} from '../../src/prices/index.ts';
import { isInputError } from '../../src/quantity/index.ts';

const caught = (f: () => unknown): unknown => {
  try {
    f();
  } catch (e) {
    return e;
  }
  return undefined;
};

describe('the catalogue', () => {
  it('dates and sources every figure', () => {
    expect(CATALOGUE.size).toBeGreaterThan(60);
    for (const [id, p] of CATALOGUE) {
      expect(p.id).toBe(id);
      expect(p.asOf, id).toMatch(/^\d{4}-\d{2}-\d{2}$/);
      expect(Number.isNaN(Date.parse(p.asOf)), id).toBe(false);
      expect(p.source.length, id).toBeGreaterThan(5);
      expect(p.value, id).toBeGreaterThan(0);
      expect(p.low ?? p.value, id).toBeLessThanOrEqual(p.value);
      expect(p.high ?? p.value, id).toBeGreaterThanOrEqual(p.value);
    }
  });

  it('finds each price by its id, in the group that it belongs to', () => {
    for (const [id, p] of CATALOGUE) {
      expect(CATALOGUE.get(id)?.title, id).toBe(p.title);
      expect(CATALOGUE.group?.(p.group).get(id)?.title, id).toBe(p.title);
    }
    expect(CATALOGUE.get('rds.gp4')).toBeUndefined();
    expect([...CATALOGUE.keys()]).toEqual([...CATALOGUE.values()].map((p) => p.id));
    expect(new Map(CATALOGUE).size).toBe(CATALOGUE.size);
  });

  it('has the instances that machines are chosen from where they are looked for', () => {
    for (const family of ['rds', 'elasticache', 'qdrant'] as const) {
      const whole = new Map(CATALOGUE);
      for (const ram of [1, 2 ** 33, 2 ** 37, 2 ** 42])
        expect(instanceFor(CATALOGUE, family, ram), `${family} ${ram}`).toEqual(instanceFor(whole, family, ram));
    }
  });

  it('has a price for every model it names', () => {
    for (const m of EMBEDDING_MODELS) expect(CATALOGUE.has(`${m.id}.input`), m.id).toBe(true);
    for (const m of EXTRACTION_MODELS) {
      for (const part of ['input', 'output', 'batch-input', 'batch-output', 'cache-read']) {
        expect(CATALOGUE.has(`${m.id}.${part}`), `${m.id}.${part}`).toBe(true);
      }
    }
  });

  it('carries the figures that estimates rest on', () => {
    const value = (id: string): number => findPrice(CATALOGUE, id).value;
    expect(value('text-embedding-3-small.input')).toBe(0.02);
    expect(value('text-embedding-3-large.input')).toBe(0.13);
    expect(value('claude-haiku-4.5.input')).toBe(1);
    expect(value('claude-haiku-4.5.output')).toBe(5);
    expect(value('claude-haiku-4.5.batch-output')).toBe(2.5);
    expect(value('claude-haiku-4.5.cache-write')).toBe(1.25);
    expect(value('claude-haiku-4.5.cache-read')).toBe(0.1);
    expect(value('claude-haiku-3.cache-write')).toBe(0.3125);
    expect(value('rds.gp3')).toBe(0.115);
    expect(value('rds.r8g.xlarge')).toBe(0.478);
  });

  it('turns a price per million into a price per token, documented and dated', () => {
    const q = perToken(findPrice(CATALOGUE, 'text-embedding-3-small.input'));
    expect(q.value).toBe(2e-8);
    expect(q.basis).toBe('documented');
    expect(q.inputs['price']?.source).toMatch(/as of 2026-05-01/);
  });

  it('refuses a price in the wrong unit', () => {
    expect(caught(() => perGbMonth(findPrice(CATALOGUE, 'rds.gp3-iops')))).toMatchObject({ code: 'price-unit' });
  });
});

describe('overrides', () => {
  it('replaces the value, drops the interval and is exact from then on', () => {
    const own = withOverrides(CATALOGUE, { 'voyage-3-large.input': 0.1 });
    const price = findPrice(own, 'voyage-3-large.input');
    expect(price).toMatchObject({ value: 0.1, overridden: true });
    expect(price.low).toBeUndefined();
    expect(perToken(price)).toMatchObject({ basis: 'exact' });
    expect(findPrice(CATALOGUE, 'voyage-3-large.input').value).toBe(0.18);
  });

  it('suggests the nearest id', () => {
    const e = caught(() => withOverrides(CATALOGUE, { 'text-embeding-3-small.input': 1 }, '--price'));
    expect(isInputError(e)).toBe(true);
    expect(String(e)).toMatch(/--price.*did you mean text-embedding-3-small\.input/);
    expect(String(caught(() => withOverrides(CATALOGUE, { zzz: 1 })))).not.toMatch(/did you mean/);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, 1e15])('refuses %s', (value) => {
    expect(caught(() => withOverrides(CATALOGUE, { 'rds.gp3': value }))).toMatchObject({ code: 'bad-price' });
  });

  it('allows a price of 0 and refuses a limit of 0', () => {
    expect(findPrice(withOverrides(CATALOGUE, { 'rds.gp3': 0 }), 'rds.gp3').value).toBe(0);
    expect(caught(() => withOverrides(CATALOGUE, { 'openai.tokens-per-minute': 0 }))).toMatchObject({
      code: 'bad-price',
    });
  });
});

describe('age', () => {
  const now = new Date('2026-11-20T12:00:00Z');

  it('counts whole days and never below 0', () => {
    expect(catalogueAge('2026-11-20', now)).toBe(0);
    expect(catalogueAge('2026-11-19', now)).toBe(1);
    expect(catalogueAge('2027-01-01', now)).toBe(0);
    expect(() => catalogueAge('yesterday', now)).toThrow(/not a day/);
  });

  it('warns after 90 days and not on the 90th', () => {
    const price = findPrice(CATALOGUE, 'claude-haiku-4.5.input'); // 2026-09-14
    const day = (n: number): Date => new Date(Date.parse('2026-09-14') + n * 86_400_000);
    expect(priceAge(price, day(STALE_AFTER_DAYS)).warning).toBeUndefined();
    expect(priceAge(price, day(STALE_AFTER_DAYS + 1)).warning).toMatch(
      /91 days old.*--price claude-haiku-4\.5\.input=VALUE/,
    );
  });

  it('lists the stale ones oldest first and leaves out what the user set', () => {
    const own = withOverrides(CATALOGUE, { 'qdrant.64': 1 });
    const stale = stalePrices(own, now);
    const ids = stale.map((a) => a.price.id);
    expect(ids).toContain('qdrant.16');
    expect(ids).not.toContain('qdrant.64');
    expect(stale.every((a, i) => i === 0 || a.days <= (stale[i - 1]?.days ?? 0))).toBe(true);
    expect(stalePrices(own, now, ['claude-haiku-4.5.input', 'no-such'])).toEqual([]);
  });
});

describe('LiteLLM price file', () => {
  const file = {
    sample_spec: { mode: 'one of chat, embedding' },
    'own-embedding': {
      mode: 'embedding',
      litellm_provider: 'x',
      input_cost_per_token: 2e-8,
      output_cost_per_token: 0,
      input_cost_per_token_batches: 1e-8,
    },
    'own-chat': {
      mode: 'chat',
      input_cost_per_token: 1e-6,
      output_cost_per_token: 5e-6,
      cache_read_input_token_cost: 1e-7,
    },
    'text-embedding-3-small': { mode: 'embedding', input_cost_per_token: 3e-8 },
    'an-image-model': { mode: 'image_generation', input_cost_per_pixel: 1 },
    broken: 7,
    'too-dear-to-be-read-again': { mode: 'embedding', input_cost_per_token: 1e300 },
  };

  it('adds models, replaces shipped ones and counts what it left out', () => {
    const { catalogue, models, skipped } = importLiteLlm(CATALOGUE, file, '2026-11-01');
    expect({ models, skipped }).toEqual({ models: 3, skipped: 3 });
    expect(findPrice(catalogue, 'own-embedding.input')).toMatchObject({
      value: 0.02,
      asOf: '2026-11-01',
      group: 'embedding',
    });
    expect(findPrice(catalogue, 'own-embedding.batch').value).toBe(0.01);
    expect(catalogue.has('own-embedding.output')).toBe(false);
    expect(findPrice(catalogue, 'own-chat.output').value).toBe(5);
    expect(findPrice(catalogue, 'own-chat.cache-read').value).toBe(0.1);
    expect(findPrice(catalogue, 'text-embedding-3-small.input').value).toBe(0.03);
    expect(findPrice(catalogue, 'rds.gp3').value).toBe(0.115);
  });

  it.each([[null], [[1]], ['x'], [{}], [{ a: { mode: 'chat' } }]])('refuses %j', (document) => {
    expect(caught(() => importLiteLlm(CATALOGUE, document, '2026-11-01'))).toMatchObject({ code: 'bad-price-file' });
  });

  it('refuses a date that is none', () => {
    expect(caught(() => importLiteLlm(CATALOGUE, file, 'today'))).toMatchObject({ code: 'bad-date' });
  });
});
