/** The rows of docs/seeds.md: every figure is what the library computes, and no number of the four documents is without one. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { coverageOf } from '../bench/seeds/coverage.ts';
import { NO_CLAIMS, SEED_DOCUMENTS, type SeedRow, seedRows } from '../bench/seeds/index.ts';
import { PER_NEURON } from '../bench/seeds/neural-memory.ts';
import { explain } from '../src/quantity/index.ts';

const rows = seedRows();
const byId = new Map(rows.map((r) => [r.id, r]));
const list = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'seeds', 'numbers.csv'), 'utf8');
/** document, line, number, row: what `bench/seed-claims.ts --write` found in the texts. */
const numbers = list
  .trimEnd()
  .split('\r\n')
  .slice(1)
  .map((l) => /^([a-z-]+),(\d+),("?)([^"]*?)\3,("?)(.*)\5$/.exec(l) as RegExpExecArray)
  .map((m) => ({ document: m[1] as string, line: Number(m[2]), text: m[4] as string, by: m[6] as string }));

const hasNumber = (row: SeedRow): boolean => row.quotes.some((q) => /\d/.test(q));

describe('rows of the seed documents', () => {
  it('have names of their own, a heading, quotes, a finding and a way to see it', () => {
    expect(byId.size).toBe(rows.length);
    for (const r of rows) {
      expect(r.id, r.id).toMatch(new RegExp(`^${r.document}-[a-z0-9-]+$`));
      expect(r.quotes.length, r.id).toBeGreaterThan(0);
      expect(r.where.length, r.id).toBeGreaterThan(2);
      expect(r.found, r.id).toMatch(/\.$/);
      expect(r.how, r.id).not.toBe('');
    }
    for (const d of SEED_DOCUMENTS) {
      const verdicts = new Set(rows.filter((r) => r.document === d).map((r) => r.verdict));
      expect([...verdicts].sort(), d).toEqual(['corrected', 'out of scope', 'reproduced']);
    }
  });

  it.each(rows.filter((r) => r.verdict === 'reproduced' && hasNumber(r)))(
    '$id: reproduced is what the library computes',
    (row) => {
      expect(row.figures.length).toBeGreaterThan(0);
      for (const f of row.figures) {
        expect(f.ours.value, f.what).toBeGreaterThanOrEqual(f.from);
        expect(f.ours.value, f.what).toBeLessThanOrEqual(f.to);
      }
    },
  );

  it.each(rows.filter((r) => r.verdict === 'corrected' && r.figures.length > 0))(
    '$id: corrected has a figure that the document misses',
    (row) => {
      const missed = row.figures.filter((f) => f.ours.value < f.from || f.ours.value > f.to);
      expect(missed.length).toBeGreaterThan(0);
    },
  );

  it('have figures that explain themselves', () => {
    const figures = rows.flatMap((r) => r.figures);
    expect(figures.length).toBeGreaterThan(50);
    for (const f of figures) {
      expect(f.from, f.what).toBeLessThanOrEqual(f.to);
      expect(explain(f.ours).length, f.what).toBeGreaterThan(0);
    }
  });
});

describe('the bytes of a neuron', () => {
  it.each([
    ['neural-memory-0.4.0-schema1.db', 2803],
    ['neural-memory-4.62-multibrain.db', 4068],
  ])('%s: %i, inside the interval that the rows rest on', (name, bytes) => {
    const file = join(import.meta.dirname, '..', 'fixtures', 'stores', name);
    const db = new Database(file, { readonly: true });
    try {
      const { neurons } = db.prepare('SELECT count(*) AS neurons FROM neurons').get() as { neurons: number };
      const each = statSync(file).size / neurons;
      expect(Math.round(each)).toBe(bytes);
      expect(each).toBeGreaterThanOrEqual(PER_NEURON.low);
      expect(each).toBeLessThanOrEqual(PER_NEURON.high);
    } finally {
      db.close();
    }
  });
});

describe('the numbers found in the seed documents', () => {
  it('are all of them: 267, 96, 63 and 92', () => {
    const count = (d: string): number => numbers.filter((n) => n.document === d).length;
    expect(SEED_DOCUMENTS.map(count)).toEqual([267, 96, 63, 92]);
  });

  it('each have a row that quotes them, or a reason why they claim nothing', () => {
    const reasons = new Set(NO_CLAIMS.map((n) => n.why));
    const missing = numbers.filter((n) => {
      const row = byId.get(n.by);
      if (row === undefined) return !reasons.has(n.by);
      return !row.quotes.some((q) => q.includes(n.text) || q.includes(' … '));
    });
    expect(missing).toEqual([]);
  });

  it('are mostly spoken for', () => {
    const share = numbers.filter((n) => byId.has(n.by)).length / numbers.length;
    expect(share).toBeGreaterThan(0.85);
  });
});

describe('the coverage of a text', () => {
  const row = (quotes: readonly string[]): SeedRow => ({
    id: 'mneme-x',
    document: 'mneme',
    where: 'here',
    quotes,
    verdict: 'reproduced',
    found: 'So.',
    how: 'arithmetic',
    figures: [],
  });
  const text = 'Heading\nIt takes ~300 MB at 1,000,000 rows.\nAnd 5 ms.';

  it('finds the numbers, and who speaks for them', () => {
    const c = coverageOf('mneme', text, [row(['~300 MB … rows'])], []);
    expect(c.numbers).toEqual([
      { line: 2, text: '300', by: 'mneme-x' },
      { line: 2, text: '1,000,000', by: 'mneme-x' },
      { line: 3, text: '5', by: undefined },
    ]);
    expect(c.bareSentences.map((l) => l.line)).toEqual([1, 3]);
    expect(c.notFound).toEqual([]);
  });

  it('takes passages that claim nothing, and misses quotes that are not there', () => {
    const c = coverageOf(
      'mneme',
      text,
      [row(['~300 GB'])],
      [{ document: 'mneme', from: 'Heading', to: '300', why: 'example' }],
    );
    expect(c.numbers.map((n) => n.by)).toEqual(['example', undefined, undefined]);
    expect(c.bareSentences.map((l) => l.line)).toEqual([3]);
    expect(c.notFound).toEqual([{ by: 'mneme-x', quote: '~300 GB' }]);
  });

  it('does not let an ellipsis run over the end of a line', () => {
    expect(coverageOf('mneme', text, [row(['~300 … 5 ms'])], []).notFound).toHaveLength(1);
  });
});
