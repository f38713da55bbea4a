/** The flags of `memplan prices`: which figures, what is imported, and those of every verb that money has. */
import type { OptionDeclaration } from '../command.ts';
import { WORKLOAD_OPTIONS } from './workload-options.ts';

const WHICH = 'Which prices:';
const IMPORT = 'Import:';
const OF_MONEY = ['--price ', '--price-file ', '--currency ', '--rate ', '--config '];

export const PRICES_OPTIONS: readonly OptionDeclaration[] = [
  {
    flags: '--kind <KIND>',
    summary: 'only embedding, extraction, storage, compute, cache, vector-store or limit',
    group: WHICH,
  },
  { flags: '--provider <NAME>', summary: 'only of this provider, e.g. OpenAI', group: WHICH },
  { flags: '--model <TEXT>', summary: 'only ids with this in them, e.g. voyage', group: WHICH },
  { flags: '--old', summary: 'only figures older than 90 days', group: WHICH },
  {
    flags: '--import <FILE>',
    summary: "take over LiteLLM's model_prices_and_context_window.json, as far as it is meant by the flags above",
    group: IMPORT,
  },
  { flags: '--as-of <DAY>', summary: "day on which that list held (default: the file's own date)", group: IMPORT },
  ...WORKLOAD_OPTIONS.filter((o) => OF_MONEY.some((flag) => o.flags.startsWith(flag))),
];
