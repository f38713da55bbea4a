/** memctl.yaml: stores by name, their shards, profiles, maps, and what vacuum may remove beside expired rows. */
import { dirname, join, resolve } from 'node:path';
import { InputError, nearest, parseCount, parseDuration } from '../../quantity/index.ts';
import type { Runtime } from '../runtime.ts';
import { textOfFile, textOfNamedFile, whyUnreadable } from '../text-of-file.ts';

export interface ShardConfig {
  readonly name: string;
  /**
   * The store's address, `${NAME}` replaced from the environment and the password put in: worked out only for the store
   * that is meant, so that a secret of another one may be missing.
   */
  readonly address: () => string;
}

export interface VacuumConfig {
  /** `store`: the quotas that the store itself keeps; a map: namespace → rows; null: none are enforced. */
  readonly quotas: 'store' | Readonly<Record<string, number>> | null;
  /** Set id (or "*" for the primary set) → rows it may hold. */
  readonly maxEntries: Readonly<Record<string, number>>;
  /** Set id → seconds after which its rows go, by their creation. */
  readonly retention: Readonly<Record<string, number>>;
}

export interface StoreConfig {
  readonly name: string;
  readonly shards: readonly ShardConfig[];
  readonly profile?: string;
  /** An inline map, or the file that holds it; not validated here. */
  readonly map?: { readonly document: unknown } | { readonly file: string };
  readonly vacuum: VacuumConfig;
}

export interface MemctlConfig {
  readonly path: string;
  readonly stores: readonly StoreConfig[];
  /** Name of the store that is meant when none is given. */
  readonly default?: string;
}

export const NO_RULES: VacuumConfig = { quotas: null, maxEntries: {}, retention: {} };

const MAX_BYTES = 1 << 20;
/** A password is a line. */
const MAX_SECRET_BYTES = 64 * 1024;
const TOP_KEYS = ['stores', 'default'] as const;
const STORE_KEYS = ['store', 'shards', 'profile', 'map', 'password-file', 'vacuum'] as const;
const SHARD_KEYS = ['name', 'store', 'password-file'] as const;
const VACUUM_KEYS = ['quotas', 'max-entries', 'retention'] as const;

type ConfigRuntime = Pick<Runtime, 'cwd' | 'env'>;

/**
 * The config file: `--config FILE`, MEMCTL_CONFIG, memctl.yaml in the working directory, then in the user's config folder.
 * @returns undefined when none is there and none was named
 * @throws InputError naming file and key
 */
export async function readMemctlConfig(
  named: string | undefined,
  runtime: ConfigRuntime,
): Promise<MemctlConfig | undefined> {
  const asked = named ?? nonEmpty(runtime.env['MEMCTL_CONFIG']);
  const home = nonEmpty(runtime.env['XDG_CONFIG_HOME']) ?? join(runtime.env['HOME'] ?? '/', '.config');
  const candidates =
    asked === undefined
      ? [join(runtime.cwd, 'memctl.yaml'), join(home, 'memctl', 'memctl.yaml')]
      : [resolve(runtime.cwd, asked)];
  for (const path of candidates) {
    const text = textOf(path, asked !== undefined);
    if (text === undefined) continue;
    const shown = asked ?? path;
    const { parseDocument } = await import('yaml');
    const document = parseDocument(text, { uniqueKeys: true });
    const [first] = document.errors;
    if (first !== undefined)
      throw new InputError('config-syntax', `${shown}: ${first.message.split('\n')[0]?.replace(/:$/, '')}`);
    let value: unknown;
    try {
      value = document.toJS();
    } catch (e) {
      throw new InputError('config-syntax', `${shown}: ${e instanceof Error ? e.message : String(e)}`);
    }
    return configOf(value, shown, path, runtime);
  }
  return undefined;
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function textOf(path: string, required: boolean): string | undefined {
  try {
    return textOfFile(path, MAX_BYTES);
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (!required && (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES')) return undefined;
    const why = whyUnreadable(e, { what: 'config file', mostBytes: MAX_BYTES });
    throw new InputError('config-unreadable', `--config ${path}: ${why}`);
  }
}

type Bag = Readonly<Record<string, unknown>>;

function configOf(value: unknown, shown: string, path: string, runtime: ConfigRuntime): MemctlConfig {
  const top = bag(value, shown, 'the document', TOP_KEYS);
  const named = bag(top['stores'] ?? {}, shown, 'stores');
  const stores = Object.entries(named).map(([name, store]) => storeOf(name, store, shown, path, runtime));
  const chosen = top['default'];
  if (chosen !== undefined && !stores.some((s) => s.name === chosen)) {
    throw new InputError('config-key', `${shown}: default: there is no store called "${String(chosen)}"`);
  }
  return { path, stores, ...(typeof chosen === 'string' ? { default: chosen } : {}) };
}

function storeOf(name: string, value: unknown, shown: string, path: string, runtime: ConfigRuntime): StoreConfig {
  const at = `stores.${name}`;
  const store = typeof value === 'string' ? { store: value } : bag(value, shown, at, STORE_KEYS);
  const { shards, profile, map } = store as Bag;
  if (((store as Bag)['store'] === undefined) === (shards === undefined)) {
    throw new InputError('config-key', `${shown}: ${at}: give it either store: ADDRESS or shards: [ADDRESS, …]`);
  }
  const listed = shards === undefined ? [{ ...store, name }] : list(shards, shown, `${at}.shards`);
  const passwordFile = (store as Bag)['password-file'];
  return {
    name,
    shards: listed.map((s, i) =>
      shardOf(s, i, shards === undefined ? at : `${at}.shards[${i}]`, passwordFile, shown, path, runtime),
    ),
    ...(profile === undefined ? {} : { profile: text(profile, shown, `${at}.profile`) }),
    ...(map === undefined
      ? {}
      : { map: typeof map === 'string' ? { file: resolve(dirname(path), map) } : { document: map } }),
    vacuum: vacuumOf((store as Bag)['vacuum'], shown, `${at}.vacuum`),
  };
}

function shardOf(
  value: unknown,
  i: number,
  at: string,
  shared: unknown,
  shown: string,
  path: string,
  runtime: ConfigRuntime,
): ShardConfig {
  const shard: Bag =
    typeof value === 'string'
      ? { store: value }
      : at.endsWith(']')
        ? bag(value, shown, at, SHARD_KEYS)
        : (value as Bag);
  const raw = text(shard['store'], shown, `${at}.store`);
  const file = shard['password-file'] ?? shared;
  const password = file === undefined ? undefined : text(file, shown, `${at}.password-file`);
  const address = (): string => {
    const plain = expanded(raw, shown, `${at}.store`, runtime);
    return password === undefined ? plain : withPassword(plain, password, shown, at, path);
  };
  return { name: shard['name'] === undefined ? `shard ${i + 1}` : text(shard['name'], shown, `${at}.name`), address };
}

/** `${NAME}` from the environment, so that no secret need stand in the file. */
function expanded(address: string, shown: string, at: string, runtime: ConfigRuntime): string {
  return address.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const value = runtime.env[name];
    if (value === undefined || value === '')
      throw new InputError('config-key', `${shown}: ${at}: the environment variable ${name} is not set`);
    return value;
  });
}

function withPassword(address: string, file: string, shown: string, at: string, path: string): string {
  const where = resolve(dirname(path), file);
  const named = `${shown}: ${at}.password-file: ${file}`;
  const secret = textOfNamedFile(where, {
    where: named,
    what: 'password',
    mostBytes: MAX_SECRET_BYTES,
    code: 'config-key',
  }).replace(/\r?\n$/, '');
  try {
    const url = new URL(address);
    url.password = encodeURIComponent(secret);
    return url.href;
  } catch {
    throw new InputError(
      'config-key',
      `${shown}: ${at}.password-file: the address is no URL that a password fits into`,
    );
  }
}

function vacuumOf(value: unknown, shown: string, at: string): VacuumConfig {
  if (value === undefined) return NO_RULES;
  const v = bag(value, shown, at, VACUUM_KEYS);
  const quotas = v['quotas'];
  const counts = (x: unknown, key: string): Record<string, number> =>
    mapped(bag(x ?? {}, shown, `${at}.${key}`), (n, k) => parseCount(String(n), `${shown}: ${at}.${key}.${k}`));
  const capped = v['max-entries'];
  return {
    quotas: quotas === undefined || quotas === null ? null : quotas === 'store' ? 'store' : counts(quotas, 'quotas'),
    maxEntries:
      typeof capped === 'number' || typeof capped === 'string'
        ? { '*': parseCount(String(capped), `${shown}: ${at}.max-entries`) }
        : counts(capped, 'max-entries'),
    retention: mapped(bag(v['retention'] ?? {}, shown, `${at}.retention`), (n, k) =>
      parseDuration(String(n), `${shown}: ${at}.retention.${k}`),
    ),
  };
}

function mapped<T>(of: Bag, read: (value: unknown, key: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(of).map(([k, v]) => [k, read(v, k)]));
}

function bag(value: unknown, shown: string, at: string, keys?: readonly string[]): Bag {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError('config-key', `${shown}: ${at} must be a list of keys and values`);
  }
  const unknown = keys === undefined ? undefined : Object.keys(value).find((k) => !keys.includes(k));
  if (unknown !== undefined) {
    const near = nearest(unknown, keys ?? []);
    throw new InputError(
      'config-key',
      `${shown}: ${at}: "${unknown}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${(keys ?? []).join(', ')}`,
    );
  }
  return value as Bag;
}

function list(value: unknown, shown: string, at: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value;
  throw new InputError('config-key', `${shown}: ${at} must be a list with at least one store in it`);
}

function text(value: unknown, shown: string, at: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new InputError('config-key', `${shown}: ${at} must be a text`);
}
