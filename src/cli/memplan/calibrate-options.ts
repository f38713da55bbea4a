/** Flags of `memplan calibrate`. */
import type { OptionDeclaration } from '../command.ts';

const SERIES = 'What is measured:';

export const CALIBRATE_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--budget <TIME>', summary: 'time it may take, cleaning up included (default: 60s)', group: SERIES },
  {
    flags: '--dims <COUNT>',
    summary: "dimensions of the made-up vectors (default: the store's, else 768)",
    group: SERIES,
  },
  { flags: '--m <COUNT>', summary: "HNSW links per element and level (default: the store's, else 16)", group: SERIES },
  { flags: '--rows <COUNT>', summary: 'largest table of the series (default: 20000)', group: SERIES },
  { flags: '--sizes-only', summary: 'measure no time: sizes of the store beside a fresh one', group: SERIES },
  { flags: '--dry-run', summary: 'say what would be measured, and measure nothing', group: SERIES },
  {
    flags: '--output <FILE>',
    summary: 'the profile to write, beside what it holds (default: memplan-calibration.json)',
    group: 'The file:',
  },
  {
    flags: '--explain',
    summary: 'how every figure was computed: formula, numbers, result, source',
    group: 'Output:',
  },
];
