import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redisAddress } from '../../../src/adapters/redis/address.ts';
import { refusal } from '../../../src/adapters/redis/allowed-commands.ts';
import { secondsOf } from '../../../src/adapters/redis/entry-times.ts';
import { parseInfo, replicasOf } from '../../../src/adapters/redis/info.ts';
import { keyGroups } from '../../../src/adapters/redis/key-groups.ts';
import { globOf } from '../../../src/adapters/redis/key-names.ts';
import { keySlot } from '../../../src/adapters/redis/key-slot.ts';
import { translated } from '../../../src/adapters/redis/redis-errors.ts';
import { sampleOf, total, wilson } from '../../../src/adapters/redis/sampling.ts';
import { parseIndex } from '../../../src/adapters/redis/search-index.ts';
import { detectProfiles, PROFILE_IDS } from '../../../src/profiles/index.ts';
import { REDIS_PROFILE_IDS, REDIS_PROFILES } from '../../../src/profiles/redis-known.ts';
import { type StoreError, Target } from '../../../src/store/index.ts';

const address = (text: string, env: Record<string, string> = {}) => redisAddress(Target.parse(text), env);

describe('address', () => {
  it('has host, port, database, user and password', () => {
    expect(address('redis://u:p%40ss@host:7000/3')).toMatchObject({
      host: 'host',
      port: 7000,
      username: 'u',
      password: 'p@ss',
      database: 3,
      cluster: false,
    });
    expect(address('redis://host')).toMatchObject({ port: 6379, database: 0, password: undefined, tls: undefined });
    expect(address('valkey://[::1]')).toMatchObject({ host: '::1' });
  });

  it('means TLS by rediss and all primaries by cluster', () => {
    expect(address('rediss://host').tls).toEqual({ rejectUnauthorized: true });
    expect(address('redis+cluster://host').cluster).toBe(true);
    expect(address('rediss+cluster://host?sni=a')).toMatchObject({ cluster: true, tls: { servername: 'a' } });
    expect(address('redis://host?cluster=true&prefix=a&prefix=b').prefixes).toEqual(['a', 'b']);
  });

  it('takes the password from the address, then from a file, then from REDISCLI_AUTH', () => {
    const folder = mkdtempSync(join(tmpdir(), 'memctl-redis-'));
    const file = join(folder, 'secret');
    writeFileSync(file, 'from file\n');
    const env = { REDISCLI_AUTH: 'from env', REDIS_PASSWORD_FILE: file };
    expect(address('redis://:own@host', env).password).toBe('own');
    expect(address('redis://host', env).password).toBe('from file');
    expect(address('redis://host', { REDISCLI_AUTH: 'from env' }).password).toBe('from env');
    rmSync(folder, { recursive: true });
  });

  it('refuses what it cannot mean', () => {
    for (const wrong of [
      'redis://h/x',
      'redis://h?clutser=true',
      'redis://h/1?cluster=true',
      'redis://h?cluster=maybe',
      'redis://h?passwordFile=/no/such/file',
      'redis://h?connect_timeout=-1',
    ])
      expect(() => address(wrong), wrong).toThrow(/^redis:/);
  });
});

describe('what is sent', () => {
  const read = { mode: 'read', inert: false, permanent: ['mneme:hash:*'] } as const;
  it('is nothing that writes, in read mode', () => {
    for (const [name, ...args] of [
      ['SET', 'k', 'v'],
      ['DEL', 'k'],
      ['EVAL', 'return 1', 0],
      ['CONFIG', 'SET', 'activedefrag', 'yes'],
      ['FLUSHALL'],
      ['EXPIRE', 'k', 1],
      ['RANDOMKEY'],
      ['MEMORY', 'PURGE'],
      ['CLIENT', 'KILL', 'x'],
      ['GETDEL', 'k'],
    ] as const)
      expect(refusal(name, args, read), name).toMatch(/./);
    expect(refusal('GET', ['k'], read)).toBeUndefined();
    expect(refusal('config', ['get', 'x'], read)).toBeUndefined();
  });

  it('is SCAN only where it deletes nothing', () => {
    expect(refusal('SCAN', ['0'], read)).toMatch(/deletes/);
    expect(refusal('SCAN', ['0', 'MATCH', '*'], read)).toMatch(/deletes/);
    expect(refusal('SCAN', ['0', 'MATCH', 'mneme:hash:*'], read)).toBeUndefined();
    expect(refusal('SCAN', ['0'], { ...read, inert: true })).toBeUndefined();
  });

  it('changes one setting in write mode, and no other', () => {
    const write = { ...read, mode: 'write' } as const;
    expect(refusal('CONFIG', ['SET', 'activedefrag', 'yes'], write)).toBeUndefined();
    expect(refusal('CONFIG', ['SET', 'maxmemory-policy', 'noeviction'], write)).toMatch(/./);
    expect(refusal('FLUSHALL', [], write)).toMatch(/./);
    expect(refusal('EVAL', ['', 0], write)).toBeUndefined();
  });
});

describe('sampling', () => {
  it("is Wilson's interval for counts", () => {
    // Newcombe, Statistics in Medicine 17 (1998) 857, table I: 81 of 263, score method: 0.2553 to 0.3662; rounded outwards here.
    expect(wilson(81, 263, 10_000)).toMatchObject({ low: 2552, high: 3663 });
    expect(wilson(3, 10, 10)).toEqual({ value: 3, low: 3, high: 3 });
    expect(wilson(0, 0, 7)).toEqual({ value: 0, low: 0, high: 7 });
  });

  it('covers the true sum of bytes in about 95 of 100 draws', () => {
    const sizes = Array.from({ length: 5_000 }, (_, i) => 100 + ((i * 7919) % 1_000));
    const truth = sizes.reduce((a, b) => a + b, 0);
    let inside = 0;
    for (let seed = 0; seed < 200; seed++) {
      const t = total(sampleOf(sizes, 300, seed), { value: 5_000, low: 5_000, high: 5_000 });
      if (t !== null && t.low <= truth && truth <= t.high) inside++;
    }
    expect(inside).toBeGreaterThan(182);
    expect(total([1, 2, 3], { value: 3, low: 3, high: 3 })).toEqual({ value: 6, low: 6, high: 6 });
    expect(total([], { value: 3, low: 3, high: 3 })).toBeNull();
  });

  it('draws the same again for the same seed', () => {
    const items = Array.from({ length: 1_000 }, (_, i) => i);
    expect(sampleOf(items, 10, 'a')).toEqual(sampleOf(items, 10, 'a'));
    expect(sampleOf(items, 10, 'a')).not.toEqual(sampleOf(items, 10, 'b'));
    expect(sampleOf(items, 10, 1)).toHaveLength(10);
  });
});

describe('keys', () => {
  it('have the slots of the cluster specification', () => {
    // CRC16 of "123456789" is 0x31C3: the check value of the specification.
    expect(keySlot('123456789')).toBe(0x31c3 % 16_384);
    expect(keySlot('foo')).toBe(12_182);
    expect(keySlot('{user1000}.following')).toBe(keySlot('{user1000}.followers'));
    expect(keySlot('foo{}{bar}')).not.toBe(keySlot('bar'));
  });

  it('are grouped by profile, then by what stands before the id', () => {
    const names = ['m:entry:1', 'm:entry:2', 'm:by_id', 'a:b:c:d', 'a:b:x:y', 'u:17:z', 'plain', '4d1b2f3e4d5c6b7a'];
    const groups = keyGroups({ complete: true, names, own: 0, keys: names.length, method: '' }, [
      'm:entry:*',
      'm:by_id',
    ]);
    expect(new Map(groups.map((g) => [g.pattern, g.count.value]))).toEqual(
      new Map([
        ['m:entry:*', 2],
        ['a:b:*', 2],
        ['m:by_id', 1],
        ['u:*', 1],
        ['plain', 1],
        ['*', 1],
      ]),
    );
  });

  it('are matched literally, whatever their prefix contains', () => {
    expect(globOf('we[i]rd*?:')).toBe('we\\[i\\]rd\\*\\?:*');
  });
});

describe('INFO', () => {
  it('is read for engine, keys with a TTL and replicas', () => {
    const text =
      '# Server\r\nredis_version:7.2.4\r\nvalkey_version:8.1.1\r\nrole:master\r\nmaster_repl_offset:100\r\nslave0:ip=10.0.0.2,port=6379,state=online,offset=90,lag=3\r\ndb0:keys=5,expires=2,avg_ttl=0\r\ndb1:keys=9,expires=0\r\n';
    expect(parseInfo(text, 0)).toMatchObject({
      engine: 'Valkey',
      version: '8.1.1',
      keys: 5,
      expires: 2,
      replica: false,
    });
    expect(parseInfo(text, 1)).toMatchObject({ keys: 9, expires: 0 });
    expect(parseInfo(text, 2)).toMatchObject({ keys: 0 });
    expect(replicasOf(parseInfo(text, 0))).toEqual([{ address: '10.0.0.2:6379', state: 'online', lag: 3, behind: 10 }]);
  });
});

describe('refusals of the server', () => {
  const target = Target.parse('redis://u:secret@host');
  const said = (message: string): StoreError => {
    const error = new Error(message);
    error.name = 'ReplyError';
    return translated(error, target) as StoreError;
  };
  it.each([
    [
      "NOPERM User app has no permissions to run the 'keys' command",
      'store-permission',
      'ACL SETUSER app +keys grants it',
      4,
    ],
    ['LOADING Redis is loading the dataset in memory', 'store-loading', undefined, 4],
    ['MOVED 3999 127.0.0.1:6381', 'store-cluster', undefined, 4],
    ['DENIED Redis is running in protected mode because', 'store-protected', undefined, 4],
    ['READONLY You can not write against a read only replica.', 'store-read-only', undefined, 5],
    ['MISCONF Redis is configured to save RDB snapshots', 'store-not-saving', undefined, 5],
    ['OOM command not allowed when used memory', 'store-out-of-memory', undefined, 5],
    ['ERR something else', 'store-failed', undefined, 4],
  ])('%s', (message, code, hint, exit) => {
    const e = said(message);
    expect(e).toMatchObject({ code, exit });
    if (hint !== undefined) expect(e.hint).toBe(hint);
    expect(e.message).toMatch(/^redis:\/\/u:\*\*\*@host: /);
    expect(e.message).not.toContain('secret');
  });

  it('leaves errors alone that are not the server\u2019s', () => {
    const bug = new TypeError('x is undefined');
    expect(translated(bug, target)).toBe(bug);
  });
});

describe('times of entries', () => {
  it('are read in the unit that the profile states', () => {
    expect(secondsOf('1789000000.25', 'epoch-s')).toBe(1_789_000_000.25);
    expect(secondsOf('1789000000000', 'epoch-ms')).toBe(1_789_000_000);
    expect(secondsOf('1789000000000000', 'epoch-us')).toBe(1_789_000_000);
    expect(secondsOf('2026-09-21 00:00:00', 'utc-text')).toBe(Date.UTC(2026, 8, 21) / 1000);
    expect(secondsOf('soon', 'epoch-s')).toBeNull();
    expect(secondsOf('', 'utc-text')).toBeNull();
  });
});

describe('search indexes', () => {
  it('are read from the flat reply of FT.INFO', () => {
    const reply = [
      'index_name',
      'mem0',
      'index_definition',
      ['key_type', 'HASH', 'prefixes', ['mem0:mem0'], 'default_score', '1'],
      'attributes',
      [
        ['identifier', 'user_id', 'attribute', 'user_id', 'type', 'TAG'],
        [
          'identifier',
          'embedding',
          'attribute',
          'embedding',
          'type',
          'VECTOR',
          'algorithm',
          'FLAT',
          'data_type',
          'FLOAT32',
          'dim',
          1536,
        ],
      ],
      'num_docs',
      '42',
    ];
    expect(parseIndex('mem0', reply)).toEqual({
      name: 'mem0',
      keyType: 'hash',
      prefixes: ['mem0:mem0'],
      fields: [
        { name: 'user_id', type: 'TAG', dims: null },
        { name: 'embedding', type: 'VECTOR', dims: 1536 },
      ],
      documents: 42,
    });
  });
});

describe('profiles', () => {
  it('are named like their files, and each says what it was written from', () => {
    for (const p of REDIS_PROFILES) {
      expect(p.id).toMatch(/^redis-[a-z0-9-]+$/);
      expect(p.source).toMatch(/\//);
      expect(p.sets.length).toBeGreaterThan(0);
      expect(p.hazards.length).toBeGreaterThan(0);
    }
    expect(new Set(REDIS_PROFILES.map((p) => p.id)).size).toBe(REDIS_PROFILES.length);
  });
});

describe('profiles of Redis', () => {
  it('are among all that are known, and are refused for tables by what they are', () => {
    expect(PROFILE_IDS).toEqual(expect.arrayContaining([...REDIS_PROFILE_IDS]));
    const catalog = { scheme: 'sqlite', tables: [], triggers: [] };
    for (const id of REDIS_PROFILE_IDS) expect(() => detectProfiles(catalog, id)).toThrow(/known in redis stores/);
  });
});
