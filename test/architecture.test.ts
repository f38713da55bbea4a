/** Holds the house together: who may import whom, what pure rooms may not touch, what every file must have. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root: string = join(dirname(fileURLToPath(import.meta.url)), '..');
const src: string = join(root, 'src');

/** Folder → folders it may import values from; `type` ones it may import types from. */
const MAY_IMPORT: Readonly<Record<string, { values: readonly string[]; types?: readonly string[] }>> = {
  quantity: { values: [] },
  workload: { values: ['quantity'], types: ['store'] },
  layouts: { values: ['quantity'] },
  engines: { values: ['quantity', 'workload', 'layouts'], types: ['store'] },
  systems: { values: ['quantity', 'workload', 'layouts', 'engines'] },
  prices: { values: ['quantity', 'workload'] },
  store: { values: ['quantity'] },
  profiles: { values: ['store', 'quantity'] },
  expectation: { values: ['quantity', 'layouts'], types: ['store'] },
  capacity: { values: ['quantity', 'workload', 'layouts', 'engines', 'prices', 'expectation'], types: ['store'] },
  checks: { values: ['quantity', 'layouts', 'store', 'expectation'], types: ['profiles'] },
  maintenance: { values: ['quantity', 'store'], types: ['checks'] },
  dedup: { values: ['quantity', 'store'] },
  parallel: { values: ['dedup', 'quantity'] },
  adapters: { values: ['store', 'profiles', 'quantity'] },
  render: {
    values: ['quantity'],
    types: [
      'workload',
      'layouts',
      'engines',
      'prices',
      'store',
      'profiles',
      'capacity',
      'checks',
      'maintenance',
      'dedup',
    ],
  },
  cli: {
    values: [
      'quantity',
      'workload',
      'layouts',
      'engines',
      'systems',
      'prices',
      'store',
      'profiles',
      'expectation',
      'capacity',
      'checks',
      'maintenance',
      'dedup',
      'parallel',
      'adapters',
      'render',
    ],
  },
};

const PURE: readonly string[] = [
  'quantity',
  'workload',
  'layouts',
  'engines',
  'systems',
  'prices',
  'capacity',
  'store',
  'profiles',
  'expectation',
  'checks',
  'maintenance',
  'dedup',
  'render',
];

/** Packages a folder may import statically. Everything else is dynamic, or not there at all. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  render: ['string-width'],
  cli: ['commander', 'yaml'],
};

const DRIVERS: readonly string[] = ['better-sqlite3', 'sqlite-vec', 'pg', 'ioredis', 'ora', '@inquirer/prompts'];

interface Import {
  readonly file: string;
  readonly from: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const files: readonly string[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((f) => f.endsWith('.ts'))
  .map((f) => join(src, f));

const folderOf = (file: string): string => relative(src, file).split('/')[0] as string;
const show = (file: string): string => relative(root, file);

function importsOf(file: string): Import[] {
  const text = withoutComments(readFileSync(file, 'utf8'));
  const found: Import[] = [];
  for (const m of text.matchAll(/^\s*(?:import|export)\s+(type\s+)?([^'";]*?)\s*from\s*'([^']+)'/gms)) {
    const names = (m[2] as string)
      .replaceAll(/[{}]/g, '')
      .split(',')
      .map((n) => n.trim())
      .filter((n) => n !== '');
    const typeOnly =
      m[1] !== undefined ||
      (/\{/.test(m[2] as string) && names.length > 0 && names.every((n) => n.startsWith('type ')));
    found.push({ file, from: m[3] as string, typeOnly, dynamic: false });
  }
  for (const m of text.matchAll(/^\s*import\s+'([^']+)'/gm))
    found.push({ file, from: m[1] as string, typeOnly: false, dynamic: false });
  for (const m of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g))
    found.push({ file, from: m[1] as string, typeOnly: false, dynamic: true });
  return found;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1');
}

const imports: readonly Import[] = files.flatMap(importsOf);
const target = (i: Import): string | undefined =>
  i.from.startsWith('.') ? resolve(dirname(i.file), i.from) : undefined;

describe('who may import whom', () => {
  it('sees the imports it judges', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('keeps the import table', () => {
    const wrong: string[] = [];
    for (const i of imports) {
      const to = target(i);
      const from = folderOf(i.file);
      if (to === undefined || from === 'index.ts') continue;
      const folder = folderOf(to);
      if (folder === from) continue;
      const rule = MAY_IMPORT[from];
      if (rule === undefined)
        wrong.push(
          `${show(i.file)}: folder ${from}/ has no rule; add it to the table here and in docs/architecture.md`,
        );
      else if (!rule.values.includes(folder) && !(i.typeOnly && rule.types?.includes(folder))) {
        wrong.push(
          `${show(i.file)} imports ${show(to)}: ${from}/ may import ${rule.values.join(', ') || 'nothing'}${rule.types ? `, and types of ${rule.types.join(', ')}` : ''}`,
        );
      }
    }
    expect(wrong).toEqual([]);
  });

  it('imports only files that exist, by their .ts name', () => {
    const wrong = imports.flatMap((i) => {
      const to = target(i);
      return to !== undefined && !existsSync(to) ? [`${show(i.file)}: ${i.from}`] : [];
    });
    expect(wrong).toEqual([]);
  });

  it('has no import cycles', () => {
    const graph = new Map<string, string[]>();
    for (const i of imports) {
      const to = target(i);
      if (to === undefined || i.typeOnly || i.dynamic) continue;
      graph.set(i.file, [...(graph.get(i.file) ?? []), to]);
    }
    const cycles: string[] = [];
    const done = new Set<string>();
    const walk = (file: string, path: readonly string[]): void => {
      const at = path.indexOf(file);
      if (at >= 0) cycles.push([...path.slice(at), file].map(show).join(' → '));
      if (at >= 0 || done.has(file)) return;
      for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of graph.keys()) walk(file, []);
    expect(cycles).toEqual([]);
  });

  it('imports packages only where they belong, and drivers only dynamically', () => {
    const wrong: string[] = [];
    for (const i of imports) {
      if (i.from.startsWith('.') || i.from.startsWith('node:') || i.typeOnly) continue;
      const folder = folderOf(i.file);
      const name = i.from.startsWith('@') ? i.from.split('/').slice(0, 2).join('/') : (i.from.split('/')[0] as string);
      if (DRIVERS.includes(name)) {
        if (!i.dynamic) wrong.push(`${show(i.file)} imports ${name} statically; use await import('${name}')`);
        if (!['adapters', 'cli'].includes(folder))
          wrong.push(`${show(i.file)} imports ${name}; only adapters/ (drivers) and cli/ (prompts) may`);
      } else if (!PACKAGES[folder]?.includes(name))
        wrong.push(
          `${show(i.file)} imports ${name}; ${folder}/ may import ${(PACKAGES[folder] ?? []).join(', ') || 'no package'}`,
        );
    }
    expect(wrong).toEqual([]);
  });
});

describe('tests', () => {
  it('take their random cases from where the seed is set', () => {
    const folder = join(root, 'test');
    const own = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
    const direct = own.filter((f) => /^import .* from 'fast-check';$/m.test(readFileSync(join(folder, f), 'utf8')));
    expect(direct).toEqual(['random-cases.ts']);
  });
});

describe('pure rooms', () => {
  const pure = files.filter((f) => PURE.includes(folderOf(f)));

  it('do no I/O and have no clock and no dice', () => {
    const wrong: string[] = [];
    const banned: readonly [RegExp, string][] = [
      [/from\s+'node:/, 'imports node:; pass what it needs in, or move it to cli/ or adapters/'],
      [/(?<![-\w/])process\s*[.[]/, 'uses process'],
      [/\bconsole\s*\./, 'uses console'],
      [/\bDate\.now\b|\bnew Date\(\s*\)/, 'reads the clock; take it as an argument'],
      [/\bMath\.random\b/, 'throws dice; take a seed'],
      [/\bsetTimeout\b|\bsetInterval\b|\bfetch\(/, 'waits or fetches'],
    ];
    for (const file of pure) {
      const text = withoutComments(readFileSync(file, 'utf8'));
      for (const [pattern, why] of banned) if (pattern.test(text)) wrong.push(`${show(file)} ${why}`);
    }
    expect(pure.length).toBeGreaterThan(20);
    expect(wrong).toEqual([]);
  });
});

describe('names and sizes', () => {
  it('has no room called utils, helpers, common, core or manager', () => {
    expect(
      files.filter((f) => /(^|[/-])(utils?|helpers?|common|core|manager)([/.-])/.test(relative(src, f))).map(show),
    ).toEqual([]);
  });

  it('has kebab-case file names', () => {
    expect(files.filter((f) => !/^[a-z0-9]+(-[a-z0-9]+)*\.ts$/.test(f.split('/').pop() as string)).map(show)).toEqual(
      [],
    );
  });

  it('keeps every room under 350 lines', () => {
    const long = files
      .map((f) => [show(f), readFileSync(f, 'utf8').split('\n').length] as const)
      .filter(([, n]) => n > 350);
    expect(long, 'a file over 350 lines is two rooms').toEqual([]);
  });

  it('gives every room a first comment that says what it is, or an exported type with one', () => {
    const bare = files.filter((f) => !/\/\*\*/.test(readFileSync(f, 'utf8')) && !f.endsWith('index.ts'));
    expect(bare.map(show)).toEqual([]);
  });
});

describe('registered, documented, tested', () => {
  const defined = (folder: string, word: string): string[] =>
    files
      .filter((f) => folderOf(f) === folder && new RegExp(`=\\s*${word}(<|\\()`).test(readFileSync(f, 'utf8')))
      .map((f) => f.split('/').pop()?.replace('.ts', '') as string);

  it.each([
    ['layouts', 'defineLayout'],
    ['engines', 'defineEngine'],
  ])('every file of %s/ that calls %s is in its index, has a page and a test', (folder, word) => {
    const ids = defined(folder, word);
    const index = readFileSync(join(src, folder, 'index.ts'), 'utf8');
    const wrong: string[] = [];
    for (const id of ids) {
      if (!index.includes(`'./${id}.ts'`)) wrong.push(`${id}: add it to src/${folder}/index.ts`);
      if (!existsSync(join(root, 'docs', folder, `${id}.md`))) wrong.push(`${id}: write docs/${folder}/${id}.md`);
      if (!existsSync(join(root, 'test', folder, `${id}.test.ts`)))
        wrong.push(`${id}: write test/${folder}/${id}.test.ts`);
    }
    expect(ids.length).toBeGreaterThan(3);
    expect(wrong).toEqual([]);
  });
});
