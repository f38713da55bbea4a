/** `memctl dedup --apply`: what goes by itself, or what was accepted, as a plan of the maintenance engine. */
import { type DedupReport, mergeList } from '../../dedup/index.ts';
import { dedupActions, type Left, type MaintenancePlan, maintenancePlan } from '../../maintenance/index.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
import type { Duplicate, Snapshot, Store } from '../../store/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { auditStore } from './dedup-audit.ts';
import type { DedupFlags } from './dedup-flags.ts';
import { savedDedup } from './dedup-saved.ts';
import { type MaintenanceDocument, maintainOne, sha256 } from './maintain.ts';
import { maintenanceFlags } from './maintenance-flags.ts';
import { readJson } from './open-target.ts';
import type { StoreOutcome } from './over-stores.ts';
import type { Progress } from './progress.ts';
import { storeAgain } from './reading-flags.ts';
import { type Reviewing, reviewed, reviewFrom } from './review.ts';
import { acceptedDuplicates } from './review-decisions.ts';
import type { Review } from './review-file.ts';
import type { StoreChoice } from './stores.ts';

/** What `--review FILE` holds; null where no file was named. @throws InputError */
export function reviewFileOf(flags: DedupFlags, options: Options): Review | null {
  if (flags.review === null || flags.review === 'terminal') return null;
  return reviewFrom(flags.review.file, String(options['review']));
}

/** Everything for one store. @throws InputError, StoreError */
export async function applyDuplicates(
  choice: StoreChoice,
  decided: Review | null,
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
): Promise<StoreOutcome<MaintenanceDocument>> {
  const maintenance = { ...maintenanceFlags(options, runtime), reclaim: false };
  const notes: string[] = [];
  const outcome = await maintainOne(choice, maintenance, options, runtime, async (snapshot, store, progress) => {
    const found =
      decided === null
        ? await undecided(choice, flags, options, runtime, { snapshot, store, progress }, notes)
        : fromFile(decided, snapshot, `--review ${String(options['review'])}`);
    return planOf(found, snapshot, flags, runtime);
  });
  return { ...outcome, notes: [...notes, ...(outcome.notes ?? [])] };
}

interface Found {
  /** By set id. */
  readonly duplicates: ReadonlyMap<string, readonly Duplicate[]>;
  readonly left: readonly Left[];
}

function fromFile(review: Review, snapshot: Snapshot, where: string): Found {
  sameStore(review.store, snapshot, where);
  const unknown = review.entries.find((e) => !snapshot.memorySets.some((s) => s.id === e.set));
  if (unknown !== undefined)
    throw new InputError(
      'review-file',
      `${where}, line ${unknown.line}: set: "${unknown.set}" is no kind of rows of ${snapshot.identity.name}`,
      `it has ${snapshot.memorySets.map((s) => s.id).join(', ')}`,
    );
  const open = review.entries.filter((e) => e.decision === 'undecided').length;
  const left: Left[] =
    open === 0
      ? []
      : [
          {
            subject: where,
            title: where,
            why: `${formatCount(open)} ${open === 1 ? 'entry is' : 'entries are'} undecided`,
            unmeasured: false,
          },
        ];
  return { duplicates: acceptedDuplicates(review.entries, where), left };
}

/** A decision on rows of one store says nothing of another's, however alike they are. */
function sameStore(
  store: { readonly address: string; readonly fingerprint: string },
  { identity }: Snapshot,
  where: string,
): void {
  if (store.fingerprint === identity.fingerprint) return;
  throw new InputError(
    'another-store',
    store.address === identity.address
      ? `${where}: ${identity.name} is read in another way than when it was made, or is another store by now`
      : `${where}: it was made for ${store.address}, and this is ${identity.address} or has another schema`,
    store.address === identity.address
      ? 'give the --map, --profile or --config that it was made with; else make it again'
      : 'make it again from this store',
  );
}

interface Seen {
  readonly snapshot: Snapshot;
  readonly store: Store;
  readonly progress: Progress;
}

/** What goes without a review, by an audit of now or by saved pairs; with `--review`, what was accepted on the terminal. */
async function undecided(
  choice: StoreChoice,
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
  { snapshot, store, progress }: Seen,
  notes: string[],
): Promise<Found> {
  let report: DedupReport;
  if (flags.input === null)
    report = (
      await auditStore({
        store,
        choice,
        snapshot,
        flags,
        runtime,
        progress,
        dividend: false,
        whole: flags.review !== 'terminal',
      })
    ).report;
  else {
    report = savedDedup(readJson(flags.input, runtime.cwd), flags.input, flags);
    sameStore(report.store, snapshot, `--input ${flags.input}`);
    if (report.sets.some((s) => s.sampled !== null))
      throw new InputError(
        'contradiction',
        `--input ${flags.input}: it is of a sample, which finds a rate and not every duplicate`,
        'audit all rows',
      );
  }
  const again = storeAgain(report.store.address, options, choice);
  const unmeasured = report.notes
    .filter((n) => n.level === 'unmeasured')
    .map((n): Left => ({ subject: n.code, title: snapshot.identity.name, why: n.message, unmeasured: true }));
  if (flags.review === 'terminal') {
    progress[Symbol.dispose]();
    const answers: Reviewing = await reviewed(report, 'terminal', again, options, runtime);
    notes.push(...(answers.file === null ? answers.notes : answers.notes.slice(0, 1)));
    runtime.signal.throwIfAborted();
    return { duplicates: acceptedDuplicates(answers.entries, '--review'), left: unmeasured };
  }
  const left = report.sets
    .filter((s) => s.review > 0)
    .map(
      (s): Left => ({
        subject: s.set,
        title: s.title,
        why: `${formatCount(s.review)} ${s.review === 1 ? 'row needs' : 'rows need'} a review first: memctl dedup ${again} --review`,
        unmeasured: false,
      }),
    );
  return { duplicates: new Map(report.sets.map((s) => [s.set, mergeList(s)])), left: [...unmeasured, ...left] };
}

function planOf(found: Found, snapshot: Snapshot, flags: DedupFlags, runtime: Runtime): MaintenancePlan {
  const sets = snapshot.memorySets.flatMap((set) => {
    const duplicates = found.duplicates.get(set.id) ?? [];
    return duplicates.length === 0 ? [] : [{ set, duplicates, delete: flags.delete }];
  });
  const { actions, left } = dedupActions(sets, snapshot.profiles);
  return maintenancePlan(snapshot, actions, {
    now: runtime.now,
    hash: sha256,
    settings: {
      command: 'dedup',
      rules: { expired: false, orphans: false },
      reclaim: false,
      structure: null,
      minBytes: null,
    },
    left: [...left, ...found.left],
  });
}
