/** Bloat and hot reports as people and programs read them: 80 columns, the answer first, what to do last. */
import { describe, expect, it } from 'vitest';
import { bloatReport, hotReport } from '../../src/checks/index.ts';
import { bloatCsv, bloatMarkdown, renderBloatReport } from '../../src/render/bloat-report.ts';
import { width } from '../../src/render/columns.ts';
import { hotCsv, hotMarkdown, renderHotReport } from '../../src/render/hot-report.ts';
import { PLAIN } from '../../src/render/paint.ts';
import type { Census, Counted } from '../../src/store/index.ts';
import { column, gin, heap, hnsw, memorySet, snapshotOf } from '../checks/built-snapshot.ts';

const view = { width: 80, paint: PLAIN };
const id = column('id', 'bigint');

describe('bloat', () => {
  const report = bloatReport(
    snapshotOf('postgres', [
      heap([id], 1500, 100_000, { deadRows: 100_000 }),
      hnsw(20_320, 100_000, 128),
      gin(703, 30_000),
    ]),
  );
  const text = renderBloatReport(report, view);
  const lines = text.trimEnd().split('\n');

  it('fits the screen, answers first and says what to do last', () => {
    expect(lines.every((l) => width(l) <= 80)).toBe(true);
    expect(lines.length).toBeLessThan(30);
    expect(lines[1]).toBe('  memories: 2 of 3 structures need attention');
    expect(lines.at(-1)).toBe('  Next: memctl compact postgres:memories --dry-run');
  });

  it('shows waste, confidence and state, and what was not measured', () => {
    expect(text).toMatch(/ {2}memories_embedding_idx +hnsw +159 MiB +79\.4 MiB +50 % +high +bloated/);
    expect(text).toMatch(/ {2}memories +heap .* dead rows!/);
    expect(text).toContain('NOT MEASURED');
    expect(text).toContain('memories_content_gin (5.49 MiB): no figure of PostgreSQL tells');
    expect(text).not.toContain(' 0 %  low');
  });

  it('has nothing to do where nothing is', () => {
    const fresh = renderBloatReport(bloatReport(snapshotOf('postgres', [hnsw(501, 2000, 384)])), view);
    expect(fresh).toContain('no structure needs anything');
    expect(fresh.trimEnd().endsWith('Nothing to do.')).toBe(true);
    expect(renderBloatReport(bloatReport(snapshotOf('sqlite', [])), view)).toContain('Nothing to do.');
  });

  it('does not send anyone to compact a table that only VACUUM FULL would shrink', () => {
    const shown = renderBloatReport(bloatReport(snapshotOf('postgres', [heap([id], 5000, 100_000)])), view);
    expect(shown).toMatch(/only VACUUM FULL,\s+which\s+blocks\s+everybody/);
    expect(shown).not.toContain('memctl compact');
  });

  it('is one CSV record and one Markdown row a structure', () => {
    const csv = bloatCsv(report).trimEnd().split('\r\n');
    expect(csv).toHaveLength(4);
    expect(csv.every((l) => l.split(',').length >= 18)).toBe(true);
    expect(csv.find((l) => l.includes('content_gin'))).toContain(',,,,,,,unmeasured,,low,');
    const rows = bloatMarkdown(report)
      .split('\n')
      .filter((l) => l.startsWith('| `'));
    expect(rows).toHaveLength(3);
    expect(rows.every((r) => r.split(' | ').length === 7)).toBe(true);
  });

  it('prints no control character of a name', () => {
    const odd = { ...hnsw(20_320, 100_000, 128), name: 'public.\u001b[31mred' };
    const shown = bloatReport(snapshotOf('postgres', [odd]));
    expect(renderBloatReport(shown, view)).not.toContain('\u001b');
    expect(bloatMarkdown(shown)).not.toContain('\u001b');
  });
});

describe('hot', () => {
  const exactly = (value: number): Counted => ({ value, low: value, high: value });
  const vectors = { where: 'column', name: 'embedding', rows: 1_000_000, dims: 1536, scalar: 'float32' } as const;
  const store = snapshotOf('postgres', [hnsw(1_000_100, 1_000_000, 1536)], {
    memorySets: [memorySet('memories', 1_000_000, { schema: 'public', vectors })],
  });
  const loads = [900_000, 99_000, 1000].map((rows, i) => ({
    namespace: ['acme', 'a\u001b[31mb', null][i] as string | null,
    rows: exactly(rows),
    rowBytes: 1000,
    deadRows: null,
  }));
  const census: Census = {
    set: 'generic:memories',
    column: 'namespace',
    method: 'exact',
    how: 'every row was counted',
    sampled: 1_000_000,
    rows: exactly(1_000_000),
    distinct: exactly(3),
    top: loads,
    sizes: loads.map((l) => [l.rows.value, 1] as const),
  };
  const report = hotReport(store, [census]);
  const text = renderHotReport(report, view);

  it('answers first, shows the statement whole, and says what to do last', () => {
    const lines = text.trimEnd().split('\n');
    expect(lines[1]).toBe('  memories: 1 namespace has reached 100k rows');
    // A statement is for copying: it alone may be longer than the screen.
    expect(lines.filter((l) => width(l) > 80)).toEqual([
      `    CREATE INDEX CONCURRENTLY ON "public"."memories" USING hnsw ("embedding" vector_cosine_ops) WITH (m = 16, ef_construction = 64) WHERE "namespace" = 'acme';`,
    ]);
    expect(text).toMatch(/Next: build the index above for acme/);
    expect(text).toMatch(/\(none\) +1,000 +977 KiB +0\.1 % +0\.0 of 10/);
    expect(text).not.toContain('\u001b');
  });

  it('marks what was sampled', () => {
    const rows = { value: 900_000, low: 850_000, high: 950_000 };
    const top = [{ ...(loads[0] as (typeof loads)[number]), rows }];
    const sampled = renderHotReport(hotReport(store, [{ ...census, top, sizes: null, distinct: null }]), view);
    expect(sampled).toContain('≈ 900,000');
    expect(sampled).toContain('85-95 %');
    expect(sampled).toContain('an unknown number of namespaces');
    expect(sampled).not.toContain('Gini');
  });

  it('is one CSV record and one Markdown row a namespace', () => {
    expect(hotCsv(report).trimEnd().split('\r\n')).toHaveLength(4);
    expect(
      hotMarkdown(report)
        .split('\n')
        .filter((l) => l.startsWith('| `')),
    ).toHaveLength(3);
  });

  it('of a store without namespaces says so', () => {
    expect(renderHotReport(hotReport(store, []), view)).toContain('no memories with a namespace were recognised');
  });
});
