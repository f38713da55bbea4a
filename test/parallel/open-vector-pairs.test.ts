import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PairCrew } from '../../src/dedup/pair-task.ts';
import type { VectorPairs } from '../../src/dedup/vector-pairs.ts';
import { vectorSearch } from '../../src/dedup/vector-search.ts';
import { openCrew, ownThread } from '../../src/parallel/crew.ts';
import { openVectorPairs } from '../../src/parallel/open-vector-pairs.ts';
import { makeVectors, plainPairs } from '../dedup/vectors.ts';

const root: string = join(import.meta.dirname, '../..');
let worker = '';

// The very source under test, whatever dist/ holds.
beforeAll(async () => {
  worker = join(mkdtempSync(join(tmpdir(), 'parallel-')), 'parallel-worker.cjs');
  await build({
    entryPoints: [join(root, 'src/parallel/worker.ts')],
    outfile: worker,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
  });
});

const made = makeVectors({ rows: 5000, dimensions: 40, groups: 2, tight: 0.4, twins: 0.1, seed: 3 });

async function found(search: VectorPairs, signal?: AbortSignal): Promise<string[]> {
  for (const [row, vector] of made.vectors.entries()) await search.add(row, made.groups[row] as number, vector);
  await search.seal();
  const fetch = async (rows: readonly number[]): Promise<(Float32Array | null)[]> =>
    rows.map((row) => made.vectors[row] ?? null);
  const pairs: string[] = [];
  for await (const { a, b, similarity } of search.pairs(0.95, { fetch, ...(signal === undefined ? {} : { signal }) })) {
    for (const [i, row] of a.entries()) pairs.push(`${row} ${b[i]} ${similarity[i]}`);
  }
  return pairs;
}

const searched = async (
  crew: PairCrew,
  options: { budgetBytes?: number; method?: 'exact' | 'sketch' },
): Promise<string[]> => {
  const search = vectorSearch({ crew, budgetBytes: 1e9, seed: 1, ...options });
  try {
    return await found(search);
  } finally {
    await search.close();
  }
};

describe('pairs on worker threads', () => {
  it.each([{}, { method: 'exact' }, { method: 'sketch' }, { budgetBytes: 0 }] as const)(
    'are the same, in the same order, on one thread, two and three: %o',
    async (options) => {
      const one = await searched(ownThread(), options);
      expect(one.length).toBe(plainPairs(made, 0.95).pairs.size);
      for (const threads of [2, 3]) {
        const crew = await openCrew(threads, worker);
        expect(crew.threads).toBe(threads);
        expect(await searched(crew, options)).toEqual(one);
      }
    },
  );

  it('fall back to this thread where workers do not start', async () => {
    for (const file of [join(root, 'package.json'), join(root, 'nothing.cjs')]) {
      const crew = await openCrew(2, file);
      expect(crew.threads).toBe(1);
      expect((await searched(crew, {})).length).toBeGreaterThan(100);
    }
  });

  it('stop when they are told to, and their workers end', async () => {
    const controller = new AbortController();
    const crew = await openCrew(2, worker);
    const search = vectorSearch({ crew, budgetBytes: 1e9, seed: 1 });
    controller.abort(new Error('enough'));
    await expect(found(search, controller.signal)).rejects.toThrow('enough');
    await search.close();
    await expect(
      crew.run({ kind: 'nearest', plan: 0, positions: new Uint32Array(0), from: 0, to: 0, keep: 1 }),
    ).rejects.toThrow('the search was closed');
  });

  it('pass on what went wrong in a worker', async () => {
    const crew = await openCrew(2, worker);
    const task = { kind: 'join', plan: 99_999, rectangles: Uint32Array.of(0, 2, 0, 2), cursor: null } as const;
    await expect(crew.run(task)).rejects.toThrow('plan 99999 is not open');
    await crew.close();
  });

  it('let a program end by itself once they are closed', () => {
    const program = `
      import { openCrew } from ${JSON.stringify(join(root, 'src/parallel/crew.ts'))};
      const crew = await openCrew(2, ${JSON.stringify(worker)});
      process.stdout.write(String(crew.threads));
      await crew.close();`;
    const run = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      cwd: root,
      encoding: 'utf8',
      timeout: 30_000,
    });
    expect([run.stdout, run.status]).toEqual(['2', 0]);
  });

  it('open with nothing said', async () => {
    const search = await openVectorPairs();
    expect((await found(search)).length).toBe(plainPairs(made, 0.95).pairs.size);
    await search.close();
  });
});
