import { expect, it } from 'vitest';
import {
  fts5Definition,
  shadowsOf,
  vec0Definition,
  virtualTable,
} from '../../../src/adapters/sqlite/virtual-tables.ts';

const args = (sql: string): readonly string[] => virtualTable(sql)?.args ?? [];

it.each([
  ['CREATE VIRTUAL TABLE v USING vec0(e float[3])', 'vec0', ['e float[3]']],
  [
    'create virtual table if not exists "a b" using "vec0" (\n e FLOAT[3],\n x text\n);',
    'vec0',
    ['e FLOAT[3]', 'x text'],
  ],
  [
    "CREATE VIRTUAL TABLE f USING fts5(a, tokenize = 'x, (y', content='')",
    'fts5',
    ['a', "tokenize = 'x, (y'", "content=''"],
  ],
  ['CREATE VIRTUAL TABLE d USING dbstat', 'dbstat', []],
])('splits %s', (sql, module, expected) => {
  expect(virtualTable(sql)).toEqual({ module, args: expected });
});

it('is not fooled by an ordinary table', () => {
  expect(virtualTable('CREATE TABLE t(using_vec0 TEXT)')).toBeUndefined();
});

it('reads every kind of vec0 column', () => {
  expect(
    vec0Definition(
      args(
        'CREATE VIRTUAL TABLE v USING vec0(id integer primary key, user_id text partition key, a f32[8], b INT8[16] distance_metric=L1, c bit[32], genre text, n integer, +body text, chunk_size = 256)',
      ),
    ),
  ).toEqual({
    vectors: [
      { name: 'a', scalar: 'float32', dims: 8, metric: 'l2' },
      { name: 'b', scalar: 'int8', dims: 16, metric: 'l1' },
      { name: 'c', scalar: 'bit', dims: 32, metric: 'l2' },
    ],
    partitionKeys: ['user_id'],
    metadata: [
      { name: 'genre', type: 'text' },
      { name: 'n', type: 'integer' },
    ],
    auxiliary: ['body'],
    textId: false,
    chunkSize: 256,
  });
});

it('reads fts5 columns and options', () => {
  expect(
    fts5Definition(
      args(
        `CREATE VIRTUAL TABLE f USING fts5("title", body, brain_id UNINDEXED, content='docs', tokenize="porter unicode61")`,
      ),
    ),
  ).toEqual({
    columns: ['title', 'body', 'brain_id'],
    content: 'docs',
    tokenizer: 'porter unicode61',
  });
});

it('tells shadow tables from tables that merely begin alike', () => {
  const names = ['v_chunks', 'v_rowids', 'v_info', 'v_vector_chunks00', 'v_vector_chunks', 'v_notes', 'v_chunks2', 'v'];
  expect(shadowsOf('v', 'vec0', names)).toEqual(['v_chunks', 'v_rowids', 'v_info', 'v_vector_chunks00']);
  expect(shadowsOf('v', 'unheard', names)).toEqual([]);
});
