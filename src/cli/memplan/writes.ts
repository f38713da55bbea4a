/** `memplan writes`. */
import { writeReport } from '../../capacity/writes.ts';
import { InputError } from '../../quantity/index.ts';
import { writesPage } from '../../render/capacity/writes.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherInputs } from './inputs.ts';
import { numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

const DAY = 86_400;

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const wishes = {
      // PostgreSQL's own ranges: 30 s to a day, 2 segments and more, 64 kB and more.
      checkpointTimeout: numberOption(options, 'checkpoint-timeout', 'duration', 30, DAY),
      maxWal: numberOption(options, 'max-wal-size', 'bytes', 2 ** 25, 2 ** 50),
      slotLag: numberOption(options, 'slot-lag', 'duration', 0, 365 * DAY),
      pendingLimit: numberOption(options, 'pending-limit', 'bytes', 2 ** 16, 2 ** 31),
      fastupdate: fastupdateOf(options),
      turnsPerMinute: numberOption(options, 'turns-per-minute', 'decimal', 0.001, 1e9),
      burst: numberOption(options, 'burst', 'count', 1, 1e12),
      memoriesPerTurn: numberOption(options, 'memories-per-turn', 'decimal', 0.001, 1e6),
      backfill: numberOption(options, 'backfill', 'count', 1, 1e12),
      consistency: numberOption(options, 'consistency', 'duration', 0.001, 365 * DAY),
      touched: numberOption(options, 'touched', 'count', 1, 10_000),
    };
    const { workload, prices, notes } = await gatherInputs(options, runtime);
    runtime.expectShort?.();
    const tables =
      workload.systemInUse?.ownTables === true
        ? (await import('../../capacity/writes-tables.ts')).tableParts
        : undefined;
    return sectionedOutcome(writeReport(workload, wishes, { prices, tables }), writesPage, notes);
  },
};

/** @throws InputError for anything but on and off */
function fastupdateOf(options: Options): boolean {
  const given = options['fastupdate'];
  if (given === undefined || given === 'on') return true;
  if (given === 'off') return false;
  throw new InputError('bad-switch', `--fastupdate: "${String(given)}" is neither on nor off`);
}
