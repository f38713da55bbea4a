/** The workload flags, the same on every verb of memplan that reads them, made from the parameter table. */
import { type Draft, draftFrom, OPTIONAL_COMPONENTS, PARAMETERS } from '../../workload/index.ts';
import type { OptionDeclaration, Options } from '../command.ts';

const GROUP_TITLES = {
  workload: 'Workload:',
  index: 'Index:',
  text: 'Text and side structures:',
  traffic: 'Traffic and objectives:',
  money: 'Money:',
  machine: 'Machine:',
} as const;

/** For --help and for what the build makes of it; bundles of verbs leave it out. */
export const WORKLOAD_OPTIONS: readonly OptionDeclaration[] = /* @__PURE__ */ workloadOptions();

function workloadOptions(): OptionDeclaration[] {
  return [
    ...PARAMETERS.map((p) => ({
      flags: `--${p.id} <${p.placeholder}>`,
      summary: p.choices === undefined ? p.summary : `${p.summary}: ${p.choices.join(', ')}`,
      group: GROUP_TITLES[p.group],
    })),
    {
      flags: '--with <COMPONENTS>',
      summary: `plan these too: ${OPTIONAL_COMPONENTS.join(', ')}`,
      group: GROUP_TITLES.text,
    },
    {
      flags: '--without <COMPONENTS>',
      summary: 'leave these out (same names, comma-separated)',
      group: GROUP_TITLES.text,
    },
    { flags: '--price <ID=VALUE...>', summary: 'a price of your own, e.g. rds.gp3=0.10', group: GROUP_TITLES.money },
    {
      flags: '--currency <CODE>',
      summary: 'show money in this currency, e.g. EUR (amounts are given in US dollars)',
      group: GROUP_TITLES.money,
    },
    { flags: '--rate <NUMBER>', summary: 'units of it for one US dollar, e.g. 0.92', group: GROUP_TITLES.money },
    {
      flags: '--price-file <FILE>',
      summary: 'further prices (default: memplan-prices.json, where there is one)',
      group: GROUP_TITLES.money,
    },
    {
      flags: '--config <FILE>',
      summary: 'read the workload from this file (default: memplan.yaml, where there is one)',
      group: 'Where inputs come from:',
    },
    {
      flags: '--calibration <FILE>',
      summary: 'constants of your own host, as memplan calibrate wrote them',
      group: 'Where inputs come from:',
    },
    {
      flags: '--from <STORE>',
      summary: 'fill the workload from a live store, e.g. sqlite:brain.db',
      group: 'Where inputs come from:',
    },
  ];
}

const idOf = (o: OptionDeclaration): string => o.flags.slice(2).split(' ', 1)[0] as string;

/** Those of WORKLOAD_OPTIONS that are no parameters. A verb asks for names only, and its bundle need not make the declarations. */
const BESIDE_PARAMETERS: readonly string[] = [
  'with',
  'without',
  'price',
  'currency',
  'rate',
  'price-file',
  'config',
  'calibration',
  'from',
];

/** The first flag of a workload on a command line, `n` for --n; undefined where there is none but those of `except`. */
export function workloadFlagIn(options: Options, except: readonly string[] = []): string | undefined {
  const given = (id: string): boolean => options[id] !== undefined && !except.includes(id);
  return PARAMETERS.find((p) => given(p.id))?.id ?? BESIDE_PARAMETERS.find(given);
}

/** The same flags for a verb that has no use for some: those are not in its --help, and refused by refuseUnread. */
export function workloadOptionsFor(reads: (id: string) => boolean): OptionDeclaration[] {
  return WORKLOAD_OPTIONS.map((o) => (reads(idOf(o)) ? o : { ...o, hidden: true }));
}

/** The flags of one command line as a draft. @throws InputError */
export function draftFromFlags(options: Options): Draft {
  return draftFrom(options, 'flag', (id) => `--${id}`);
}
