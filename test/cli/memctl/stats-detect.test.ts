/** The two verbs as functions: what they report, what they print of it, and what survives a file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StoreReport } from '../../../src/capacity/store-report.ts';
import type { Action } from '../../../src/cli/command.ts';
import { action as detectAction } from '../../../src/cli/memctl/detect.ts';
import { action as statsAction, statsExit } from '../../../src/cli/memctl/stats.ts';
import type { DetectReport } from '../../../src/profiles/index.ts';
import { width } from '../../../src/render/columns.ts';
import { renderDetectReport } from '../../../src/render/detect-report.ts';
import { PLAIN } from '../../../src/render/paint.ts';
import { renderStoreReport } from '../../../src/render/store-report.ts';
import { connect, directory, failure, fixture, made, NOW, snapshot } from '../../adapters/sqlite/temporary-store.ts';

const runtime: { now: Date; cwd: string; env: Record<string, string> } = { now: NOW, cwd: '/', env: {} };
const mneme = `sqlite:${fixture('stores/mneme-v1-sqlite.db')}`;
const brain = `sqlite:${fixture('stores/neural-memory-4.62-multibrain.db')}`;
const plain = { width: 80, paint: PLAIN };

interface Asked {
  readonly store?: string;
  readonly [option: string]: unknown;
}

/** The document that a verb prints with --json. */
async function document<T>(action: Action, { store, ...options }: Asked, where: typeof runtime): Promise<T> {
  const { signal } = new AbortController();
  const none = { write: (): void => undefined, isTTY: false, columns: undefined };
  const full = { ...where, argv: [], stdout: none, stderr: none, signal, interrupted: undefined };
  const outcome = await action.execute(store === undefined ? [] : [store], { 'no-history': true, ...options }, full);
  const flags = { columns: 80, color: false, explain: false, quiet: false, verbose: false, now: where.now };
  return JSON.parse(await outcome.render({ format: 'json', ...flags })) as T;
}

const stats = (asked: Asked, where: typeof runtime): Promise<StoreReport> => document(statsAction, asked, where);
const detect = (asked: Asked, where: typeof runtime): Promise<DetectReport> => document(detectAction, asked, where);

describe('stats', () => {
  it('reports what stands out of the mneme fixture', async () => {
    const report = await stats({ store: mneme }, runtime);
    expect(report).toMatchObject({
      schemaVersion: 1,
      kind: 'store-report',
      generatedAt: NOW.toISOString(),
      store: { scheme: 'sqlite', profile: 'mneme' },
    });
    expect(report.sections.redundantIndexes.map((r) => [r.name, r.coveredBy, r.bytes])).toEqual([
      ['idx_entries_id', 'entries', 12_288],
      ['idx_entries_ns_hash', 'sqlite_autoindex_entries_1', 57_344],
    ]);
    const text = renderStoreReport(report, plain);
    expect(text).toContain('447 cached answers × 64 float32 in 744 KiB, 32.3 % of it free pages.');
    expect(text).toContain('Ünï:ns|odd');
    expect(text).toContain('tenant_a holds 60 of the 50 its quota allows');
    expect(text).toMatch(/idx_entries_ns_hash +index +447 +56 KiB +40 KiB +\+40 %/);
    expect(statsExit(report)).toBe(0);
  });

  it('fits 80 columns, and 60', async () => {
    for (const store of [mneme, brain]) {
      const report = await stats({ store }, runtime);
      for (const columns of [80, 60]) {
        const long = renderStoreReport(report, { ...plain, width: columns })
          .split('\n')
          .filter((l) => width(l) > Math.max(columns, 76));
        expect(long).toEqual([]);
      }
    }
  });

  it('takes the store from MEMCTL_STORE, and says when there is none', async () => {
    expect((await stats({}, { ...runtime, env: { MEMCTL_STORE: mneme } })).store.name).toBe('mneme-v1-sqlite.db');
    expect(await failure(() => stats({}, runtime))).toMatchObject({ kind: 'input-error', code: 'store-missing' });
    const e = await failure(() => stats({}, { ...runtime, env: { MEMCTL_STORE: 'nonsense' } }));
    expect(e.message).toMatch(/^MEMCTL_STORE: /);
  });

  it('is rendered again from a saved report, and from a saved snapshot', async () => {
    const dir = directory();
    const report = await stats({ store: brain }, runtime);
    writeFileSync(join(dir, 'report.json'), JSON.stringify(report));
    expect(await stats({ input: 'report.json' }, { ...runtime, cwd: dir })).toEqual(report);
    writeFileSync(
      join(dir, 'snapshot.json'),
      JSON.stringify(await snapshot(fixture('stores/neural-memory-4.62-multibrain.db'))),
    );
    const again = await stats({ input: 'snapshot.json' }, { ...runtime, cwd: dir });
    expect({ ...again, store: { ...again.store, address: '' } }).toEqual({
      ...report,
      store: { ...report.store, address: '' },
    });
    expect(await failure(() => stats({ input: 'absent.json' }, { ...runtime, cwd: dir }))).toMatchObject({
      code: 'input-file',
    });
    writeFileSync(join(dir, 'text.json'), 'hello');
    expect((await failure(() => stats({ input: 'text.json' }, { ...runtime, cwd: dir }))).message).toBe(
      '--input text.json: this is not JSON',
    );
  });

  it('--explain carries the computation of every expected size', async () => {
    const report = await stats({ store: mneme, explain: true }, runtime);
    const entries = report.sections.structures.find((s) => s.id === 'table:entries');
    expect(entries?.expected?.explain?.formula).toBe('pages * U');
    const bare = await stats({ store: mneme }, runtime);
    expect(JSON.stringify(bare)).not.toContain('"explain"');
  });

  it('is partial when something could not be measured', async () => {
    const report = await stats({ store: mneme }, runtime);
    expect(statsExit({ ...report, notes: [{ code: 'x', level: 'unmeasured', message: 'y' }] })).toBe(3);
  });

  it('lets no escape sequence of the store reach the terminal', async () => {
    const path = made('CREATE TABLE docs(namespace TEXT, content TEXT, embedding BLOB)');
    const db = connect(path);
    db.prepare('INSERT INTO docs VALUES (?, ?, zeroblob(8))').run('\u001b[2J\u001b]0;owned\u0007\nnext', 'x');
    db.close();
    const text = renderStoreReport(await stats({ store: `sqlite:${path}` }, runtime), plain);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(text).toContain('\\u001b[2J');
  });

  it('of a store without anything known still answers', async () => {
    const text = renderStoreReport(await stats({ store: `sqlite:${made('CREATE TABLE t(a)')}` }, runtime), plain);
    expect(text).toContain('no known memory system');
    expect(text).toContain('tables of no known memory system: t');
  });
});

describe('detect', () => {
  it('shows evidence, mapping and hazards', async () => {
    const report = await detect({ store: brain }, runtime);
    expect(report).toMatchObject({ kind: 'detect-report', schemaVersion: 1, store: { profile: 'neural-memory' } });
    const text = renderDetectReport(report, plain);
    expect(text).toContain('neural-memory brain schema 42, certain');
    expect(text).toMatch(/typed_memories +id +brain_id, fiber_id/);
    expect(text).toMatch(/expires +expires_at \(UTC text\) <= now/);
    expect(text).toContain('BEWARE');
    expect(text.split('\n').filter((l) => width(l) > 80)).toEqual([]);
  });

  it('offers --profile where it is not sure', async () => {
    const store = `sqlite:${made('CREATE TABLE docs(content TEXT, embedding BLOB)')}`;
    const text = renderDetectReport(await detect({ store }, runtime), plain);
    expect(text).toContain('unknown tables with vectors, possible');
    expect(text).toContain('--profile NAME');
    expect(renderDetectReport(await detect({ store, profile: 'generic' }, runtime), plain)).toContain('as you said');
  });
});
