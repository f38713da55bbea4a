/**
 * Removed entries as they were, and putting them back. A row's `kind` says what it is: `value` (a key: DUMP, and the millisecond at
 * which it expires), `score` (a place in a sorted set), `member` (of a set). Rows of one entry share its `entry`.
 */
import { InputError } from '../../quantity/index.ts';
import type { ArchivedValue, Conflict, PerformContext, RemovedRow, StepEvent } from '../../store/index.ts';
import { carriedOut, scripted, type Tally } from './batches.ts';
import { keyExpiries } from './entry-expiry.ts';
import type { Command } from './node-connection.ts';
import { RESTORE_ENTRY } from './scripts.ts';
import type { RedisSession } from './session.ts';
import { areThere, type Trace, tracesOf } from './there-already.ts';

const PLACE = 'key';

export function scoreRow(entry: string, key: string, member: string, score: number | string): RemovedRow {
  return { place: PLACE, values: { kind: 'score', entry, key, member, score: String(score) } };
}

export function memberRow(entry: string, key: string, member: string): RemovedRow {
  return { place: PLACE, values: { kind: 'member', entry, key, member } };
}

/** A counter to raise when the entry comes back, so that others notice. */
export function countRow(entry: string, key: string, amount: number): RemovedRow {
  return { place: PLACE, values: { kind: 'count', entry, key, amount: String(amount) } };
}

/** The keys as the server dumps them; one that is not there has no row. @param keys entry and key of each */
export async function valueRows(
  session: RedisSession,
  keys: readonly { readonly entry: string; readonly key: string }[],
): Promise<(RemovedRow | null)[]> {
  const dumps = await session.all(
    keys.map(({ key }): Command => ['DUMP', key]),
    true,
  );
  const ends = await keyExpiries(
    session,
    keys.map(({ key }) => key),
  );
  return keys.map(({ entry, key }, i) => {
    const dump = dumps[i];
    if (!Buffer.isBuffer(dump)) return null;
    const values: Record<string, ArchivedValue> = {
      kind: 'value',
      entry,
      key,
      dump: { base64: dump.toString('base64') },
    };
    return { place: PLACE, values: { ...values, expiresAt: ends[i] ?? null } };
  });
}

export async function* restoreRows(
  session: RedisSession,
  lock: string | undefined,
  rows: AsyncIterable<RemovedRow>,
  context: PerformContext,
): AsyncGenerator<StepEvent | Conflict> {
  const groups = grouped(rows);
  const conflicts: Conflict[] = [];
  const tally: Tally = { rows: 0, batch: 0, stopped: false };
  // An entry that is there again takes part in no count; the loop goes on as long as the archive does.
  let done = false;
  while (!done && !tally.stopped && tally.rows < context.maxRows) {
    const work = {
      session,
      context,
      title: 'putting entries back',
      total: null,
      next: async (limit: number) => {
        const batch: RemovedRow[][] = [];
        while (batch.length < limit) {
          const { value, done: end } = await groups.next();
          if (end === true) break;
          batch.push(value);
        }
        done = batch.length === 0;
        if (done) return null;
        return {
          rows: batch.length,
          dependents: batch.reduce((n, g) => n + g.length - 1, 0),
          token: JSON.stringify({ back: batch.map((g) => tracesOf(g)[0] ?? null) satisfies (Trace | null)[] }),
          commit: async () => {
            let back = 0;
            for (const group of batch) {
              const why = await restored(session, lock, group);
              if (why === null) back++;
              else conflicts.push({ state: 'conflict', row: group[0] as RemovedRow, ...why });
            }
            return back;
          },
        };
      },
    };
    for await (const event of carriedOut(work, tally)) {
      yield event;
      yield* conflicts.splice(0);
    }
  }
  yield {
    state: 'finished',
    rows: tally.rows,
    bytesBefore: null,
    bytesAfter: null,
    verified: null,
    stopped: tally.stopped,
  };
}

async function* grouped(rows: AsyncIterable<RemovedRow>): AsyncGenerator<RemovedRow[], undefined> {
  let group: RemovedRow[] = [];
  for await (const row of rows) {
    if (row.place !== PLACE)
      throw new InputError('not-a-redis-archive', `the archive has rows of "${row.place}", and this is a Redis store`);
    const [first] = group;
    if (first !== undefined && text(first, 'entry') !== text(row, 'entry')) {
      yield group;
      group = [];
    }
    group.push(row);
  }
  if (group.length > 0) yield group;
  return undefined;
}

interface Refused {
  readonly why: string;
  readonly same?: boolean;
}

/** @returns why nothing of it was put back; null when all of it was */
async function restored(
  session: RedisSession,
  lock: string | undefined,
  group: readonly RemovedRow[],
): Promise<Refused | null> {
  const args = group.flatMap((row): (string | Buffer)[] => {
    const kind = text(row, 'kind');
    if (kind === 'score') return [kind, text(row, 'member'), text(row, 'score')];
    if (kind === 'member') return [kind, text(row, 'member'), ''];
    if (kind === 'count') return [kind, text(row, 'amount'), ''];
    const dump = row.values['dump'] as { base64: string };
    return ['value', Buffer.from(dump.base64, 'base64'), String(row.values['expiresAt'] ?? 0)];
  });
  const keys = group.map((row) => text(row, 'key'));
  const [against, at] = (await scripted(session, lock, RESTORE_ENTRY, keys, args)) as number[];
  if (against === 0) return null;
  const row = group[at ?? 0] as RemovedRow;
  const [entry, key] = [text(row, 'entry'), text(row, 'key')];
  if (against === 2) {
    const end = new Date(Number(row.values['expiresAt'])).toISOString();
    const why = `${entry}: the time of ${key === entry ? 'the key' : key} was over at ${end}, so the server would delete it at once; nothing of it was put back`;
    return { why, same: false };
  }
  const seen = await areThere(session, tracesOf(group));
  if (seen.every((s) => s === 'same')) return { why: `${entry} is there already, as it was`, same: true };
  // A key that the server wrote in another form may hold the same: nobody compared what it says.
  const same = seen.some((s) => s === 'gone' || s === 'differs') ? { same: false } : {};
  const member = text(row, 'kind') === 'score' ? ` has ${text(row, 'member')} again` : ' is there again';
  return { why: key === entry ? `${entry}${member}` : `${entry}: ${key}${member}`, ...same };
}

function text(row: RemovedRow, name: string): string {
  const value = row.values[name];
  if (typeof value === 'string') return value;
  throw new InputError(
    'archive-row',
    `a row of the archive lacks "${name}"; the file was changed or is of another release`,
  );
}
