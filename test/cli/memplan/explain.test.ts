/** `memplan explain` as a user has it: a figure, other people's rules, the article; formats and widths. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Outcome, View } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { action } from '../../../src/cli/memplan/explain.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { emptyFolder, store } from '../../e2e/run-program.ts';

const NOW = new Date('2026-09-15T00:00:00Z');
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime: Runtime = {
  argv: [],
  env: {},
  now: NOW,
  stdout: sink,
  stderr: sink,
  cwd: emptyFolder,
  signal: new AbortController().signal,
  interrupted: undefined,
};
const view = (format: View['format'], columns = 80, verbose = false): View => ({
  format,
  columns,
  color: false,
  explain: false,
  quiet: false,
  verbose,
  now: NOW,
});
const run = (args: readonly string[], options: Record<string, unknown>): Promise<Outcome> =>
  action.execute(args, options, runtime);
const text = async (o: Outcome, format: View['format'], columns = 80, verbose = false): Promise<string> =>
  await o.render(view(format, columns, verbose));
const refusal = async (args: readonly string[], options: Record<string, unknown>): Promise<string> => {
  try {
    await run(args, options);
  } catch (e) {
    return (e as Error).message;
  }
  return 'nothing';
};
/** Every line inside the width, but for a path that is longer by itself. */
const fits = (shown: string, columns: number): void => {
  for (const line of shown.split('\n')) {
    if (line.trim().includes(' ')) expect([...line].length, line).toBeLessThanOrEqual(columns);
  }
};

describe('explain, a figure', () => {
  it('prints its computation in every format', async () => {
    const o = await run(['vector-index'], { n: '10M', dims: '1536', engine: 'pgvector' });
    expect(await text(o, 'table')).toMatch(/^HNSW index = pages \* page = /);
    expect(JSON.parse(await text(o, 'json'))).toMatchObject({ kind: 'explanation', figure: 'vector-index' });
    expect(await text(o, 'markdown')).toMatch(/^```\nHNSW index = /);
    const [head, first, ...rest] = (await text(o, 'csv')).trimEnd().split('\r\n');
    expect(head).toBe('depth,symbol,name,formula,value,unit,low,high,basis,source');
    expect(first).toMatch(/^0,,HNSW index,pages \* page,81920008192,B,/);
    expect(rest.length).toBeGreaterThan(3);
  });

  it('lists all figures in every format', async () => {
    const o = await run([], { n: '1M' });
    const figures = Object.keys(JSON.parse(await text(o, 'json')).figures);
    expect(figures).toContain('query.p99');
    expect((await text(o, 'csv')).trimEnd().split('\r\n')).toHaveLength(figures.length + 1);
    expect((await text(o, 'markdown')).trimEnd().split('\n')).toHaveLength(figures.length + 2);
  });
});

describe('what is explained', () => {
  const inFolder = async (yaml: string, options: Record<string, unknown>): Promise<{ n: number; notes: unknown }> => {
    const cwd = mkdtempSync(join(tmpdir(), 'memplan-explain-'));
    writeFileSync(join(cwd, 'memplan.yaml'), yaml);
    const here = process.cwd();
    process.chdir(cwd);
    try {
      const o = await action.execute(['query.work'], { engine: 'sqlite-vec', ...options }, { ...runtime, cwd });
      return { n: JSON.parse(await text(o, 'json')).quantity.value, notes: o.notes };
    } finally {
      process.chdir(here);
      rmSync(cwd, { recursive: true });
    }
  };

  // An exact scan visits every row, so its work is the number of memories.
  it('is the workload of memplan.yaml, of a flag before it, and the example only where neither has one', async () => {
    expect(await inFolder('workload: { n: 2M, dims: 768 }', {})).toEqual({ n: 2_000_000, notes: [] });
    expect(await inFolder('workload: { n: 2M, dims: 768 }', { n: '3M' })).toEqual({ n: 3_000_000, notes: [] });
    expect(await inFolder('workload: { users: 1k, memories-per-user: 100 }', {})).toEqual({ n: 100_000, notes: [] });
    expect(await inFolder('workload: { dims: 768 }', {})).toEqual({
      n: 10_000_000,
      notes: ['no workload given: this is for --n 10M'],
    });
  });
});

describe('explain --compare', () => {
  it('prints inside 40, 80 and 100 columns', async () => {
    const o = await run([], { compare: true, n: '10M', dims: '1536' });
    expect(o.exit).toBe(EXIT.done);
    for (const columns of [40, 80, 100]) {
      const shown = await text(o, 'table', columns);
      fits(shown, columns);
      expect(shown).toContain('Qdrant, × 1.5');
    }
    const verbose = await text(o, 'table', 80, true);
    expect(verbose).toContain('LEFT OUT');
    expect(verbose.replaceAll(/\s+/g, ' ')).toContain('ALGO_PARAMS.md');
  });

  it('says the same in JSON, CSV and Markdown', async () => {
    const o = await run([], { compare: true, n: '1M', dims: '768' });
    const json = JSON.parse(await text(o, 'json'));
    expect(json).toMatchObject({ schemaVersion: 1, kind: 'rules-report', reference: 'ours' });
    const csv = (await text(o, 'csv')).trimEnd().split('\r\n');
    expect(csv).toHaveLength(json.rows.length + 1);
    const qdrant = json.rows.find((r: { id: string }) => r.id === 'qdrant-rule');
    expect(csv.find((l) => l.startsWith('rules,qdrant-rule,'))).toContain(`,${qdrant.memory.value},`);
    expect(await text(o, 'markdown')).toContain('| qdrant-rule | Qdrant, × 1.5 rule |');
    expect(await text(o, 'markdown')).toContain('N * d * element * 1.5');
  });

  it('explains one rule, and asks for the nearest of one that there is not', async () => {
    const o = await run(['qdrant-rule'], { compare: true, n: '1M', dims: '768' });
    expect(await text(o, 'table')).toContain('N * d * element * 1.5 = 1,000,000 * 768 * 4 * 1.5 = 4,608,000,000 B');
    expect(await refusal(['qdrant'], { compare: true, n: '1M' })).toContain('"qdrant" is not a rule');
    expect(await refusal([], { compare: true, article: true })).toContain('--article contradicts --compare');
  });

  it('reads a store, and says that it has nothing to hold rules against', async () => {
    const o = await run([], { compare: true, from: store('mneme-v1-sqlite.db') });
    expect((await text(o, 'table')).replaceAll(/\s+/g, ' ')).toContain('447 vectors of 64 float32 dimensions');
    expect((await text(o, 'table')).replaceAll(/\s+/g, ' ')).toContain('no structure that holds nothing but vectors');
  });
});

describe('explain --article', () => {
  it('lists the claims inside 40 and 80 columns, and what is true of each with --verbose', async () => {
    const o = await run([], { article: true });
    for (const columns of [40, 80]) fits(await text(o, 'table', columns, true), columns);
    const shown = (await text(o, 'table', 80, true)).replaceAll(/\s+/g, ' ');
    expect(shown).toContain('31 claims of the article: 4 hold as they stand');
    expect(shown).toContain('PostgreSQL 11 brought parallel builds for B-trees only');
  });

  it('chooses by verdict and by name', async () => {
    const right = JSON.parse(await text(await run([], { article: true, verdict: 'right' }), 'json'));
    expect(right.claims.map((c: { id: string }) => c.id)).toEqual([
      'namespace-index',
      'embed-once',
      'storage-price',
      'consolidation',
    ]);
    const one = await text(await run(['extraction'], { article: true }), 'table');
    expect(one).toContain('$60,000');
    expect(one).toContain('SAYS');
    expect(await refusal([], { article: true, verdict: 'rigt' })).toContain('did you mean right?');
    expect(await refusal(['extracton'], { article: true })).toContain('did you mean extraction?');
    expect(await refusal([], { verdict: 'right' })).toContain('give --article with it');
    expect(await refusal([], { article: true, n: '1M' })).toContain("the claims are about the article's own numbers");
  });

  it('computes with prices of the user', async () => {
    const o = await run(['storage-price'], { article: true, price: ['rds.gp3=0.23'] });
    expect(await text(o, 'table')).toContain('$230/month');
  });

  it('writes files with claim, truth and figure', async () => {
    const o = await run([], { article: true });
    const csv = await text(o, 'csv');
    expect(csv).toMatch(/^table,claim,verdict,the article says,what is true,source\r\n/);
    expect(csv).toContain('figures,fifty-million,"50M × 1,536, HNSW index",~4 GB,409600');
    expect(await text(o, 'markdown')).toContain('| parallel-gin | wrong |');
  });
});
