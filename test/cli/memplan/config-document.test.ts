import { expect, it } from 'vitest';
import { configDocument } from '../../../src/cli/memplan/config-document.ts';

it('reads one text once, and another text anew', () => {
  const first = configDocument('n: 1M\ndims: 768\n');
  expect(configDocument('n: 1M\ndims: 768\n').document).toBe(first.document);
  const other = configDocument('n: 2M\n');
  expect(other.document.toJS()).toEqual({ n: '2M' });
  expect(configDocument('n: 1M\ndims: 768\n').document.toJS()).toEqual({ n: '1M', dims: 768 });
});

it('knows the line of a node', () => {
  const { document, lines } = configDocument('n: 1M\n\nbudgets:\n  - metric: machines\n');
  const at = (document.get('budgets', true) as { range: [number, number, number] }).range[0];
  expect(lines.linePos(at).line).toBe(4);
});
