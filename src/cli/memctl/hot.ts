/** `memctl hot`. */
import { type EarlierLook, type HotReport, hotReport } from '../../checks/index.ts';
import { InputError, isInputError, parseCount } from '../../quantity/index.ts';
import type { Census, Snapshot, Store } from '../../store/index.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { openHistory } from './history.ts';
import { readJson, snapshotOfStore } from './open-target.ts';
import { overStores, type StoreOutcome, savedOutcome } from './over-stores.ts';
import { type Progress, progressOn } from './progress.ts';
import { openChoice, type StoreChoice } from './stores.ts';

const DEFAULT_TOP = 20;
const DEFAULT_SEED = 1;
const SUBJECT = 'whole';
/** Looks within the same hour say nothing of growth: the one before them does. */
const SAME_LOOK_S = 3_600;
/** Namespaces of a set that the history keeps: one that is listed later has its past then. */
const REMEMBERED = 1_000;
/** In Redis, where each one listed costs two round trips. */
const REMEMBERED_IN_REDIS = 100;

interface Wishes {
  readonly approximate: boolean;
  readonly seed: number;
  readonly top: number;
  readonly threshold: number | undefined;
}

/** Everything for one store; prints nothing. @throws InputError, StoreError */
export async function hotOf(choice: StoreChoice, options: Options, runtime: Runtime): Promise<StoreOutcome<HotReport>> {
  const wished = wishes(options);
  const earlier = options['since'] === undefined ? undefined : earlierReport(String(options['since']), runtime);
  using progress = progressOn(runtime, options, choice.name);
  const { now, cwd, env, signal } = runtime;
  await using store = await openChoice(choice, 'read', { cwd, env, signal });
  // Rows are counted once, by the census: a snapshot that counts them too would cost a second scan.
  const snapshot = await snapshotOfStore(
    store,
    choice,
    { approximate: true },
    { now, cwd, env, signal, onProgress: progress.step },
  );
  const most = store.identity.scheme.startsWith('redis') ? REMEMBERED_IN_REDIS : REMEMBERED;
  const remembered = options['no-history'] === true ? wished : { ...wished, top: Math.max(wished.top, most) };
  const counted = await censusesOf(store, snapshot, remembered, now, progress);
  const { since, note } = await earlierLook(snapshot, counted, earlier, options, runtime);
  const censuses = counted.map((c) => ({ ...c, top: c.top.slice(0, wished.top) }));
  const report = hotReport(snapshot, censuses, {
    generatedAt: now,
    top: wished.top,
    ...(wished.threshold === undefined ? {} : { threshold: wished.threshold }),
    ...(since === undefined ? {} : { since }),
  });
  return { report, exit: hotExit(report), notes: note === undefined ? [] : [note] };
}

/** The primary sets that have a namespace; where none is primary, every one that has. Empty ones, and hidden ones, have none to tell. */
async function censusesOf(
  store: Store,
  snapshot: Snapshot,
  wished: Wishes,
  now: Date,
  progress: Progress,
): Promise<Census[]> {
  const { approximate, seed, top } = wished;
  const taken = async (primary: boolean): Promise<Census[]> => {
    const censuses: Census[] = [];
    for (const { id } of snapshot.memorySets.filter((m) => m.primary === primary && m.hidden === undefined)) {
      try {
        censuses.push(await store.census({ set: id, now, approximate, seed, top, onProgress: progress.step }));
      } catch (e) {
        // Which sets have a namespace, only the census knows.
        if (!isInputError(e) || e.code !== 'no-namespace') throw e;
      }
    }
    return censuses.filter((c) => c.rows.value > 0);
  };
  const primary = await taken(true);
  return primary.length > 0 ? primary : await taken(false);
}

/** What --since names; else the last look that the history remembers, which then learns of this one. */
async function earlierLook(
  snapshot: Snapshot,
  censuses: readonly Census[],
  given: EarlierLook | undefined,
  options: Options,
  runtime: Runtime,
): Promise<{ readonly since?: EarlierLook; readonly note?: string }> {
  const found = given === undefined ? {} : { since: given };
  if (options['no-history'] === true || censuses.length === 0) return found;
  const history = await openHistory(runtime);
  if (typeof history === 'string') return given === undefined ? { note: `growth is not told: ${history}` } : found;
  try {
    const id = snapshot.identity.fingerprint;
    const at = new Date(snapshot.takenAt);
    const last = history.last(id, 'hot', SUBJECT, new Date(at.getTime() - SAME_LOOK_S * 1000));
    history.record(id, 'hot', SUBJECT, at, {
      takenAt: snapshot.takenAt,
      namespaces: censuses.flatMap((c) =>
        c.top.slice(0, REMEMBERED).map((n) => ({
          set: c.set,
          namespace: n.namespace,
          ...(n.length === undefined ? {} : { length: n.length }),
          memories: n.rows,
        })),
      ),
    });
    return given !== undefined || last === undefined ? found : { since: last.document as EarlierLook };
  } finally {
    history.close();
  }
}

function wishes(options: Options): Wishes {
  if (options['exact'] === true && options['approx'] === true) {
    throw new InputError('contradiction', '--exact contradicts --approx; give one of them');
  }
  const count = (flag: string, otherwise: number): number =>
    options[flag] === undefined ? otherwise : parseCount(String(options[flag]), `--${flag}`);
  const top = count('top', DEFAULT_TOP);
  if (top < 1) throw new InputError('bad-count', '--top: must be 1 or more');
  const threshold = options['threshold'] === undefined ? undefined : count('threshold', 0);
  return { approximate: options['approx'] === true, seed: count('seed', DEFAULT_SEED), top, threshold };
}

function earlierReport(file: string, runtime: Runtime): EarlierLook {
  const d = readJson(file, runtime.cwd) as Partial<HotReport> | null;
  if (d?.kind !== 'hot-report' || !Array.isArray(d.namespaces) || d.store === undefined) {
    throw new InputError('since-file', `--since ${file}: this is no hot report; save one with memctl hot --json`);
  }
  return { takenAt: d.store.takenAt, namespaces: d.namespaces };
}

/** 3 when something asked for is missing from the report, and the note says which. */
export function hotExit(report: HotReport): number {
  return report.notes.some((n) => n.level === 'unmeasured') ? EXIT.partial : EXIT.done;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const input = options['input'];
    if (input !== undefined) {
      const read = (document: unknown): StoreOutcome<HotReport> => {
        const report = savedReport(document, String(input));
        return { report, exit: hotExit(report) };
      };
      return savedOutcome(String(input), runtime, { read, render });
    }
    return overStores(args, options, runtime, { one: (choice) => hotOf(choice, options, runtime), render });
  },
};

/** @throws InputError for anything but a hot report: the rows of a snapshot were not counted by namespace */
function savedReport(document: unknown, file: string): HotReport {
  const d = document as Partial<HotReport> | null;
  if (d?.kind !== 'hot-report' || d.schemaVersion !== 1 || !Array.isArray(d.namespaces)) {
    throw new InputError(
      'input-file',
      `--input ${file}: this is no hot report of version 1; save one with memctl hot --json`,
    );
  }
  return d as HotReport;
}

async function render(report: HotReport, view: View): Promise<string> {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const { hotCsv, hotMarkdown, renderHotReport } = await import('../../render/hot-report.ts');
  if (view.format === 'csv') return hotCsv(report);
  if (view.format === 'markdown') return hotMarkdown(report);
  const { paint } = await import('../paint.ts');
  return renderHotReport(report, { width: view.columns, paint: paint(view.color), verbose: view.verbose });
}
