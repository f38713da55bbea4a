import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  cacheCost,
  computeCost,
  costLines,
  type ExtractionCost,
  embeddingCost,
  extractionCall,
  extractionCost,
  instanceFor,
  storageCost,
  withOverrides,
} from '../../src/prices/index.ts';
import { explain, leaf, type Quantity } from '../../src/quantity/index.ts';

const GiB = 2 ** 30;
const rows = (n: number): Quantity<'rows'> => leaf('memories', n, 'rows');
const tokens = (n: number): Quantity<'tokens'> => leaf('tokens', n, 'tokens');
const ratio = (n: number): Quantity<'ratio'> => leaf('share', n, 'ratio');
const count = (n: number): Quantity<'count'> => leaf('count', n, 'count');
const B = (n: number): Quantity<'B'> => leaf('bytes', n, 'B');

describe('embedding', () => {
  it.each([
    [10e6, 'text-embedding-3-small', false, 10],
    [100e6, 'text-embedding-3-small', false, 100],
    [100e6, 'text-embedding-3-small', true, 50],
    [100e6, 'text-embedding-3-large', false, 650],
  ] as const)('%d memories of 50 tokens with %s (batch %s) cost $%d', (n, model, batch, usd) => {
    const [line] = embeddingCost(CATALOGUE, { model, memories: rows(n), tokens: tokens(50), batch }).oneOff;
    expect(line?.id).toBe('embedding');
    expect(line?.usd.value).toBeCloseTo(usd, 6);
    expect(line?.usd.unit).toBe('USD');
  });

  it('costs $1 a day for a million new memories of 50 tokens', () => {
    const { monthly } = embeddingCost(CATALOGUE, {
      model: 'text-embedding-3-small',
      memories: rows(100e6),
      tokens: tokens(50),
      writesPerDay: leaf('writes', 1e6, 'rows/day'),
    });
    expect((monthly[0]?.usd.value ?? 0) / 30.4375).toBeCloseTo(1, 9);
  });

  it('has no monthly line where nobody said how much is written, and says so when a batch price is missing', () => {
    const lines = embeddingCost(CATALOGUE, { model: 'embed-v4', memories: rows(1e6), tokens: tokens(50), batch: true });
    expect(lines.monthly).toEqual([]);
    expect(lines.oneOff[0]?.note).toMatch(/no batch price/);
    expect(lines.oneOff[0]?.usd.low).toBeLessThan(lines.oneOff[0]?.usd.value ?? 0);
  });

  it('refuses a model without a price, with the nearest', () => {
    expect(() =>
      embeddingCost(CATALOGUE, { model: 'text-embedding-3-smal', memories: rows(1), tokens: tokens(1) }),
    ).toThrow(/did you mean text-embedding-3-small\.input/);
  });

  it('takes the price the user set', () => {
    const own = withOverrides(CATALOGUE, { 'text-embedding-3-small.input': 1 });
    const [line] = embeddingCost(own, {
      model: 'text-embedding-3-small',
      memories: rows(1e6),
      tokens: tokens(50),
    }).oneOff;
    expect(line?.usd.value).toBeCloseTo(50, 9);
    expect(line?.usd.basis).toBe('exact');
  });
});

describe('extraction', () => {
  const haiku = (n: number, more: Partial<ExtractionCost> = {}): ExtractionCost => ({
    model: 'claude-haiku-4.5',
    memories: rows(n),
    inputTokens: tokens(300),
    outputTokens: tokens(60),
    prefilter: ratio(0),
    hype: ratio(0),
    ...more,
  });
  const usd = (p: ExtractionCost): number => extractionCost(CATALOGUE, p).oneOff[0]?.usd.value ?? Number.NaN;

  it('costs $0.0006 for 300 tokens in and 60 out', () => {
    expect(extractionCall(CATALOGUE, haiku(1)).value).toBeCloseTo(0.0006, 12);
  });

  it.each([
    [10e6, {}, 6000],
    [100e6, {}, 60_000],
    [100e6, { batch: true }, 30_000],
    [100e6, { prefilter: ratio(0.55) }, 27_000],
    [100e6, { hype: ratio(0.3) }, 78_000],
    [100e6, { prefilter: ratio(0.55), hype: ratio(0.3) }, 35_100],
    [100e6, { turnsPerMemory: ratio(2) }, 120_000],
    [100e6, { cachedShare: ratio(1) }, 33_000],
    [100e6, { cachedShare: ratio(1), batch: true }, 30_000],
  ] as const)('%d memories with %j', (n, more, expected) => {
    expect(usd(haiku(n, more))).toBeCloseTo(expected, 3);
  });

  it('says what the pre-filter saves', () => {
    const [line] = extractionCost(CATALOGUE, haiku(100e6, { prefilter: ratio(0.55) })).oneOff;
    expect(line?.note).toBe('the pre-filter saves $33,000 of $60,000');
    expect(extractionCost(CATALOGUE, haiku(1)).oneOff[0]?.note).toBeUndefined();
  });

  it('is paid every month for what is written', () => {
    const [line] = extractionCost(
      CATALOGUE,
      haiku(1, { writesPerDay: leaf('writes', 1e6, 'rows/day'), turnsPerMemory: ratio(1) }),
    ).monthly;
    expect(line?.usd).toMatchObject({ unit: 'USD/month' });
    expect(line?.usd.value).toBeCloseTo(1e6 * 30.4375 * 0.0006, 6);
  });
});

describe('storage', () => {
  const storage = (disk: number, replicas = 0): number =>
    storageCost(CATALOGUE, { disk: B(disk), replicas: count(replicas) }).monthly[0]?.usd.value ?? Number.NaN;

  it('is $115 a month for a terabyte of gp3, twice that in two zones', () => {
    expect(storage(1e12)).toBeCloseTo(115, 9);
    expect(storage(1e12, 1)).toBeCloseTo(230, 9);
  });

  it('bills the smallest volume RDS sells', () => {
    expect(storage(1000)).toBeCloseTo(2.3, 9);
  });

  it('charges only the backup above the provisioned size', () => {
    const lines = (kept: number): number | undefined =>
      storageCost(CATALOGUE, { disk: B(1e12), replicas: count(0), backup: B(kept) }).monthly[1]?.usd.value;
    expect(lines(0.5e12)).toBe(0);
    expect(lines(3e12)).toBeCloseTo(190, 9);
  });

  it('prices other media without a smallest volume', () => {
    const [line] = storageCost(CATALOGUE, { disk: B(1e9), replicas: count(0), priceId: 's3-vectors.storage' }).monthly;
    expect(line?.usd.value).toBeCloseTo(0.06, 9);
  });
});

describe('compute and cache', () => {
  it.each([
    [0.5, 'rds.t4g.micro', 1],
    [4, 'rds.t4g.medium', 1],
    [4.1, 'rds.r8g.large', 1],
    [64, 'rds.r8g.2xlarge', 1],
    [1536, 'rds.r8g.48xlarge', 1],
    [1537, 'rds.r8g.48xlarge', 2],
  ] as const)('%d GiB of RAM is %s × %d', (gib, id, n) => {
    expect(instanceFor(CATALOGUE, 'rds', gib * GiB)).toMatchObject({ price: { id }, count: n });
  });

  it('takes the machine whose RAM, less a fifth, holds the resident bytes, and spans the neighbours', () => {
    const [line] = computeCost(CATALOGUE, {
      residentPerMachine: B(76.3 * GiB),
      machines: count(1),
      replicas: count(0),
    }).monthly;
    expect(line?.title).toBe('RDS db.r8g.4xlarge, 128 GiB');
    expect(line?.usd.value).toBeCloseTo(128 * (0.478 / 32) * 730, 3);
    expect(line?.usd.low).toBeLessThan(line?.usd.value ?? 0);
    expect(explain(line?.usd as Quantity).join('\n')).toMatch(/rds\.r8g\.4xlarge at \$1\.912/);
  });

  it('reaches the next size where the share of RAM is uncertain', () => {
    const [line] = computeCost(CATALOGUE, {
      residentPerMachine: B(50 * GiB),
      machines: count(1),
      replicas: count(0),
    }).monthly;
    expect(line?.usd.value).toBeCloseTo(0.956 * 730, 6);
    expect(line?.usd.high).toBeCloseTo(1.912 * 730, 6);
  });

  it('multiplies by machines and copies', () => {
    const one = computeCost(CATALOGUE, { residentPerMachine: B(GiB), machines: count(1), replicas: count(0) })
      .monthly[0];
    const six = computeCost(CATALOGUE, { residentPerMachine: B(GiB), machines: count(3), replicas: count(1) })
      .monthly[0];
    expect(six?.usd.value).toBeCloseTo(6 * (one?.usd.value ?? 0), 9);
    expect(six?.title).toMatch(/^6 × /);
  });

  it('refuses a family without prices', () => {
    expect(() => computeCost(new Map(), { residentPerMachine: B(1), machines: count(1), replicas: count(0) })).toThrow(
      /no instance of the family rds/,
    );
  });

  it('takes a Redis node with a quarter of maxmemory to spare, and none for an empty cache', () => {
    const [line] = cacheCost(CATALOGUE, { bytes: B(5 * GiB) }).monthly;
    expect(line?.title).toBe('ElastiCache cache.r6g.large, 13.07 GiB');
    expect(line?.usd.value).toBeCloseTo(0.206 * 730, 6);
    expect(line?.usd.low).toBeCloseTo(0.149 * 730, 3);
    expect(cacheCost(CATALOGUE, { bytes: B(0) }).monthly).toEqual([]);
  });
});

describe('cost lines', () => {
  it('prices what is given and nothing else, with unique ids', () => {
    expect(costLines(CATALOGUE, {})).toEqual({ oneOff: [], monthly: [] });
    const all = costLines(CATALOGUE, {
      embedding: {
        model: 'text-embedding-3-small',
        memories: rows(1e6),
        tokens: tokens(50),
        writesPerDay: leaf('w', 1000, 'rows/day'),
      },
      extraction: {
        model: 'claude-haiku-4.5',
        memories: rows(1e6),
        inputTokens: tokens(300),
        outputTokens: tokens(60),
        prefilter: ratio(0),
        hype: ratio(0),
        writesPerDay: leaf('w', 1000, 'rows/day'),
      },
      storage: { disk: B(1e11), replicas: count(1), backup: B(2e11) },
      compute: { residentPerMachine: B(10 * GiB), machines: count(1), replicas: count(1) },
      cache: { bytes: B(GiB) },
    });
    expect(all.oneOff.map((l) => l.id)).toEqual(['embedding', 'extraction']);
    expect(all.monthly.map((l) => l.id)).toEqual(['embedding', 'extraction', 'storage', 'backup', 'compute', 'cache']);
    for (const line of [...all.oneOff, ...all.monthly]) {
      expect(line.usd.value).toBeGreaterThanOrEqual(0);
      expect(line.usd.low).toBeLessThanOrEqual(line.usd.value);
    }
  });
});
