/** `memplan reembed` and `memplan prices` as a user has them: flags, files on disk, formats, widths, currency. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Action, View } from '../../../src/cli/command.ts';
import { action as estimate } from '../../../src/cli/memplan/estimate.ts';
import { action as explain } from '../../../src/cli/memplan/explain.ts';
import { action as prices } from '../../../src/cli/memplan/prices.ts';
import { action as reembed } from '../../../src/cli/memplan/reembed.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import { isInputError, showMoneyIn } from '../../../src/quantity/index.ts';

const NOW = new Date('2026-09-15T12:00:00Z');
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memplan-prices-'));
});
afterEach(() => showMoneyIn(undefined));

type Options = Record<string, unknown>;
async function run(
  action: Action,
  options: Options,
  shown: Partial<View> = {},
  args: readonly string[] = [],
): Promise<string> {
  const runtime: Runtime = {
    argv: [],
    env: {},
    now: NOW,
    stdout: sink,
    stderr: sink,
    cwd: folder,
    signal: new AbortController().signal,
    interrupted: undefined,
  };
  const view = {
    format: 'table',
    columns: 80,
    color: false,
    explain: false,
    quiet: false,
    verbose: true,
    now: NOW,
    ...shown,
  } as const;
  return await (await action.execute(args, options, runtime)).render(view);
}
/** Lines wider than the screen; one that is a single word cannot be broken. */
const tooWide = (screen: string, columns: number): string[] =>
  screen.split('\n').filter((line) => [...line].length > columns && line.trim().includes(' '));

const refusal = async (action: Action, options: Options): Promise<string> => {
  try {
    await run(action, options);
  } catch (e) {
    if (isInputError(e)) return `${e.code}: ${e.message}`;
    throw e;
  }
  return 'nothing was refused';
};
const json = async (action: Action, options: Options): Promise<ReturnType<typeof JSON.parse>> =>
  JSON.parse(await run(action, options, { format: 'json' }));
const put = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const LIST = JSON.stringify({
  sample_spec: { mode: 'embedding' },
  'text-embedding-3-small': { mode: 'embedding', litellm_provider: 'openai', input_cost_per_token: 4e-8 },
  'own-embedding': { mode: 'embedding', litellm_provider: 'us', input_cost_per_token: 1e-6, output_vector_size: 768 },
  'own-chat': { mode: 'chat', litellm_provider: 'us', input_cost_per_token: 1e-6, output_cost_per_token: 2e-6 },
  picture: { mode: 'image_generation' },
});
const embedded = async (options: Options = {}): Promise<number> =>
  (await json(estimate, { n: '10M', ...options })).cost.oneOff[0].usd.value;

describe('the title of a change', () => {
  it.each([
    ['text-embedding-3-large', {}, 'from text-embedding-3-small to text-embedding-3-large'],
    ['text-embedding-3-small', { 'to-dims': '768' }, 'of text-embedding-3-small from 1,536 to 768 dimensions'],
    ['text-embedding-3-small', {}, 'embedded again with text-embedding-3-small'],
  ])('to %s %o', async (model, more, title) => {
    const screen = await run(reembed, { n: '1M', 'to-model': model, ...more }, { columns: 100 });
    expect(screen).toContain(`\n  1M memories ${title}, pgvector\n`);
  });
});

describe('memplan prices', () => {
  it('shows every figure with its day and source inside 80 and 40 columns', async () => {
    const wide = await run(prices, {});
    expect(tooWide(wide, 80)).toEqual([]);
    expect(tooWide(await run(prices, {}, { columns: 40 }), 40)).toEqual([]);
    expect(wide).toMatch(/text-embedding-3-small\.input +\$0\.02 +2026-05-01 old +\[1\]/);
    expect(wide).toMatch(/\[1\] developers\.openai\.com/);
    const { prices: rows } = await json(prices, {});
    const csv = (await run(prices, {}, { format: 'csv' })).trimEnd().split('\r\n');
    expect(csv).toHaveLength(rows.length + 1);
    expect(await run(prices, { kind: 'cache' }, { format: 'markdown' })).toContain('| elasticache.t4g.micro |');
  });

  it("counts ages by the clock: old above 90 days, the user's own never", async () => {
    const rows = (await json(prices, { price: ['embed-v4.input=0.1'] })).prices as {
      id: string;
      days: number;
      old: boolean;
      basis: string;
    }[];
    const of = (id: string) => rows.find((r) => r.id === id);
    expect(of('text-embedding-3-small.input')).toMatchObject({ days: 137, old: true, basis: 'documented' });
    expect(of('s3-vectors.storage')).toMatchObject({ days: 91, old: true });
    expect(of('turbopuffer.storage')).toMatchObject({ days: 4, old: false });
    expect(of('embed-v4.input')).toMatchObject({ old: false, basis: 'exact' });
    const old = await json(prices, { old: true });
    expect(old.prices).toHaveLength(old.old);
    expect(old.prices.every((r: { old: boolean }) => r.old)).toBe(true);
  });

  it('chooses by kind, provider and model', async () => {
    const ids = async (options: Options): Promise<string[]> =>
      (await json(prices, options)).prices.map((r: { id: string }) => r.id);
    expect(await ids({ kind: 'embedding', provider: 'voyage' })).toEqual([
      'voyage-3.5.input',
      'voyage-3.5.batch',
      'voyage-3.5-lite.input',
      'voyage-3-large.input',
      'voyage-3-large.batch',
    ]);
    expect(await ids({ model: 'EMBED-v4' })).toEqual(['embed-v4.input']);
    expect(await refusal(prices, { kind: 'embeding' })).toMatch(/did you mean embedding\?/);
    expect(await refusal(prices, { provider: 'opena' })).toMatch(/unknown-provider: .*did you mean OpenAI\?/);
    expect(await refusal(prices, { model: 'no-such' })).toMatch(
      /unknown-price: no price is of a model named like "no-such"/,
    );
  });
});

describe('an imported list', () => {
  it('is what later estimates use, and overrides lie over it', async () => {
    expect(await embedded()).toBeCloseTo(10, 6);
    const list = put('list.json', LIST);
    utimesSync(list, NOW, new Date('2026-08-01T10:00:00Z'));
    const { imported, priceFile } = await json(prices, { import: list });
    expect(imported).toMatchObject({
      models: 3,
      skipped: 1,
      added: 3,
      unchanged: 0,
      asOf: '2026-08-01',
      to: 'memplan-prices.json',
    });
    expect(imported.changed).toEqual([
      { id: 'text-embedding-3-small.input', before: 0.02, after: 0.04, unit: 'USD/1M tokens' },
    ]);
    expect(priceFile).toBe('memplan-prices.json');
    expect(await embedded()).toBeCloseTo(20, 6);
    expect(await embedded({ price: ['text-embedding-3-small.input=0.1'] })).toBeCloseTo(50, 6);
    expect(await embedded({ 'embedding-model': 'own-embedding' })).toBeCloseTo(500, 6);
    expect(await embedded({ 'embedding-model': 'own-embedding', price: ['own-embedding.input=2'] })).toBeCloseTo(
      1000,
      6,
    );
    expect(readdirSync(folder).sort()).toEqual(['list.json', 'memplan-prices.json']);
  });

  it('adds to the file that is there, only what is meant, with the day that is given', async () => {
    const list = put('list.json', LIST);
    await run(prices, { import: list, kind: 'embedding', provider: 'us', 'as-of': '2026-07-01' });
    await run(prices, { import: list, model: 'own-chat' });
    const again = await json(prices, { import: list, provider: 'us' });
    expect(again.imported).toMatchObject({ added: 0, unchanged: 3 });
    const file = JSON.parse(readFileSync(join(folder, 'memplan-prices.json'), 'utf8'));
    expect(file.prices.map((p: { id: string }) => p.id)).toEqual([
      'own-chat.input',
      'own-chat.output',
      'own-embedding.input',
    ]);
    expect(await embedded()).toBeCloseTo(10, 6);
  });

  it('goes into the file that memplan.yaml names, from the folder of that file', async () => {
    mkdirSync(join(folder, 'plan'));
    put('plan/memplan.yaml', 'price-file: ours.json\nprices: { own-embedding.input: 3 }\n');
    const config = join(folder, 'plan', 'memplan.yaml');
    await run(prices, { import: put('list.json', LIST), config });
    expect(readdirSync(join(folder, 'plan')).sort()).toEqual(['memplan.yaml', 'ours.json']);
    expect(await embedded({ config, 'embedding-model': 'own-embedding' })).toBeCloseTo(1500, 6);
    expect(await embedded()).toBeCloseTo(10, 6);
  });

  it('leaves everything as it is when something is wrong', async () => {
    const before = put('memplan-prices.json', '{"schemaVersion":1,"kind":"price-file","prices":[{"id":"x"}]}');
    expect(await refusal(prices, { import: put('list.json', LIST) })).toMatch(
      /bad-price-file: memplan-prices\.json: prices\[0\] \(x\)/,
    );
    expect(readFileSync(before, 'utf8')).toContain('"x"');
    expect(await refusal(prices, { import: join(folder, 'none.json') })).toMatch(/there is no such file/);
    expect(await refusal(prices, { import: put('bad.json', '[') })).toMatch(/that is not JSON/);
    expect(await refusal(prices, { 'as-of': '2026-01-01' })).toMatch(/--as-of says when an imported price list held/);
    expect(await refusal(prices, { import: put('list.json', LIST), 'as-of': '9999-01-01' })).toMatch(
      /--as-of: 9999-01-01 is still to come/,
    );
    expect(await refusal(estimate, { n: '1M', 'price-file': join(folder, 'none.json') })).toMatch(
      /there is no such file/,
    );
    expect(await refusal(prices, { import: put('list.json', LIST), 'price-file': 'none/p.json' })).toMatch(
      /price-file-unwritable: .*it cannot be written \(ENOENT\)/,
    );
    expect(await refusal(estimate, { n: '1M' })).toMatch(/memplan-prices\.json: prices\[0\]/);
  });
});

describe('another currency', () => {
  it('shows money of every verb in it, with the rate, and keeps JSON in dollars', async () => {
    const euro = { currency: 'EUR', rate: '0.5' };
    const screen = await run(estimate, { n: '10M', budget: '100', ...euro });
    expect(screen).toContain('€5 embed every memory once');
    expect(screen).toContain('budget of €50');
    expect(screen.replaceAll(/\s+/g, ' ')).toContain('money in EUR, 0.5 for a US dollar');
    expect(screen).not.toContain('$');
    const report = await json(estimate, { n: '10M', ...euro });
    expect(report.cost.currency).toEqual({ code: 'EUR', rate: 0.5 });
    expect(report.cost.oneOff[0].usd).toMatchObject({ value: 10, unit: 'USD' });
    const page = await run(reembed, { n: '10M', 'to-model': 'text-embedding-3-large', ...euro });
    expect(page).toContain('≈ €32.50');
    expect(page.replaceAll(/\s+/g, ' ')).toContain('money in EUR, 0.5 for a US dollar');
    expect(await run(prices, { kind: 'embedding', ...euro })).toMatch(/text-embedding-3-small\.input +€0\.01 /);
    expect(await run(estimate, { n: '10M', ...euro }, { format: 'markdown' })).toContain('money in EUR');
    expect(await run(explain, { n: '10M', ...euro }, {}, ['cost.embedding'])).toContain('= 10 USD');
  });

  it('comes from memplan.yaml, and a flag beats it', async () => {
    put('memplan.yaml', 'currency: { code: CHF, rate: 0.8 }\n');
    const config = join(folder, 'memplan.yaml');
    expect(await run(estimate, { n: '10M', config })).toContain('CHF 8 embed');
    expect(await run(estimate, { n: '10M', config, currency: 'USD' })).toContain('$10 embed');
    expect(await run(estimate, { n: '10M', config, currency: 'EUR', rate: '0.5' })).toContain('€5 embed');
  });

  it('goes with a saved report', async () => {
    const saved = put(
      'r.json',
      await run(estimate, { n: '10M', budget: '100', currency: 'EUR', rate: '0.5' }, { format: 'json' }),
    );
    expect(await run(estimate, { input: saved })).toContain('€5 embed');
    expect(await run(estimate, { n: '10M' })).toContain('$10 embed');
  });

  it.each([
    ['currency: EUR\n', /currency must be a mapping/],
    ['currency: { code: EUR }\n', /currency\.code EUR needs .*currency\.rate/],
    ['currency: { code: EUR, rat: 1 }\n', /currency\.rat is not a known key; did you mean currency\.rate\?/],
    ['price-file: 7\n', /price-file must be the name of a file, not 7/],
  ])('refuses %j', async (yaml, message) => {
    expect(await refusal(estimate, { n: '1M', config: put('memplan.yaml', yaml) })).toMatch(message);
  });
});

describe('memplan reembed', () => {
  const change = { n: '10M', 'to-model': 'text-embedding-3-large', start: '2027-01-04', 'writes-per-day': '1M' };

  it('prints inside 40, 80 and 100 columns, every step with its day', async () => {
    for (const columns of [40, 80, 100]) {
      expect(tooWide(await run(reembed, change, { columns }), columns)).toEqual([]);
    }
    const text = await run(reembed, change);
    for (const part of [
      'dual write     2027-01-04',
      'shadow query   2027-01-07',
      'tokens a minute bind',
      'WAY BACK',
      'SHADOW',
    ])
      expect(text).toContain(part);
  });

  it('starts today unless told otherwise', async () => {
    const { start: _start, ...today } = change;
    expect((await json(reembed, today)).schedule.steps[0].start).toBe('2026-09-15');
  });

  it('is one JSON document, explained down to the leaves where asked', async () => {
    const text = await run(reembed, change, { format: 'json', explain: true });
    const { kind, backfill } = JSON.parse(text);
    expect([kind, backfill.binds]).toEqual(['reembed-report', 'tokens-per-minute']);
    expect(backfill.seconds.explain.inputs.a.explain.formula).toBe('60 * N * tokens * (1 + retries) / TPM');
  });

  it.each([
    [{ n: '1M' }, /^model-missing: --to-model is missing/],
    [{ ...change, start: '2027-02-30' }, /^bad-day: --start/],
    [{ ...change, rpm: '0' }, /^out-of-range: --rpm/],
    [{ ...change, alert: '1' }, /^out-of-range: --alert/],
    [{ ...change, rollback: '14' }, /^bad-duration: --rollback/],
  ])('refuses %j', async (options, message) => {
    expect(await refusal(reembed, options)).toMatch(message);
  });
});
