/** Lists of duplicates as an audit would give them, and what a run took put back. */
import { createHash } from 'node:crypto';
import { openStore } from '../../../src/adapters/index.ts';
import type { RestoreEvent } from '../../../src/adapters/sqlite/maintenance-restore.ts';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  keyOf,
  type OpenOptions,
  type RemovedRow,
  type ScanRow,
  Target,
} from '../../../src/store/index.ts';
import { context, throughJson, withMaintenance } from './maintained.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export async function rowsOf(
  path: string,
  set: string,
  options: Partial<OpenOptions> = {},
): Promise<Map<string, ScanRow>> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), { mode: 'read', ...options });
  const rows = new Map<string, ScanRow>();
  for await (const row of store.scan({ set, fields: DIGEST_FIELDS })) rows.set(keyOf(row), row);
  return rows;
}

/** @param pairs key of the row that goes → key of the one that stays */
export async function duplicatesOf(
  path: string,
  set: string,
  pairs: readonly (readonly [string, string])[],
  options: Partial<OpenOptions> = {},
): Promise<Duplicate[]> {
  const rows = await rowsOf(path, set, options);
  const digest = (key: string): string => {
    const row = rows.get(key);
    if (row === undefined) throw new Error(`no row ${key} among ${[...rows.keys()].slice(0, 5).join(' ')}`);
    return contentDigest(row, sha256);
  };
  return pairs.map(([key, survivor]) => ({
    key,
    survivor,
    digest: digest(key),
    survivorDigest: digest(survivor),
  }));
}

export async function putBack(
  path: string,
  rows: readonly RemovedRow[],
  options: Partial<OpenOptions> = {},
): Promise<{ rows: number; conflicts: readonly string[]; tokens: readonly string[] }> {
  return await withMaintenance(
    path,
    async (m) => {
      const events: RestoreEvent[] = [];
      for await (const e of m.restore(throughJson(rows), context({ batchRows: 7 }))) events.push(e);
      const last = events.at(-1);
      return {
        rows: last?.state === 'finished' ? last.rows : -1,
        conflicts: events.flatMap((e) => (e.state === 'conflict' ? [e.why] : [])),
        tokens: events.flatMap((e) => (e.state === 'prepared' ? [e.token] : [])),
      };
    },
    options,
  );
}
