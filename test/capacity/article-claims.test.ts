import { describe, expect, it } from 'vitest';
import { type ArticleClaim, articleClaims } from '../../src/capacity/article-claims.ts';
import { CATALOGUE, withOverrides } from '../../src/prices/index.ts';
import { explain } from '../../src/quantity/index.ts';

const claims = articleClaims();
const claim = (id: string): ArticleClaim => {
  const found = claims.find((c) => c.id === id);
  if (found === undefined) throw new Error(`no claim ${id}`);
  return found;
};
const figures = (id: string): number[] => claim(id).figures.map((f) => f.ours.value);

describe('the claims of the seed article', () => {
  it('covers what the article gets wrong, and some of what it gets right', () => {
    const ids = claims.map((c) => c.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining([
        'log2-term',
        'fifty-million',
        'single-threaded-build',
        'parallel-gin',
        'reembed-10m',
        'model-change',
        'extraction',
        'bytes-per-memory',
        'one-terabyte',
        'tier-of-200m',
        'post-filter',
        'pending-list',
        'pgstattuple-gin',
        'consistent-hash',
        'warm-buffer',
      ]),
    );
    expect(claims.filter((c) => c.verdict === 'right').length).toBeGreaterThanOrEqual(4);
  });

  it('gives each a claim, a truth and a source, and figures that explain themselves', () => {
    for (const c of claims) {
      expect(c.claim, c.id).toMatch(/\.$/);
      expect(c.truth, c.id).toMatch(/\.$/);
      expect(c.source.length, c.id).toBeGreaterThan(5);
      for (const f of c.figures) {
        expect(f.ours.value, `${c.id}: ${f.what}`).toBeGreaterThan(0);
        expect(explain(f.ours).length, c.id).toBeGreaterThan(0);
      }
    }
  });

  it('computes index sizes from the pages of pgvector', () => {
    const [d128, d768, d1024, d1536, d2000] = figures('log2-term') as [number, number, number, number, number];
    expect(d128).toBeLessThan(900);
    expect(d768 / 4096).toBeCloseTo(1, 3);
    expect(d1024 / 8192).toBeCloseTo(1, 3);
    expect(d1536 / 8192).toBeCloseTo(1, 3);
    expect(d2000 / 16_384).toBeCloseTo(1, 3);
    expect((figures('fifty-million')[0] ?? 0) / 2 ** 30).toBeCloseTo(381.5, 0);
    expect(claim('fifty-million').truth).toContain('439 GiB');
    expect((figures('one-terabyte')[1] ?? 0) / 1e12).toBeCloseTo(1.64, 2);
    expect((figures('namespace-index')[0] ?? 0) / 1e9).toBeLessThan(1);
  });

  it('computes money and time from the catalogue', () => {
    const [ten, onePerRequest, full] = figures('reembed-10m') as [number, number, number];
    expect(ten).toBeCloseTo(10, 6);
    expect(onePerRequest / 3600).toBeCloseTo(55.6, 1);
    expect(full / 3600).toBeCloseTo(8.33, 2);
    expect(figures('model-change')[0]).toBeCloseTo(650, 6);
    expect(figures('extraction')[0]).toBeCloseTo(60_000, 3);
    expect(figures('extraction')[1]).toBeCloseTo(30_000, 3);
    expect(figures('prefilter-hype')[0]).toBeCloseTo(33_000, 3);
    expect(figures('storage-price')[0]).toBeCloseTo(115, 6);
    const dearer = articleClaims(withOverrides(CATALOGUE, { 'claude-haiku-4.5.output': 10 }));
    expect(dearer.find((c) => c.id === 'extraction')?.figures[0]?.ours.value).toBeCloseTo(90_000, 3);
  });

  it('moves four of five namespaces with a remainder and one of five with a ring', () => {
    expect(figures('consistent-hash')).toEqual([0.8, 0.2]);
  });
});
