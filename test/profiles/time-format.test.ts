import { expect, it } from 'vitest';
import { inferTimeFormat } from '../../src/profiles/index.ts';

it.each([
  [1_790_000_000, 'epoch-s'],
  [1_790_000_000.25, 'epoch-s'],
  [1_790_000_000_000, 'epoch-ms'],
  [1_790_000_000_000_000, 'epoch-us'],
  ['2026-07-23T10:21:06.662489', 'utc-text'],
  ['2026-07-23 10:21:06', 'utc-text'],
  ['2026-07-23', 'utc-text'],
  ['2026-07-23 or so', null],
  ['yesterday', null],
  [42, null],
  [0, null],
  [-1_790_000_000, null],
  [null, null],
])('%j is %s', (value, format) => {
  expect(inferTimeFormat(value)).toBe(format);
});
