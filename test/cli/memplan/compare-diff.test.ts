/** `memplan compare` and `memplan diff` as a user has them: flags, files, formats, widths. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Action, Outcome, View } from '../../../src/cli/command.ts';
import { EXIT } from '../../../src/cli/exit-codes.ts';
import { action as compare } from '../../../src/cli/memplan/compare.ts';
import { action as diff } from '../../../src/cli/memplan/diff.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { showMoneyIn } from '../../../src/quantity/currency.ts';
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
const view = (format: View['format'], columns = 80): View => ({
  format,
  columns,
  color: false,
  explain: false,
  quiet: false,
  verbose: true,
  now: NOW,
});
type Options = Record<string, unknown>;
const run = async (action: Action, args: readonly string[], options: Options): Promise<Outcome> =>
  await action.execute(args, options, runtime);
const text = async (o: Outcome, format: View['format'], columns = 80): Promise<string> =>
  await o.render(view(format, columns));
const refusal = async (action: Action, args: readonly string[], options: Options): Promise<string> => {
  try {
    await run(action, args, options);
  } catch (e) {
    return (e as Error).message;
  }
  return 'nothing';
};

describe('memplan compare', () => {
  it('prints inside 40, 80 and 100 columns, with the steps and what is not offered', async () => {
    const outcome = await run(compare, [], {
      n: '2M',
      vary: ['engine=pgvector,sqlite-vec', 'dims=1024,1536', 'type=float32,halfvec'],
    });
    expect(outcome.exit).toBe(EXIT.done);
    for (const columns of [40, 80, 100]) {
      const shown = await text(outcome, 'table', columns);
      for (const line of shown.split('\n')) expect([...line].length, line).toBeLessThanOrEqual(columns);
      const words = shown.replaceAll(/\s+/g, ' ');
      expect(words).toContain('dims 1,024 and 1,536 cost the same 8,192 B a memory');
      expect(words).toContain('engine sqlite-vec; every dims; type halfvec: --type halfvec: SQLite');
    }
  });

  it('says at 80 columns which rows hold, whatever is varied', async () => {
    const outcome = await run(compare, [], {
      n: '2M',
      vary: ['engine=pgvector,sqlite-vec,qdrant', 'dims=768,1024', 'type=float32,halfvec'],
    });
    const shown = await text(outcome, 'table', 80);
    expect(shown).toMatch(/^ {2}ENGINE +DIMS +TYPE +RESIDENT .*HOLDS$/m);
    expect(shown).toMatch(/^ {2}sqlite-vec +768 +float32 .* no: p99$/m);
  });

  describe('of systems', () => {
    const flags = { n: '1M', dims: '768' };
    const rows = async (options: Options) => JSON.parse(await text(await run(compare, [], options), 'json'));

    it('has a row for each, with the figures of its own estimate', async () => {
      const r = await rows({ ...flags, vary: 'system=mem0,letta,mneme,mneme-sqlite,recall' });
      expect(r.varied).toEqual([
        { parameter: 'system', values: ['mem0-postgres', 'letta-postgres', 'mneme-sqlite', 'recall'] },
      ]);
      expect(r.rows).toHaveLength(4);
      for (const row of r.rows) {
        const system = row.settings.system;
        const alone = JSON.parse(await text(await run(estimate, [], { ...flags, system }), 'json'));
        expect([row.resident.value, row.disk.value, row.engine], system).toEqual([
          alone.totals.resident.value,
          alone.totals.disk.value,
          alone.engine,
        ]);
      }
      // What one of them sets is not what all rows have in common.
      expect(r.workload.memories.value).toBe(1_000_000);
      expect(Object.keys(r.workload)).not.toContain('textBytes');
      expect(Object.keys(r.workload)).not.toContain('system');
    });

    it('multiplies with others, and leaves out the one that memplan.yaml names', async () => {
      const config = join(mkdtempSync(join(tmpdir(), 'memplan-systems-')), 'memplan.yaml');
      writeFileSync(config, 'workload: { n: 1M, system: langgraph, store: postgres }\n');
      const r = await rows({ config, vary: ['system=mem0,recall', 'dims=384,768'] });
      expect(r.rows.map((row: { id: string }) => row.id).sort()).toEqual([
        'pgvector system=mem0-postgres dims=384',
        'pgvector system=mem0-postgres dims=768',
        'pgvector system=recall dims=384',
        'pgvector system=recall dims=768',
      ]);
    });

    it.each([
      [{ vary: 'system=mem0,lettta' }, '--vary system: "lettta" is not a known system; did you mean letta?'],
      [{ vary: 'system=mem0', system: 'letta' }, '--vary system contradicts --system'],
      [{ vary: 'system=mem0', engine: 'redis' }, '--engine redis contradicts --vary system mem0-postgres'],
      [{ vary: 'store=redis,postgres' }, '"store" is not a parameter that can be varied'],
    ])('refuses %o', async (options, message) => {
      expect(await refusal(compare, [], { ...flags, ...options })).toContain(message);
    });
  });

  it('names the system that is planned, and calls a single row neither cheapest nor least', async () => {
    const shown = await text(await run(compare, [], { n: '1M', dims: '768', system: 'mem0' }), 'table');
    expect(shown).toMatch(
      /^\n {2}1,000,000 memories × 768 dimensions × float32, mem0-postgres\n\n {2}pgvector keeps every limit\.\n/,
    );
    expect(shown).not.toContain('cheapest');
  });

  it('heads money with the currency that is shown', async () => {
    const outcome = await run(compare, [], { n: '1M', dims: '768' });
    expect(await text(outcome, 'table')).toContain('$/MONTH');
    showMoneyIn({ code: 'EUR', rate: 0.92 });
    try {
      expect(await text(outcome, 'table')).toContain('€/MONTH');
      expect(await text(outcome, 'csv')).toContain('usd_per_month');
    } finally {
      showMoneyIn(undefined);
    }
  });

  it('gives every row, and every combination that is not offered, a record', async () => {
    const outcome = await run(compare, [], { n: '1M', vary: ['engine=pgvector,sqlite-vec', 'type=float32,halfvec'] });
    const lines = (await text(outcome, 'csv')).trimEnd().split('\r\n');
    expect(lines).toHaveLength(5);
    const cells = new Set(lines.map((l) => l.replaceAll(/"[^"]*"/g, '').split(',').length));
    expect(cells.size).toBe(1);
    expect(lines[4]).toMatch(/^sqlite-vec,halfvec,,,,,,,,,not offered,/);
  });

  it('explains every figure of every row', async () => {
    const outcome = await run(compare, [], { n: '1M', dims: '384', vary: ['engine=pgvector,qdrant'] });
    const document = JSON.parse(await outcome.render({ ...view('json'), explain: true })) as {
      kind: string;
      rows: { disk: { explain: { formula: string } } }[];
    };
    expect(document.kind).toBe('compare-report');
    for (const row of document.rows) expect(row.disk.explain.formula).toContain('+');
  });

  it('compares for a live store', async () => {
    const outcome = await run(compare, [], { from: store('mneme-v1-sqlite.db'), vary: 'engine=pgvector,sqlite-vec' });
    const document = JSON.parse(await text(outcome, 'json')) as { workload: Record<string, unknown>; rows: unknown[] };
    expect(document.workload['memories']).toMatchObject({ value: 447, from: 'store' });
    expect(document.rows).toHaveLength(2);
  });

  it('refuses another figure to sort by', async () => {
    expect(await refusal(compare, [], { n: '1M', sort: 'residant' })).toBe(
      '--sort: "residant" is not known; did you mean resident?',
    );
  });
});

describe('memplan diff', () => {
  const folder = mkdtempSync(join(tmpdir(), 'memplan-diff-'));
  const save = async (name: string, options: Options): Promise<string> => {
    const path = join(folder, name);
    writeFileSync(path, await text(await run(estimate, [], options), 'json'));
    return path;
  };

  it('of equal reports is empty in a pull request, and a sentence on a screen', async () => {
    const a = await save('a.json', { n: '2M', dims: '768' });
    const b = await save('b.json', { n: '2M', dims: '768' });
    const outcome = await run(diff, [a, b], {});
    expect(await text(outcome, 'markdown')).toBe('');
    expect(await text(outcome, 'table')).toContain('Nothing changed by 1 % or more.');
    expect(outcome.exit).toBe(EXIT.done);
    expect(JSON.parse(await text(outcome, 'json'))).toMatchObject({ kind: 'diff-report', changed: false });
  });

  it('never rounds what is left of a figure to nothing', async () => {
    const a = await save('large.json', { n: '10M', dims: '1536' });
    const shown = await text(await run(diff, [a], { n: '1000', dims: '1536', engine: 'pgvector' }), 'markdown');
    expect(shown).toMatch(/\| HNSW index \| 76\.3 GiB \| 7\.82 MiB \| -99\.98 % \|/);
    expect(shown).not.toContain('-100 %');
  });

  it('compares a baseline with the workload as flags describe it', async () => {
    const a = await save('base.json', { n: '2M', dims: '768' });
    const outcome = await run(diff, [a], { n: '2M', dims: '1024' });
    const shown = await text(outcome, 'markdown');
    expect(shown).toContain('| HNSW index | 7.63 GiB | 15.3 GiB | +100 % |');
    expect(shown).toContain('| dimensions | 768 | 1,024 |');
    expect(outcome.exit).toBe(EXIT.done);
    // A path is one word, which is not broken.
    for (const columns of [40, 80, 100])
      for (const line of (await text(outcome, 'table', columns)).split('\n'))
        if (!line.includes(a)) expect([...line].length, line).toBeLessThanOrEqual(columns);
  });

  it('prints what a file says, and obeys none of it', async () => {
    const a = await save('plain.json', { n: '2M', dims: '768' });
    const report = JSON.parse(await text(await run(estimate, [], { n: '4M', dims: '768' }), 'json')) as {
      components: { title: string }[];
    };
    const [first] = report.components;
    if (first === undefined) throw new Error('no component');
    first.title = '\u001b[2Jgone';
    const hostile = join(folder, 'hostile.json');
    writeFileSync(hostile, JSON.stringify(report));
    const shown = await text(await run(diff, [a, hostile], {}), 'table');
    expect(shown).not.toContain('\u001b');
  });

  it('takes reports of its own kind and version only', async () => {
    const good = await save('good.json', { n: '1M' });
    const bad = (name: string, content: string): string => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    };
    const other = bad('other.json', JSON.stringify({ schemaVersion: 1, kind: 'store-report' }));
    const later = bad('later.json', JSON.stringify({ schemaVersion: 2, kind: 'capacity-report' }));
    const torn = bad('torn.json', JSON.stringify({ schemaVersion: 1, kind: 'capacity-report', workload: {} }));
    const none = bad('none.json', 'not json');
    expect(await refusal(diff, [good, other], {})).toContain('that is a store-report; a capacity-report is needed');
    expect(await refusal(diff, [later, good], {})).toContain('schemaVersion 2 is not known');
    expect(await refusal(diff, [good, torn], {})).toContain('the report is incomplete');
    const whole = JSON.parse(readFileSync(good, 'utf8'));
    for (const parts of [{ value: 'x' }, { value: null }, { value: -5 }, { low: 1e300 }, { high: 0 }]) {
      const resident = { ...whole.totals.resident, ...parts };
      const damaged = bad('damaged.json', JSON.stringify({ ...whole, totals: { ...whole.totals, resident } }));
      expect(await refusal(diff, [good, damaged], {}), JSON.stringify(parts)).toContain('incomplete or damaged');
    }
    expect(await refusal(diff, [none, good], {})).toContain('that is not JSON');
    expect(await refusal(diff, [good, join(folder, 'no.json')], {})).toContain('there is no such file');
    expect(await refusal(diff, [], {})).toContain('no report is named');
    expect(await refusal(diff, [good, good, good], {})).toContain('3 are named');
    expect(await refusal(diff, [good, good], { dims: '5' })).toContain('--dims contradicts');
    expect(await refusal(diff, [good], {})).toContain('the number of memories is missing');
    expect(await refusal(diff, [good, good], { threshold: 'little' })).toContain('--threshold');
  });
});
