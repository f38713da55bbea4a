import { describe, expect, it } from 'vitest';
import { type ReembedReport, type ReembedWishes, reembed } from '../../src/capacity/reembed.ts';
import { shadowQuery } from '../../src/capacity/reembed-schedule.ts';
import type { PriceOverrides } from '../../src/prices/index.ts';
import { isInputError } from '../../src/quantity/index.ts';
import { SYSTEMS, systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts, type Workload } from '../../src/workload/index.ts';
import { type Flags, GiB, reportFrom, workloadFrom } from './plan-from-flags.ts';

const LARGE: ReembedWishes = {
  toModel: 'text-embedding-3-large',
  batch: false,
  start: new Date('2027-03-01T09:30:00Z'),
  topK: 10,
  alert: 0.5,
};
const now = new Date('2026-06-01T00:00:00Z');
const HOUR = 3600;
const DAY = 86_400;

const plan = (flags: Flags, wishes: Partial<ReembedWishes> = {}, prices: PriceOverrides = {}): ReembedReport =>
  reembed(workloadFrom(flags), { ...LARGE, ...wishes }, { prices, now });
const refusal = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    if (isInputError(e)) return `${e.code}: ${e.message}`;
    throw e;
  }
  return 'nothing was refused';
};
const ofSystem = (name: string): Workload =>
  completeWorkload(
    mergeDrafts(
      systemDraft(name),
      draftFrom({ n: '100k', dims: '768' }, 'flag', (id) => `--${id}`),
    ),
  );
const TEN = { n: '10M', dims: 1536, tokens: 50 };
const line = (r: ReembedReport, id: string): number | undefined => r.money.oneOff.find((l) => l.id === id)?.usd.value;
const disk = (r: ReembedReport, id: string): number =>
  r.storage?.phases.find((p) => p.id === id)?.disk.value ?? Number.NaN;

it('a step that ends beyond the year 9999 has no day, and neither have those after it', () => {
  const r = plan({ n: '1T' }, { tpm: 1 });
  expect(r.schedule.steps[1]?.start).toBe('2027-03-02');
  expect(r.schedule.steps.slice(2).map((s) => s.start)).toEqual(Array(6).fill(undefined));
  expect([r.schedule.cutover, r.schedule.end, r.schedule.latestEnd]).toEqual([undefined, undefined, undefined]);
});

describe('the backfill', () => {
  it('by hand: 10M × 50 tokens at 1M tokens a minute and 2 % retries are 8.5 h', () => {
    const { backfill } = plan(TEN);
    expect(backfill.seconds?.value).toBeCloseTo(1.02 * ((10e6 * 50) / 1e6) * 60, 6);
    expect(backfill.binds).toBe('tokens-per-minute');
    expect(backfill.perRequest?.value).toBe(2048);
    // A minute of it.
    expect(backfill.checkpointRows?.value).toBe(Math.ceil(10e6 / (510 * 1)));
  });

  it('costs nothing negative at either end, however uncertain the store that stands', () => {
    for (const flags of [
      { n: '10M', dims: 768 },
      { n: 50, dims: 1536, engine: 'sharded-pgvector', type: 'halfvec', 'text-bytes': 100_000, ram: '512MiB' },
      { n: '10M', dims: 1, 'text-bytes': 3000, ram: '1TB' },
    ]) {
      const r = plan(flags, { toDims: 256 });
      expect(r.money.oneOff.map((l) => l.id)).toContain('disk');
      for (const l of r.money.oneOff) expect(l.usd.low, l.id).toBeGreaterThanOrEqual(0);
      expect(r.storage?.addedDisk.low).toBeGreaterThan(0);
      const [today, peak] = [disk(r, 'today'), disk(r, 'both-stand')];
      expect(Math.abs((r.storage?.addedDisk.value ?? 0) - (peak - today))).toBeLessThanOrEqual(1e-9 * peak);
    }
  });

  it("one memory a request is bound by requests a minute: the seed article's 55.6 h, not its week", () => {
    const { backfill } = plan(TEN, { inputsPerRequest: 1, rpm: 3000 });
    expect(backfill.binds).toBe('requests-per-minute');
    expect(backfill.perRequestBy).toBe('inputs-per-request');
    expect((backfill.seconds?.low ?? 0) / HOUR).toBeCloseTo(10e6 / 3000 / 60, 6);
  });

  it('names the tokens of a request where they are what fills it', () => {
    const { backfill } = plan({ ...TEN, tokens: 1000 }, { tokensPerRequest: 10_000, tpm: 1e9, rpm: 60 });
    expect(backfill.perRequest?.value).toBe(10);
    expect(backfill.perRequestBy).toBe('tokens-per-request');
    expect(backfill.binds).toBe('requests-per-minute');
  });

  it('is bound by the requests in flight where they are few and slow', () => {
    const { backfill } = plan(TEN, { concurrency: 1, latency: 10 });
    expect(backfill.binds).toBe('concurrency');
    expect(backfill.seconds?.value).toBeCloseTo(Math.ceil(10e6 / 2048) * 10 * 1.02, 6);
  });

  it('leaves live writes their part of the limits', () => {
    // 14.4M writes a day are 10,000 a minute: half of a million tokens.
    const busy = plan({ ...TEN, 'writes-per-day': '14.4M' }, { rpm: 1e6 }).backfill.seconds?.value ?? 0;
    expect(busy).toBeCloseTo(2 * (plan(TEN).backfill.seconds?.value ?? 0), 4);
    expect(refusal(() => plan({ ...TEN, 'writes-per-day': '100M' }))).toMatch(
      /^no-room: --writes-per-day 100,000,000: live writes take/,
    );
  });

  it('goes through a batch API in its windows, at its price', () => {
    const r = plan(TEN, { batch: true });
    expect(r.backfill.batches?.value).toBe(200);
    expect(r.backfill.binds).toBe('batch-window');
    expect(r.backfill.seconds?.value).toBe(DAY);
    expect(plan(TEN, { batch: true, concurrency: 50 }).backfill.seconds?.value).toBe(4 * DAY);
    expect(line(r, 'backfill')).toBeCloseTo(10e6 * 50 * 0.065e-6, 6);
    expect(line(plan(TEN), 'backfill')).toBeCloseTo(65, 6);
  });

  it('says that a time is unknown, and takes limits that are given', () => {
    const unknown = plan(TEN, { toModel: 'gemini-embedding-001' });
    expect(unknown.backfill.seconds).toBeUndefined();
    expect(unknown.schedule.cutover).toBeUndefined();
    expect(unknown.notes.join(' ')).toContain('tokens a minute (--tpm) and requests a minute (--rpm)');
    const given = plan(TEN, { toModel: 'gemini-embedding-001', tpm: 5e6, inputsPerRequest: 100 });
    expect(given.backfill.seconds?.value).toBeCloseTo((1.02 * 500e6 * 60) / 5e6, 6);
  });

  it('takes the limits of another provider, and none of the maker with it', () => {
    const { backfill } = plan(TEN, { provider: 'azure' });
    expect(backfill.seconds?.value).toBeCloseTo((1.02 * 500e6 * 60) / 350_000, 6);
    expect(backfill.limits.map((l) => l.id)).toEqual(['tokens-per-minute']);
  });
});

describe('money', () => {
  it('corrects the seed article: 3-large for 100M memories is $650, not another $100', () => {
    expect(line(plan({ ...TEN, n: '100M' }), 'backfill')).toBeCloseTo(650, 6);
  });

  it('by hand: new memories twice until the cutover, and with the old model until the cleanup', () => {
    const r = plan({ ...TEN, 'writes-per-day': '1M' });
    // 1 day to roll out, 1 of backfill, 1 of build, 7 of shadow queries, 2 of probes; then 1 and 14.
    expect(r.schedule.beforeCutover?.value).toBe(12 * DAY);
    expect(line(r, 'dual-write')).toBeCloseTo(12 * 1e6 * 50 * 0.13e-6, 6);
    expect(line(r, 'rollback')).toBeCloseTo(15 * 1e6 * 50 * 0.02e-6, 6);
    expect(r.money.monthlyAfter?.value).toBeCloseTo(30.4375 * 6.5, 6);
    expect(r.money.total.value).toBeCloseTo(
      r.money.oneOff.reduce((a, l) => a + l.usd.value, 0),
      6,
    );
  });

  it('leaves out what nobody said, and says so', () => {
    const r = plan(TEN);
    expect(line(r, 'dual-write')).toBeUndefined();
    expect(r.money.monthlyNow).toBeUndefined();
    expect(r.notes.join(' ')).toContain('--writes-per-day is not known');
  });

  it('uses prices that lie over the catalogue', () => {
    expect(line(plan(TEN, {}, { 'text-embedding-3-large.input': 0.26 }), 'backfill')).toBeCloseTo(130, 6);
  });
});

describe('storage while both stand', () => {
  it('starts from what estimate says and ends at what it says for the new model', () => {
    const flags = { n: '1M', dims: 1536, engine: 'pgvector' };
    const r = plan(flags);
    expect(disk(r, 'today')).toBeCloseTo(reportFrom(flags).totals.disk.value, 0);
    const half = { ...flags, dims: 3072, 'index-type': 'halfvec' };
    expect(disk(r, 'rewritten')).toBeCloseTo(reportFrom(half).totals.disk.value, 0);
    expect(r.storage?.to.indexScalar).toBe('halfvec');
    const both = r.storage?.phases.find((p) => p.id === 'both-stand');
    const index = reportFrom(half).components.find((c) => c.id === 'vector-index');
    expect(both?.resident.value).toBeCloseTo(reportFrom(flags).totals.resident.value + (index?.resident.value ?? 0), 0);
  });

  it('by hand: an index of 3,072 halfvec is 8,192 B a vector, as one of 1,536 float32', () => {
    const r = plan({ n: '1M', dims: 1536, engine: 'pgvector' });
    expect(r.storage?.from.perVector?.value).toBeCloseTo(8192, -1);
    expect(r.storage?.to.perVector?.value).toBeCloseTo(8192, -1);
    const shorter = plan({ n: '1M', dims: 1536, engine: 'pgvector' }, { toDims: 768 });
    expect(shorter.storage?.to.perVector?.value).toBeCloseTo(4096, -1);
    expect(shorter.storage?.to.indexScalar).toBe('float32');
  });

  it('dropping the column gives back the index alone, the rewrite the rest', () => {
    const r = plan({ n: '1M', dims: 1536, engine: 'pgvector' });
    const index = reportFrom({ n: '1M', dims: 1536, engine: 'pgvector' }).components.find(
      (c) => c.id === 'vector-index',
    );
    expect(disk(r, 'both-stand') - disk(r, 'dropped')).toBeCloseTo(index?.disk.value ?? 0, 0);
    expect(disk(r, 'rewriting')).toBeGreaterThan(disk(r, 'both-stand'));
    expect(disk(r, 'rewritten')).toBeLessThan(disk(r, 'dropped'));
  });

  // Whatever a system's tables are: with both models in them they take no less than today, and no less than with the new one alone.
  it.each(SYSTEMS.filter((s) => s.engine?.embeds !== false).map((s) => s.id))(
    'counts the vectors in the tables of %s a second time',
    (name) => {
      const r = reembed(ofSystem(name), { ...LARGE, toModel: 'text-embedding-3-small', toDims: 1000 }, { now });
      const phase = (id: string) => r.storage?.phases.find((p) => p.id === id);
      const [today, both, alone] = ['today', 'both-stand', 'rewritten'].map(phase);
      expect(both?.disk.value).toBeGreaterThanOrEqual(Math.max(today?.disk.value ?? 0, alone?.disk.value ?? 0));
      expect(both?.resident.value).toBeGreaterThan(Math.max(today?.resident.value ?? 0, alone?.resident.value ?? 0));
    },
  );

  it('is refused for a system that has no vectors', () => {
    expect(refusal(() => reembed(ofSystem('langgraph-checkpoints'), LARGE, { now }))).toMatch(
      /^nothing-embedded: --system langgraph-checkpoints.*: LangGraph checkpoints.* embeds nothing, so no model can change/,
    );
  });

  it('of a table that every search reads: the new vectors are in memory, too', () => {
    const r = plan({ n: '1M', dims: 768, engine: 'pgvector', index: 'flat' }, { toDims: 1024 });
    const [today, both] = ['today', 'both-stand'].map((id) => r.storage?.phases.find((p) => p.id === id));
    // 1,024 float32 are 4,104 B: 5,590 B a row with TOAST, its index and the row were measured on PostgreSQL 15.
    const added = ((both?.resident.value ?? 0) - (today?.resident.value ?? 0)) / 1e6;
    expect(added).toBeGreaterThan(5400);
    expect(added).toBeLessThan(5600);
  });

  it('says whether one machine keeps both in memory', () => {
    expect(plan({ n: '1M', engine: 'pgvector', ram: 64 * GiB }).storage?.fits).toBe(true);
    const r = plan({ n: '5M', engine: 'pgvector', ram: 64 * GiB });
    expect(r.storage?.fits).toBe(false);
    expect(r.headline.join(' ')).toContain('more than the 51.2 GiB that are usable');
  });

  it('says why an engine cannot hold the new vectors, and which could', () => {
    const r = plan(
      { n: '1M', engine: 'pgvector' },
      { toModel: 'own', toDims: 5000, tpm: 1e6, rpm: 1e3 },
      {
        'own.input': {
          id: 'own.input',
          title: 'own',
          group: 'embedding',
          value: 1,
          unit: 'USD/1M tokens',
          asOf: '2026-05-01',
          source: 'a list',
        },
      },
    );
    expect(r.storage).toBeUndefined();
    expect(r.unheld).toMatch(/--to-dims 5,000.*Qdrant/);
  });
});

describe('the schedule', () => {
  it('puts every step on its day, and the last ones later where steps may take longer', () => {
    const { steps, cutover, end, latestEnd } = plan(TEN).schedule;
    expect(steps.map((s) => [s.id, s.start])).toEqual([
      ['dual-write', '2027-03-01'],
      ['backfill', '2027-03-02'],
      ['index', '2027-03-03'],
      ['shadow', '2027-03-04'],
      ['validation', '2027-03-11'],
      ['cutover', '2027-03-13'],
      ['rollback', '2027-03-14'],
      ['cleanup', '2027-03-28'],
    ]);
    expect([cutover, end]).toEqual(['2027-03-13', '2027-03-29']);
    expect(String(latestEnd) > String(end)).toBe(true);
    expect(steps.every((s) => s.exit.length > 10)).toBe(true);
  });

  it('takes the lengths that are given: then nothing of them is uncertain', () => {
    const { steps } = plan(TEN, { shadow: 2 * DAY, validation: DAY, rollback: 3 * DAY }).schedule;
    const at = Object.fromEntries(steps.map((s) => [s.id, s]));
    expect([at['validation']?.start, at['cutover']?.start, at['cleanup']?.start]).toEqual([
      '2027-03-06',
      '2027-03-07',
      '2027-03-11',
    ]);
    expect(at['shadow']?.seconds?.high).toBe(2 * DAY);
  });

  it.each([
    [10, 0.5],
    [5, 0.5],
    [10, 0.2],
    [3, 0.9],
    [100, 0],
  ])('top %i, alert above %d: the fewest shared results that raise none, by trying all', (k, alert) => {
    const divergence = (shared: number): number => 1 - shared / (2 * k - shared);
    let least = 0;
    while (divergence(least) > alert) least++;
    expect(shadowQuery(k, alert).leastShared.value).toBe(least);
  });

  it('by hand: 1.96² × 0.25 / 0.05² are 385 queries', () => {
    expect(shadowQuery(10, 0.5).queries.value).toBe(385);
  });
});

describe('what is refused', () => {
  it.each([
    [{ toModel: 'text-embedding-3-larg' }, /^unknown-model: --to-model: .*did you mean text-embedding-3-large\?/],
    [{ fromModel: 'x' }, /^unknown-model: --from-model/],
    [{ toDims: 4096 }, /^too-many-dimensions: --to-dims 4096: text-embedding-3-large returns 3072/],
    [{ provider: 'azur' }, /^unknown-provider: --provider: .*did you mean azure\?/],
    [{ toModel: 'embed-v4', batch: true }, /^no-batch-api: --batch: no batch API of Cohere/],
    [{ batch: true, tpm: 1000 }, /^contradiction: --batch contradicts --rpm/],
    [{ latency: 1 }, /^contradiction: --latency/],
  ] as const)('%j', (wishes, message) => {
    expect(refusal(() => plan(TEN, wishes))).toMatch(message);
  });

  it('a model of a price file without dimensions', () => {
    const own = {
      'own.input': {
        id: 'own.input',
        title: 'own',
        group: 'embedding',
        value: 1,
        unit: 'USD/1M tokens',
        asOf: '2026-05-01',
        source: 'a list',
      },
    } as const;
    expect(refusal(() => plan(TEN, { toModel: 'own' }, own))).toMatch(/^dims-missing: --to-dims/);
  });
});

describe('other models', () => {
  it('come with their provider, money, time and index, the one asked for first', () => {
    const { models } = plan(TEN);
    expect(models.map((m) => m.id)).toContain('voyage-3.5');
    expect(models[0]?.id).toBe('text-embedding-3-large');
    const voyage = models.find((m) => m.id === 'voyage-3.5');
    expect([voyage?.provider, voyage?.dimensions]).toEqual(['Voyage AI', 1024]);
    expect(voyage?.usd.value).toBeCloseTo(30, 6);
    expect(voyage?.batchUsd?.value).toBeCloseTo(20, 6);
    expect(models.find((m) => m.id === 'embed-v4')?.seconds).toBeUndefined();
  });

  it('the same model with fewer dimensions need not be embedded again', () => {
    const r = plan(TEN, { toModel: 'text-embedding-3-small', toDims: 768 });
    expect(r.notes[0]).toContain('can be shortened without embedding again');
    expect(plan(TEN, { toModel: 'voyage-3.5', toDims: 512 }).notes.join(' ')).not.toContain('shortened');
  });
});
