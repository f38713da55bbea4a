import { expect, it } from 'vitest';
import {
  type BtreeFacts,
  type IndexFacts,
  redundantIndexes,
  type Structure,
  structureId,
} from '../../src/store/index.ts';

const NONE = { rows: 1, bytes: 4096, pages: 1, payloadBytes: 0, unusedBytes: 0 };

function index(name: string, columns: readonly (string | null)[], facts: Partial<IndexFacts> = {}): Structure {
  return {
    ...NONE,
    id: structureId('index', name),
    kind: 'index',
    name,
    table: 't',
    facts: {
      kind: 'index',
      columns,
      unique: false,
      origin: 'created',
      predicate: null,
      entry: null,
      plainOrder: true,
      ...facts,
    },
  };
}

const table: Structure = {
  ...NONE,
  id: 'table:t',
  kind: 'table',
  name: 't',
  table: 't',
  facts: { kind: 'table', columns: [], record: null, withoutRowid: false, rowidColumn: 'id', rowids: null },
};

const found = (...structures: Structure[]): string[] =>
  redundantIndexes([table, ...structures]).map((r) => `${r.name} ${r.why} ${r.coveredBy}`);

it('a copy of a constraint, a beginning of a longer one, the rowid', () => {
  expect(
    found(index('auto', ['ns', 'hash'], { origin: 'unique', unique: true }), index('copy', ['NS', 'hash'])),
  ).toEqual(['copy same-columns auto']);
  expect(found(index('a', ['ns']), index('b', ['ns', 'at']))).toEqual(['a prefix b']);
  expect(found(index('i', ['ID']))).toEqual(['i is-the-rowid t']);
});

it('of two equal ones, one stays', () => {
  expect(found(index('b', ['x', 'y']), index('a', ['x', 'y']))).toEqual(['b same-columns a']);
});

it.each([
  ['unique', index('a', ['ns'], { unique: true })],
  ['partial', index('a', ['ns'], { predicate: 'ns > 1' })],
  ['in another order', index('a', ['ns'], { plainOrder: false })],
  ['over an expression', index('a', [null])],
  ['a constraint', index('a', ['ns'], { origin: 'unique' })],
  ['not the leading column', index('a', ['at'])],
])('never one that is %s', (_why, candidate) => {
  expect(found(candidate, index('b', ['ns', 'at'])).filter((f) => f.startsWith('a '))).toEqual([]);
});

it('is not covered by a partial index, or one of another table', () => {
  expect(found(index('a', ['ns']), index('b', ['ns', 'at'], { predicate: 'at > 0' }))).toEqual([]);
  expect(found(index('a', ['ns']), { ...index('b', ['ns', 'at']), table: 'other' })).toEqual([]);
});

function btree(name: string, keys: string, facts: Partial<BtreeFacts> = {}): Structure {
  const columns = keys.split(', ').map((k) => k.split(' ')[0] as string);
  return {
    ...NONE,
    id: structureId('btree', name),
    kind: 'btree',
    name,
    table: 'public.t',
    facts: {
      kind: 'btree',
      schema: 'public',
      columns,
      keyCount: columns.length,
      unique: false,
      origin: 'created',
      predicate: null,
      definition: `CREATE INDEX ${name} ON public.t USING btree (${keys})`,
      valid: true,
      scans: null,
      indexTuples: null,
      statistics: { state: 'present', analyzedAt: null, modifiedSince: null },
      fillfactor: 90,
      keys: null,
      deduplicates: true,
      pages: null,
      ...facts,
    },
  };
}

it('in PostgreSQL by the definition: operator classes and orders count', () => {
  const key = btree('t_ns_hash_key', 'ns, hash', { unique: true, origin: 'unique' });
  expect(found(key, btree('copy', 'ns, hash'))).toEqual(['copy same-columns t_ns_hash_key']);
  expect(found(key, btree('begin', 'ns'))).toEqual(['begin prefix t_ns_hash_key']);
  expect(found(key, btree('pattern', 'ns text_pattern_ops'))).toEqual([]);
  expect(found(key, btree('down', 'ns DESC'))).toEqual([]);
  expect(found(key, btree('part', 'ns, hash', { predicate: '(ns IS NOT NULL)' }))).toEqual([]);
  expect(found(key, btree('invalid', 'ns, hash', { valid: false }))).toEqual([]);
  expect(
    found(key, btree('wide', 'ns', { definition: 'CREATE INDEX wide ON t USING btree (ns) INCLUDE (x)' })),
  ).toEqual([]);
});
