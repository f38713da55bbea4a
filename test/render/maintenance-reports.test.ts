/** Plans and run reports as a person reads them: one measure of what came back, and no news that is none. */
import { describe, expect, it } from 'vitest';
import {
  type Left,
  type MaintenancePlan,
  maintenancePlan,
  planTotals,
  type Refusal,
  type ReportedAction,
  type RunReport,
} from '../../src/maintenance/index.ts';
import { width } from '../../src/render/columns.ts';
import { leftLines, renderMaintenancePlan } from '../../src/render/maintenance-plan.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { renderRunReport } from '../../src/render/run-report.ts';
import type { Action } from '../../src/store/index.ts';
import { NOW, purge, reclaim, sha256, snapshotOf } from '../maintenance/memory-store.ts';

const screen = { width: 80, paint: PLAIN };

const action = (over: Partial<ReportedAction>): ReportedAction => ({
  id: 'vacuum:heap:public.t',
  kind: 'vacuum',
  subject: 'heap:public.t',
  title: 'vacuum public.t',
  state: 'done',
  planned: null,
  rows: 0,
  dependents: 0,
  bytesBefore: null,
  bytesAfter: null,
  givenBack: null,
  reusable: null,
  seconds: 1,
  verified: null,
  why: null,
  ...over,
});

const report = (over: Partial<RunReport>): RunReport => ({
  schemaVersion: 1,
  kind: 'run-report',
  generatedAt: '2026-11-21T00:00:00.000Z',
  run: 'r1',
  command: 'vacuum',
  store: {
    name: 'p',
    scheme: 'postgres',
    address: 'postgres://p',
    engine: 'PostgreSQL',
    version: '17',
    fingerprint: 'f',
  },
  plan: null,
  state: 'done',
  exit: 0,
  rows: 0,
  dependents: 0,
  reclaimed: null,
  actions: [],
  events: [],
  verified: [],
  left: [],
  clean: [],
  settled: [],
  warnings: [],
  why: null,
  ledger: null,
  archive: null,
  undo: null,
  ...over,
});

describe('what came back', () => {
  const grown = action({ bytesBefore: 8_192, bytesAfter: 16_384, givenBack: 0 });
  const rebuilt = action({ id: 'reindex:gin:g', kind: 'reindex', givenBack: 4 * 2 ** 20 });
  const packed = action({ id: 'vec0-rebuild:v', kind: 'vec0-rebuild', reusable: 2 * 2 ** 20 });

  it('is the same in the answer and in the lines', () => {
    const text = renderRunReport(report({ actions: [grown, rebuilt, packed], reclaimed: 109 * 1024, rows: 7 }), screen);
    expect(text).toContain('p: 7 rows removed, 4 MiB given back\n');
    expect(text).toMatch(/ACTION +STATE +ROWS +GIVEN BACK +REUSABLE +TIME/);
    expect(text).toMatch(/vacuum:heap:public.t +done +– +0 B +– /);
    expect(text).toMatch(/vec0-rebuild:v +done +– +– +2 MiB /);
    expect(text).not.toMatch(/-\d/);
  });

  it('is no column where nothing was measured, and a store that grew says so only when it matters', () => {
    const purge = action({ id: 'purge:expired:s', kind: 'purge', subject: 's', rows: 7, planned: 7 });
    const quiet = renderRunReport(report({ actions: [purge], rows: 7, reclaimed: -109 * 1024 }), screen);
    expect(quiet).not.toContain('GIVEN BACK');
    expect(quiet).toContain('p: 7 rows removed\n');
    expect(renderRunReport(report({ actions: [purge], rows: 7, reclaimed: -3 * 2 ** 20 }), screen)).toContain(
      'it takes 3 MiB more on disk',
    );
  });
});

describe('a plan', () => {
  const planOf = (actions: readonly Action[]): MaintenancePlan =>
    maintenancePlan(snapshotOf(), actions, {
      now: NOW,
      hash: sha256,
      settings: { command: 'compact', rules: {}, reclaim: true, structure: null, minBytes: null },
    });
  const plan = (actions: readonly Action[], refused: readonly Refusal[] = []): string =>
    renderMaintenancePlan({ ...planOf(actions), verdict: { refused, dropped: [], warnings: [] } }, screen);
  const packed = reclaim('vec0-rebuild', 'vec0:v', 50, { reclaims: 5 * 2 ** 20 });
  const rewritten = reclaim('full-vacuum', 'freelist:f', 60, { reclaims: 14 * 2 ** 20 });

  it('counts a page once that one action frees and the next gives back', () => {
    expect(plan([packed, rewritten])).toContain('brain.db: about 14 MiB given back\n');
    expect(plan([packed, rewritten])).toContain('frees inside it about 5 MiB');
    expect(plan([packed])).toContain('brain.db: about 5 MiB become free room inside it\n');
  });

  it('does not promise what is left out of it', () => {
    const dropped = [{ action: 'purge:expired:mneme:entries', code: 'not-visible', why: 'no DELETE' }];
    const told = (actions: readonly Action[], left: readonly Action[]): string =>
      renderMaintenancePlan(
        { ...planOf(actions), totals: planTotals(left), verdict: { refused: [], dropped, warnings: [] } },
        screen,
      );
    expect(told([purge(), rewritten], [rewritten])).toContain('brain.db: about 14 MiB given back\n');
    expect(told([purge(), rewritten], [rewritten])).toContain('left out, with the reason below');
    expect(told([purge()], [])).toContain('brain.db: nothing can be done: no DELETE\n');
  });

  it('that is refused says so first, and what would settle it once', () => {
    const refused = [
      { code: 'max-delete', message: 'too many', hint: null },
      { code: 'max-delete-pct', message: 'far too many', hint: 'do that' },
    ];
    const text = plan([purge()], refused);
    expect(text.split('\n').slice(1, 3)).toEqual(['  brain.db: refused: too many; far too many', '    do that']);
    expect(text.match(/refused|do that/g)).toHaveLength(2);
  });
});

describe('what is left alone', () => {
  const left = (n: number, over: Partial<Left> = {}): Left[] =>
    Array.from({ length: n }, (_, i) => ({
      subject: `s${i}`,
      title: `t${i}`,
      why: 'because',
      unmeasured: false,
      ...over,
    }));

  it('is shown where somebody could act on it; the rest only when all is asked for', () => {
    const routine = left(134, { routine: true });
    expect(leftLines(routine, screen)).toEqual([]);
    const lines = leftLines([...routine, ...left(1, { title: 'over quota' })], screen);
    expect(lines).toEqual(['  LEFT ALONE', '  over quota: because', '']);
    expect(leftLines(routine, { ...screen, verbose: true })).toHaveLength(136);
  });

  it('is counted where there is too much of it', () => {
    const lines = leftLines([...left(9), ...left(3, { routine: true })], screen);
    expect(lines.at(-2)).toBe('  and 3 more (--verbose)');
  });
});

describe('an undo', () => {
  it('says when rows of dependent tables are in its count', () => {
    const purge = action({ id: 'purge:expired:s', kind: 'purge', subject: 's', rows: 14, planned: 7 });
    const told = (rows: number): string =>
      renderRunReport(report({ command: 'undo', rows, actions: [{ ...purge, rows }] }), screen);
    expect(told(14)).toContain('p: 14 rows put back, those of dependent tables included\n');
    expect(told(7)).toContain('p: 7 rows put back\n');
  });

  it('and the run it takes back count alike', () => {
    const purge = action({ id: 'purge:expired:s', kind: 'purge', subject: 's', rows: 7, planned: 7, dependents: 9 });
    const told = (command: string): string =>
      renderRunReport(report({ command, rows: 7, dependents: 9, actions: [purge] }), screen);
    expect(told('vacuum')).toContain('p: 7 rows and 9 that hung on them removed\n');
    expect(told('undo')).toContain('p: 7 rows and 9 that hung on them put back\n');
  });
});

describe('a narrow screen', () => {
  it('is not overrun by a long or a wide name', () => {
    for (const columns of [40, 60])
      for (const name of ['x'.repeat(30), '記憶の名前空間'.repeat(3)]) {
        const actions = [action({ id: `vacuum:heap:${name.repeat(5)}`, givenBack: 0 })];
        const text = renderRunReport(report({ actions, rows: 7, left: left40(name) }), { ...screen, width: columns });
        expect(text.split('\n').filter((l) => width(l) > Math.max(columns, 51))).toEqual([]);
      }
  });
  const left40 = (title: string): Left[] => [{ subject: 's', title, why: 'a reason of some length', unmeasured: true }];
});
