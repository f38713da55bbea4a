/** A workload flag that a verb does not read is refused: an answer that looks as if it had been heeded is a wrong one. */
import { InputError } from '../../quantity/index.ts';
import type { Options } from '../command.ts';
import { workloadFlagIn } from './workload-options.ts';

/** What memplan.yaml holds is for all verbs, and never refused. */
export function refuseUnread(verb: string, options: Options, reads: (id: string) => boolean, restsOn: string): void {
  const given = workloadFlagIn(Object.fromEntries(Object.entries(options).filter(([id]) => !reads(id))));
  if (given === undefined) return;
  throw new InputError(
    'unread-flag',
    `--${given}: ${verb} does not use it; what it answers rests on ${restsOn}`,
    `leave it out; memplan ${verb} --help lists what it uses`,
  );
}
