/** `memplan place`. */
import { placeReport } from '../../capacity/place.ts';
import { WARM_STORES, type WarmStore } from '../../capacity/warm-item.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import { placePage } from '../../render/capacity/place.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherInputs } from './inputs.ts';
import { numberOption } from './number-options.ts';
import { placeReads } from './place-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';
import { refuseUnread } from './unread-flags.ts';

const MOST = 2 ** 60;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    refuseUnread(
      'place',
      options,
      placeReads,
      'how many items there are, how large they are and how often they are used',
    );
    const wishes = {
      itemBytes: numberOption(options, 'item-bytes', 'bytes', 1, 2 ** 40),
      hot: numberOption(options, 'hot', 'bytes', 0, MOST),
      warm: numberOption(options, 'warm', 'bytes', 0, MOST),
      cold: numberOption(options, 'cold', 'bytes', 0, MOST),
      zipf: numberOption(options, 'zipf', 'decimal', 0, 5),
      warmStore: warmStoreOf(options),
    };
    const { workload, prices, notes } = await gatherInputs(options, runtime);
    return sectionedOutcome(placeReport(workload, wishes, { prices }), placePage, notes);
  },
};

/** @throws InputError */
function warmStoreOf(options: Options): WarmStore {
  const given = options['warm-store'];
  if (given === undefined) return 'tables';
  const word = String(given).trim().toLowerCase();
  const found = WARM_STORES.find((s) => s === word);
  if (found !== undefined) return found;
  const near = nearest(word, WARM_STORES);
  throw new InputError(
    'unknown-choice',
    `--warm-store: "${word}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${WARM_STORES.join(', ')}`,
  );
}
