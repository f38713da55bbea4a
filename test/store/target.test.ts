import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isInputError } from '../../src/quantity/index.ts';
import { Target } from '../../src/store/index.ts';

const why = (text: string): string => {
  try {
    Target.parse(text);
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
  throw new Error(`${text} was accepted`);
};

describe('a SQLite address', () => {
  it.each([
    ['sqlite:brain.db', 'brain.db', 'brain.db'],
    ['SQLITE:./a/brain.db', './a/brain.db', 'brain.db'],
    ['sqlite3:/var/lib/x.sqlite', '/var/lib/x.sqlite', 'x.sqlite'],
    ['sqlite:///var/lib/x.db', '/var/lib/x.db', 'x.db'],
    ['sqlite:///with%20blank.db', '/with blank.db', 'with blank.db'],
    ['sqlite:100%.db', '100%.db', '100%.db'],
    ['file:///tmp/x.db', '/tmp/x.db', 'x.db'],
    ['brain.db', 'brain.db', 'brain.db'],
    ['C:\\data\\brain.sqlite3', 'C:\\data\\brain.sqlite3', 'brain.sqlite3'],
    ['  sqlite:x.db\n', 'x.db', 'x.db'],
  ])('%j is the path %j', (text, path, name) => {
    const t = Target.parse(text);
    expect([t.scheme, t.reveal(), t.name]).toEqual(['sqlite', path, name]);
  });
});

describe('a URL', () => {
  it('keeps its secrets to itself, however it is printed', () => {
    const t = Target.parse('postgresql://bot:s3cr%40t@db.example:5432/memories?sslmode=require&sslpassword=hunter2');
    expect(t.reveal()).toContain('s3cr%40t');
    expect(t.scheme).toBe('postgres');
    expect(t.name).toBe('memories');
    for (const shown of [
      String(t),
      JSON.stringify({ t }),
      inspect(t),
      inspect({ deep: [t] }, { showHidden: true }),
      t.address,
    ]) {
      expect(shown).not.toMatch(/s3cr|hunter2/);
      expect(shown).toContain('db.example');
    }
  });

  it('without a password stays as it is', () => {
    expect(Target.parse('redis://cache:6379/0').address).toBe('redis://cache:6379/0');
  });
});

describe('what is no address', () => {
  it.each([
    ['', 'STORE: no store was given'],
    ['sqlite:', 'sqlite: needs a path'],
    ['sqlite::memory:', 'an in-memory database belongs to its own process alone'],
    ['memories', '"memories" has no scheme'],
    ['sqlite:///a%zz.db', 'a % that is not an escape'],
    ['sqlite:a\0b', 'contains a NUL character'],
  ])('%j: %s', (text, message) => {
    expect(why(text)).toContain(message);
  });

  it('never repeats a password', () => {
    const message = why('postgres://bot:hunter2@[bad/memories');
    expect(message).toBe('STORE: this postgres address cannot be read as a URL');
  });

  it.each([
    'postgres//root:S3cret@h/db',
    'postgres:root:S3cret@h/db',
    'postgres:root:S3/cr@et@h/db?password=S3cret',
    'sqlite://u:S3cret@h/db',
    'sqlite:postgres://u:S3cret@h/db',
    'postgres//root:S3cret@h/memory.db',
  ])('nor that of a mistyped address: %j', (text) => {
    expect(why(text)).toMatch(/:\*\*\*@h/);
    expect(why(text)).not.toMatch(/S3/);
  });
});
