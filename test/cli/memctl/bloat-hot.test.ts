/** memctl bloat and memctl hot as actions: options, exit codes, saved documents. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { BloatReport, HotReport } from '../../../src/checks/index.ts';
import type { Action, Options, View } from '../../../src/cli/command.ts';
import { action as bloat } from '../../../src/cli/memctl/bloat.ts';
import { action as hot } from '../../../src/cli/memctl/hot.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { copied, directory, failure, fixture, made, snapshot } from '../../adapters/sqlite/temporary-store.ts';

const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const at = (now: string, env: Record<string, string> = {}): Runtime => ({
  argv: [],
  env,
  now: new Date(now),
  stdout: sink,
  stderr: sink,
  cwd: directory(),
  signal: new AbortController().signal,
  interrupted: undefined,
});
const NOW = '2026-11-21T00:00:00Z';
const view = (format: View['format']): View => ({
  format,
  columns: 80,
  color: false,
  explain: false,
  quiet: false,
  verbose: false,
  now: new Date(NOW),
});

async function run(action: Action, store: string | undefined, options: Options = {}, runtime = at(NOW)) {
  const outcome = await action.execute(store === undefined ? [] : [store], options, runtime);
  return { ...outcome, text: async (format: View['format'] = 'table') => await outcome.render(view(format)) };
}
const json = async <T>(action: Action, store: string, options: Options = {}, runtime = at(NOW)): Promise<T> =>
  JSON.parse(await (await run(action, store, options, runtime)).text('json')) as T;

/** 6 MB, three quarters of it free pages. */
const wasted = (): string =>
  `sqlite:${made(`CREATE TABLE t(id INTEGER PRIMARY KEY, a BLOB);
    WITH RECURSIVE x(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM x WHERE i < 6000) INSERT INTO t SELECT i, zeroblob(1000) FROM x;
    DELETE FROM t WHERE id > 1500`)}`;

describe('bloat', () => {
  it('fails where it is asked to, and only there', async () => {
    const store = wasted();
    expect((await run(bloat, store)).exit).toBe(0);
    expect((await run(bloat, store, { 'fail-on': 'warn' })).exit).toBe(1);
    expect((await run(bloat, store, { 'fail-on': 'crit' })).exit).toBe(1);
    expect((await run(bloat, store, { 'fail-on': 'warn', 'min-percent': '90%' })).exit).toBe(0);
    expect((await run(bloat, store, { 'fail-on': 'warn', 'min-bytes': '1GiB' })).exit).toBe(0);
  });

  it('refuses levels and shares that are none', async () => {
    const store = wasted();
    expect((await failure(() => run(bloat, store, { 'fail-on': 'error' }))).message).toContain('--fail-on: "error"');
    expect((await failure(() => run(bloat, store, { 'min-percent': '101' }))).code).toBe('bad-percent');
    expect((await failure(() => run(bloat, store, { 'min-bytes': '64 Gb' }))).message).toContain('--min-bytes');
  });

  it('is the same from the store, from its snapshot and from its report', async () => {
    const store = copied('mneme-v1-sqlite.db');
    const folder = directory();
    const report = await json<BloatReport>(bloat, `sqlite:${store}`);
    writeFileSync(join(folder, 'snapshot.json'), JSON.stringify(await snapshot(store)));
    writeFileSync(join(folder, 'report.json'), JSON.stringify(report));
    for (const name of ['snapshot.json', 'report.json']) {
      const again = await run(bloat, undefined, { input: join(folder, name) });
      expect((JSON.parse(await again.text('json')) as BloatReport).structures).toEqual(report.structures);
    }
    expect(await (await run(bloat, undefined, { input: join(folder, 'report.json') })).text('markdown')).toContain(
      '| `entries` |',
    );
    writeFileSync(join(folder, 'odd.json'), '{"kind":"bloat-report","schemaVersion":9}');
    expect((await failure(() => run(bloat, undefined, { input: join(folder, 'odd.json') }))).code).toBe('input-file');
  });

  it('prints every format', async () => {
    const outcome = await run(bloat, wasted());
    expect(await outcome.text()).toContain('memctl compact');
    expect(await outcome.text('csv')).toContain('freelist:free pages');
    expect(await outcome.text('markdown')).toContain('## Bloat of store.db');
  });
});

describe('hot', () => {
  const store = `sqlite:${fixture('stores/neural-memory-4.62-multibrain.db')}`;

  it('lists the namespaces that were asked for', async () => {
    const report = await json<HotReport>(hot, store, { top: '2', threshold: '200' });
    expect(report.namespaces.map((n) => n.namespace)).toEqual(['hot-team', 'default']);
    expect(report.threshold).toBe(200);
    expect(report.sets[0]?.distinct?.value).toBe(3);
  });

  it('tells growth against a saved report, and against what the history remembers', async () => {
    const folder = directory();
    const env = { MEMCTL_STATE_DIR: folder };
    const first = await json<HotReport>(hot, store, {}, at('2026-11-01T00:00:00Z', env));
    expect(first.namespaces.every((n) => n.growth === null)).toBe(true);
    const second = await json<HotReport>(hot, store, {}, at('2026-11-11T00:00:00Z', env));
    expect(second.namespaces[0]?.growth).toMatchObject({ days: 10, rows: 0, rowsPerDay: 0 });
    const earlier = {
      ...first,
      namespaces: first.namespaces.map((n) => ({ ...n, memories: { ...n.memories, value: n.memories.value - 100 } })),
    };
    const file = join(folder, 'first.json');
    writeFileSync(file, JSON.stringify(earlier));
    const since = await json<HotReport>(
      hot,
      store,
      { since: file, 'no-history': true },
      at('2026-11-21T00:00:00Z', env),
    );
    expect(since.namespaces[0]?.growth).toMatchObject({ days: 20, rows: 100, rowsPerDay: 5 });
    writeFileSync(file, '{}');
    expect((await failure(() => run(hot, store, { since: file }))).code).toBe('since-file');
  });

  it('remembers more namespaces than it lists, and compares with the last look of another hour', async () => {
    const env = { MEMCTL_STATE_DIR: directory() };
    const first = await json<HotReport>(hot, store, { top: '1' }, at('2026-11-01T00:00:00Z', env));
    expect(first.namespaces).toHaveLength(1);
    await json<HotReport>(hot, store, { top: '1' }, at('2026-11-11T00:00:00Z', env));
    const again = await json<HotReport>(hot, store, {}, at('2026-11-11T00:30:00Z', env));
    expect(again.namespaces.length).toBeGreaterThan(1);
    expect(again.namespaces.every((n) => n.growth?.since === '2026-11-01T00:00:00.000Z')).toBe(true);
    const text = await (await run(hot, store, {}, at('2026-11-12T00:00:00Z', env))).text();
    expect(text).toMatch(/NAMESPACE +ROWS +BYTES +SHARE +GROWTH/);
    const blind = await json<HotReport>(hot, store, { 'no-history': true }, at('2026-11-12T00:00:00Z', env));
    expect(blind.namespaces.every((n) => n.growth === null)).toBe(true);
  });

  it('refuses contradictions and a snapshot, which counts nothing by namespace', async () => {
    expect((await failure(() => run(hot, store, { exact: true, approx: true }))).code).toBe('contradiction');
    expect((await failure(() => run(hot, store, { top: '0' }))).message).toContain('--top');
    const file = join(directory(), 's.json');
    writeFileSync(file, JSON.stringify(await snapshot(fixture('stores/neural-memory-4.62-multibrain.db'))));
    expect((await failure(() => run(hot, undefined, { input: file }))).message).toContain('no hot report');
  });

  it('renders a saved report', async () => {
    const file = join(directory(), 'hot.json');
    writeFileSync(file, await (await run(hot, store)).text('json'));
    const again = await run(hot, undefined, { input: file });
    expect(await again.text()).toContain('hot-team');
    expect(await again.text('csv')).toContain('hot-team');
    expect(await again.text('markdown')).toContain('| `hot-team` |');
  });
});
