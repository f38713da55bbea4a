/**
 * `dedup --apply` on a store made to mislead it: over a thousand pairs whose vectors are as good as one, or one, and whose texts say
 * different things, among pairs that do say the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, it } from 'vitest';
import { plantedTwins } from '../dedup/planted-twins.ts';
import { seeded } from '../dedup/seeded.ts';
import { type Finished, run } from './run-program.ts';

const folder = mkdtempSync(join(tmpdir(), 'memctl-dedup-guards-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { MEMCTL_STATE_DIR: join(folder, 'state') };
const memctl = (...args: string[]): Finished => run('memctl', args, { cwd: folder, env });
const STORE = 'sqlite:twins.db';

const MAP = `tables:
  - table: memories
    id: id
    namespace: owner
    text: content
    embedding: vector
    created: created_at
    createdUnit: epoch-s
    status: status
    superseded: superseded
    supersededBy: superseded_by
`;

/** What else is exchanged: versions, addresses, names in either case, and plain words. */
const EXCHANGED: readonly (readonly [template: string, values: readonly string[]])[] = [
  ['The cluster runs version {x} of the operator', ['1.2.3', '1.2.4', '1.3.0', '2.0.0-rc1', '2.0.0-rc2', 'v9']],
  ['Release notes are at https://docs.example.com/{x}', ['a', 'b', 'a?page=2', 'a#top', 'ab/c']],
  ['Ask {x} about the invoice', ['Alice', 'Bob', 'Anna', 'Hanna', 'Ann-Marie', "O'Brien"]],
  ['ask {x} about the invoice', ['alice', 'bob', 'anna', 'hanna', 'ann-marie', "o'brien"]],
  ['user likes {x}', ['apples', 'pears', 'green tea', 'red tea', 'tea only', 'trains', 'training']],
  ['the shop accepts {x}', ['cash', 'cash only', 'cards', 'cash or cards', 'cash and cards']],
  ['she is on team {x}', ['red', 'blue', 'green', 'red again', 'a', 'b']],
  ['和{x}一起吃饭', ['王伟', '李娜', '张敏', '王芳']],
  ['{x}が犬を飼っている', ['太郎', '花子', '次郎']],
  ['the key is {x} the box', ['in', 'on', 'near', 'behind']],
  ['user {x} in berlin', ['works', 'worked', 'might work', 'is', 'was']],
];

interface Pair {
  readonly a: string;
  readonly b: string;
  readonly vectors: 'near' | 'one' | 'one for many';
}

const r = seeded(20_261_121);
const ways = ['near', 'one', 'one for many'] as const;
const different: readonly Pair[] = [
  ...plantedTwins(1000, 7).map(({ a, b }, i): Pair => ({ a, b, vectors: ways[i % 3] as Pair['vectors'] })),
  ...Array.from({ length: 300 }, (_, i): Pair => {
    const [template, values] = EXCHANGED[i % EXCHANGED.length] as (typeof EXCHANGED)[number];
    const x = r.below(values.length);
    const y = (x + 1 + r.below(values.length - 1)) % values.length;
    const say = (at: number): string => template.replace('{x}', values[at] as string);
    return { a: say(x), b: say(y), vectors: r.pick(ways) };
  }),
];
const THINGS = ['export', 'backup', 'login', 'search', 'billing', 'menu', 'report', 'inbox', 'cart', 'feed'];
/** Each of them may go by itself: copies, other typing, a stop word or an ending more, a value in another notation. */
const same: readonly Pair[] = Array.from({ length: 200 }, (_, i): Pair => {
  const thing = `${THINGS[i % 10]} of door ${i}`;
  const [a, b] = (
    [
      [`The user fixed the ${thing}`, `The user fixed the ${thing}`],
      [`The user fixed the ${thing}`, `the  USER fixed the ${thing} `],
      [`The user checks the ${thing} again`, `User checks the ${thing} again`],
      [`The user is checking the ${thing}`, `User checks the ${thing}`],
      [`The ${thing} costs 1,000 coins on 2026-03-01`, `The ${thing} costs 1000 coins on March 1st, 2026`],
    ] as const
  )[i % 5] as readonly [string, string];
  return { a, b, vectors: i % 2 === 0 ? 'near' : 'one' };
});

const DIMS = 32;
const direction = (): number[] => Array.from({ length: DIMS }, () => r.normal());
const bytes = (values: readonly number[]): Buffer => {
  const length = Math.hypot(...values);
  return Buffer.from(Float32Array.from(values, (x) => x / length).buffer);
};
/** Cosine 0.99 to 1. */
const beside = (values: readonly number[]): number[] => {
  const spread = 0.14 * r.next();
  return values.map((x) => x + spread * r.normal());
};

/** Row ids by pair: 2i and 2i + 1. */
const pairs = [...different, ...same];
function make(path: string): void {
  const db = new Database(path);
  db.exec(`CREATE TABLE memories(id INTEGER PRIMARY KEY, owner TEXT, content TEXT, vector BLOB, created_at INTEGER,
    status TEXT NOT NULL DEFAULT 'active', superseded_by INTEGER)`);
  const insert = db.prepare('INSERT INTO memories(id, owner, content, vector, created_at) VALUES (?, ?, ?, ?, ?)');
  const shared = Array.from({ length: 20 }, direction);
  db.transaction(() => {
    pairs.forEach(({ a, b, vectors }, i) => {
      // Twins of one vector for many stand together, so that whatever shares it is compared with all of them.
      const home = vectors === 'one for many' ? i % 20 : i % 40;
      const first = vectors === 'one for many' ? (shared[home] as number[]) : direction();
      const second = vectors === 'near' ? beside(first) : first;
      const owner = `owner ${home}`;
      insert.run(2 * i, owner, a, bytes(first), 1_760_000_000 + i);
      insert.run(2 * i + 1, owner, b, bytes(second), 1_760_000_000 + i * 2);
    });
  })();
  db.close();
}

interface Row {
  readonly id: number;
  readonly owner: string;
  readonly content: string;
  readonly status: string;
  readonly superseded_by: number | null;
}
function rows(): readonly Row[] {
  const db = new Database(join(folder, 'twins.db'), { readonly: true });
  const all = db.prepare('SELECT id, owner, content, status, superseded_by FROM memories ORDER BY id').all() as Row[];
  db.close();
  return all;
}
const typed = (text: string): string => text.toLowerCase().replaceAll(/\s+/g, ' ').trim();

it('merges none of the twins that say different things, and all that say the same', () => {
  writeFileSync(join(folder, 'map.yaml'), MAP);
  make(join(folder, 'twins.db'));
  const before = rows();
  const flags = ['--map', 'map.yaml', '--threshold', '0.95'];
  const done = memctl('dedup', STORE, ...flags, '--apply', '--yes', '--max-delete-pct', '90');
  expect({ exit: done.exit, stderr: done.stderr }).toMatchObject({ exit: 0 });

  const after = rows();
  const byId = new Map(after.map((row) => [row.id, row]));
  const gone = after.filter((row) => row.status === 'superseded');
  const isSame = (id: number): boolean => id >= 2 * different.length;
  // The only rows that may have gone for another text are the restatements; a twin that is typed as another one is a copy of it.
  const lost = gone
    .map((row) => ({ row, stays: byId.get(row.superseded_by ?? -1) }))
    .filter(
      ({ row, stays }) =>
        stays?.status !== 'active' ||
        stays.owner !== row.owner ||
        !(typed(stays.content) === typed(row.content) || (isSame(row.id) && row.id >> 1 === stays.id >> 1)),
    );
  expect(lost.map(({ row, stays }) => `${row.content} -> ${stays?.content}`)).toEqual([]);
  // Whatever was said before is still said, word for word.
  const said = new Set(
    after.filter((row) => row.status === 'active').map((row) => `${row.owner}: ${typed(row.content)}`),
  );
  const silent = before.filter((row) => !isSame(row.id) && !said.has(`${row.owner}: ${typed(row.content)}`));
  expect(silent.map((row) => row.content)).toEqual([]);
  expect(different.filter(({ a, b }) => typed(a) === typed(b))).toEqual([]);

  const merged = same.filter((_, i) => gone.some((row) => row.id >> 1 === different.length + i));
  expect(same.filter((pair) => !merged.includes(pair)).map(({ a, b }) => `${a} | ${b}`)).toEqual([]);
  expect(after.map(({ id, owner, content }) => [id, owner, content])).toEqual(
    before.map(({ id, owner, content }) => [id, owner, content]),
  );

  // Nothing is left that would go without a review, and all of it comes back.
  const again = memctl('dedup', STORE, ...flags, '--apply', '--dry-run');
  expect({ exit: again.exit, stderr: again.stderr }).toMatchObject({ exit: 0 });
  expect(again.stdout).toContain('rows need a review first');
  expect(again.stdout).not.toMatch(/supersede [\d,]+ of/);
  const undone = memctl('undo', 'last', '--map', 'map.yaml', '--yes');
  expect({ exit: undone.exit, stderr: undone.stderr }).toMatchObject({ exit: 0 });
  expect(rows()).toEqual(before);
});
