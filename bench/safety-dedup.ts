/** kill -9 of `dedup --apply`: no memory is ever out of reach, ledgers and store tell the same story, undo brings every bit back. */
import type { Finding } from './safety-findings.ts';
import { rowsOf } from './safety-kills.ts';
import {
  committedRows,
  type Ended,
  forget,
  ledgers,
  loose,
  openRows,
  random,
  reached,
  said,
  sleep,
  start,
  startLine,
} from './safety-program.ts';
import type { Memory, TwinStore } from './safety-twins.ts';

/** A killed run's statement may still be at work in the server: the next run then names it, and goes again. */
const AGAIN = 160;
const CAPS = ['--max-delete-pct', '100', '--json'];

const applyOf = (s: TwinStore): string[] => ['dedup', '--apply', ...s.flags, ...s.reading, ...CAPS];
const undoOf = (s: TwinStore, run: string): string[] => ['undo', run, '--yes', ...s.reading, '--json'];

async function until(run: () => Promise<Ended>): Promise<{ runs: number; broken: string[] }> {
  for (let runs = 1; ; runs++) {
    const last = await run();
    if (last.exit === 0) return { runs, broken: [] };
    if (runs === AGAIN || (last.exit !== 3 && last.exit !== 5)) return { runs, broken: [`run again: ${said(last)}`] };
    await sleep(250);
  }
}

interface Active {
  readonly bySaid: ReadonlyMap<string, number>;
  readonly rows: number;
}

function activeOf(all: readonly Memory[]): Active {
  const bySaid = new Map<string, number>();
  for (const m of all) if (m.active) bySaid.set(m.said, (bySaid.get(m.said) ?? 0) + 1);
  return { bySaid, rows: all.filter((m) => m.active).length };
}

/** Memories that no search finds any more, at whatever moment one looks. */
function lost(before: readonly Memory[], now: readonly Memory[]): string[] {
  const { bySaid } = activeOf(now);
  const gone = [...activeOf(before).bySaid.keys()].filter((s) => !bySaid.has(s));
  return gone.length === 0 ? [] : [`${gone.length} memories are out of reach, e.g. ${gone[0]}`];
}

/** What must hold once a run had nothing more to say. */
function merged(before: readonly Memory[], after: readonly Memory[]): string[] {
  const broken = lost(before, after);
  const twice = [...activeOf(after).bySaid].filter(([, n]) => n > 1);
  if (twice.length > 0) broken.push(`${twice.length} memories still stand several times, e.g. ${twice[0]?.[0]}`);
  const now = new Map(after.map((m) => [m.id, m]));
  const then = new Map(before.map((m) => [m.id, m]));
  const woken = after.filter((m) => m.active && then.get(m.id)?.active !== true);
  if (woken.length > 0) broken.push(`row ${woken[0]?.id} was not active before`);
  const pointing = after.filter((m) => m.stays !== null);
  for (const m of pointing) {
    const stays = now.get(m.stays as string);
    // What named a row that went names the one that stays; a row in the middle of an old chain is left where it is.
    const passing = then.get(m.stays as string)?.active === false;
    if (stays?.said !== m.said || (!stays.active && !passing))
      broken.push(`row ${m.id} names ${m.stays}, which does not stand for it`);
    if (broken.length > 10) break;
  }
  return broken;
}

function difference(a: readonly string[], b: readonly string[]): string[] {
  const there = new Set(a);
  const other = b.filter((row) => !there.has(row));
  if (a.length === b.length && other.length === 0) return [];
  return [
    `undo: ${b.length} rows where ${a.length} were, ${other.length} of them other ones: ${other[0]?.slice(0, 300) ?? ''}`,
  ];
}

/** All runs taken back, the last one first. @param kill moments of a second for a kill of the first undo; null: none */
async function undone(store: TwinStore, kill: number | null): Promise<{ broken: string[]; killed: number }> {
  const broken: string[] = [];
  let killed = 0;
  for (const { run } of ledgers(store)
    .reverse()
    .filter((r) => r.started.undoes === null && r.rows > 0)) {
    if (kill !== null && killed === 0) {
      const running = startLine(store, undoOf(store, run));
      await reached(store, running, 1);
      await sleep(kill * 1000);
      running.child.kill('SIGKILL');
      if ((await running.ended).signal === 'SIGKILL') killed++;
      await store.lapse();
    }
    const again = async (): Promise<Ended> => await startLine(store, undoOf(store, run)).ended;
    broken.push(...(await until(again)).broken);
    // Once more changes nothing, and what an undo that was killed had put back is where it should be.
    const more = killed > 0 ? await again() : undefined;
    if (more !== undefined && (more.exit !== 0 || rowsOf(more) > 0)) broken.push(`undo once more: ${said(more)}`);
  }
  return { broken, killed };
}

export interface DedupOptions {
  readonly rounds: number;
  readonly seed: number;
}

/** Of five kills three after the ledger was begun, one at a batch that is written down, one at any time since the start. */
export async function killedDedup(store: TwinStore, o: DedupOptions): Promise<Finding> {
  const chance = random(o.seed);
  const broken: string[] = [];
  const before = await store.memories();
  const rows = await store.dump();
  const args = applyOf(store);
  forget(store);
  const first = await start(store, args).ended;
  const [model] = ledgers(store);
  const duplicates = activeOf(before).rows - activeOf(before).bySaid.size;
  if (first.exit !== 0 || model?.rows !== duplicates) broken.push(`undisturbed, ${duplicates} twins: ${said(first)}`);
  const ledgerMs = Date.parse(model?.endedAt ?? '') - Date.parse(model?.started.at ?? '');
  broken.push(...(await undone(store, null)).broken, ...difference(rows, await store.dump()));
  const seen = { killed: 0, early: 0, open: 0, between: 0, after: 0, over: 0, undos: 0 };
  let again = 0;
  for (let round = 1; seen.killed < o.rounds && round <= 2 * o.rounds && broken.length < 10; round++) {
    forget(store);
    await store.rest();
    const running = start(store, args);
    const inLedger = round % 5 !== 0;
    if (round % 5 === 1) await reached(store, running, 3 + 2 * Math.floor(chance() * 2), 0);
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
    const wrong: string[] = [];
    const midway = await store.memories();
    const out = activeOf(before).rows - activeOf(midway).rows;
    wrong.push(...lost(before, midway));
    if (out < committedRows(runs) || out > committedRows(runs) + openRows(runs))
      wrong.push(`${out} rows are out, and the ledger says ${committedRows(runs)} and ${openRows(runs)} in the open`);
    // One in ten waits it out.
    if (round % 10 !== 0) await store.lapse();
    const { runs: times, broken: stuck } = await until(() => start(store, args).ended);
    again = Math.max(again, times);
    wrong.push(...stuck, ...(await settled(store, before)));
    const back = await undone(store, round % 4 === 2 ? chance() * 0.2 : null);
    seen.undos += back.killed;
    wrong.push(
      ...back.broken,
      ...loose(ledgers(store)),
      ...(await store.faults()),
      ...difference(rows, await store.dump()),
    );
    broken.push(...wrong.map((b) => `round ${round} (seed ${o.seed}): ${b}`));
  }
  if (seen.killed === 0) broken.push('no run was killed: nothing was shown');
  forget(store);
  return {
    what: `kill -9 of dedup, ${store.what}`,
    seen: `${seen.killed} killed: ${seen.early} before the ledger, ${seen.open} with a batch open, ${seen.between} under way, ${seen.after} after the run's end; ${seen.over} more were over before; at most ${again} run(s) again; ${duplicates} of ${activeOf(before).rows} rows each, all ${rows.length} rows back as they were; ${seen.undos} undos killed as well, and the next one brought the rest (0)`,
    broken,
  };
}

async function settled(store: TwinStore, before: readonly Memory[]): Promise<string[]> {
  const after = await store.memories();
  const runs = ledgers(store);
  const out = activeOf(before).rows - activeOf(after).rows;
  const told = committedRows(runs);
  const broken = [...loose(runs), ...(await store.faults()), ...merged(before, after)];
  if (out !== told) broken.push(`${out} rows are out, and the ledgers say ${told}`);
  return broken;
}

/** Two at once: one works, the other is refused, or finds nothing left. */
export async function twiceDedup(store: TwinStore, rounds: number): Promise<Finding> {
  const broken: string[] = [];
  const seen = { refused: 0, nothing: 0 };
  const before = await store.memories();
  const rows = await store.dump();
  for (let round = 1; round <= rounds && broken.length < 10; round++) {
    forget(store);
    await store.rest();
    const args = applyOf(store);
    const both = await Promise.all([start(store, args).ended, start(store, args).ended]);
    const worked = both.filter((e) => e.exit === 0 && rowsOf(e) > 0);
    const refused = both.filter((e) => e.exit === 5 && /another maintenance run is at work/.test(e.stderr));
    const nothing = both.filter((e) => rowsOf(e) === 0 && !refused.includes(e));
    const wrong: string[] = [];
    if (worked.length === 1 && refused.length === 1) seen.refused++;
    else if (worked.length === 1 && nothing.length === 1) seen.nothing++;
    else wrong.push(both.map(said).join(' AND '));
    wrong.push(...(await settled(store, before)), ...(await undone(store, null)).broken);
    wrong.push(...difference(rows, await store.dump()));
    broken.push(...wrong.map((b) => `round ${round}: ${b}`));
  }
  // Of a few, all may have missed each other.
  if (seen.refused === 0 && rounds >= 10) broken.push('never were two at work at once: nothing was shown');
  forget(store);
  return {
    what: `two dedups at once, ${store.what}`,
    seen: `${rounds} times: one worked and the other was refused (5) ${seen.refused}, found nothing left ${seen.nothing}`,
    broken,
  };
}
