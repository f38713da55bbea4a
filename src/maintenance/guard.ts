/** May this be done to this store, now? A pure verdict over plan, live conditions and caps; each refusal says what would settle it. */
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../quantity/index.ts';
import {
  type Action,
  type Blocker,
  type Conditions,
  type HangingRows,
  isReclaim,
  type PurgeAction,
  type ReclaimAction,
  type RowAction,
  StoreError,
} from '../store/index.ts';
import { isOfDuplicates } from './dedup-actions.ts';
import { judgedRows, mostRows, takenRows } from './row-counts.ts';
import { hangingTotal, implausibleExpiry, tooManyHanging } from './sanity.ts';

export interface Caps {
  /** Rows that a run may remove or mark as superseded altogether; null: no such cap. */
  readonly maxDelete: number | null;
  /** Share of a set, 0 to 1, that a run may remove of it. */
  readonly maxDeleteShare: number;
  /** True when the user named the share: it then holds for small purges as well. */
  readonly shareGiven: boolean;
}

export const DEFAULT_CAPS: Caps = { maxDelete: null, maxDeleteShare: 0.5, shareGiven: false };

/** The default share says nothing of a handful of rows: it does not hold for a purge of at most this many of a set. */
export const SMALL_PURGE_ROWS = 100;
/** Free disk that must remain beside what an action needs. */
const DISK_MARGIN = 0.1;
/** An open transaction is named from this age on; younger ones are gone before they matter. */
const LONG_SECONDS = 60;

export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

export interface Dropped {
  /** Id of the action. */
  readonly action: string;
  readonly code: string;
  readonly why: string;
}

export interface Verdict {
  /** Not empty: nothing may be done. */
  readonly refused: readonly Refusal[];
  /** Actions that may not be done while the others may. */
  readonly dropped: readonly Dropped[];
  readonly warnings: readonly string[];
  /** Rows that go along, by action and table. */
  readonly hanging: readonly HangingRows[];
  /** What may be done, in order. */
  readonly actions: readonly Action[];
}

export interface GuardOptions {
  readonly archive: boolean;
}

export function judge(
  actions: readonly Action[],
  conditions: Conditions,
  caps: Caps,
  options: GuardOptions = { archive: false },
): Verdict {
  const warnings: string[] = [...(conditions.warnings ?? [])];
  const hanging = (conditions.hanging ?? []).filter((h) => h.rows !== 0);
  const purges = actions.filter((a): a is PurgeAction => a.kind === 'purge');
  const taking = actions.filter((a): a is RowAction => !isReclaim(a));
  const refused = [
    ...unwritable(conditions, actions),
    ...unkept(actions, options),
    ...implausibleExpiry(purges, caps),
    ...overCaps(taking, hanging, caps, warnings),
  ];
  for (const h of hanging)
    if (h.rows === null) warnings.push(`rows of ${h.place} go along, and how many could not be told`);
  const dropped = actions.flatMap((a): Dropped[] => {
    const first = dropReason(a, actions, conditions, warnings);
    return first === undefined ? [] : [{ action: a.id, ...first }];
  });
  const gone = new Set(dropped.map((d) => d.action));
  const staying = actions.filter((a) => !gone.has(a.id));
  warnings.push(...blockerWarnings(staying, conditions), ...indexWarnings(actions, conditions));
  if (conditions.freeDisk === null && staying.some((a) => (a.diskNeeded ?? 0) > 0))
    warnings.push(
      `free disk cannot be seen from here${conditions.freeDiskWhy === undefined ? '' : ` (${conditions.freeDiskWhy})`}: up to ${formatBytes(mostDisk(staying))} are needed`,
    );
  if (!options.archive && staying.some((a) => !isReclaim(a)))
    warnings.push('removed rows are not archived, so the run cannot be undone; --archive DIR keeps them');
  return { refused, dropped, warnings: [...new Set(warnings)], hanging, actions: staying };
}

const mostDisk = (actions: readonly Action[]): number => Math.max(0, ...actions.map((a) => a.diskNeeded ?? 0));

function unwritable(c: Conditions, actions: readonly Action[]): Refusal[] {
  if (actions.length === 0) return [];
  if (c.readOnly !== null)
    return [
      {
        code: 'read-only',
        message: `nothing can be written here: ${c.readOnly}`,
        hint: 'run it on the primary, with a role that may write',
      },
    ];
  if (c.pooled !== null)
    return [
      {
        code: 'pooled-connection',
        message: `a lock cannot be held over this connection: ${c.pooled}`,
        hint: 'give the address of the server itself (or of a session pool), not of the transaction pooler',
      },
    ];
  return [];
}

/** Which of two memories should have stayed is a judgement, and judgements are taken back. */
function unkept(actions: readonly Action[], options: GuardOptions): Refusal[] {
  if (options.archive || !actions.some(isOfDuplicates)) return [];
  const message = 'rows that say what another row says go only with an archive, and none would be kept';
  return [{ code: 'no-archive', message, hint: '--archive DIR keeps them' }];
}

function overCaps(
  purges: readonly RowAction[],
  hanging: readonly HangingRows[],
  caps: Caps,
  warnings: string[],
): Refusal[] {
  const refused: Refusal[] = [];
  const flags: string[] = [];
  const would = wouldWhat(purges);
  const along = hangingTotal(hanging);
  const total = judgedRows(purges) + along;
  if (caps.maxDelete !== null && total > caps.maxDelete) {
    refused.push({
      code: 'max-delete',
      message: `${formatCount(total)} rows ${would}${along > 0 ? `, about ${formatCount(along)} of them because they hang on others` : ''}, and --max-delete allows ${formatCount(caps.maxDelete)}`,
      hint: null,
    });
    flags.push(`--max-delete ${mostRows(purges) + along}`);
  }
  const pulled = tooManyHanging(purges, hanging, caps);
  refused.push(...pulled.map((r) => ({ ...r, hint: null })));
  if (pulled.length > 0) flags.push(`--max-delete ${mostRows(purges) + along}`);
  const sets = takenRows(purges);
  const over = sets.filter((t) => t.judged > allowedRows(t.of, caps));
  const allowance = `--max-delete-pct allows ${formatPercent(caps.maxDeleteShare)}${caps.shareGiven ? '' : ' by default'}`;
  for (const { set, of, judged, exact } of over) {
    const rows = `${exact ? '' : 'up to '}${formatCount(judged)} of ${formatCount(of)} rows of ${set}`;
    const message = `${rows} ${would} (${formatPercent(judged / of)}), and ${allowance}, ${formatCount(allowedRows(of, caps))} of them`;
    refused.push({ code: 'max-delete-pct', message, hint: null });
  }
  // A share that is named holds for every set, the small ones too: the flag is the one that lets all of them through.
  if (over.length > 0)
    flags.push(`--max-delete-pct ${Math.max(...sets.map((t) => (t.of === 0 ? 0 : Math.ceil((100 * t.most) / t.of))))}`);
  for (const t of sets) {
    const allowed = allowedRows(t.of, caps);
    if (t.judged > allowed || t.most <= allowed) continue;
    warnings.push(
      `up to ${formatCount(t.most)} of ${formatCount(t.of)} rows of ${t.set} may go, as far as not the same rows meet several rules; the run ends at the ${formatCount(allowed)} that --max-delete-pct allows`,
    );
  }
  const last = refused.pop();
  return last === undefined ? [] : [...refused, { ...last, hint: `if that is right: ${flags.join(' ')}` }];
}

/** What rows would do, in words. */
function wouldWhat(actions: readonly RowAction[]): string {
  const supersedes = actions.some((a) => a.kind === 'supersede');
  if (!supersedes) return 'would go';
  return actions.some((a) => a.kind === 'purge') ? 'would go or be superseded' : 'would be superseded';
}

/** Rows of a set of so many that the share lets go. */
export function allowedRows(of: number, caps: Caps): number {
  // 57 % of 100 rows is 57 rows, and 0.57 × 100 a little less.
  const share = Math.floor(of * caps.maxDeleteShare + 1e-6);
  return caps.shareGiven ? share : Math.max(share, Math.min(of, SMALL_PURGE_ROWS));
}

const subjectOf = (a: Action): string => (isReclaim(a) ? a.structure : a.set);

function dropReason(
  a: Action,
  all: readonly Action[],
  c: Conditions,
  warnings: string[],
): { code: string; why: string } | undefined {
  for (const rule of c.versionRules) {
    if (!rule.actions.includes(a.kind)) continue;
    if (rule.effect === 'refuse') return { code: 'version', why: rule.message };
    warnings.push(rule.message);
  }
  if (!isReclaim(a)) {
    const hidden = c.visibility.find((v) => v.subject === a.set && !v.complete);
    if (hidden !== undefined)
      return {
        code: 'not-visible',
        why: `not all rows of ${a.set} can be seen and ${a.kind === 'purge' ? 'removed' : 'changed'} by this role: ${hidden.why ?? 'the store does not say why'}${hidden.grant === undefined ? '' : `; ${hidden.grant} settles it`}`,
      };
  }
  const need = a.diskNeeded ?? 0;
  if (c.freeDisk !== null && need > 0 && need * (1 + DISK_MARGIN) > c.freeDisk)
    return {
      code: 'disk',
      why: `it needs ${formatBytes(need)} and a tenth more beside the store, and ${formatBytes(c.freeDisk)} are free`,
    };
  if (!isReclaim(a) || a.kind === 'analyze') return undefined;
  const busy = c.blockers.find((b) => inTheWay(b, a));
  if (busy !== undefined) return { code: busy.kind, why: busy.message };
  if (a.kind === 'reindex') {
    const leftover = c.invalidIndexes.find((i) => i.leftover && i.of === a.structure);
    const removed = all.some((o) => o.kind === 'drop-invalid-index' && o.structure === leftover?.structure);
    if (leftover !== undefined && !removed)
      return {
        code: 'invalid-index',
        why: `${leftover.name}, left by an interrupted rebuild, has to be dropped first`,
      };
  }
  return undefined;
}

/** Somebody else is at the very structure, or holds what a rewrite of the whole file needs. */
function inTheWay(b: Blocker, a: ReclaimAction): boolean {
  if (b.kind === 'running-vacuum' || b.kind === 'running-index-build')
    return b.subject !== null && b.subject === a.structure;
  return b.kind === 'open-writer' && (a.kind === 'full-vacuum' || a.kind === 'vec0-rebuild');
}

const HOLDS_OLD_ROWS: readonly Blocker['kind'][] = [
  'long-transaction',
  'idle-in-transaction',
  'prepared-transaction',
  'replication-slot',
  'standby-feedback',
];

/** Nobody's work is ended for ours: who holds back what is named, and the run goes on. */
function blockerWarnings(actions: readonly Action[], c: Conditions): string[] {
  const vacuums = actions.some((a) => a.kind === 'vacuum');
  const rebuilds = actions.some((a) => a.kind === 'reindex' || a.kind === 'drop-invalid-index');
  return c.blockers.flatMap((b) => {
    const since = b.seconds === null ? '' : ` (${formatSeconds(b.seconds)})`;
    if (HOLDS_OLD_ROWS.includes(b.kind)) {
      if ((b.seconds ?? LONG_SECONDS) < LONG_SECONDS) return [];
      if (vacuums) return [`${b.message}${since}: dead rows younger than that cannot be removed while it lasts`];
      return rebuilds ? [`${b.message}${since}: rebuilding an index waits for it`] : [];
    }
    if (b.kind === 'open-reader' && actions.some((a) => a.kind === 'wal-truncate' || a.kind === 'full-vacuum'))
      return [`${b.message}${since}: the file shrinks only when it is closed`];
    if (b.kind === 'background-save' && actions.length > 0) return [`${b.message}${since}`];
    return [];
  });
}

function indexWarnings(actions: readonly Action[], c: Conditions): string[] {
  const handled = new Set(actions.filter((a) => a.kind === 'drop-invalid-index').map(subjectOf));
  return c.invalidIndexes
    .filter((i) => !handled.has(i.structure))
    .map((i) =>
      i.leftover
        ? `${i.name} is what an interrupted rebuild left: it takes room and is of no use`
        : `${i.name} is invalid: no query uses it, and it is kept up to date all the same`,
    );
}

/** All refusals in one sentence each, the first as the error. */
export function refusal(address: string, refused: readonly Refusal[], dropped: readonly Dropped[] = []): StoreError {
  const all =
    refused.length > 0 ? refused : dropped.map((d) => ({ code: d.code, message: `${d.action}: ${d.why}`, hint: null }));
  const hint = all.find((r) => r.hint !== null)?.hint ?? undefined;
  return new StoreError(all[0]?.code ?? 'refused', `${address}: ${all.map((r) => r.message).join('; ')}`, hint, 5);
}
