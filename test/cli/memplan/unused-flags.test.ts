/** Flags that change nothing: refused by a verb that never reads them, told where it is the engine that has no use for them. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action, Options, Outcome } from '../../../src/cli/command.ts';
import { action as cache } from '../../../src/cli/memplan/cache.ts';
import { action as compare } from '../../../src/cli/memplan/compare.ts';
import { action as diff } from '../../../src/cli/memplan/diff.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import { action as explain } from '../../../src/cli/memplan/explain.ts';
import { action as forecast } from '../../../src/cli/memplan/forecast.ts';
import { action as gate } from '../../../src/cli/memplan/gate.ts';
import { action as place } from '../../../src/cli/memplan/place.ts';
import { action as reembed } from '../../../src/cli/memplan/reembed.ts';
import { action as shard } from '../../../src/cli/memplan/shard.ts';
import { action as writes } from '../../../src/cli/memplan/writes.ts';
import { PARAMETERS, type Parameter } from '../../../src/workload/index.ts';
import { jsonView, quietRuntime } from './quiet-runtime.ts';

const now = new Date('2026-09-15T00:00:00Z');
const folder = mkdtempSync(join(tmpdir(), 'memplan-unused-'));
const runtime = quietRuntime(folder, now);
const view = jsonView(now);
const run = async (action: Action, options: Options, args: readonly string[] = []): Promise<Outcome> =>
  await action.execute(args, options, runtime);
// biome-ignore lint/suspicious/noExplicitAny: documents of several verbs, each asked for what it is known to have
const json = async (action: Action, options: Options): Promise<any> =>
  JSON.parse(await (await run(action, options)).render(view));

describe('a verb that never reads a flag refuses it', () => {
  it.each([
    ['ram', '32GiB'],
    ['engine', 'pgvector'],
    ['index', 'hnsw'],
    ['slo-p99', '20ms'],
    ['calibration', 'mine.json'],
    ['without', 'lexical-index'],
  ])('place --%s %s', async (flag, value) => {
    await expect(run(place, { n: '1M', [flag]: value })).rejects.toThrow(
      `--${flag}: place does not use it; what it answers rests on how many items there are`,
    );
  });

  it.each([
    ['budget', '$500'],
    ['queries-per-second', '100'],
    ['chunk-size', '512'],
  ])('shard --%s %s', async (flag, value) => {
    await expect(run(shard, { n: '10M', [flag]: value })).rejects.toThrow(`--${flag}: shard does not use it`);
  });

  it('but what memplan.yaml holds is for all verbs', async () => {
    const config = join(folder, 'shared.yaml');
    writeFileSync(config, 'workload:\n  n: 1M\n  ram: 32GiB\n  engine: pgvector\n  budget: 500\n  m: 32\n');
    expect((await json(place, { config })).items.value).toBe(1_000_000);
    expect((await json(shard, { config })).memories.value).toBe(1_000_000);
  });

  it('place heeds --type', async () => {
    const data = async (type: string): Promise<number> =>
      (await json(place, { n: '1k', dims: '1001', 'text-bytes': '200B', 'metadata-bytes': '100B', type })).itemBytes
        .value;
    expect(await Promise.all(['float32', 'halfvec', 'int8', 'bit', 'sparsevec'].map(data))).toEqual([
      300 + 4 * 1001,
      300 + 2 * 1001,
      300 + 1001,
      300 + 126,
      300 + 8 * 120,
    ]);
  });

  it('the article, and a saved report, take no workload at all', async () => {
    await expect(run(explain, { article: true, ram: '3GiB' })).rejects.toThrow('--article contradicts --ram');
    await expect(run(estimate, { input: 'r.json', 'slo-p99': '5ms' })).rejects.toThrow('--input contradicts --slo-p99');
  });
});

describe('a flag that the engine has no use for is told', () => {
  const SQLITE = { n: '50k', dims: '384', engine: 'sqlite-vec' };
  const SENTENCE = '--m changes no figure of SQLite with sqlite-vec';

  it('by estimate before all other advice, by the others among their notes', async () => {
    expect((await json(estimate, { ...SQLITE, m: '32' })).advice[0]).toEqual({ id: 'unused-flag', message: SENTENCE });
    for (const [action, more] of [
      [cache, {}],
      [writes, {}],
      [reembed, { 'to-model': 'text-embedding-3-large' }],
      [forecast, { 'growth-per-day': '1k' }],
    ] as const) {
      expect((await json(action, { ...SQLITE, ...more, m: '32' })).notes).toContain(SENTENCE);
    }
    expect((await json(compare, { n: '50k', engine: 'sqlite-vec', m: '32', vary: 'dims=384,768' })).notes).toContain(
      '--m changes no figure of any row',
    );
    expect((await run(explain, { ...SQLITE, m: '32' })).notes).toContain(SENTENCE);
    expect((await run(explain, { ...SQLITE, m: '32', compare: true })).notes).toContain(SENTENCE);
  });

  it('by gate and diff on stderr', async () => {
    const config = join(folder, 'budgets.yaml');
    writeFileSync(config, 'budgets:\n  - metric: totals.disk\n    limit: 1TiB\n');
    const gated = await run(gate, { ...SQLITE, config, m: '32', 'growth-per-day': '1k' });
    expect(gated.notes).toContain(SENTENCE);
    expect(gated.notes).toContain('--growth-per-day is not used: no budget looks ahead (for: 180d)');
    const saved = join(folder, 'saved.json');
    writeFileSync(saved, await (await run(estimate, SQLITE)).render(view));
    expect((await run(diff, { ...SQLITE, m: '32' }, [saved])).notes).toContain(SENTENCE);
  });

  it('whichever it is: a chunk of vec0, a lexical index, an exact scan, what a switched-off part has', async () => {
    const said = async (options: Options): Promise<string | undefined> =>
      (await json(estimate, { n: '1M', dims: '384', ...options })).advice.find(
        (a: { id: string }) => a.id === 'unused-flag',
      )?.message;
    expect(await said({ engine: 'pgvector', 'chunk-size': '512', m: '32', 'ef-construction': '200' })).toBe(
      '--chunk-size changes no figure of pgvector',
    );
    expect(await said({ engine: 'faiss', index: 'flat', lexical: 'trigram', 'duplicate-rate': '3%' })).toBe(
      '--duplicate-rate and --lexical change no figure of FAISS in process',
    );
    expect(await said({ engine: 'pgvector', 'edges-per-memory': '2', without: 'edge-table' })).toMatch(
      /^--edges-per-memory changes/,
    );
    expect(await said({ system: 'mem0', lexical: 'trigram', m: '32' })).toMatch(/^--lexical changes no figure of mem0/);
    expect(await said({ engine: 'qdrant', m: '32' })).toBeUndefined();
    expect(await said({ engine: 'pgvector', m: '16' })).toBeUndefined();
  });

  it('not what memplan.yaml says', async () => {
    const config = join(folder, 'engine.yaml');
    writeFileSync(config, 'workload:\n  n: 50k\n  engine: sqlite-vec\n  m: 32\n');
    expect((await json(estimate, { config })).advice.map((a: { id: string }) => a.id)).not.toContain('unused-flag');
    expect(JSON.stringify((await json(cache, { config })).notes)).not.toContain('not used');
  });

  it("and a verb's own flags, where there is nothing for them", async () => {
    const notes = async (action: Action, options: Options): Promise<string> =>
      JSON.stringify((await json(action, { n: '50k', ...options })).notes);
    expect(await notes(place, { 'item-bytes': '64kB', dims: '768' })).toContain(
      '--dims is not used: --item-bytes says how large an item is',
    );
    expect(await notes(place, { users: '100' })).toContain('--users is not used: --n says how many items');
    expect(await notes(place, { n: undefined, users: '100', 'memories-per-user': '5' })).not.toContain('not used');
    expect(await notes(writes, { engine: 'sqlite-vec', 'max-wal-size': '2GiB', fastupdate: 'off' })).toContain(
      '--max-wal-size and --fastupdate are not used: nothing that is told of SQLite with sqlite-vec rests on such a setting',
    );
    expect(await notes(writes, { engine: 'pgvector', 'max-wal-size': '2GiB' })).not.toContain('not used');
    expect(await notes(cache, { engine: 'redis', 'page-latency': '1ms', iops: '100' })).toMatch(
      /--page-latency is not used: no latency is told.*--iops is not used/,
    );
    expect(await notes(shard, { zipf: '1' })).toContain(
      '--zipf is not used: nobody said how many namespaces there are',
    );
    expect(await notes(shard, { zipf: '1', users: '100' })).not.toContain('not used');
  });
});

describe('what is called unused is: the answer is the same at both ends of its range', () => {
  const VERBS = {
    cache: [cache, {}],
    writes: [writes, {}],
    reembed: [reembed, { 'to-model': 'text-embedding-3-large' }],
    forecast: [forecast, { 'growth-per-day': '20k' }],
    shard: [shard, {}],
  } as const;
  const CONTEXTS: Readonly<Record<string, Record<string, string>>> = {
    'sqlite-vec': { engine: 'sqlite-vec', n: '50k' },
    pgvector: { engine: 'pgvector', with: 'outbox' },
    'exact scan': { engine: 'pgvector', index: 'flat' },
    ivfflat: { engine: 'pgvector', index: 'ivfflat' },
    'many shards': { engine: 'sharded-pgvector', n: '300M', with: 'outbox' },
    qdrant: { engine: 'qdrant', n: '100M' },
    faiss: { engine: 'faiss' },
    redis: { engine: 'redis' },
    mem0: { system: 'mem0' },
  };
  const BASE = { n: '2M', dims: '768', 'writes-per-day': '100k', namespaces: '1000', 'cache-entries': '1000' };
  const texts = (p: Parameter): string[] => {
    if (p.choices !== undefined) return [...p.choices];
    if (p.kind === 'word') return p.id === 'embedding-model' ? ['text-embedding-3-large', 'voyage-3.5'] : [];
    const unit = { bytes: 'B', duration: 's' }[p.kind as 'bytes'] ?? '';
    return [p.min, p.max].map((x) => `${x}${unit}`);
  };
  const said = (notes: readonly string[], id: string): boolean =>
    notes.some((n) =>
      / (changes? no figure of|(is|are) not used:) /.test(n)
        ? n
            .split(/:| no figure /)[0]
            ?.split(/,? /)
            .includes(`--${id}`)
        : false,
    );
  /** What another engine would do is another engine's figure. */
  const OTHERS = ['notes', 'workload', 'next', 'unheld', 'headline', 'generatedAt'];

  it.each(Object.entries(VERBS))('%s', async (verb, [action, more]) => {
    const wrong: string[] = [];
    let told = 0;
    for (const [name, context] of Object.entries(CONTEXTS)) {
      for (const p of PARAMETERS) {
        if (p.id in context || ['n', 'users', 'memories-per-user', 'system', 'store', 'engine'].includes(p.id))
          continue;
        const answers = new Set<string>();
        for (const text of texts(p)) {
          try {
            const answer = await json(action, { ...BASE, ...more, ...context, [p.id]: text });
            if (!said(answer.notes, p.id)) break;
            told++;
            answers.add(JSON.stringify(answer, (key, value) => (OTHERS.includes(key) ? undefined : value)));
          } catch {
            // A value that cannot be had with the others is refused in a sentence of its own.
          }
        }
        if (answers.size > 1) wrong.push(`${verb}, ${name}: --${p.id}`);
      }
    }
    expect(wrong).toEqual([]);
    if (verb !== 'shard') expect(told).toBeGreaterThan(50);
  });
});
