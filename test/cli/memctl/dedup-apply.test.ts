/** A saved plan about duplicates, carried out and taken back by the program's own verbs, in this process and on a real file. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import type { Action } from '../../../src/cli/command.ts';
import { action as apply } from '../../../src/cli/memctl/apply.ts';
import { question } from '../../../src/cli/memctl/show-plan.ts';
import { action as undo } from '../../../src/cli/memctl/undo.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { dedupActions, maintenancePlan, planText, type RunReport } from '../../../src/maintenance/index.ts';
import { sha256 } from '../../maintenance/memory-store.ts';
import {
  dump,
  listOf,
  MAP,
  NOTES,
  notesFile,
  openNotes,
  superseded,
  unreachable,
} from '../../maintenance/superseded-store.ts';

const folders: string[] = [];
afterEach(() => {
  for (const f of folders.splice(0)) rmSync(f, { recursive: true, force: true });
});

interface Bench {
  readonly folder: string;
  readonly path: string;
  readonly plan: string;
  readonly runtime: Runtime & { readonly said: string[] };
}

async function prepared(remove: boolean): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'memctl-apply-'));
  folders.push(folder);
  const path = notesFile(folder, 40);
  const map = join(folder, 'map.json');
  writeFileSync(map, JSON.stringify(MAP));
  const said: string[] = [];
  const sink = { write: (text: string): void => void said.push(text), isTTY: false, columns: undefined };
  const runtime = {
    argv: [],
    env: { MEMCTL_STATE_DIR: join(folder, 'state') },
    now: new Date(),
    stdout: sink,
    stderr: sink,
    cwd: folder,
    signal: new AbortController().signal,
    interrupted: undefined,
    said,
  };
  await using store = await openNotes(path, 'read');
  const snapshot = await store.snapshot({ now: runtime.now });
  const set = snapshot.memorySets.find((s) => s.id === NOTES);
  if (set === undefined) throw new Error('no notes');
  const duplicates = await listOf(
    store,
    Array.from({ length: 12 }, (_, i) => [i + 1, i + 21] as const),
  );
  const { actions, left } = dedupActions([{ set, duplicates, delete: remove }], snapshot.profiles);
  const settings = {
    command: 'dedup',
    rules: { expired: false, orphans: false },
    reclaim: false,
    structure: null,
    minBytes: null,
  };
  const plan = join(folder, 'plan.json');
  writeFileSync(plan, planText(maintenancePlan(snapshot, actions, { now: runtime.now, hash: sha256, settings, left })));
  return { folder, path, plan, runtime };
}

async function told(
  verb: Action,
  args: readonly string[],
  b: Bench,
  more: Record<string, unknown> = {},
): Promise<{ exit: number; report: RunReport; table: string }> {
  const options = { yes: true, quiet: true, map: join(b.folder, 'map.json'), ...more };
  const outcome = await verb.execute(args, options, b.runtime);
  const view = { columns: 80, color: false, explain: false, quiet: false, verbose: false, now: b.runtime.now } as const;
  const json = await outcome.render({ ...view, format: 'json' });
  return {
    exit: outcome.exit,
    report: JSON.parse(json) as RunReport,
    table: await outcome.render({ ...view, format: 'table' }),
  };
}

describe('memctl apply', () => {
  it('supersedes by a saved plan, says so, keeps an archive without being asked, and undo takes it back', async () => {
    const b = await prepared(false);
    const before = dump(b.path);
    const planned = await told(apply, [b.plan], b, { 'dry-run': true });
    expect(planned.table).toContain('12 rows will be superseded');
    expect(dump(b.path)).toBe(before);
    const done = await told(apply, [b.plan], b);
    expect(done).toMatchObject({ exit: 0, report: { state: 'done', rows: 12, command: 'dedup' } });
    expect(done.table).toContain('12 rows superseded');
    expect(done.table).not.toContain('removed');
    expect(done.report.verified).toMatchObject([{ subject: NOTES, ok: true }]);
    expect([superseded(b.path), unreachable(b.path)]).toEqual([12, 0]);
    const runs = join(b.folder, 'state', 'runs');
    const files = readdirSync(runs).sort();
    expect(files.map((f) => f.replace(/^.*?\./, '.'))).toEqual(['.archive.jsonl', '.jsonl']);
    const ledger = readFileSync(join(runs, files[1] ?? ''), 'utf8');
    expect(ledger).not.toContain('door');
    expect(ledger).not.toContain('survivorDigest');
    expect(done.report.undo).toBe(`memctl undo ${done.report.run}`);
    const back = await told(undo, ['last'], b);
    expect(back).toMatchObject({ exit: 0, report: { state: 'done', rows: 12 } });
    expect(dump(b.path)).toBe(before);
  });

  it('removes by a saved plan, with a row that changed since left and named', async () => {
    const b = await prepared(true);
    const db = new Database(b.path);
    db.exec("UPDATE notes SET body = 'another' WHERE id IN (1, 22)");
    db.close();
    const before = dump(b.path);
    const done = await told(apply, [b.plan], b);
    expect(done).toMatchObject({ exit: 0, report: { state: 'done', rows: 10 } });
    expect(done.table).toContain('2 changed since they were compared');
    expect(done.table).toContain('10 rows removed');
    expect(done.report.verified[0]?.message).toContain('2 are left as they were');
    expect(existsSync(done.report.archive ?? '')).toBe(true);
    expect((await told(undo, [done.report.run ?? ''], b)).exit).toBe(0);
    expect(dump(b.path)).toBe(before);
  });

  it('after an undo that was killed, another one brings the rest back, and each further one finds all of it there', async () => {
    const b = await prepared(true);
    const before = dump(b.path);
    const done = await told(apply, [b.plan], b);
    const run = done.report.run ?? '';
    expect(done.report.rows).toBe(12);
    const back = await told(undo, [run], b);
    expect(back).toMatchObject({ exit: 0, report: { rows: 12 } });
    // As a kill leaves it: some rows are back, and their undo has no end.
    const db = new Database(b.path);
    expect(db.prepare('DELETE FROM notes WHERE id BETWEEN 5 AND 12').run().changes).toBe(8);
    db.close();
    const ledger = back.report.ledger ?? '';
    const lines = readFileSync(ledger, 'utf8')
      .split('\n')
      .filter((l) => !/"event":"(run-ended|looked|action-ended)"/.test(l))
      .map((l) => l.replace(/,"process":\{[^}]*\}/, ''));
    expect(lines.join('\n')).not.toContain('"pid"');
    writeFileSync(ledger, lines.join('\n'));
    const rest = await told(undo, [run], b);
    expect(rest).toMatchObject({ exit: 0, report: { rows: 8 } });
    expect(rest.table).toContain('4 rows were there already as they were');
    expect(dump(b.path)).toBe(before);
    for (let i = 0; i < 2; i++) {
      const again = await told(undo, [run], b);
      expect(again).toMatchObject({ exit: 0, report: { rows: 0, warnings: [] } });
      expect(again.table).toContain('12 rows were there already as they were');
      expect(dump(b.path)).toBe(before);
    }
    const changed = new Database(b.path);
    changed.exec("UPDATE notes SET body = 'another' WHERE id = 3");
    changed.close();
    const differs = await told(undo, [run], b);
    expect(differs.exit).toBe(3);
    expect(differs.report.warnings).toEqual([expect.stringMatching(/^left as it is: notes: id 3: another row/)]);
    expect(differs.table).toContain('11 rows were there already as they were');
  });

  it('refuses a plan whose convention the map no longer has', async () => {
    const b = await prepared(false);
    const [table] = MAP.tables;
    const { supersededBy: _, ...rest } = table ?? { table: 'notes' };
    writeFileSync(join(b.folder, 'map.json'), JSON.stringify({ tables: [rest] }));
    await expect(told(apply, [b.plan], b)).rejects.toMatchObject({ code: 'rule-changed', exit: 5 });
    expect(superseded(b.path)).toBe(0);
  });
});

it('the question says what will happen to the rows', () => {
  const base = {
    title: '',
    order: 5,
    lock: 'rows',
    seconds: 1,
    diskNeeded: null,
    reclaims: null,
    statement: null,
  } as const;
  const of = { ...base, set: NOTES, rule: '', of: 40, duplicates: [] };
  const marks = { ...of, kind: 'supersede', id: 's', rows: 12 } as const;
  const goes = { ...of, kind: 'purge', reason: 'duplicates', id: 'p', set: 'map:other', rows: 3 } as const;
  expect(question([marks], 4)).toBe('This will supersede 12 rows and about 4 that hang on them.');
  expect(question([marks, goes], 4)).toBe(
    'This will supersede 12 rows and remove up to 3 rows and about 4 that hang on them.',
  );
});
