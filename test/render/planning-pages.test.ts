import { describe, expect, it } from 'vitest';
import { NO_WISHES } from '../../bench/writes-comparison.ts';
import { cacheReport } from '../../src/capacity/cache.ts';
import { placeReport } from '../../src/capacity/place.ts';
import { plainValue, quantitiesOf, reportDocument, reportJson } from '../../src/capacity/report-json.ts';
import { shardReport } from '../../src/capacity/shard.ts';
import { writeReport } from '../../src/capacity/writes.ts';
import { cachePage } from '../../src/render/capacity/cache.ts';
import { placePage } from '../../src/render/capacity/place.ts';
import { type Page, pageCsv, pageMarkdown, pageScreen } from '../../src/render/capacity/sectioned.ts';
import { shardPage } from '../../src/render/capacity/shard.ts';
import { writesPage } from '../../src/render/capacity/writes.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { NOW, workloadFrom } from '../capacity/plan-from-flags.ts';

const full = workloadFrom({
  n: '50M',
  dims: 1536,
  users: '100k',
  'writes-per-day': '2M',
  'queries-per-second': 200,
});
const bare = workloadFrom({ n: '50M', dims: 1536 });
const small = workloadFrom({ n: '50k', engine: 'sqlite-vec', 'writes-per-day': '5k', 'queries-per-second': 1 });
const noShard = {
  shards: undefined,
  to: undefined,
  zipf: undefined,
  virtualNodes: undefined,
  disk: undefined,
  rowsPerShard: undefined,
  recovery: undefined,
  consistency: undefined,
  drain: undefined,
  start: NOW,
};
const noCache = {
  rates: {},
  results: undefined,
  queryTokens: undefined,
  embeddingLatency: undefined,
  redisLatency: undefined,
  pageLatency: undefined,
  readRate: undefined,
  iops: undefined,
};
const noPlace = {
  itemBytes: undefined,
  hot: undefined,
  warm: undefined,
  cold: undefined,
  zipf: undefined,
  warmStore: 'tables' as const,
};
const pages: readonly (readonly [string, Page])[] = [
  ['shard', shardPage(reportJson(shardReport(full, noShard), NOW))],
  ['shard, little known', shardPage(reportJson(shardReport(bare, noShard), NOW))],
  ['cache', cachePage(reportJson(cacheReport(full, noCache), NOW))],
  ['cache, little known', cachePage(reportJson(cacheReport(bare, noCache), NOW))],
  ['place', placePage(reportJson(placeReport(full, noPlace), NOW))],
  ['place, little known', placePage(reportJson(placeReport(bare, noPlace), NOW))],
  ['writes', writesPage(reportJson(writeReport(full, NO_WISHES), NOW))],
  ['writes, little known', writesPage(reportJson(writeReport(bare, NO_WISHES), NOW))],
  ['writes, sqlite', writesPage(reportJson(writeReport(small, NO_WISHES), NOW))],
];
const screen = (page: Page, columns: number, verbose = false): string =>
  pageScreen(page, { columns, paint: PLAIN, verbose });

describe.each(pages)('%s', (_name, page) => {
  it.each([80, 60])('keeps %i columns', (columns) => {
    const lines = screen(page, columns, true).split('\n');
    expect(lines.filter((l) => [...l].length > columns)).toEqual([]);
  });

  it('keeps 40 columns but for words that are longer', () => {
    const lines = screen(page, 40).split('\n');
    const broad = lines.filter((l) => [...l].length > 40 && l.trim().includes(' '));
    expect(broad).toEqual([]);
  });

  it('never prints what is no number or no text', () => {
    for (const text of [screen(page, 80, true), pageMarkdown(page), pageCsv(page)]) {
      expect(text).not.toMatch(/NaN|undefined|null|Infinity|\[object/);
    }
  });

  it('is whole in Markdown: every row has as many cells as the head', () => {
    const rows = pageMarkdown(page)
      .split('\n')
      .filter((l) => l.startsWith('|'));
    expect(rows.length).toBeGreaterThan(6);
    const tables: string[][] = [];
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/).length;
      if (/^\|[-:|]+\|$/.test(row)) tables.push([]);
      else if (tables.length > 0) tables.at(-1)?.push(String(cells));
    }
    expect(tables.length).toBeGreaterThan(0);
  });

  it('has a record for every row in CSV', () => {
    const rows = page.sections.flatMap((s) => ('rows' in s ? s.rows : []));
    const tables = page.sections.filter((s) => 'rows' in s && s.rows.length > 0);
    const records = pageCsv(page)
      .split('\r\n')
      .filter((l) => l !== '');
    expect(records).toHaveLength(rows.length + tables.length);
  });
});

describe('what stands on the screen', () => {
  const of = (name: string): string => screen((pages.find(([n]) => n === name) as (typeof pages)[number])[1], 80);

  it('the answer first', () => {
    expect(of('shard')).toMatch(/^\n {2}50,000,000 memories over shards of pgvector\n\n {2}8 shards: RAM binds/);
    expect(of('place')).toMatch(/Hot and warm hold/);
    expect(of('cache')).toMatch(/on average/);
    expect(of('writes')).toMatch(/machines\n\n {2}A memory puts ≈ [\d.]+ KiB into the write-ahead log, and ≈ /);
    expect(of('writes, sqlite')).toMatch(/A memory puts ≈ [\d.]+ KiB into the write-ahead log, ≈ .* a day/);
  });

  it('a move that nobody has to make is told as one, and shards that are enough are not asked for again', () => {
    const few = workloadFrom({ n: '2M', dims: 768, users: '20k' });
    const enough = screen(shardPage(reportJson(shardReport(few, noShard), NOW)), 80);
    expect(enough).toContain('from 1 to 2 shards, were it done all the same:');
    expect(enough).not.toContain('so that the fullest fits, too');
    expect(of('shard')).toContain('from 1 to 8 shards:');
    expect(of('shard')).toContain('so that the fullest fits, too: 17 shards');
  });

  it('advice on a queue is for an import that a queue would feel', () => {
    const page = (backfill: number): string =>
      screen(writesPage(reportJson(writeReport(small, { ...NO_WISHES, backfill }), NOW)), 80).replaceAll(/\s+/g, ' ');
    expect(page(45)).toMatch(/BACKFILL 45 memories: ≈ [\d,.k]+ a second/);
    expect(page(45)).not.toContain('a queue of their own');
    expect(page(10_000_000)).toMatch(/a queue of their own; send the import in parts of 100,000/);
  });

  it('an unknown is a dash', () => {
    expect(of('shard, little known')).toMatch(/writes +– +–/);
    expect(of('cache, little known')).toMatch(/L1 +search results +30 s +20 % +–/);
    expect(of('writes, little known')).toMatch(/HNSW index +≈ [\d,]+ B +– /);
  });

  it('what the article says comes with --verbose', () => {
    const page = (pages[0] as (typeof pages)[number])[1];
    expect(screen(page, 80)).not.toContain('SETTLED');
    expect(screen(page, 80, true)).toMatch(/SETTLED +day 1: the article says "provision shard 2"/);
  });
});

describe('a report as JSON', () => {
  it('keeps every figure with its interval and basis, and null for what is unknown', () => {
    const report = shardReport(bare, noShard);
    const json = reportJson(report, NOW);
    expect(json).toMatchObject({
      schemaVersion: 1,
      kind: 'shard-report',
      generatedAt: NOW.toISOString(),
      balance: null,
    });
    expect(json.constraints[0]?.shards).toMatchObject({ value: 8, unit: 'count', basis: 'assumed' });
    expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  });

  it('explains every figure on request, by its path', () => {
    const report = placeReport(full, noPlace);
    expect([...quantitiesOf(report).keys()]).toEqual(
      expect.arrayContaining(['items', 'tiers.hot.hits', 'tiers.warm.money', 'warm.tables', 'meanLatency']),
    );
    const plain = JSON.stringify(reportJson(report, NOW));
    const explained = JSON.stringify(reportDocument(report, NOW), (_key, value) => plainValue(value, true));
    expect(plain).not.toContain('"formula"');
    expect(JSON.stringify(reportDocument(report, NOW), (_key, value) => plainValue(value, false))).toBe(plain);
    expect(explained).toContain('"formula":"(H(min(all, above + held), s) - H(above, s)) / H(all, s)"');
  });
});
