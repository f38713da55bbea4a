import { expect, it } from 'vitest';
import { WORKLOAD_OPTIONS, workloadFlagIn } from '../../../src/cli/memplan/workload-options.ts';

it('finds every declared flag of a workload on a command line', () => {
  const ids = WORKLOAD_OPTIONS.map(({ flags }) => flags.slice(2).split(' ')[0] as string);
  expect(ids.length).toBeGreaterThan(50);
  expect(ids.map((id) => workloadFlagIn({ json: true, [id]: '1' }))).toEqual(ids);
  expect(workloadFlagIn({ json: true, n: '1' }, ['n'])).toBeUndefined();
});
