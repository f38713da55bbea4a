/** Which store is meant: arguments, memctl.yaml, the environment; and what is said when it is wrong. */
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storeChoices } from '../../../src/cli/memctl/stores.ts';

interface Place {
  readonly cwd: string;
  readonly env: Record<string, string>;
}

function place(config?: string): Place {
  const cwd = mkdtempSync(join(tmpdir(), 'memctl-config-'));
  if (config !== undefined) writeFileSync(join(cwd, 'memctl.yaml'), config);
  return { cwd, env: { HOME: cwd } };
}

async function refusal(given: readonly string[], p: Place, options: Record<string, unknown> = {}): Promise<string> {
  try {
    await storeChoices(given, options, p);
  } catch (e) {
    return (e as Error).message;
  }
  throw new Error('it was not refused');
}

describe('storeChoices', () => {
  it('takes addresses as they are', async () => {
    const [a, b] = await storeChoices(['sqlite:a.db', 'postgres://u@h/one'], {}, place());
    expect([a?.name, a?.target.scheme, b?.name, b?.target.scheme]).toEqual(['a.db', 'sqlite', 'one', 'postgres']);
  });

  it('takes names, shards and rules from memctl.yaml', async () => {
    const p = place(`
default: prod
stores:
  prod:
    profile: mneme
    shards: [postgres://app@one/mem, { name: eu, store: 'postgres://app@two/mem' }]
    vacuum: { quotas: store, max-entries: 1M, retention: { 'neural-memory:tool_events': 90d } }
  local: sqlite:brain.db
`);
    const prod = await storeChoices([], {}, p);
    expect(prod.map((c) => [c.name, c.target.address, c.profile])).toEqual([
      ['prod/shard 1', 'postgres://app@one/mem', 'mneme'],
      ['prod/eu', 'postgres://app@two/mem', 'mneme'],
    ]);
    expect(prod[0]?.rules).toEqual({
      quotas: 'store',
      maxEntries: { '*': 1_000_000 },
      retention: { 'neural-memory:tool_events': 7_776_000 },
    });
    expect((await storeChoices(['local'], { profile: 'generic' }, p))[0]).toMatchObject({
      name: 'local',
      profile: 'generic',
    });
  });

  it('puts secrets in from the environment and from files, and never prints them', async () => {
    const p = place(`
stores:
  a: postgres://app:\${PASS}@h/mem
  b: { store: 'postgres://app@h/mem', password-file: secret }
`);
    writeFileSync(join(p.cwd, 'secret'), 'p@ss/word\n');
    const [a] = await storeChoices(['a'], {}, { ...p, env: { ...p.env, PASS: 'hunter2' } });
    expect(a?.target.reveal()).toContain('hunter2');
    expect(JSON.stringify(a)).not.toContain('hunter2');
    const [b] = await storeChoices(['b'], {}, p);
    expect(new URL(b?.target.reveal() ?? '').password).toBe('p%40ss%2Fword');
    expect(JSON.stringify(b)).not.toContain('word');
    expect(await refusal(['a'], p)).toBe(
      'memctl.yaml: stores.a.store: the environment variable PASS is not set'.replace(
        'memctl.yaml',
        join(p.cwd, 'memctl.yaml'),
      ),
    );
  });

  it('finds the config in the user folder, by --config and by MEMCTL_CONFIG', async () => {
    const p = place();
    mkdirSync(join(p.cwd, '.config', 'memctl'), { recursive: true });
    writeFileSync(join(p.cwd, '.config', 'memctl', 'memctl.yaml'), 'stores: { home: sqlite:home.db }');
    expect((await storeChoices(['home'], {}, p))[0]?.target.name).toBe('home.db');
    writeFileSync(join(p.cwd, 'other.yaml'), 'stores: { other: sqlite:other.db }');
    expect((await storeChoices([], { config: 'other.yaml' }, p))[0]?.name).toBe('other');
    const env = { ...p.env, MEMCTL_CONFIG: 'other.yaml' };
    expect((await storeChoices([], {}, { ...p, env }))[0]?.name).toBe('other');
    expect(await refusal([], p, { config: 'absent.yaml' })).toContain('there is no such file');
  });

  it('reads MEMCTL_STORE and MEMCTL_STORE_FILE', async () => {
    const p = place();
    writeFileSync(join(p.cwd, 'address'), 'sqlite:f.db\n');
    expect((await storeChoices([], {}, { ...p, env: { MEMCTL_STORE: 'sqlite:e.db' } }))[0]?.name).toBe('e.db');
    expect((await storeChoices([], {}, { ...p, env: { MEMCTL_STORE_FILE: 'address' } }))[0]?.name).toBe('f.db');
    expect(await refusal([], p)).toBe('no store was given');
  });

  it.each([
    ['stores: { a: { stor: x } }', ['a'], 'stores.a: "stor" is not known; did you mean store?'],
    [
      'stores: { a: { store: x, shards: [y] } }',
      ['a'],
      'stores.a: give it either store: ADDRESS or shards: [ADDRESS, …]',
    ],
    ['stores: { a: { shards: [] } }', ['a'], 'stores.a.shards must be a list with at least one store in it'],
    ['store: {}', ['a'], 'the document: "store" is not known; did you mean stores?'],
    ['default: b\nstores: { a: sqlite:x.db }', [], 'default: there is no store called "b"'],
    ['stores: { prod: sqlite:x.db }', ['prd'], '"prd" is neither an address nor a store of'],
    ['stores: [', ['a'], 'memctl.yaml: '],
    [
      'stores: { a: { store: sqlite:x.db, vacuum: { retention: { t: 90 } } } }',
      ['a'],
      'stores.a.vacuum.retention.t: "90" has no unit',
    ],
  ])('refuses %s', async (config, given, message) => {
    expect(await refusal(given, place(config))).toContain(message);
  });

  it('refuses the same store twice, and an unreadable password file', async () => {
    expect(await refusal(['sqlite:a.db', 'sqlite:a.db'], place())).toBe('STORE: sqlite:a.db was given twice');
    const p = place("stores: { b: { store: 'postgres://h/mem', password-file: absent } }");
    expect(await refusal(['b'], p)).toContain('stores.b.password-file: absent: there is no such file');
    chmodSync(p.cwd, 0o700);
  });
});
