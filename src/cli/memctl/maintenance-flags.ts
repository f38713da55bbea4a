/** What the verbs that change a store are told on the command line, read once. */
import { resolve } from 'node:path';
import { type Caps, DEFAULT_CAPS, type PurgeRules } from '../../maintenance/index.ts';
import { InputError, parseBytes, parseCount } from '../../quantity/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreChoice } from './stores.ts';

export interface MaintenanceFlags {
  readonly caps: Caps;
  /** Nothing is changed: the plan is printed, or saved. */
  readonly dryRun: boolean;
  /** File to save the plan in. */
  readonly output: string | null;
  /** Folder for removed rows. */
  readonly archive: string | null;
  readonly yes: boolean;
  /** Space is reclaimed as well. */
  readonly reclaim: boolean;
  readonly exact: boolean;
  readonly structure: string | null;
  readonly minBytes: number | null;
}

/** @throws InputError */
export function maintenanceFlags(options: Options, runtime: Pick<Runtime, 'cwd'>): MaintenanceFlags {
  const path = (name: string): string | null =>
    options[name] === undefined ? null : resolve(runtime.cwd, String(options[name]));
  const output = path('output');
  const { 'min-bytes': minBytes, structure } = options;
  return {
    caps: capsOf(options),
    dryRun: options['dry-run'] === true,
    output,
    archive: path('archive'),
    yes: options['yes'] === true,
    reclaim: options['no-compact'] !== true,
    exact: options['exact'] === true,
    structure: structure === undefined ? null : String(structure),
    minBytes: minBytes === undefined ? null : parseBytes(String(minBytes), '--min-bytes'),
  };
}

export function capsOf(options: Options): Caps {
  const { 'max-delete': most, 'max-delete-pct': percent } = options;
  return {
    maxDelete: most === undefined ? null : parseCount(String(most), '--max-delete'),
    maxDeleteShare: percent === undefined ? DEFAULT_CAPS.maxDeleteShare : percentOf(String(percent)),
    shareGiven: percent !== undefined,
  };
}

function percentOf(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*%?\s*$/.exec(text);
  const value = match === null ? Number.NaN : Number(match[1]);
  if (value >= 0 && value <= 100) return value / 100;
  throw new InputError('bad-percent', `--max-delete-pct: "${text}" is not a percentage between 0 and 100`, 'e.g. 50');
}

/** The rules of memctl.yaml, and what flags add to them. */
export function purgeRules(choice: StoreChoice, options: Options): PurgeRules {
  const { quotas, maxEntries, retention } = choice.rules;
  return {
    storeQuotas: options['quotas'] === true || quotas === 'store',
    ...(quotas === null || quotas === 'store' ? {} : { quotas }),
    ...(Object.keys(maxEntries).length === 0 ? {} : { caps: maxEntries }),
    ...(Object.keys(retention).length === 0 ? {} : { retention }),
  };
}
