/** Entries that are one key each: those older than a retention, found by SCAN and removed by their own time of creation. */
import { InputError } from '../../quantity/index.ts';
import type { PerformContext, RemovedRow } from '../../store/index.ts';
import { valueRows } from './archive.ts';
import { type Batch, scripted } from './batches.ts';
import { globOf, scanPattern } from './key-names.ts';
import type { Command } from './node-connection.ts';
import { type RedisSet, signatureFields } from './recognise.ts';
import { REMOVE_PLAIN } from './scripts.ts';
import type { RedisSession } from './session.ts';

const UNITS: Readonly<Record<string, number>> = { 'epoch-s': 1, 'epoch-ms': 1e3, 'epoch-us': 1e6 };

/** @throws InputError where the entries carry no time that the server could compare */
export function plainRetention(
  session: RedisSession,
  set: RedisSet,
  seconds: number,
  lock: string | undefined,
  context: PerformContext,
): (limit: number) => Promise<Batch | null> {
  const { created } = set.set;
  const unit = created === undefined ? undefined : UNITS[created.format];
  if (created === undefined || unit === undefined || set.set.type !== 'hash') {
    throw new InputError(
      'no-retention',
      `${set.id}: its entries carry no time of creation that the server can compare`,
    );
  }
  // Another program's keys may stand under the same prefix, with a time of their own.
  const own = signatureFields(set);
  if (own.length === 0) throw new InputError('no-retention', `${set.id}: nothing tells its entries from other keys`);
  const found = older();
  let buffer: string[] = [];
  async function* older(): AsyncGenerator<string[]> {
    const seen = new Set<string>();
    for await (const names of scanPattern(session, globOf(set.pattern.slice(0, -1)))) {
      const fresh = names.filter((n) => !seen.has(n) && !n.includes('\ufffd'));
      const values = await session.many(fresh.map((n): Command => ['HGET', n, (created as { field: string }).field]));
      const fields = await session.many(fresh.map((n): Command => ['HKEYS', n]));
      const now = (await session.time()) / 1000;
      const old = fresh.filter((_, i) => {
        const there = fields[i];
        if (!Array.isArray(there) || !own.every((f) => there.includes(f))) return false;
        return typeof values[i] === 'string' && Number(values[i]) / (unit as number) + seconds < now;
      });
      for (const n of old) seen.add(n);
      if (old.length > 0) yield old;
    }
  }
  return async (limit) => {
    while (buffer.length < limit) {
      const { value, done } = await found.next();
      if (done === true) break;
      buffer.push(...value);
    }
    if (buffer.length === 0) return null;
    // A script touches keys of one node; in a cluster, of one slot.
    const keys = session.address.cluster ? buffer.slice(0, 1) : buffer.slice(0, limit);
    buffer = buffer.slice(keys.length);
    const removed = context.archive
      ? (
          await valueRows(
            session,
            keys.map((key) => ({ entry: key, key })),
          )
        ).filter((r): r is RemovedRow => r !== null)
      : undefined;
    return {
      rows: keys.length,
      dependents: 0,
      token: JSON.stringify({ keys }),
      ...(removed === undefined ? {} : { removed }),
      commit: async () =>
        ((await scripted(session, lock, REMOVE_PLAIN, keys, [created.field, seconds, unit, ...own])) as string[])
          .length,
    };
  };
}
