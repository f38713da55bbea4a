/** Flags, config file and live store → one workload. A flag beats the file, then the store, then --system, then a default. */
import { existsSync } from 'node:fs';
import type { PriceOverrides } from '../../prices/catalogue.ts';
import { InputError } from '../../quantity/index.ts';
import {
  type Config,
  completeWorkload,
  type Draft,
  EMPTY_CONFIG,
  EMPTY_DRAFT,
  mergeDrafts,
  type Workload,
} from '../../workload/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import type { FromStore } from './from-store.ts';
import { gatherPrices } from './price-sources.ts';
import { draftFromFlags } from './workload-options.ts';

export const DEFAULT_CONFIG = 'memplan.yaml';

/** What was gathered, before it is completed: a verb that varies or adds inputs completes it itself. */
export interface DraftInputs {
  readonly draft: Draft;
  /** What lies over the price catalogue. */
  readonly prices: PriceOverrides;
  /** What was read from the live store, where --from named one. */
  readonly store: FromStore | undefined;
  /** For stderr: what could not be taken from the store, what a calibration does not cover. */
  readonly notes: readonly string[];
  /** Another one, for verbs that plan whatever tables a system has: which --system the store is of, where none is named. */
  readonly ofSystem: readonly string[];
}

export interface Inputs extends DraftInputs {
  readonly workload: Workload;
}

/** @throws InputError for anything the user gave that cannot be used; StoreError when a live store cannot be read */
export async function gatherInputs(options: Options, runtime: Runtime): Promise<Inputs> {
  const gathered = await gatherDraft(options, runtime);
  return { ...gathered, workload: completeWorkload(gathered.draft) };
}

/**
 * The same without completing: nothing is missing yet, and nothing contradicts.
 * @param anySystem the verb puts in the systems itself: the one that memplan.yaml names is left out
 * @throws InputError, StoreError
 */
export async function gatherDraft(options: Options, runtime: Runtime, anySystem = false): Promise<DraftInputs> {
  // Flags and files first: a typing error must not wait for a store to be read.
  const flags = draftFromFlags(options);
  const written = await gatherConfig(options, runtime);
  const config = anySystem ? { ...written, draft: withoutSystem(written.draft) } : written;
  const system = await gatherSystem(mergeDrafts(config.draft, flags));
  const prices = await gatherPrices(options, config, runtime);
  const from = options['from'];
  const store =
    from === undefined ? undefined : await (await import('./from-store.ts')).readFromStore(String(from), runtime);
  const inputs = mergeDrafts(system.below, store?.draft ?? EMPTY_DRAFT, config.draft, flags, system.above);
  const { draft, notes } = await withCalibration(inputs, options, config, runtime);
  const ofSystem = inputs.inputs['system'] === undefined ? (store?.ofSystem ?? []) : [];
  return { draft, prices, store, ofSystem, notes: [...(store?.notes ?? []), ...notes] };
}

function withoutSystem(draft: Draft): Draft {
  const { system: _system, store: _store, ...inputs } = draft.inputs;
  return { ...draft, inputs };
}

/** Nothing is picked up that nobody named: an estimate must not depend on what lies about in a folder. @throws InputError */
async function withCalibration(
  draft: Draft,
  options: Options,
  config: Config,
  runtime: Runtime,
): Promise<{ readonly draft: Draft; readonly notes: readonly string[] }> {
  if (options['calibration'] === undefined && config.calibration === undefined) return { draft, notes: [] };
  const { calibrationOver } = await import('./calibration-file.ts');
  return calibrationOver(draft, options, config, runtime);
}

/** What --system and --store name: what it sets goes below everything else, its full name above. @throws InputError */
export async function gatherSystem(said: Draft): Promise<{ readonly below: Draft; readonly above: Draft }> {
  const { system: name, store } = said.inputs;
  if (name === undefined) {
    if (store === undefined) return { below: EMPTY_DRAFT, above: EMPTY_DRAFT };
    throw new InputError(
      'system-missing',
      `${store.where} ${store.value} says where a system keeps its memories: name it with --system, e.g. --system mneme`,
    );
  }
  const { systemDraft } = await import('../../systems/index.ts');
  const below = systemDraft(String(name.value), store === undefined ? undefined : String(store.value), name.where);
  const value = below.system?.system ?? name.value;
  return { below, above: { ...EMPTY_DRAFT, inputs: { system: { ...name, value } } } };
}

/** memplan.yaml, or the file that --config names. @throws InputError */
export async function gatherConfig(options: Options, runtime: Runtime): Promise<Config> {
  const named = options['config'];
  if (named === undefined && !existsSync(`${runtime.cwd}/${DEFAULT_CONFIG}`)) return EMPTY_CONFIG;
  const { readConfigFile } = await import('./config-file.ts');
  return readConfigFile(named === undefined ? DEFAULT_CONFIG : String(named));
}
