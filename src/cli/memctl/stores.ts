/** The store or stores a verb works on: arguments, names from memctl.yaml, MEMCTL_STORE. */
import { resolve } from 'node:path';
import { openStore } from '../../adapters/index.ts';
import { mapProfile } from '../../profiles/index.ts';
import { InputError, nearest } from '../../quantity/index.ts';
import { type OpenOptions, type ProfileMap, type Store, Target } from '../../store/index.ts';
import type { Options } from '../command.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { type MemctlConfig, NO_RULES, readMemctlConfig, type StoreConfig, type VacuumConfig } from './config.ts';

export interface StoresRuntime {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/** One database, file or server, and what was said about it. */
export interface StoreChoice {
  /** As reports call it: a name from memctl.yaml, with the shard's; else the target's own. */
  readonly name: string;
  readonly target: Target;
  readonly profile?: string;
  readonly map?: ProfileMap;
  readonly rules: VacuumConfig;
}

/** An address, or a map of tables: more is another file, named by mistake. */
const MAX_BYTES = 2 ** 20;

const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/**
 * One choice per store; a name from memctl.yaml with shards gives several. Options: `profile`, `map`, `config`.
 * @throws InputError when none was given, a name is not in the config, or an address is wrong
 */
export async function storeChoices(
  given: readonly string[],
  options: Options,
  runtime: StoresRuntime,
): Promise<StoreChoice[]> {
  const named = options['config'] === undefined ? undefined : String(options['config']);
  const config = await readMemctlConfig(named, runtime);
  const asked = given.length > 0 ? given : fromEnvironment(config, runtime);
  const where = given.length > 0 ? 'STORE' : 'MEMCTL_STORE';
  const profile = options['profile'] === undefined ? undefined : String(options['profile']);
  const map = options['map'] === undefined ? undefined : await mapFile(String(options['map']), runtime.cwd, '--map');
  const choices: StoreChoice[] = [];
  for (const text of asked) {
    const store = config?.stores.find((s) => s.name === text);
    const found = store === undefined ? [plain(text, config, where)] : await configured(store, runtime);
    for (const choice of found) {
      choices.push({ ...choice, ...(profile === undefined ? {} : { profile }), ...(map === undefined ? {} : { map }) });
    }
  }
  const addresses = choices.map((c) => c.target.reveal());
  const twice = choices.find((c, i) => addresses.indexOf(c.target.reveal()) < i);
  if (twice !== undefined) throw new InputError('store-twice', `STORE: ${twice.target.address} was given twice`);
  return choices;
}

/** Opens it with what was said about it. The caller disposes of it (`await using`). */
export async function openChoice(
  choice: StoreChoice,
  mode: OpenOptions['mode'],
  runtime: StoresRuntime,
): Promise<Store> {
  const { signal } = runtime;
  return await openStore(choice.target, {
    mode,
    ...(signal === undefined ? {} : { signal }),
    ...(choice.profile === undefined ? {} : { profile: choice.profile }),
    ...(choice.map === undefined ? {} : { map: choice.map }),
  });
}

function fromEnvironment(config: MemctlConfig | undefined, runtime: StoresRuntime): string[] {
  const direct = runtime.env['MEMCTL_STORE']?.trim();
  if (direct !== undefined && direct !== '') return [direct];
  const file = runtime.env['MEMCTL_STORE_FILE'];
  if (file !== undefined && file !== '') {
    const named = { where: `MEMCTL_STORE_FILE: ${file}`, what: 'address', mostBytes: MAX_BYTES, code: 'store-missing' };
    return [textOfNamedFile(resolve(runtime.cwd, file), named).trim()];
  }
  if (config?.default !== undefined) return [config.default];
  const [only, ...more] = config?.stores ?? [];
  if (only !== undefined && more.length === 0) return [only.name];
  throw new InputError(
    'store-missing',
    'no store was given',
    more.length > 0
      ? `name one of ${config?.stores.map((s) => s.name).join(', ')} (${config?.path}), or set default: there`
      : 'e.g. memctl stats sqlite:path/to/memory.db, or set MEMCTL_STORE',
  );
}

function plain(text: string, config: MemctlConfig | undefined, where: string): StoreChoice {
  const names = config?.stores.map((s) => s.name) ?? [];
  if (names.length > 0 && PLAIN_NAME.test(text) && !/\.(db|db3|sqlite|sqlite3|s3db)$/i.test(text)) {
    const near = nearest(text, names);
    throw new InputError(
      'store-unknown',
      `${where}: "${text}" is neither an address nor a store of ${config?.path}${near === undefined ? '' : `; did you mean ${near}?`}`,
      `it names ${names.join(', ')}`,
    );
  }
  const target = Target.parse(text, where);
  return { name: target.name, target, rules: NO_RULES };
}

async function configured(store: StoreConfig, runtime: StoresRuntime): Promise<StoreChoice[]> {
  const { map } = store;
  const mapped =
    map === undefined
      ? undefined
      : 'file' in map
        ? await mapFile(map.file, runtime.cwd, `stores.${store.name}.map`)
        : mapProfile(map.document, `stores.${store.name}.map`);
  return store.shards.map((shard) => ({
    name: store.shards.length === 1 ? store.name : `${store.name}/${shard.name}`,
    target: Target.parse(shard.address(), `stores.${store.name}`),
    ...(store.profile === undefined ? {} : { profile: store.profile }),
    ...(mapped === undefined ? {} : { map: mapped }),
    rules: store.vacuum,
  }));
}

/** @throws InputError when the file cannot be read, is no YAML or JSON, or is no map */
async function mapFile(file: string, cwd: string, where: string): Promise<ProfileMap> {
  const named = { where: `${where} ${file}`, what: 'map', mostBytes: MAX_BYTES, code: 'map-file' };
  const text = textOfNamedFile(resolve(cwd, file), named);
  const { parseDocument } = await import('yaml');
  const document = parseDocument(text, { uniqueKeys: true });
  const [first] = document.errors;
  if (first !== undefined) throw new InputError('map-file', `${where} ${file}: ${first.message.split('\n')[0]}`);
  return mapProfile(document.toJS() as unknown, `${where} ${file}`);
}
