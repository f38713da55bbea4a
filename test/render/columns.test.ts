/** Tables on a narrow terminal: what gives way, and what a cut name keeps. */
import { expect, it } from 'vitest';
import { renderColumns, width } from '../../src/render/columns.ts';
import { shortNames } from '../../src/render/structure-names.ts';

const rows = [
  ['sqlite_autoindex_namespace_quotas_1', 'index', '4,096 B', '4,096 B', '0 %'],
  ['sqlite_autoindex_multi_process_state_1', 'index', '4,096 B', '4,096 B', '0 %'],
];
const head = ['STRUCTURE', 'KIND', 'ACTUAL', 'REBUILT', 'WASTE'];

it('keeps the ends of names that begin alike', () => {
  const lines = renderColumns(rows, { head, width: 60, cut: 'middle' });
  expect(lines.every((l) => width(l) <= 60)).toBe(true);
  expect(lines[1]).toMatch(/^sqlite_a?u?t?o?…\S*quotas_1 +index/);
  expect(lines[2]).toMatch(/process_state_1 +index/);
  expect(renderColumns(rows, { head, width: 60 })[1]).toMatch(/^sqlite_autoindex_\S*… +index/);
});

it('leaves columns out before a name is no longer one', () => {
  const lines = renderColumns(rows, { head, width: 46, cut: 'middle', drop: [1, 3] });
  expect(lines[0]).toMatch(/^STRUCTURE +ACTUAL +REBUILT +WASTE$/);
  expect(lines.every((l) => width(l) <= 46)).toBe(true);
  expect(renderColumns(rows, { head, width: 30, cut: 'middle', drop: [1, 3] }).every((l) => width(l) <= 30)).toBe(true);
});

it('shows a schema where it is not the usual one, or tells two tables apart', () => {
  const short = shortNames(['public.a', 'public.b', 'legacy.b', 'legacy.c']);
  expect(['public.a', 'public.b', 'legacy.b', 'legacy.c'].map(short)).toEqual([
    'a',
    'public.b',
    'legacy.b',
    'legacy.c',
  ]);
});
