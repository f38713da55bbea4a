/** What `memctl dedup` is told on the command line, read once; what contradicts is one sentence. */
import { resolve } from 'node:path';
import { KEEPS, type Keep } from '../../dedup/index.ts';
import { InputError, nearest, parseCount, parseDecimal } from '../../quantity/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';

/** An audit repeated on the same rows gives the same answer. */
const DEFAULT_SEED = 1;
/** Below this nothing is a duplicate by any model's measure, and every row has neighbours. */
const LEAST_THRESHOLD = 0.5;

export interface DedupFlags {
  /** Least cosine; null: from the store's own pairs. */
  readonly threshold: number | null;
  readonly sample: number | null;
  readonly seed: number;
  /** Null: by the policy, or as the saved pairs were made. */
  readonly keep: Keep | null;
  readonly across: boolean;
  readonly pushDown: boolean;
  /** Ids or tables of memory sets; empty: chosen. */
  readonly sets: readonly string[];
  /** Texts are read and compared, and not printed. */
  readonly content: boolean;
  readonly top: number | null;
  readonly output: string | null;
  readonly input: string | null;
  /** A file to write or to apply; `terminal`: cluster by cluster; null: none. */
  readonly review: { readonly file: string } | 'terminal' | null;
  readonly apply: boolean;
  readonly delete: boolean;
  /** Exit 1 when the redundancy is above this share for certain (its lower bound). */
  readonly failOnRate: number | null;
}

/** @throws InputError */
export function dedupFlags(
  options: Options,
  args: readonly string[],
  runtime: Pick<Runtime, 'cwd' | 'ask'>,
): DedupFlags {
  const on = (name: string): boolean => options[name] === true;
  const path = (name: string): string | null =>
    options[name] === undefined ? null : resolve(runtime.cwd, String(options[name]));
  const number = (name: string): number | null =>
    options[name] === undefined ? null : parseCount(String(options[name]), `--${name}`);
  const { review } = options;
  // A flag whose value may be left out takes what stands behind it, and that may be the store.
  if (typeof review === 'string' && args.length === 0 && /^[a-z+]+:/i.test(review))
    throw new InputError(
      'store-missing',
      `--review ${review}: this is a store, and what follows --review is a file`,
      `memctl dedup ${review} --review`,
    );
  const flags: DedupFlags = {
    threshold: options['threshold'] === undefined ? null : thresholdOf(String(options['threshold'])),
    sample: number('sample'),
    seed: number('seed') ?? DEFAULT_SEED,
    keep: keepOf(options['keep']),
    across: on('across-namespaces'),
    pushDown: on('push-down'),
    sets:
      options['set'] === undefined
        ? []
        : String(options['set'])
            .split(',')
            .map((s) => s.trim())
            .filter((s) => s !== ''),
    content: !on('no-content'),
    top: number('top'),
    output: path('output'),
    input: options['input'] === undefined ? null : String(options['input']),
    review: review === undefined ? null : review === true ? 'terminal' : { file: resolve(runtime.cwd, String(review)) },
    apply: on('apply'),
    delete: on('delete'),
    failOnRate:
      options['fail-on-rate'] === undefined ? null : shareOf(String(options['fail-on-rate']), '--fail-on-rate'),
  };
  refuseContradictions(flags, options, args, runtime);
  return flags;
}

function thresholdOf(text: string): number {
  const value = parseDecimal(text, '--threshold');
  if (value >= LEAST_THRESHOLD && value <= 1) return value;
  throw new InputError(
    'bad-threshold',
    `--threshold: ${text} is not a cosine from ${LEAST_THRESHOLD} to 1`,
    "e.g. 0.95; without it the store's own pairs decide",
  );
}

function keepOf(given: unknown): Keep | null {
  if (given === undefined) return null;
  const known = KEEPS.find((k) => k === given);
  if (known !== undefined) return known;
  const near = nearest(String(given), KEEPS);
  throw new InputError(
    'unknown-keep',
    `--keep: "${String(given)}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${KEEPS.join(', ')}`,
  );
}

export function shareOf(text: string, flag: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]);
  if (value >= 0 && value <= 100) return value / 100;
  throw new InputError('bad-percent', `${flag}: "${text}" is not a percentage between 0 and 100`, 'e.g. 20');
}

/** Flags that mean something only where something is changed. */
const WITH_APPLY = ['delete', 'archive', 'dry-run', 'yes', 'max-delete', 'max-delete-pct', 'ledger'] as const;
/** Flags that say how the store is read: a saved document is what was read already. */
const NOT_WITH_INPUT = ['sample', 'seed', 'across-namespaces', 'push-down', 'set'] as const;

function refuseContradictions(
  f: DedupFlags,
  options: Options,
  args: readonly string[],
  runtime: Pick<Runtime, 'ask'>,
): void {
  const refuse = (message: string, hint?: string): never => {
    throw new InputError('contradiction', message, hint);
  };
  const stray = WITH_APPLY.find((name) => options[name] !== undefined && options[name] !== false);
  if (!f.apply && stray !== undefined)
    refuse(
      `--${stray} means nothing without --apply: an audit changes nothing`,
      stray === 'dry-run' ? '--apply --dry-run shows what would be done' : undefined,
    );
  if (f.sample !== null && f.sample < 1) throw new InputError('bad-count', '--sample: must be 1 or more');
  if (f.top !== null && f.top < 1) throw new InputError('bad-count', '--top: must be 1 or more');
  if (f.sample !== null && f.pushDown) refuse('--sample contradicts --push-down; give one of them');
  if (f.sample !== null && f.apply) refuse('--apply contradicts --sample: a sample finds a rate, not every duplicate');
  if (f.sample !== null && f.review !== null)
    refuse('--review contradicts --sample: a sample finds a rate, not every duplicate');
  if (!f.content && f.review !== null)
    refuse('--no-content contradicts --review: nobody can judge texts they do not see');
  if (f.apply && f.failOnRate !== null) refuse('--fail-on-rate contradicts --apply: it judges an audit');
  if (f.apply && f.across)
    refuse('--apply contradicts --across-namespaces: rows of different namespaces are never merged');
  if (f.input !== null) {
    const reading = NOT_WITH_INPUT.find((name) => options[name] !== undefined && options[name] !== false);
    if (reading !== undefined) refuse(`--${reading} contradicts --input: the file says what was read`);
    if (args.length > 0 && !f.apply && f.review === null)
      refuse('a store contradicts --input: the file is what was read of one; give one of them');
    if (f.output !== null && !f.apply) refuse('--output contradicts --input: it would save what is there already');
  }
  if (f.review === 'terminal' && runtime.ask === undefined)
    throw new InputError(
      'no-terminal',
      '--review without a file asks cluster by cluster, and stdin is no terminal',
      '--review FILE writes a file to decide in; --apply --review FILE carries it out',
    );
  if (f.review !== null && f.review !== 'terminal' && f.apply && f.input !== null)
    refuse('--input contradicts --apply --review FILE: the review says what goes; give one of them');
  if (f.review !== null && f.review !== 'terminal' && f.apply) {
    const audit = (['threshold', 'keep', 'set', 'push-down'] as const).find((name) => options[name] !== undefined);
    if (audit !== undefined)
      refuse(`--${audit} contradicts --apply --review FILE: the review says what goes and what stays`);
  }
}
