/** How plans and ledgers name a store: by its printable address. Secrets are not in it, and come from elsewhere. */
import { resolve } from 'node:path';
import { InputError } from '../../quantity/index.ts';
import { REDACTED, Target } from '../../store/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { type StoreChoice, storeChoices } from './stores.ts';

/** `--store ADDRESS|NAME`, else the address itself where it is whole, else MEMCTL_STORE. @throws InputError */
export async function namedStore(address: string, options: Options, runtime: Runtime): Promise<StoreChoice> {
  const given = options['store'];
  const whole = !address.includes(REDACTED) && !address.includes(encodeURIComponent(REDACTED));
  const asked = given !== undefined ? [String(given)] : whole ? [address] : [];
  if (asked.length === 0 && (runtime.env['MEMCTL_STORE'] ?? '') === '')
    throw new InputError(
      'store-missing',
      `the password of ${address} is not written down anywhere`,
      'give the store with --store, as a name from memctl.yaml or an address, or in MEMCTL_STORE',
    );
  const choices = await storeChoices(asked, options, runtime);
  const [only, ...more] = choices;
  if (only === undefined || more.length > 0)
    throw new InputError('several-stores', `--store: this names ${choices.length} stores, and one is wanted`);
  return only;
}

/** A file by its whole path: a plan and a ledger are read from other folders than they were written in. */
export function byWholePath(choice: StoreChoice, cwd: string): StoreChoice {
  if (choice.target.scheme !== 'sqlite') return choice;
  return { ...choice, target: Target.parse(`sqlite:${resolve(cwd, choice.target.reveal())}`) };
}
