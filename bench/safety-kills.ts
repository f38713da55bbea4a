/** kill -9 at random moments, two runs at once, SIGTERM: after each, the ledgers and the store must tell the same story. */
import type { Finding } from './safety-findings.ts';
import {
  committedRows,
  type Ended,
  forget,
  ledgers,
  loose,
  memctl,
  openRows,
  random,
  reached,
  said,
  sleep,
  start,
} from './safety-program.ts';
import type { SafetyStore, Truth } from './safety-stores.ts';

export const VACUUM: readonly string[] = ['vacuum', '--max-delete-pct', '100', '--json'];
export const COMPACT: readonly string[] = ['compact', '--min-bytes', '50kB', '--json'];
/** A killed run's statement may still be at work in the server: the next run then names it, and goes again. */
const AGAIN = 160;

/** Runs until one has nothing more to say. @returns how often; what was wrong */
export async function converge(
  store: SafetyStore,
  args: readonly string[],
): Promise<{ runs: number; broken: string[]; last: Ended }> {
  for (let runs = 1; ; runs++) {
    const last = await memctl(store, ...args);
    if (last.exit === 0) return { runs, broken: [], last };
    // Held up by the one that was killed: 3 (left out), 5 (locked).
    if (runs === AGAIN || (last.exit !== 3 && last.exit !== 5))
      return { runs, broken: [`run again: ${said(last)}`], last };
    await sleep(250);
  }
}

/** What must hold when everything is over. */
export async function settled(store: SafetyStore, before: Truth, after: Truth): Promise<string[]> {
  const runs = ledgers(store);
  const broken = [...loose(runs), ...(await store.faults())];
  if (after.expired !== 0) broken.push(`${after.expired} expired rows are left`);
  if (before.rows - after.rows !== before.expired)
    broken.push(`${before.rows - after.rows} rows went, and ${before.expired} had expired`);
  if (committedRows(runs) !== before.expired)
    broken.push(`ledgers say ${committedRows(runs)} rows, and ${before.expired} had expired`);
  if (after.live !== before.live) broken.push('rows that had not expired were changed');
  return broken;
}

export interface KillOptions {
  /** Kills; a run that is over before its kill is begun again. */
  readonly rounds: number;
  /** Rows that expire (vacuum), or that come and go (compact), before each round. */
  readonly rows: number;
  readonly seed: number;
}

/** Of five kills three after the ledger was begun, one at a batch that is written down, one at any time since the start. */
export async function killed(store: SafetyStore, verb: 'vacuum' | 'compact', o: KillOptions): Promise<Finding> {
  const args = verb === 'vacuum' ? VACUUM : COMPACT;
  const fill = async (): Promise<void> => await (verb === 'vacuum' ? store.addExpired(o.rows) : store.churn(o.rows));
  const chance = random(o.seed);
  const broken: string[] = [];
  await fill();
  const first = await memctl(store, ...args);
  if (first.exit !== 0) broken.push(`undisturbed: ${said(first)}`);
  const [model] = ledgers(store);
  const ledgerMs = Date.parse(model?.endedAt ?? '') - Date.parse(model?.started.at ?? '');
  const seen = { killed: 0, early: 0, open: 0, between: 0, after: 0, over: 0 };
  let again = 0;
  for (let round = 1; seen.killed < o.rounds && round <= 2 * o.rounds && broken.length < 10; round++) {
    forget(store);
    await fill();
    const before = await store.truth();
    const running = start(store, args);
    const inLedger = round % 5 !== 0;
    // Odd lines of a vacuum's ledger are batches whose commit is still to come: one in five is killed right there.
    if (round % 5 === 1) await reached(store, running, 3 + 2 * Math.floor(chance() * 3), 0);
    else {
      if (inLedger) await reached(store, running, 1, 0);
      await sleep(chance() * (inLedger ? ledgerMs : first.seconds * 1000));
    }
    running.child.kill('SIGKILL');
    const { signal } = await running.ended;
    const runs = ledgers(store);
    if (signal !== 'SIGKILL') seen.over++;
    else {
      seen.killed++;
      if (runs.length === 0) seen.early++;
      else if (runs[0]?.state !== 'unfinished') seen.after++;
      else if (openRows(runs) > 0) seen.open++;
      else seen.between++;
    }
    // One in ten waits it out.
    if (round % 10 !== 0) await store.lapse();
    const at = `round ${round} (seed ${o.seed})`;
    const { runs: times, broken: stuck } = await converge(store, args);
    again = Math.max(again, times);
    const after = await store.truth();
    const wrong = verb === 'vacuum' ? await settled(store, before, after) : await kept(store, before, after);
    broken.push(...[...stuck, ...wrong].map((b) => `${at}: ${b}`));
  }
  if (seen.killed === 0) broken.push('no run was killed: nothing was shown');
  forget(store);
  return {
    what: `kill -9 of ${verb}, ${store.engine}`,
    seen: `${seen.killed} killed: ${seen.early} before the ledger, ${seen.open} with a batch open, ${seen.between} under way, ${seen.after} after the run's end; ${seen.over} more were over before; at most ${again} run(s) again; ${o.rows} rows each`,
    broken,
  };
}

async function kept(store: SafetyStore, before: Truth, after: Truth): Promise<string[]> {
  const broken = [...loose(ledgers(store)), ...(await store.faults())];
  if (after.rows !== before.rows || after.live !== before.live) broken.push('compact changed rows');
  return broken;
}

/** Two at once: one works, the other is refused, or finds nothing left. */
export async function twice(store: SafetyStore, rounds: number, rows: number): Promise<Finding> {
  const broken: string[] = [];
  const seen = { refused: 0, nothing: 0, both: 0 };
  for (let round = 1; round <= rounds && broken.length < 10; round++) {
    forget(store);
    await store.addExpired(rows);
    const before = await store.truth();
    const both = await Promise.all([start(store, VACUUM).ended, start(store, VACUUM).ended]);
    const worked = both.filter((e) => e.exit === 0 && rowsOf(e) > 0);
    const refused = both.filter((e) => e.exit === 5 && /another maintenance run is at work/.test(e.stderr));
    const nothing = both.filter((e) => e.exit === 0 && rowsOf(e) === 0);
    if (worked.length === 2) seen.both++;
    else if (worked.length === 1 && refused.length === 1) seen.refused++;
    else if (worked.length === 1 && nothing.length === 1) seen.nothing++;
    else broken.push(`round ${round}: ${both.map(said).join(' AND ')}`);
    broken.push(...(await settled(store, before, await store.truth())).map((b) => `round ${round}: ${b}`));
  }
  if (seen.both > 0) broken.push(`${seen.both} times both removed rows`);
  // Of a few, all may have missed each other.
  if (seen.refused === 0 && rounds >= 10) broken.push('never were two at work at once: nothing was shown');
  forget(store);
  return {
    what: `two runs at once, ${store.engine}`,
    seen: `${rounds} times: one worked and the other was refused (5) ${seen.refused}, found nothing left ${seen.nothing}`,
    broken,
  };
}

export function rowsOf(e: Ended): number {
  try {
    return (JSON.parse(e.stdout) as { rows?: number }).rows ?? 0;
  } catch {
    return 0;
  }
}

/** SIGTERM after the first batch: the batch at hand is finished, and all is written down. */
export async function terminated(store: SafetyStore, rows: number): Promise<Finding> {
  const broken: string[] = [];
  forget(store);
  await store.addExpired(rows);
  const before = await store.truth();
  const running = start(store, VACUUM);
  await reached(store, running, 3, 0);
  const asked = performance.now();
  running.child.kill('SIGTERM');
  const ended = await running.ended;
  const took = performance.now() - asked;
  const [run] = ledgers(store);
  const midway = await store.truth();
  const gone = before.rows - midway.rows;
  if (ended.exit !== 143) broken.push(`SIGTERM: ${said(ended)}`);
  if (run?.state !== 'stopped') broken.push(`the ledger ends with ${run?.state}`);
  if (run?.rows !== gone || rowsOf(ended) !== gone)
    broken.push(`${gone} rows went, the ledger says ${run?.rows}, the report ${rowsOf(ended)}`);
  if (gone === 0 || gone === before.expired)
    broken.push(`${gone} of ${before.expired} rows went: it was not stopped midway`);
  broken.push(...loose(ledgers(store)));
  const { broken: stuck } = await converge(store, VACUUM);
  broken.push(...stuck, ...(await settled(store, before, await store.truth())));
  forget(store);
  return {
    what: `SIGTERM, ${store.engine}`,
    seen: `exit ${ended.exit} after ${took.toFixed(0)} ms, ${gone} of ${before.expired} rows gone and in the ledger; the next run did the rest`,
    broken,
  };
}

/** A second signal ends the process without waiting for anything. */
export async function terminatedTwice(store: SafetyStore, rows: number): Promise<Finding> {
  const broken: string[] = [];
  forget(store);
  await store.addExpired(rows);
  const before = await store.truth();
  const running = start(store, VACUUM);
  await reached(store, running, 3, 0);
  running.child.kill('SIGTERM');
  // Two signals of a kind that meet on the way are one.
  await sleep(20);
  const asked = performance.now();
  running.child.kill('SIGTERM');
  const ended = await running.ended;
  const took = performance.now() - asked;
  if (ended.exit !== 143 && ended.signal !== 'SIGTERM') broken.push(`two signals: ${said(ended)}`);
  if (took > 1000) broken.push(`it took ${took.toFixed(0)} ms to end`);
  await store.lapse();
  const { broken: stuck } = await converge(store, VACUUM);
  broken.push(...stuck, ...(await settled(store, before, await store.truth())));
  forget(store);
  return {
    what: `second signal, ${store.engine}`,
    seen: `${ended.signal ?? `exit ${ended.exit}`} after ${took.toFixed(0)} ms; the next run did the rest`,
    broken,
  };
}
