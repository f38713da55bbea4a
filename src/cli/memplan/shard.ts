/** `memplan shard`. */
import { shardReport } from '../../capacity/shard.ts';
import { shardPage } from '../../render/capacity/shard.ts';
import type { Action, Outcome } from '../command.ts';
import { gatherInputs } from './inputs.ts';
import { dayOption, numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';
import { shardReads } from './shard-options.ts';
import { refuseUnread } from './unread-flags.ts';

const MOST_SHARDS = 10_000;
const YEAR = 365 * 86_400;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    refuseUnread('shard', options, shardReads, 'sizes, writes and what one machine can do');
    const wishes = {
      shards: numberOption(options, 'shards', 'count', 1, MOST_SHARDS),
      to: numberOption(options, 'to', 'count', 2, MOST_SHARDS),
      zipf: numberOption(options, 'zipf', 'decimal', 0, 5),
      virtualNodes: numberOption(options, 'virtual-nodes', 'count', 1, 100_000),
      disk: numberOption(options, 'disk', 'bytes', 2 ** 30, 2 ** 50),
      rowsPerShard: numberOption(options, 'rows-per-shard', 'count', 1, 1e12),
      recovery: numberOption(options, 'recovery', 'duration', 1, YEAR),
      consistency: numberOption(options, 'consistency', 'duration', 0.001, YEAR),
      drain: numberOption(options, 'drain-rate', 'decimal', 0.001, 1e9),
      start: dayOption(options, 'start') ?? runtime.now,
    };
    const { workload, prices, notes } = await gatherInputs(options, runtime);
    // --zipf asks for assumed sizes where a store could tell the real ones.
    const from = options['zipf'] === undefined ? options['from'] : undefined;
    const counted =
      from === undefined
        ? { sizes: undefined, notes: [] }
        : await (await import('./namespaces-of-store.ts')).namespacesOfStore(
            String(from),
            workload.memories.value,
            runtime,
          );
    // With tenants, the fullest shard is found by trials: a hot loop, but a short one.
    if (workload.users !== undefined || workload.namespaces !== undefined) runtime.expectShort?.();
    const report = shardReport(workload, wishes, { prices, sizes: counted.sizes });
    return sectionedOutcome(report, shardPage, [...notes, ...counted.notes]);
  },
};
