/** The store a memctl verb works on: argument, then MEMCTL_STORE; or a saved document with --input. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { openStore } from '../../adapters/index.ts';
import { InputError } from '../../quantity/index.ts';
import { readSnapshot, type Section, type Snapshot, Target } from '../../store/index.ts';

/** What taking a snapshot needs of the outside world. */
export interface SnapshotRuntime {
  readonly now: Date;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (step: string) => void;
}

export interface SnapshotSource {
  /** Store address as typed; default MEMCTL_STORE. */
  readonly store?: string | undefined;
  /** A saved snapshot to read instead of a store. */
  readonly input?: string | undefined;
  readonly profile?: string | undefined;
  readonly sections?: readonly Section[];
}

/**
 * @throws InputError when there is no store, or the address or file is wrong
 * @throws StoreError when the store is unreachable, locked or refuses this role
 */
export async function snapshotOf(source: SnapshotSource, runtime: SnapshotRuntime): Promise<Snapshot> {
  if (source.input !== undefined) return readSnapshot(readJson(source.input, runtime.cwd), `--input ${source.input}`);
  const given = source.store ?? runtime.env['MEMCTL_STORE'];
  if (given === undefined || given.trim() === '') {
    throw new InputError(
      'store-missing',
      'no store was given',
      'e.g. memctl stats sqlite:path/to/memory.db, or set MEMCTL_STORE',
    );
  }
  const where = source.store === undefined ? 'MEMCTL_STORE' : 'STORE';
  const { signal } = runtime;
  await using store = await openStore(Target.parse(given, where), {
    mode: 'read',
    ...(signal === undefined ? {} : { signal }),
  });
  return await store.snapshot({
    now: runtime.now,
    ...(source.sections === undefined ? {} : { sections: source.sections }),
    ...(source.profile === undefined ? {} : { profile: source.profile }),
    ...(runtime.onProgress === undefined ? {} : { onProgress: runtime.onProgress }),
  });
}

/** @throws InputError when the file is missing or holds no JSON */
export function readJson(file: string, cwd: string): unknown {
  let text: string;
  try {
    text = readFileSync(resolve(cwd, file), 'utf8');
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'this is a directory'
          : `it cannot be read (${code})`;
    throw new InputError('input-file', `--input ${file}: ${why}`);
  }
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
