/** The flags of memctl dedup, what contradicts, and the time that is left. */
import { describe, expect, it } from 'vitest';
import type { Options } from '../../../src/cli/command.ts';
import { dedupFlags } from '../../../src/cli/memctl/dedup-flags.ts';
import { timeLeft } from '../../../src/cli/memctl/time-left.ts';
import { failure } from '../../adapters/sqlite/temporary-store.ts';

const piped = { cwd: '/tmp', ask: undefined };
const terminal = { cwd: '/tmp', ask: async () => null };
const read = (options: Options, args = ['sqlite:a.db']) => dedupFlags(options, args, piped);

describe('flags', () => {
  it('have defaults', () => {
    expect(read({})).toMatchObject({
      threshold: null,
      sample: null,
      seed: 1,
      keep: null,
      content: true,
      review: null,
    });
    expect(read({ threshold: '0.93', sample: '2K', keep: 'most-used', set: 'a, b', 'no-content': true })).toMatchObject(
      {
        threshold: 0.93,
        sample: 2000,
        keep: 'most-used',
        sets: ['a', 'b'],
        content: false,
      },
    );
    expect(read({ review: 'r.yaml', 'fail-on-rate': '20%' })).toMatchObject({
      review: { file: '/tmp/r.yaml' },
      failOnRate: 0.2,
    });
    expect(dedupFlags({ review: true }, [], terminal).review).toBe('terminal');
  });

  it.each<[Options, RegExp, string[]?]>([
    [{ threshold: '1.2' }, /--threshold: 1.2 is not a cosine from 0.5 to 1/],
    [{ threshold: 'high' }, /--threshold/],
    [{ keep: 'oldst' }, /--keep: "oldst" is not known; did you mean oldest/],
    [{ 'fail-on-rate': '101' }, /--fail-on-rate: "101" is not a percentage/],
    [{ sample: '0' }, /--sample: must be 1 or more/],
    [{ top: '0' }, /--top: must be 1 or more/],
    [{ 'dry-run': true }, /--dry-run means nothing without --apply/],
    [{ delete: true }, /--delete means nothing without --apply/],
    [{ archive: 'x' }, /--archive means nothing without --apply/],
    [{ sample: '10', 'push-down': true }, /--sample contradicts --push-down/],
    [{ sample: '10', apply: true }, /--apply contradicts --sample/],
    [{ 'no-content': true, review: 'r.yaml' }, /--no-content contradicts --review/],
    [{ apply: true, 'across-namespaces': true }, /--apply contradicts --across-namespaces/],
    [{ apply: true, 'fail-on-rate': '20' }, /--fail-on-rate contradicts --apply/],
    [{ input: 'p.json', seed: '4' }, /--seed contradicts --input/, []],
    [{ input: 'p.json' }, /a store contradicts --input/],
    [{ input: 'p.json', output: 'q.json' }, /--output contradicts --input/, []],
    [{ review: true }, /stdin is no terminal/],
    [{ review: 'sqlite:brain.db' }, /this is a store, and what follows --review is a file/, []],
    [{ apply: true, review: 'r.yaml', threshold: '0.9' }, /--threshold contradicts --apply --review FILE/],
  ])('%j is refused in one sentence', async (options, message, args) => {
    const refused = await failure(async () => read(options, args));
    expect(refused.message).toMatch(message);
    expect(refused.message).not.toContain('\n');
  });
});

describe('time left', () => {
  it('is told by the phase, once there is something to judge by', () => {
    let now = 0;
    const text = timeLeft(() => now);
    expect(text({ name: 'reading', done: 0, total: 1000, unit: 'rows' })).toBe('reading, 0 of 1,000 rows, 0 %');
    now = 1000;
    expect(text({ name: 'reading', done: 100, total: 1000, unit: 'rows' })).toBe('reading, 100 of 1,000 rows, 10 %');
    now = 10_000;
    expect(text({ name: 'reading', done: 250, total: 1000, unit: 'rows' })).toBe(
      'reading, 250 of 1,000 rows, 25 %, about 30 s left',
    );
    // Another phase is judged by itself.
    expect(text({ name: 'comparing', done: 0.5, total: 1 })).toBe('comparing, 50 %');
    now = 14_000;
    expect(text({ name: 'comparing', done: 0.8, total: 1 })).toBe('comparing, 80 %, about 1 s left');
    expect(text({ name: 'counting', done: 7, total: null, unit: 'rows' })).toBe('counting, 7 rows');
  });
});
