/** README and docs/: examples up to date, links that lead somewhere, and nothing named that the programs do not have. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filled, pages, workedExamples } from '../bench/worked-examples.ts';
import type { Action, Options } from '../src/cli/command.ts';
import { EXIT } from '../src/cli/exit-codes.ts';
import { action as bloat } from '../src/cli/memctl/bloat.ts';
import { action as compact } from '../src/cli/memctl/compact.ts';
import { action as dedup } from '../src/cli/memctl/dedup.ts';
import { action as demo } from '../src/cli/memctl/demo.ts';
import { action as detect } from '../src/cli/memctl/detect.ts';
import { action as hot } from '../src/cli/memctl/hot.ts';
import { action as runs } from '../src/cli/memctl/runs.ts';
import { action as stats } from '../src/cli/memctl/stats.ts';
import { action as vacuum } from '../src/cli/memctl/vacuum.ts';
import { action as cache } from '../src/cli/memplan/cache.ts';
import { CACHE_OPTIONS } from '../src/cli/memplan/cache-options.ts';
import { action as calibrate } from '../src/cli/memplan/calibrate.ts';
import { CALIBRATE_OPTIONS } from '../src/cli/memplan/calibrate-options.ts';
import { action as compare } from '../src/cli/memplan/compare.ts';
import { action as diff } from '../src/cli/memplan/diff.ts';
import { action as estimate } from '../src/cli/memplan/estimate.ts';
import { action as explain } from '../src/cli/memplan/explain.ts';
import { action as forecast } from '../src/cli/memplan/forecast.ts';
import { action as gate } from '../src/cli/memplan/gate.ts';
import { GROWTH_OPTIONS } from '../src/cli/memplan/growth-options.ts';
import { action as init } from '../src/cli/memplan/init.ts';
import { action as place } from '../src/cli/memplan/place.ts';
import { PLACE_OPTIONS } from '../src/cli/memplan/place-options.ts';
import { action as prices } from '../src/cli/memplan/prices.ts';
import { PRICES_OPTIONS } from '../src/cli/memplan/prices-options.ts';
import { action as reembed } from '../src/cli/memplan/reembed.ts';
import { REEMBED_OPTIONS } from '../src/cli/memplan/reembed-options.ts';
import { action as selftest } from '../src/cli/memplan/selftest.ts';
import { action as shard } from '../src/cli/memplan/shard.ts';
import { SHARD_OPTIONS } from '../src/cli/memplan/shard-options.ts';
import { WORKLOAD_OPTIONS } from '../src/cli/memplan/workload-options.ts';
import { action as writes } from '../src/cli/memplan/writes.ts';
import { WRITES_OPTIONS } from '../src/cli/memplan/writes-options.ts';
import { OUTPUT_OPTIONS } from '../src/cli/output-options.ts';
import { ENGINES } from '../src/engines/index.ts';
import { LAYOUTS } from '../src/layouts/index.ts';
import { PROFILE_IDS } from '../src/profiles/detect.ts';
import { jsonView, quietRuntime } from './cli/memplan/quiet-runtime.ts';
import { emptyFolder, store } from './e2e/run-program.ts';

const root: string = join(import.meta.dirname, '..');
const texts: ReadonlyMap<string, string> = new Map(
  pages().map((file) => [relative(root, file), readFileSync(file, 'utf8')]),
);
const page = (name: string): string => texts.get(name) ?? '';

const FENCE = /^```[^\n]*\n[\s\S]*?^```/gm;
const SPAN = /`[^`\n]+`/g;
const EXAMPLE = /<!-- example: ([a-z0-9-]+) -->/g;
/** What is written as code: fenced blocks and spans. */
const codeOf = (text: string): string[] => [
  ...(text.match(FENCE) ?? []),
  ...(text.replace(FENCE, '').match(SPAN) ?? []),
];
const proseOf = (text: string): string => text.replace(FENCE, '').replace(SPAN, '');
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '$1');

describe('worked examples', async () => {
  const examples = await workedExamples();

  it('are what the program prints now', () => {
    const stale = [...texts].flatMap(([name, text]) =>
      [...examples].flatMap(([id, lines]) => (filled(text, id, lines) === text ? [] : [`${name}: ${id}`])),
    );
    expect(stale, 'run npm run docs').toEqual([]);
  });

  it('have a place each, and every place an example', () => {
    const placed = [...texts.values()].flatMap((text) => [...text.matchAll(EXAMPLE)].map((m) => m[1] as string));
    expect([...placed].sort()).toEqual([...examples.keys()].sort());
  });

  it.each([
    ...LAYOUTS.map((l) => [`docs/layouts/${l.id}.md`, l.id]),
    ...ENGINES.map((e) => [`docs/engines/${e.id}.md`, `engine-${e.id}`]),
  ])('%s has its own', (name, id) => {
    expect(page(name as string)).toContain(`<!-- example: ${id} -->`);
  });
});

describe('links', () => {
  /** The anchors GitHub gives the headings of a page. */
  const anchors = (text: string): string[] =>
    [...text.replace(FENCE, '').matchAll(/^#+ (.+)$/gm)].map((m) =>
      (m[1] as string)
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  it('lead to files and headings that exist', () => {
    const broken: string[] = [];
    let seen = 0;
    for (const [name, text] of texts) {
      for (const m of text.replace(FENCE, '').matchAll(/\]\(([^)\s]+)\)/g)) {
        const link = m[1] as string;
        if (/^[a-z]+:/.test(link)) continue;
        seen++;
        const [path, anchor] = link.split('#') as [string, string?];
        const file = path === '' ? join(root, name) : resolve(root, dirname(name), path);
        if (!existsSync(file)) broken.push(`${name}: ${link}`);
        else if (anchor !== undefined && !anchors(readFileSync(file, 'utf8')).includes(anchor))
          broken.push(`${name}: ${link} (no such heading)`);
      }
    }
    expect(seen).toBeGreaterThan(50);
    expect(broken).toEqual([]);
  });

  it('that reports give lead to pages', () => {
    const named = ENGINES.map((e) => e.docs);
    expect(named.filter((d) => !texts.has(`docs/${d}.md`))).toEqual([]);
  });

  it('reach every page from the README or from another page', () => {
    const linked = new Set(
      [...texts].flatMap(([name, text]) =>
        [...text.matchAll(/\]\(([^)#\s]+)/g)].map((m) => resolve(root, dirname(name), m[1] as string)),
      ),
    );
    const lost = [...texts.keys()].filter(
      (name) => name !== 'README.md' && !linked.has(join(root, name)) && !linked.has(dirname(join(root, name))),
    );
    expect(lost).toEqual([]);
  });
});

describe('words', () => {
  it('promise nothing, and speak of the project alone', () => {
    const banned =
      /\b(TODO|FIXME|coming soon|not (yet )?implemented|sessions?|helpers?|sub-?agents?)\b|\/work\/|shared\//i;
    const found = [...texts].flatMap(([name, text]) => {
      const hit = banned.exec(proseOf(text));
      return hit === null ? [] : [`${name}: ${hit[0]}`];
    });
    expect(found).toEqual([]);
  });
});

const declarations = ['memplan/commands.ts', 'memctl/main.ts'].map((file) => ({
  name: dirname(file),
  text: readFileSync(join(root, 'src', 'cli', file), 'utf8'),
}));
/** Verbs by program; main.ts runs when it is imported, so declarations are read as text. */
const verbs: ReadonlyMap<string, readonly string[]> = new Map(
  declarations.map(({ name, text }) => [
    name,
    [...text.matchAll(/name: '([a-z]+)',\n\s+summary: .*\n\s+(?:arguments:|options:|get options\(\))/g)].map(
      (m) => m[1] as string,
    ),
  ]),
);

describe('what the programs have', () => {
  const flags = new Set([
    ...[
      ...WORKLOAD_OPTIONS,
      ...REEMBED_OPTIONS,
      ...PRICES_OPTIONS,
      ...GROWTH_OPTIONS,
      ...CALIBRATE_OPTIONS,
      ...SHARD_OPTIONS,
      ...CACHE_OPTIONS,
      ...PLACE_OPTIONS,
      ...WRITES_OPTIONS,
      ...OUTPUT_OPTIONS,
    ].map((o) => o.flags.split(' ')[0] as string),
    ...declarations.flatMap(({ text }) =>
      [...text.matchAll(/flags: '(?:-[a-z], )?(--[a-z-]+)/g)].map((m) => m[1] as string),
    ),
    '--help',
    '--version',
  ]);
  /** Flags of other programs that the pages speak of. */
  const FOREIGN = ['--shm-size'];

  it('is known to this test', () => {
    expect(verbs.get('memplan')).toContain('estimate');
    expect(verbs.get('memctl')).toContain('stats');
    expect(flags.size).toBeGreaterThan(50);
  });

  it('covers every flag that a page names', () => {
    const unknown = [...texts].flatMap(([name, text]) =>
      codeOf(text)
        .flatMap((code) => [...code.matchAll(/(?<![\w-])--[a-z][a-z0-9-]*/g)].map((m) => m[0]))
        .filter((flag) => !flags.has(flag) && !FOREIGN.includes(flag))
        .map((flag) => `${name}: ${flag}`),
    );
    expect(unknown).toEqual([]);
  });

  const unknownVerbs = (text: string): string[] =>
    [...text.matchAll(/\b(memplan|memctl) ([a-z]+)\b(?!\.)/g)].flatMap((m) =>
      verbs.get(m[1] as string)?.includes(m[2] as string) ? [] : [m[0]],
    );

  it('covers every command that a page names', () => {
    const unknown = [...texts].flatMap(([name, text]) =>
      codeOf(text).flatMap((code) => unknownVerbs(code).map((verb) => `${name}: ${verb}`)),
    );
    expect(unknown).toEqual([]);
  });

  it('covers every command that the programs themselves name', () => {
    const unknown = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((f) => f.endsWith('.ts') && statSync(join(root, 'src', f)).isFile())
      .flatMap((f) =>
        unknownVerbs(withoutComments(readFileSync(join(root, 'src', f), 'utf8'))).map((verb) => `src/${f}: ${verb}`),
      );
    expect(unknown).toEqual([]);
  });

  it('covers the exit codes', () => {
    const documented = [...page('docs/exit-codes.md').matchAll(/^\| (\d+)/gm)].map((m) => Number(m[1]));
    expect(documented).toEqual(Object.values(EXIT));
  });

  it('covers the profiles', () => {
    // A second table tells what dedup knows of some of them.
    const documented = new Set(
      [...page('docs/profiles.md').matchAll(/^\| `([a-z0-9-]+)`/gm)].map((m) => m[1] as string),
    );
    expect([...documented].sort()).toEqual([...PROFILE_IDS].sort());
  });

  it('covers the constraints of a tier', () => {
    const source = readFileSync(join(root, 'src', 'capacity', 'constraints.ts'), 'utf8');
    const ids = [...new Set([...source.matchAll(/^\s+id: '([a-z0-9-]+)'/gm)].map((m) => m[1] as string))];
    const table = /## The constraints([\s\S]*?)\n## /.exec(page('docs/tiers.md'))?.[1] ?? '';
    const documented = [...table.matchAll(/^\| ([a-z][a-z0-9-]*) +\|/gm)].map((m) => m[1] as string);
    expect(ids.length).toBeGreaterThan(5);
    expect(documented.filter((id) => id !== 'constraint').sort()).toEqual(ids.sort());
  });

  it('covers the import table and the folders', () => {
    const rules = readFileSync(join(root, 'test', 'architecture.test.ts'), 'utf8');
    const folders = readdirSync(join(root, 'src')).filter((f) => !f.endsWith('.ts'));
    const words = (list: string | undefined): string[] => [...(list ?? '').matchAll(/[a-z]+/g)].map((m) => m[0]);
    const expected = folders.map((folder) => {
      const rule = new RegExp(`^  ${folder}: \\{\\s*values: \\[([^\\]]*)\\](?:,\\s*types: \\[([^\\]]*)\\])?`, 'm').exec(
        rules,
      );
      const existing = (list: string | undefined): string[] => words(list).filter((w) => folders.includes(w));
      return [folder, existing(rule?.[1]), existing(rule?.[2])];
    });
    const table = /## Who may import whom([\s\S]*?)\n## /.exec(page('docs/architecture.md'))?.[1] ?? '';
    const documented = [...table.matchAll(/^\| `([a-z]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map((m) => [
      m[1] as string,
      words(m[2]),
      words(m[3]),
    ]);
    const byName = (a: unknown[], b: unknown[]): number => (String(a[0]) < String(b[0]) ? -1 : 1);
    expect(documented.sort(byName)).toEqual(expected.sort(byName));
    const rooms = /## The rooms([\s\S]*?)\n## /.exec(page('docs/architecture.md'))?.[1] ?? '';
    expect([...rooms.matchAll(/^\| `([a-z]+)`/gm)].map((m) => m[1]).sort()).toEqual([...folders].sort());
  });
});

describe('docs/json.md', async () => {
  const now = new Date('2026-09-15T00:00:00Z');
  const runtime = quietRuntime(emptyFolder, now);
  const view = jsonView(now);
  type Json = Readonly<Record<string, unknown>>;
  const documentOf = async (
    action: Action,
    args: readonly string[],
    options: Options,
    explained = false,
  ): Promise<Json> =>
    JSON.parse(await (await action.execute(args, options, runtime)).render({ ...view, explain: explained })) as Json;

  const mneme = store('mneme-v1-sqlite.db');
  const neural = store('neural-memory-4.62-multibrain.db');
  const changed = mkdtempSync(join(tmpdir(), 'memctl-docs-'));
  copyFileSync(mneme.slice('sqlite:'.length), join(changed, 'mneme.db'));
  const expired = `sqlite:${join(changed, 'mneme.db')}`;
  const keeping = {
    'max-delete-pct': '100',
    archive: join(changed, 'kept'),
    ledger: join(changed, 'runs'),
    quiet: true,
  };
  const repeats = `sqlite:${join(changed, 'demo.db')}`;
  await demo.execute([join(changed, 'demo.db')], {}, runtime);
  writeFileSync(
    join(changed, 'list.json'),
    '{"text-embedding-3-small":{"mode":"embedding","input_cost_per_token":3e-8}}',
  );
  const importing = { import: join(changed, 'list.json'), 'price-file': join(changed, 'prices.json') };
  const baseline = join(changed, 'baseline.json');
  writeFileSync(baseline, JSON.stringify(await documentOf(estimate, [], { n: '1M' })));
  const documents: readonly (readonly [kind: string, document: Json])[] = [
    [
      'compare-report',
      await documentOf(compare, [], { n: '1M', vary: ['dims=1024,1536', 'type=float32,halfvec'] }, true),
    ],
    ['diff-report', await documentOf(diff, [baseline], { n: '40M', dims: '768' })],
    [
      'gate-report',
      await documentOf(
        gate,
        [],
        {
          config: join(root, 'fixtures/gate/breach/memplan.yaml'),
          baseline: join(root, 'fixtures/gate/breach/baseline.json'),
        },
        true,
      ),
    ],
    ['forecast-report', await documentOf(forecast, [], { n: '5M', 'growth-per-day': '20k' })],
    ['forecast-report', await documentOf(forecast, [], { from: mneme }, true)],
    ['capacity-report', await documentOf(estimate, [], { n: '10M', dims: '1536', budget: '100' }, true)],
    ['capacity-report', await documentOf(estimate, [], { n: '1M', engine: 'pgvector', index: 'ivfflat' })],
    ['capacity-report', await documentOf(estimate, [], { from: mneme })],
    ['init-report', await documentOf(init, [], { yes: true, n: '1M', output: join(changed, 'plan.yaml') })],
    ['explanation', await documentOf(explain, ['vector-index'], { n: '1M' })],
    ['figures', await documentOf(explain, [], { n: '1M' })],
    ['rules-report', await documentOf(explain, [], { compare: true, n: '1M' }, true)],
    ['article-report', await documentOf(explain, [], { article: true })],
    [
      'reembed-report',
      await documentOf(reembed, [], { n: '10M', 'to-model': 'text-embedding-3-large', 'writes-per-day': '1M' }, true),
    ],
    ['reembed-report', await documentOf(reembed, [], { n: '10M', 'to-model': 'voyage-3.5', batch: true })],
    ['prices-report', await documentOf(prices, [], {})],
    ['prices-report', await documentOf(prices, [], importing)],
    ['selftest-report', await documentOf(selftest, [], { rows: true })],
    ['shard-report', await documentOf(shard, [], { n: '50M', users: '100k', 'writes-per-day': '2M' }, true)],
    ['shard-report', await documentOf(shard, [], { n: '50M' })],
    ['cache-report', await documentOf(cache, [], { n: '10M', 'queries-per-second': '200' })],
    ['place-report', await documentOf(place, [], { n: '1M', 'queries-per-second': '50' })],
    [
      'write-report',
      await documentOf(writes, [], { n: '10M', users: '1k', 'writes-per-day': '1M', 'queries-per-second': '50' }, true),
    ],
    ['write-report', await documentOf(writes, [], { n: '50k', engine: 'sqlite-vec', 'writes-per-day': '1k' })],
    ['write-report', await documentOf(writes, [], { n: '1M', engine: 'qdrant' })],
    ['write-report', await documentOf(writes, [], { n: '1M', dims: '768', system: 'mem0', 'writes-per-day': '100k' })],
    [
      'calibration-report',
      await documentOf(calibrate, [], { budget: '10s', rows: '1000', dims: '64', output: join(changed, 'host.json') }),
    ],
    ['calibration-report', await documentOf(calibrate, [mneme], { 'dry-run': true }, true)],
    ['store-report', await documentOf(stats, [mneme], {})],
    ['store-report', await documentOf(stats, [neural], {})],
    ['detect-report', await documentOf(detect, [mneme], {})],
    ['maintenance-plan', await documentOf(vacuum, [mneme], { 'dry-run': true, quotas: true })],
    ['maintenance-plan', await documentOf(vacuum, [neural], { 'dry-run': true, 'max-delete': '0' })],
    ['maintenance-plan', await documentOf(compact, [mneme], { 'dry-run': true, 'min-bytes': '1kB' })],
    ['run-report', await documentOf(vacuum, [expired], keeping)],
    ['runs-report', await documentOf(runs, [], keeping)],
    ['bloat-report', await documentOf(bloat, [mneme], {})],
    ['bloat-report', await documentOf(bloat, [neural], {})],
    ['hot-report', await documentOf(hot, [mneme], {})],
    ['hot-report', await documentOf(hot, [neural], {})],
    ['dedup-report', await documentOf(dedup, [repeats], { 'across-namespaces': true })],
    ['maintenance-plan', await documentOf(dedup, [repeats], { apply: true, 'dry-run': true })],
    ['run-report', await documentOf(dedup, [repeats], { apply: true, ledger: join(changed, 'runs'), quiet: true })],
  ];

  /** Objects whose keys are names of the user's or of an engine, not fields. */
  const MAPS = /(^|\.)(workload|inputs|figures|settings|columns)$/;

  /** Every path of a document, lists left out: "tier.checks.verdict". */
  function pathsOf(value: unknown, at = ''): string[] {
    if (Array.isArray(value)) return value.flatMap((v) => pathsOf(v, at));
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, v]) => {
      const path = at === '' ? key : `${at}.${key}`;
      return MAPS.test(at) ? pathsOf(v, at) : [path, ...pathsOf(v, path)];
    });
  }

  const text = page('docs/json.md');
  const code = codeOf(text).join(' ');
  /** The part of the page under one heading. */
  const sectionOf = (kind: string): string =>
    text.split(/^## /m).find((s) => s.split('\n')[0]?.split(/[ ,]+/).includes(kind)) ?? '';

  it.each(documents)('names every field of a %s', (kind, document) => {
    expect(document['kind']).toBe(kind);
    expect(document['schemaVersion']).toBe(1);
    expect(sectionOf(kind)).not.toBe('');
    const top = Object.keys(document).filter(
      (k) => !new RegExp(`\\b${k}\\b`).test(`${sectionOf(kind)} schemaVersion kind generatedAt`),
    );
    expect(top).toEqual([]);
    const fields = new Set(pathsOf(document).map((p) => p.split('.').pop() as string));
    expect([...fields].filter((f) => !new RegExp(`\\b${f}\\b`).test(code))).toEqual([]);
  });

  it.each([...new Set(documents.map(([kind]) => kind))])('names no field that a %s lacks', (kind) => {
    const paths = new Set(documents.filter(([k]) => k === kind).flatMap(([, d]) => pathsOf(d)));
    const known = (name: string): boolean => [...paths].some((p) => p === name || p.endsWith(`.${name}`));
    const rows = [...sectionOf(kind).matchAll(/^\| (`[^|]+`) +\|/gm)].map((m) => m[1] as string);
    const names = rows.flatMap((cell) => [...cell.matchAll(/`([A-Za-z.0-9]+)`/g)].map((m) => m[1] as string));
    expect(names.length).toBeGreaterThan(kind === 'explanation' || kind === 'figures' ? 0 : 3);
    const kinds = ['explanation', 'figures', 'workload.components'];
    expect(names.filter((n) => !kinds.includes(n) && !known(n))).toEqual([]);
  });
});
