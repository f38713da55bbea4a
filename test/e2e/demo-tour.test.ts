/** What `memctl demo` prints to try, typed line by line: each line does what stands beside it. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { type Finished, run } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-demo-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const typed = (...args: string[]): Finished =>
  run('memctl', args, { cwd: folder, env: { MEMCTL_STATE_DIR: join(folder, 'state') } });

interface Demo {
  readonly store: Readonly<Record<'entries' | 'memories' | 'expired' | 'orphans', number>> & {
    readonly hot: { readonly namespace: string; readonly rows: number };
    readonly overQuota: { readonly namespace: string };
  };
  readonly try: readonly { readonly command: string; readonly shows: string }[];
}

it('the commands that a demo store is printed with do what is said of them', () => {
  const demo = JSON.parse(typed('demo', '--json').stdout) as Demo;
  const said = new Map(
    demo.try.map(({ command }) => {
      const [program, ...args] = command.split(' ');
      expect(program).toBe('memctl');
      const done = typed(...args);
      expect({ command, exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });
      return [command, done.stdout] as const;
    }),
  );
  const of = (part: string): string => [...said].find(([command]) => command.includes(part))?.[1] ?? '';
  const n = (x: number): string => x.toLocaleString('en');
  const { store } = demo;
  expect(of(' stats ')).toContain(n(store.entries));
  expect(of(' hot ')).toContain(store.hot.namespace);
  expect(of(' bloat ')).toContain('memory_embeddings');
  expect(of(' dedup ')).toMatch(/of [\d,]+ cached answers could go/);
  expect(of(' --dry-run')).toContain(`remove ${n(store.expired)} of ${n(store.entries)}`);
  expect(of(' --dry-run')).toContain(`remove ${n(store.orphans)} rows of memory_embeddings`);
  expect(of(' compact ')).toMatch(
    /MiB given back[\s\S]*vec0-rebuild:\S+ +done[\s\S]*full-vacuum:freelist:\S+ \S+ +done/,
  );
  expect(of(' --quotas ')).toMatch(/expired of mneme:entries +done[\s\S]*over-quota of mneme:entries +done +[1-9]/);
  expect(existsSync(join(folder, 'kept'))).toBe(true);
  expect(of(' runs')).toMatch(/vacuum[\s\S]*can be undone[\s\S]*compact/);
  const removed = /: ([\d,]+) rows removed/.exec(of(' --quotas '))?.[1];
  expect(of(' undo last')).toContain(`${removed} rows put back`);
});
