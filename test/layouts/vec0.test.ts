import { describe, expect, it } from 'vitest';
import { shadowTables, type Vec0Parameters, type Vec0Type, vec0 } from '../../src/layouts/vec0.ts';
import { isInputError } from '../../src/quantity/index.ts';
import fc from '../random-cases.ts';
import { measuredRows, relativeError } from './embedded-rows.ts';
import { emptyStore, fill, given, total, treeBytes } from './sqlite-stores.ts';

const plain = (rows: number, dims: number, type: Vec0Type, more: Partial<Vec0Parameters> = {}): Vec0Parameters => ({
  rows: given(rows),
  dims: given(dims),
  type,
  ...more,
});

/** 1 % from 10,000 rows on, 2 % below. */
const bar = (rows: number): number => (rows >= 10_000 ? 0.01 : 0.02);

describe('vec0 against published measurements', () => {
  for (const row of measuredRows('sqlite-vec')) {
    it(`${row.n} x ${row.dims} ${row.type}: file and every shadow table`, () => {
      const sized = vec0.size(plain(row.n, row.dims, row.type as Vec0Type));
      expect(Math.abs(relativeError(sized.disk.value, row.bytes))).toBeLessThanOrEqual(bar(row.n));
      const measured = row.extra['tables'] as Record<string, number>;
      for (const [name, q] of Object.entries(shadowTables('v', sized))) {
        expect(Math.abs(q.value - (measured[name] as number)), name).toBeLessThanOrEqual(4096);
      }
    });
  }
});

const SQL_VALUE: Record<Vec0Type, string> = { float: '?', int8: 'vec_int8(?)', bit: 'vec_bit(?)' };
const VALUE_BYTES: Record<Vec0Type, (d: number) => number> = { float: (d) => 4 * d, int8: (d) => d, bit: (d) => d / 8 };

interface Shape {
  readonly name: string;
  readonly rows: number;
  readonly dims: number;
  readonly type: Vec0Type;
  readonly pageSize?: number;
  readonly chunk?: number;
  readonly columns?: string;
  readonly values?: (i: number) => unknown[];
  readonly more?: Partial<Vec0Parameters>;
}

/** Builds the table for real and returns its b-trees. */
function built(shape: Shape): Record<string, number> {
  const db = emptyStore(shape.pageSize ?? 4096);
  const chunk = shape.chunk === undefined ? '' : `, chunk_size=${shape.chunk}`;
  db.exec(`create virtual table v using vec0(e ${shape.type}[${shape.dims}]${shape.columns ?? ''}${chunk})`);
  const names = (shape.columns ?? '')
    .split(',')
    .flatMap((c) => (c.trim() === '' ? [] : [c.trim().split(' ')[0]?.replace('+', '') as string]));
  const marks = names.map(() => ', ?').join('');
  const insert = db.prepare(
    `insert into v(e${names.map((c) => `, ${c}`).join('')}) values (${SQL_VALUE[shape.type]}${marks})`,
  );
  const vector = Buffer.alloc(VALUE_BYTES[shape.type](shape.dims));
  fill(db, shape.rows, (i) => insert.run(vector, ...(shape.values?.(i) ?? [])));
  const bytes = treeBytes(db);
  db.close();
  return bytes;
}

const uuid = (i: number): string => {
  const hex = (Math.imul(i + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
  return `${hex}-${hex.slice(0, 4)}-4000-8000-${hex}${hex.slice(4)}`;
};

const SHAPES: readonly Shape[] = [
  { name: 'float', rows: 10_000, dims: 64, type: 'float' },
  { name: 'int8', rows: 10_000, dims: 100, type: 'int8' },
  { name: 'bit', rows: 10_000, dims: 256, type: 'bit' },
  ...[512, 1024, 8192, 65_536].map(
    (pageSize): Shape => ({ name: `pages of ${pageSize}`, rows: 10_000, dims: 32, type: 'float', pageSize }),
  ),
  { name: 'pages of 1024', rows: 1000, dims: 32, type: 'float', pageSize: 1024 },
  ...[8, 64, 200, 4096].map(
    (chunk): Shape => ({ name: `chunks of ${chunk}`, rows: 10_000, dims: 16, type: 'float', chunk }),
  ),
  { name: 'one row more than a chunk', rows: 1025, dims: 128, type: 'float' },
  {
    name: '50 partition values',
    rows: 10_000,
    dims: 16,
    type: 'float',
    columns: ', user text partition key',
    values: (i) => [`user${(i % 50).toString().padStart(2, '0')}`],
    more: { partitions: { values: given(50), valueBytes: given(6, 'B') } },
  },
  {
    name: '200 partition values, small chunks',
    rows: 10_000,
    dims: 16,
    type: 'float',
    chunk: 64,
    columns: ', user text partition key',
    values: (i) => [`user${(i % 200).toString().padStart(3, '0')}`],
    more: { partitions: { values: given(200), valueBytes: given(7, 'B') } },
  },
  {
    name: 'text ids at random',
    rows: 10_000,
    dims: 32,
    type: 'float',
    columns: ', id text primary key',
    values: (i) => [uuid(i)],
    more: { idBytes: given(36, 'B') },
  },
  {
    name: 'text ids in order',
    rows: 10_000,
    dims: 32,
    type: 'float',
    columns: ', id text primary key',
    values: (i) => [`mem-${i.toString().padStart(8, '0')}`],
    more: { idBytes: given(12, 'B'), idOrder: 'ascending' },
  },
  {
    name: 'metadata and auxiliary columns',
    rows: 10_000,
    dims: 32,
    type: 'float',
    columns: ', active boolean, year integer, score float, topic text, kind text, +body text',
    values: (i) => [
      BigInt(i % 2),
      BigInt(i),
      i + 0.5,
      `a topic of thirty bytes ${i.toString().padStart(6, '0')}`,
      'short',
      'b'.repeat(120),
    ],
    more: {
      metadata: [
        { kind: 'boolean' },
        { kind: 'integer' },
        { kind: 'float' },
        { kind: 'text', bytes: given(30, 'B') },
        { kind: 'text', bytes: given(5, 'B') },
      ],
      auxiliary: [{ kind: 'text', name: 'body', bytes: given(120, 'B'), spread: given(0, 'ratio') }],
    },
  },
];

describe('vec0 against tables built here', () => {
  for (const shape of SHAPES) {
    it(`${shape.name}: ${shape.rows} x ${shape.dims} ${shape.type}`, () => {
      const measured = built(shape);
      const sized = vec0.size(
        plain(shape.rows, shape.dims, shape.type, {
          ...(shape.pageSize === undefined ? {} : { pageSize: given(shape.pageSize, 'B') }),
          ...(shape.chunk === undefined ? {} : { chunkSize: given(shape.chunk) }),
          ...shape.more,
        }),
      );
      expect(Math.abs(relativeError(sized.disk.value, total(measured)))).toBeLessThanOrEqual(bar(shape.rows));
      const tables = shadowTables('v', sized);
      for (const name of Object.keys(tables)) expect(measured, `dbstat lists ${name}`).toHaveProperty([name]);
      // The chunks are the bulk, and follow from the layout to the page.
      expect(tables['v_vector_chunks00']?.value).toBe(measured['v_vector_chunks00']);
      expect(tables['v_chunks']?.value).toBe(measured['v_chunks']);
    });
  }
});

describe('vec0 properties', () => {
  const rows = fc.integer({ min: 0, max: 2_000_000 });
  const dims = fc.integer({ min: 1, max: 1024 }).map((d) => d * 8);
  const pageSize = fc.constantFrom(512, 1024, 4096, 16_384, 65_536);

  it('grows with rows, and int8 <= float, bit <= int8', () => {
    fc.assert(
      fc.property(rows, fc.integer({ min: 0, max: 100_000 }), dims, pageSize, (n, more, d, U) => {
        const at = (count: number, type: Vec0Type): number =>
          vec0.size(plain(count, d, type, { pageSize: given(U, 'B') })).disk.value;
        expect(at(n + more, 'float')).toBeGreaterThanOrEqual(at(n, 'float'));
        expect(at(n, 'int8')).toBeLessThanOrEqual(at(n, 'float'));
        expect(at(n, 'bit')).toBeLessThanOrEqual(at(n, 'int8'));
      }),
      { numRuns: 200 },
    );
  });

  it('every figure is finite, not negative and inside its interval', () => {
    fc.assert(
      fc.property(
        rows,
        dims,
        fc.integer({ min: 1, max: 50_000 }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (n, d, values, spread) => {
          const sized = vec0.size(
            plain(n, d, 'float', {
              partitions: { values: given(values), valueBytes: given(10, 'B'), rowsSpread: given(spread, 'ratio') },
              idBytes: given(36, 'B'),
            }),
          );
          for (const q of [sized.disk, sized.resident, ...Object.values(sized.parts)]) {
            expect(Number.isFinite(q.value) && q.value >= 0, q.name).toBe(true);
            expect(q.low <= q.value && q.value <= q.high, q.name).toBe(true);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('vec0 traps', () => {
  it('a partition key multiplies the size: every value has a chunk of its own', () => {
    const shared = vec0.size(plain(10_000, 384, 'float')).disk.value;
    const partitioned = vec0.size(
      plain(10_000, 384, 'float', { partitions: { values: given(200), valueBytes: given(8, 'B') } }),
    );
    expect(partitioned.disk.value / shared).toBeGreaterThan(15);
    expect(partitioned.parts['utilisation']?.value).toBeCloseTo(50 / 1024, 3);
  });

  it('the cliff is the row that opens the next chunk', () => {
    expect(vec0.cliffs(plain(1000, 384, 'float')).map((c) => c.at)).toEqual([1025]);
    expect(vec0.cliffs(plain(1025, 384, 'float')).map((c) => c.at)).toEqual([1025, 2049]);
    const before = vec0.size(plain(1024, 384, 'float')).disk.value;
    expect(vec0.size(plain(1025, 384, 'float')).disk.value - before).toBeGreaterThan(1_500_000);
  });

  it('refuses what sqlite-vec refuses', () => {
    const refused = (more: Partial<Vec0Parameters>): boolean => {
      try {
        vec0.size({ ...plain(10, 8, 'float'), ...more });
        return false;
      } catch (e) {
        return isInputError(e);
      }
    };
    const cases: Partial<Vec0Parameters>[] = [
      { dims: given(8193) },
      { dims: given(0) },
      { dims: given(12), type: 'bit' },
      { chunkSize: given(100) },
      { chunkSize: given(8192) },
      { pageSize: given(3000, 'B') },
      { rows: given(-1) },
      { partitions: { values: given(0), valueBytes: given(4, 'B') } },
    ];
    for (const more of cases) expect(refused(more), JSON.stringify(Object.keys(more))).toBe(true);
    for (const declaration of ['float[8193]', 'float[8], chunk_size=100', 'float[8], chunk_size=8192']) {
      expect(() => emptyStore().exec(`create virtual table v using vec0(e ${declaration})`), declaration).toThrow();
    }
    // A bit column of 12 can be declared, but no value fits it.
    const db = emptyStore();
    db.exec('create virtual table v using vec0(e bit[12])');
    expect(() => db.prepare('insert into v(e) values (vec_bit(?))').run(Buffer.alloc(2))).toThrow();
  });
});
