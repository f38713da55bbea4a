/** The flags of `memplan reembed` beside those of the workload. */
import type { OptionDeclaration } from '../command.ts';

const MODELS = 'Models:';
const LIMITS = 'Limits of the provider:';
const STEPS = 'Steps:';

export const REEMBED_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--to-model <MODEL>', summary: 'the new embedding model, e.g. text-embedding-3-large', group: MODELS },
  { flags: '--to-dims <COUNT>', summary: 'its dimensions (default: what the model returns)', group: MODELS },
  {
    flags: '--from-model <MODEL>',
    summary: 'the model the vectors are of now (default: --embedding-model)',
    group: MODELS,
  },
  {
    flags: '--provider <NAME>',
    summary: 'whose limits hold: openai, azure, voyage (default: who makes the model)',
    group: LIMITS,
  },
  { flags: '--rpm <COUNT>', summary: 'requests a minute', group: LIMITS },
  { flags: '--tpm <COUNT>', summary: 'tokens a minute', group: LIMITS },
  { flags: '--inputs-per-request <COUNT>', summary: 'memories the client puts into one request', group: LIMITS },
  { flags: '--tokens-per-request <COUNT>', summary: 'tokens in one request', group: LIMITS },
  { flags: '--concurrency <COUNT>', summary: 'requests in flight', group: LIMITS },
  { flags: '--latency <TIME>', summary: 'time of one request (default with --concurrency: 1 s)', group: LIMITS },
  { flags: '--batch', summary: "send the backfill through the provider's batch API", group: LIMITS },
  { flags: '--start <DAY>', summary: 'first day, as 2027-01-31 (default: today)', group: STEPS },
  { flags: '--shadow <TIME>', summary: 'how long both models answer (default: 7d)', group: STEPS },
  { flags: '--validation <TIME>', summary: 'how long the probes take (default: 2d)', group: STEPS },
  { flags: '--rollback <TIME>', summary: 'how long the old vectors stay (default: 14d)', group: STEPS },
  { flags: '--top-k <COUNT>', summary: 'results compared in a shadow query (default: 10)', group: STEPS },
  { flags: '--alert <SHARE>', summary: 'Jaccard divergence that raises an alert (default: 0.5)', group: STEPS },
];
