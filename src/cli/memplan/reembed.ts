/** `memplan reembed`. */
import { type ReembedWishes, reembed } from '../../capacity/reembed.ts';
import { InputError } from '../../quantity/index.ts';
import { reembedPage } from '../../render/capacity/reembed.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherInputs } from './inputs.ts';
import { dayOption, numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

/** The seed article's alert, and ten results: what one search shows. */
const ALERT = 0.5;
const TOP_K = 10;
const YEAR = 366 * 86_400;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const wishes = wishesOf(options, runtime.now);
    const { workload, prices, notes } = await gatherInputs(options, runtime);
    runtime.expectShort?.();
    const report = reembed(workload, wishes, { prices, now: runtime.now });
    return sectionedOutcome(report, reembedPage, notes);
  },
};

/** @throws InputError for a flag that cannot be used */
function wishesOf(options: Options, now: Date): ReembedWishes {
  const toModel = options['to-model'];
  if (toModel === undefined) {
    throw new InputError(
      'model-missing',
      '--to-model is missing: which embedding model is it to be, e.g. --to-model text-embedding-3-large?',
      'memplan prices --kind embedding lists those with a price',
    );
  }
  const word = (id: string): string | undefined => (options[id] === undefined ? undefined : String(options[id]));
  const count = (id: string, most: number): number | undefined => numberOption(options, id, 'count', 1, most);
  const time = (id: string): number | undefined => numberOption(options, id, 'duration', 0, YEAR);
  const alert = numberOption(options, 'alert', 'ratio', 0, 1) ?? ALERT;
  if (alert === 1)
    throw new InputError('out-of-range', '--alert: no two lists differ by more than 1, so nothing would be raised');
  return {
    toModel: String(toModel),
    fromModel: word('from-model'),
    toDims: count('to-dims', 64_000),
    provider: word('provider')?.toLowerCase(),
    rpm: count('rpm', 1e9),
    tpm: count('tpm', 1e12),
    inputsPerRequest: count('inputs-per-request', 1e6),
    tokensPerRequest: count('tokens-per-request', 1e9),
    concurrency: count('concurrency', 1e6),
    latency: numberOption(options, 'latency', 'duration', 1e-3, 3600),
    batch: options['batch'] === true,
    start: dayOption(options, 'start') ?? now,
    shadow: time('shadow'),
    validation: time('validation'),
    rollback: time('rollback'),
    topK: count('top-k', 1000) ?? TOP_K,
    alert,
  };
}
