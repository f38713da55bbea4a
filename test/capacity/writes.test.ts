import { describe, expect, it } from 'vitest';
import { NO_WISHES } from '../../bench/writes-comparison.ts';
import { quantitiesOf } from '../../src/capacity/report-json.ts';
import { type WriteReport, writeReport } from '../../src/capacity/writes.ts';
import { checkpoints, imagesPerMemory } from '../../src/capacity/writes-log.ts';
import { type WriteWishes, writeSettings } from '../../src/capacity/writes-settings.ts';
import type { WrittenStructure } from '../../src/capacity/writes-structures.ts';
import { distinctItems } from '../../src/capacity/zipf.ts';
import { leaf } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { type Flags, workloadFrom } from './plan-from-flags.ts';

const writes = (flags: Flags, wishes: Partial<WriteWishes> = {}): WriteReport =>
  writeReport(workloadFrom(flags), { ...NO_WISHES, ...wishes });
const BUSY: Flags = {
  n: '1M',
  dims: 768,
  engine: 'pgvector',
  'writes-per-day': '864k',
  'queries-per-second': 20,
  namespaces: 5000,
};
const structure = (r: WriteReport, id: string) => r.log?.structures.find((s) => s.id === id);
const way = (r: WriteReport, id: string) => r.touch?.ways.find((x) => x.id === id);

describe('the first sentences', () => {
  const words = (flags: Flags): string => writes(flags).headline.join(' ');

  it('know what each kind of index logs', () => {
    for (const index of ['hnsw', 'ivfflat', 'flat']) expect(words({ ...BUSY, index })).not.toContain('no model');
  });

  it('tell the inserts of a machine as an estimate does, to three digits', () => {
    const rate = writes(BUSY).insertRate?.value ?? Number.NaN;
    const told = /inserts ≈ ([\d,.k]+) memories/.exec(words(BUSY))?.[1]?.replace(',', '') ?? '';
    expect(Math.abs(Number(told) / rate - 1)).toBeLessThan(0.005);
  });
});

describe('page images', () => {
  const one = (touches: number, pages: number): WrittenStructure => ({
    id: 'x',
    title: 'x',
    log: leaf('log', 100, 'B'),
    touched: [
      {
        touches: leaf('touches', touches, 'ratio'),
        pages: leaf('pages', pages, 'pages'),
        image: leaf('image', 8000, 'B'),
      },
    ],
    ends: 0,
  });

  it('of P pages n changes touch P (1 - e^(-n/P)): as a simulation has it', () => {
    let seed = 3;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const [pages, rows, touches] = [5000, 400, 20];
    const seen = new Set<number>();
    for (let i = 0; i < rows * touches; i++) seen.add(Math.floor(random() * pages));
    const planned = imagesPerMemory(one(touches, pages), leaf('rows', rows, 'rows')).value;
    expect(Math.abs(planned / ((seen.size * 8000) / rows) - 1)).toBeLessThan(0.02);
  });

  it('checkpoints come by the clock where little is written, by size where the log fills first', () => {
    const settings = writeSettings(workloadFrom({ n: '1M' }), NO_WISHES);
    const slow = checkpoints([one(20, 1e9)], leaf('rate', 1, 'rows/s'), settings);
    expect([slow.interval.value, slow.forced, slow.memories.value]).toEqual([300, false, 300]);
    const fast = checkpoints([one(20, 1e9)], leaf('rate', 1000, 'rows/s'), settings);
    expect(fast.forced).toBe(true);
    // Every change meets a page of its own: 100 + 20 × 8,000 B a memory fill 1 GiB / 1.9.
    const filled = (fast.memories.value * (100 + 160_000) * 8192) / 8168;
    expect(filled / (2 ** 30 / 1.9)).toBeCloseTo(1, 3);
  });

  it('longer intervals never log more a memory', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 2, max: 1e6 }), (rows, pages) => {
        const at = (n: number): number => imagesPerMemory(one(7, pages), leaf('rows', n, 'rows')).value;
        expect(at(rows * 2)).toBeLessThanOrEqual(at(rows) * 1.000001);
      }),
    );
  });
});

describe('an IVFFlat index', () => {
  const ivfflat = (lists: number) => structure(writes({ ...BUSY, index: 'ivfflat', lists }), 'vector-index');

  it('logs the vector at the end of its list, whatever their number', () => {
    // 768 dimensions: 3,088 B, two to a page; 64 B of record beside them, and half of a new page's 160 B.
    expect(ivfflat(1000)?.records.value).toBe(3088 + 64 + 80);
    expect(ivfflat(10)?.records.value).toBe(3088 + 64 + 80);
  });

  it('has the images of so many last pages, and of the heads of lists', () => {
    // 3,000 memories between two checkpoints meet each of 10 lists, and few of 10,000 twice.
    expect(ivfflat(10)?.images?.value).toBeLessThan(100);
    expect(ivfflat(10_000)?.images?.value).toBeGreaterThan(4000);
  });

  it('takes a row that is updated and not HOT as a new one', () => {
    const r = writes({ ...BUSY, index: 'ivfflat', lists: 1000 });
    const h = writes({ ...BUSY, index: 'hnsw' });
    expect((way(r, 'indexed')?.log.value as number) - (way(h, 'indexed')?.log.value as number)).toBeCloseTo(
      3088 + 64 + 80 - 56,
      6,
    );
  });
});

describe('the log', () => {
  it('is the sum of its structures and the headers of log pages', () => {
    const r = writes(BUSY);
    const all = r.log?.structures.reduce((a, s) => a + s.records.value + (s.images?.value ?? 0), 0) as number;
    expect(r.log?.perMemoryMean?.value).toBeCloseTo((all * 8192) / 8168, 3);
    expect(r.log?.structures.reduce((a, s) => a + s.share.value, 0)).toBeCloseTo(1, 9);
    expect(r.log?.aDay?.value).toBeCloseTo((r.log?.perMemoryMean?.value as number) * 864_000, -2);
  });

  it('has what a lagging slot holds back at the peak', () => {
    const r = writes(BUSY, { slotLag: 7200 });
    expect(r.log?.heldBack?.value).toBeCloseTo(7200 * (r.log?.atPeak?.value as number), -2);
    expect(r.log?.disk?.value).toBeCloseTo(2 ** 30 + 7200 * (r.log?.atPeak?.value as number), -2);
  });

  it('goes to every replica of every machine', () => {
    const r = writes({ ...BUSY, replicas: 2, engine: 'sharded-pgvector' });
    expect(r.machines.value).toBeGreaterThan(1);
    expect(r.log?.toReplicas?.value).toBeCloseTo(2 * r.machines.value * (r.log?.atPeak?.value as number), -2);
  });

  it('leaves out what --without leaves out, and the vector index of an exact scan', () => {
    const r = writes({ ...BUSY, without: 'primary-key,lexical-index,audit-ledger', index: 'flat' });
    expect(r.log?.structures.map((s) => s.id)).toEqual([
      'table',
      'toast',
      'edge-table',
      'temporal-index',
      'metadata-index',
      'commit',
    ]);
    expect(r.pending).toBeUndefined();
  });

  it('without a write rate is known for a memory, and nothing else is', () => {
    const r = writes({ n: '1M', engine: 'pgvector' });
    expect(structure(r, 'vector-index')?.images).toBeUndefined();
    expect([r.log?.perMemoryMean, r.log?.aDay, r.log?.disk, r.peak, r.busy]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(r.notes.join(' ')).toContain('--writes-per-day');
  });
});

describe('the rate limit, by hand', () => {
  it('100 turns a minute, burst 200: a paste of 1,000 is in after 8 minutes, a day takes 144,200', () => {
    const { limit } = writes(BUSY, { backfill: 3200 });
    expect(limit.paste.value).toBe(480);
    expect(limit.aDay.value).toBe(200 + 100 * 1440);
    expect(limit.refill.value).toBe(120);
    expect(limit.backfill.value).toBe(1800);
    expect(limit.sustained.value).toBeCloseTo(100 / 60, 12);
  });

  it('as a bucket that is stepped second by second lets it through', () => {
    let bucket = 200;
    let waiting = 1000;
    let seconds = 0;
    for (; waiting > 0; seconds++) {
      const passed = Math.min(waiting, Math.floor(bucket));
      waiting -= passed;
      bucket = Math.min(200, bucket - passed + 100 / 60);
    }
    expect(Math.abs(seconds - writes(BUSY).limit.paste.value)).toBeLessThanOrEqual(1);
  });

  it('says what all namespaces could ask for, and searches for each turn', () => {
    const r = writes(BUSY);
    const rate = r.insertRate?.value as number;
    expect(r.limit.atOnce?.value).toBeCloseTo(rate / (100 / 60), 6);
    expect(r.limit.asked?.value).toBeCloseTo((5000 * 100) / 60 / rate, 9);
    expect(r.limit.searchesPerTurn?.value).toBeCloseTo((20 * 86_400) / 864_000, 12);
    expect(r.advice.map((a) => a.id)).toContain('rate-limit');
  });
});

describe('the backfill', () => {
  it('gets what live writes leave at the peak', () => {
    const { backfill, insertRate, peak } = writes(BUSY, { backfill: 100_000, consistency: 30 });
    const left = (insertRate?.value as number) - (peak?.value as number);
    expect(peak?.value).toBeCloseTo(50, 9);
    expect(backfill?.left?.value).toBeCloseTo(left, 9);
    expect(backfill?.drain?.value).toBeCloseTo(100_000 / left, 6);
    expect(backfill?.slowAt?.value).toBeCloseTo(30 * left, 6);
  });

  it('takes as long both ways at the break-even', () => {
    const at = writes(BUSY).backfill?.breakEven?.value as number;
    const ways = writes(BUSY, { backfill: at }).backfill?.ways ?? [];
    expect(ways.map((x) => x.id)).toEqual(['keep', 'afterwards']);
    expect((ways[0]?.seconds.value as number) / (ways[1]?.seconds.value as number)).toBeCloseTo(1, 2);
    const more = writes(BUSY, { backfill: at * 3 });
    const [keep, after] = more.backfill?.ways ?? [];
    expect(keep?.seconds.value).toBeGreaterThan(after?.seconds.value as number);
    expect(more.advice.find((a) => a.id === 'backfill')?.message).toMatch(/^fill first/);
  });

  it('never ends where live writes take all there is', () => {
    const r = writes({ ...BUSY, 'writes-per-day': '1B' });
    expect(r.backfill?.drain).toBeUndefined();
    expect(r.notes.join(' ')).toContain('the backfill never ends');
    expect(r.headline.join(' ')).toContain('more than there is');
  });
});

describe('touch on read', () => {
  it('is a HOT update and pruning, or an entry in every index', () => {
    const r = writes(BUSY);
    expect(way(r, 'indexed')?.hot?.value).toBe(0);
    const entries = ['primary-key', 'temporal-index', 'metadata-index', 'lexical-index'].reduce(
      (all, id) => all + (structure(r, id)?.records.value as number),
      56 + 64,
    );
    expect(way(r, 'indexed')?.log.value).toBeCloseTo(88 + 80 + entries, 6);
    expect(way(r, 'plain')?.log.value).toBeCloseTo(88 + 80 + 0.02 * (entries - 64), 6);
    expect(r.touch?.aDay?.value).toBe(20 * 86_400 * 10);
  });

  it('an indexed column is dearer in every figure, a side table has no vectors to grow', () => {
    const r = writes(BUSY);
    const [plain, indexed] = [way(r, 'plain'), way(r, 'indexed')];
    for (const of of ['logADay', 'cores', 'growth', 'vacuums'] as const) {
      expect(indexed?.[of]?.value).toBeGreaterThan(plain?.[of]?.value ?? Number.NaN);
    }
    expect(way(r, 'side-table')?.growth).toBeUndefined();
    expect(way(r, 'batched')?.updates?.value).toBeLessThan(plain?.updates?.value as number);
    // Autovacuum by its defaults: 50 and a fifth of the rows.
    expect(indexed?.vacuums?.value).toBeCloseTo((20 * 86_400 * 10) / (50 + 200_000), 9);
  });

  it('leaves room for a version: a fillfactor by the row', () => {
    // 384 dimensions with their text are a quarter of a page.
    const { fillfactor } = writes({ ...BUSY, dims: 384 }).touch ?? {};
    expect(fillfactor?.value).toBeGreaterThanOrEqual(70);
    expect(fillfactor?.value).toBeLessThanOrEqual(79);
  });

  it('different items among draws by Zipf: as drawn one by one', () => {
    const [n, draws] = [2000, 3000];
    const weights = Array.from({ length: n }, (_, i) => 1 / (i + 1));
    const total = weights.reduce((a, b) => a + b, 0);
    const exact = weights.reduce((all, w) => all + 1 - (1 - w / total) ** draws, 0);
    expect(Math.abs(distinctItems(draws, n, 1) / exact - 1)).toBeLessThan(0.01);
    expect(distinctItems(1e9, 50, 1)).toBeCloseTo(50, 6);
  });
});

describe('SQLite', () => {
  it('logs whole pages with 24 bytes each, and checkpoints after 1,000 of them', () => {
    const r = writes({ n: '50k', dims: 384, engine: 'sqlite-vec', 'writes-per-day': '8640', 'queries-per-second': 1 });
    const frames = (id: string): number => (structure(r, id)?.records.value as number) / 4120;
    // Four pages beside, the one under the vector, and twice its 1,536 of 4,092 bytes.
    expect(frames('vector-index')).toBeCloseTo(5 + (2 * 1536) / 4092, 9);
    expect(frames('metadata-index')).toBeCloseTo(1.35, 9);
    const memory = r.log?.perMemory.value as number;
    expect(r.sqlite?.memories.value).toBeCloseTo((1000 * 4120) / memory, 9);
    expect(r.log?.aDay?.value).toBeCloseTo(8640 * memory, 3);
    expect(way(r, 'plain')?.log.value).toBe(4120);
    expect(r.pending).toBeUndefined();
  });
});

describe('every report', () => {
  it('has figures that are numbers inside their intervals, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.record({
          n: fc.integer({ min: 1, max: 300_000_000 }),
          dims: fc.integer({ min: 1, max: 2000 }),
          m: fc.integer({ min: 2, max: 60 }),
          'writes-per-day': fc.integer({ min: 0, max: 100_000_000 }),
          'queries-per-second': fc.integer({ min: 0, max: 5000 }),
          'text-bytes': fc.integer({ min: 0, max: 4000 }),
          engine: fc.constantFrom('pgvector', 'sharded-pgvector', 'sqlite-vec'),
        }),
        fc.boolean(),
        (flags, fastupdate) => {
          const r = writes(flags, { fastupdate });
          for (const [path, q] of quantitiesOf(r)) {
            expect(
              Number.isFinite(q.value) && q.low <= q.value && q.value <= q.high,
              `${path} ${q.low} ${q.value} ${q.high}`,
            ).toBe(true);
            expect(q.value, path).toBeGreaterThanOrEqual(0);
          }
          expect([...r.headline, ...r.notes, ...r.advice.map((a) => a.message)].join(' ')).not.toMatch(
            /NaN|undefined|Infinity/,
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});
