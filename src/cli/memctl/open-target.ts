/** A snapshot of the store a verb works on, or of a document saved with --input. */
import { resolve } from 'node:path';
import { InputError } from '../../quantity/index.ts';
import { readSnapshot, type Section, type Snapshot, type Store } from '../../store/index.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { openChoice, type StoreChoice, storeChoices } from './stores.ts';

/** Larger than a snapshot of any store: what is named by mistake is not read into memory. */
const MAX_BYTES = 2 ** 28;

/** What taking a snapshot needs of the outside world. */
export interface SnapshotRuntime {
  readonly now: Date;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: string) => void;
}

export interface SnapshotWish {
  readonly sections?: readonly Section[];
  /** Read whole indexes where the engine offers that. */
  readonly exact?: boolean;
  /** Catalog and statistics alone: nothing is counted. */
  readonly approximate?: boolean;
  /** Only what decides about removing rows. */
  readonly removal?: { readonly ages: boolean; readonly namespaces: boolean };
}

/** A snapshot of a store that is open. */
export async function snapshotOfStore(
  store: Store,
  choice: StoreChoice,
  wish: SnapshotWish,
  runtime: SnapshotRuntime,
): Promise<Snapshot> {
  return await store.snapshot({
    now: runtime.now,
    ...(wish.sections === undefined ? {} : { sections: wish.sections }),
    ...(wish.exact === undefined ? {} : { exact: wish.exact }),
    ...(wish.approximate === undefined ? {} : { approximate: wish.approximate }),
    ...(wish.removal === undefined ? {} : { removal: wish.removal }),
    ...(choice.profile === undefined ? {} : { profile: choice.profile }),
    ...(choice.map === undefined ? {} : { map: choice.map }),
    ...(runtime.onProgress === undefined ? {} : { onProgress: runtime.onProgress }),
  });
}

/**
 * Opens for reading, takes the snapshot, closes.
 * @throws StoreError when the store is unreachable, locked or refuses this role
 */
export async function snapshotOfChoice(
  choice: StoreChoice,
  wish: SnapshotWish,
  runtime: SnapshotRuntime,
): Promise<Snapshot> {
  await using store = await openChoice(choice, 'read', runtime);
  return await snapshotOfStore(store, choice, wish, runtime);
}

/** A snapshot of one store by its address or name. @throws InputError when it names several shards, or none was given */
export async function snapshotOf(
  source: { readonly store?: string | undefined; readonly input?: string | undefined } & SnapshotWish,
  runtime: SnapshotRuntime,
): Promise<Snapshot> {
  if (source.input !== undefined) return readSnapshot(readJson(source.input, runtime.cwd), `--input ${source.input}`);
  const [choice, ...more] = await storeChoices(source.store === undefined ? [] : [source.store], {}, runtime);
  if (choice === undefined || more.length > 0) {
    throw new InputError(
      'several-stores',
      `${source.store}: this names ${more.length + 1} shards, and one store is wanted`,
      `give one of them by its address`,
    );
  }
  return await snapshotOfChoice(choice, source, runtime);
}

/** @throws InputError when the file is missing or holds no JSON */
export function readJson(file: string, cwd: string): unknown {
  const named = { where: `--input ${file}`, what: 'report', mostBytes: MAX_BYTES, code: 'input-file' };
  const text = textOfNamedFile(resolve(cwd, file), named);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new InputError('input-file', `--input ${file}: this is not JSON`);
  }
}

/**
 * Runs the rendering of what --input named: a saved document that lacks what a report has is the file's fault, not ours.
 * @throws InputError in place of whatever an incomplete document made the renderer throw
 */
export async function savedOr(input: unknown, render: () => Promise<string>): Promise<string> {
  try {
    return await render();
  } catch (e) {
    if (input === undefined) throw e;
    throw new InputError(
      'input-incomplete',
      `--input ${String(input)}: the document is incomplete or changed; save it again with --json`,
    );
  }
}
