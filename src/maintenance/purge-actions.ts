/**
 * Snapshot and rules → what may be removed, as actions, and beside them what may not or need not, each with why. Only a rule that
 * the profile or the user states removes anything: an expiry of NULL never comes, and a column's name proves nothing.
 */
import { formatCount, formatSeconds } from '../quantity/index.ts';
import type { MemorySet, PurgeAction, PurgeReason, Snapshot } from '../store/index.ts';
import { evictionAmount, excessOverQuotas } from './excess.ts';

export interface PurgeRules {
  /** Remove what has expired by the profile's rule. Default true. */
  readonly expired?: boolean;
  /** Remove rows of dependent tables that have lost their parent. Default true. */
  readonly orphans?: boolean;
  /** Enforce the quotas that the store itself holds. Default false: the application's own business, until asked. */
  readonly storeQuotas?: boolean;
  /** Namespace → most rows, beside or instead of the store's own. Applied to primary sets. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** Set id or table ("*": the primary set) → most rows of the whole set. */
  readonly caps?: Readonly<Record<string, number>>;
  /** Set id or table → rows older than this many seconds go. */
  readonly retention?: Readonly<Record<string, number>>;
}

/** A set, or one rule of it, that nothing is done about. */
export interface Left {
  /** Id of the memory set or structure. */
  readonly subject: string;
  /** What it is called: "cached answers". */
  readonly title: string;
  readonly why: string;
  /** The statement that would settle it. */
  readonly grant?: string;
  /** True when something is missing that was asked for (exit 3); false when it is so by design. */
  readonly unmeasured: boolean;
  /** True where nobody could act on it: it has nothing to give back, or its rows are not ours to remove. */
  readonly routine?: true;
}

export interface Purges {
  /** In plan order. */
  readonly actions: readonly PurgeAction[];
  readonly left: readonly Left[];
  /** Proof of what needs nothing: "0 of 12,345 cached answers expired; all rows are visible". */
  readonly clean: readonly string[];
}

/**
 * Rows a second that a batched purge gets through with several indexes, its pauses included, roughly: for an expectation on the
 * screen, nothing else. bench/vacuum-postgres.ts and bench/vacuum-sqlite.ts measure it.
 */
const ROWS_PER_SECOND = 40_000;

export function purgeActions(snapshot: Snapshot, rules: PurgeRules = {}): Purges {
  const actions: PurgeAction[] = [];
  const left: Left[] = unseen(snapshot);
  const clean: string[] = [];
  for (const set of snapshot.memorySets) {
    const why = untouchable(set, rules);
    if (why !== undefined) {
      left.push(why);
      continue;
    }
    const results = [expired(set, rules), retention(set, rules, snapshot.takenAt)];
    const doomed = results.reduce((n, r) => n + (r.action?.rows ?? 0), 0);
    results.push(overQuota(set, rules, doomed));
    const evicted = results.reduce((n, r) => n + (r.action?.rows ?? 0), 0);
    results.push(overCap(set, rules, results[0]?.action?.rows ?? 0, evicted), ...orphans(set, rules));
    for (const r of results) {
      if (r.action !== undefined) actions.push(r.action);
      left.push(...(r.left ?? []));
      clean.push(...(r.clean ?? []));
    }
  }
  const order: readonly PurgeReason[] = ['expired', 'retention', 'over-quota', 'over-cap', 'orphans'];
  actions.sort((a, b) => order.indexOf(a.reason) - order.indexOf(b.reason));
  return { actions: actions.map((a) => read(a, snapshot)), left, clean };
}

/** With the name of the reading that says which rows are meant: it is the plan's to keep, and apply's to compare. */
function read(a: PurgeAction, { profiles }: Snapshot): PurgeAction {
  const digest = profiles.flatMap((p) => p.mapping).find((m) => m.set === a.set)?.digest;
  return digest === undefined ? a : { ...a, digest };
}

/** Rows that nobody counted are no proof of anything: what the snapshot itself could not read comes first. */
function unseen({ notes, structures, memorySets, identity }: Snapshot): Left[] {
  const physical = new Set(structures.map((s) => s.id));
  const left = notes
    .filter((n) => n.level === 'unmeasured' && (n.subject === undefined || !physical.has(n.subject)))
    .map((n) => ({
      subject: n.subject ?? n.code,
      title: n.subject ?? identity.name,
      why: n.message,
      unmeasured: true,
    }));
  if (memorySets.length > 0 || left.length > 0) return left;
  const why =
    'no known memory system was recognised, so nothing says what may be removed; --profile or --map settles it';
  return [{ subject: identity.name, title: identity.name, why, unmeasured: true }];
}

interface Result {
  readonly action?: PurgeAction;
  readonly left?: readonly Left[];
  readonly clean?: readonly string[];
}

const NOTHING: Result = {};

/** What a rule says of this set, by its id or its table; "*" means the primary set. */
export function ruleFor<T>(rules: Readonly<Record<string, T>> | undefined, set: MemorySet): T | undefined {
  if (rules === undefined) return undefined;
  const names = [
    set.id,
    set.schema === undefined ? set.table : `${set.schema}.${set.table}`,
    set.table,
    ...(set.primary ? ['*'] : []),
  ];
  const name = names.find((n) => Object.hasOwn(rules, n));
  return name === undefined ? undefined : rules[name];
}

/** Names in the rules that are no set of the store: a rule that meets nothing is a mistake, never "0 rows". */
export function unknownRules(snapshot: Snapshot, rules: PurgeRules): string[] {
  const known = snapshot.memorySets.flatMap((s) => [s.id, s.table, ...(s.schema ? [`${s.schema}.${s.table}`] : [])]);
  const named = [...Object.keys(rules.caps ?? {}), ...Object.keys(rules.retention ?? {})];
  return named.filter((n) => n !== '*' && !known.includes(n));
}

function leftBecause(set: MemorySet, why: string, unmeasured: boolean, grant?: string): Left {
  return { subject: set.id, title: set.title, why, unmeasured, ...(grant === undefined ? {} : { grant }) };
}

const byDesign = (set: MemorySet, why: string): Left => ({ ...leftBecause(set, why, false), routine: true });

function untouchable(set: MemorySet, rules: PurgeRules): Left | undefined {
  const asked =
    ruleFor(rules.caps, set) !== undefined || ruleFor(rules.retention, set) !== undefined || set.ttl !== null;
  if (set.readOnly !== undefined) {
    const named = ruleFor(rules.caps, set) !== undefined || ruleFor(rules.retention, set) !== undefined;
    return named
      ? leftBecause(set, `memctl.yaml has a rule for it, and none of its rows may be removed: ${set.readOnly}`, true)
      : byDesign(set, set.readOnly);
  }
  if (set.hidden !== undefined && (asked || set.overQuota.length > 0))
    return leftBecause(
      set,
      `rows are hidden from this role (${set.hidden.why}), so no count of them is whole`,
      true,
      set.hidden.grant,
    );
  return undefined;
}

function base(set: MemorySet, reason: PurgeReason, rows: number, rule: string, title: string): PurgeAction {
  return {
    kind: 'purge',
    id: `purge:${reason}:${set.id}`,
    title,
    order: 10,
    lock: 'rows',
    seconds: Math.max(0.1, rows / ROWS_PER_SECOND),
    diskNeeded: null,
    reclaims: null,
    statement: null,
    reason,
    set: set.id,
    rule,
    rows,
    of: set.rows,
  };
}

function expired(set: MemorySet, rules: PurgeRules): Result {
  if (rules.expired === false) return NOTHING;
  const { ttl } = set;
  // Side tables of every kind lack an expiry; only of memories does anybody expect one.
  if (ttl === null) {
    if (set.role !== 'memory' && !set.primary) return NOTHING;
    const why = 'no rule says when rows of it expire';
    if (ruleFor(rules.retention, set) !== undefined || ruleFor(rules.caps, set) !== undefined)
      return { left: [byDesign(set, why)] };
    return {
      left: [
        set.ages === null
          ? byDesign(set, why)
          : leftBecause(set, `${why}; retention or max-entries in memctl.yaml would`, false),
      ],
    };
  }
  const left =
    ttl.unreadable === 0
      ? []
      : [
          leftBecause(
            set,
            `${formatCount(ttl.unreadable)} of its rows have an expiry that cannot be read as a time; they are kept`,
            true,
          ),
        ];
  if (set.rows === 0) return { clean: [`0 ${set.title}, so none has expired; all rows are visible`] };
  if (ttl.expired === 0) {
    const never = ttl.never > 0 ? `, ${formatCount(ttl.never)} never will` : '';
    const next = ttl.next === null ? '' : `; the next one on ${ttl.next}`;
    return {
      left,
      clean: [`0 of ${formatCount(set.rows)} ${set.title} expired by ${ttl.rule}${never}; all rows are visible${next}`],
    };
  }
  const title = `remove ${formatCount(ttl.expired)} of ${formatCount(set.rows)} ${set.title}, expired by ${ttl.rule}`;
  const action = base(set, 'expired', ttl.expired, ttl.rule, title);
  return { left, action: ttl.oldestExpired === null ? action : { ...action, oldestExpired: ttl.oldestExpired } };
}

function retention(set: MemorySet, rules: PurgeRules, takenAt: string): Result {
  const seconds = ruleFor(rules.retention, set);
  if (seconds === undefined) return NOTHING;
  if (set.ages === null)
    return { left: [leftBecause(set, 'retention: its rows carry no time of creation, so no age is known', true)] };
  const { ages } = set;
  const oldest = ages.oldest === null ? null : (Date.parse(takenAt) - Date.parse(ages.oldest)) / 1000;
  const rule = `${ages.column} older than ${formatSeconds(seconds)}`;
  // Buckets are "younger than so many days": rows that may be older are in those that end above the limit.
  const rows =
    oldest !== null && oldest <= seconds
      ? 0
      : ages.buckets.reduce((n, b) => n + (b.days === null || b.days * 86_400 > seconds ? b.rows : 0), 0);
  if (rows === 0) return { clean: [`0 of ${formatCount(set.rows)} ${set.title} have ${rule}; all rows are visible`] };
  const title = `remove ${set.title} with ${rule}: at most ${formatCount(rows)} of ${formatCount(set.rows)}`;
  return { action: { ...base(set, 'retention', rows, rule, title), olderThanSeconds: seconds } };
}

function overQuota(set: MemorySet, rules: PurgeRules, doomed: number): Result {
  const { excess, left, clean } = excessOverQuotas(set, rules, doomed);
  const total = excess.reduce((n, e) => n + e.rows, 0);
  const result = { left: left.map((w) => leftBecause(set, w.why, w.unmeasured)), clean };
  if (total === 0) return result;
  const rule = `oldest in the store's own order of eviction beyond the quota of ${excess.length === 1 ? 'the namespace' : 'each namespace'}`;
  // Rows that expire first make room as well, and how many of them are of these namespaces is not known.
  const most = doomed > 0 ? 'up to ' : '';
  const title = `remove ${most}${formatCount(total)} ${set.title} of ${formatCount(excess.length)} ${excess.length === 1 ? 'namespace' : 'namespaces'} over quota`;
  return { ...result, action: { ...base(set, 'over-quota', total, rule, title), excess } };
}

/**
 * @param expired rows that have expired: known exactly, and gone by then
 * @param doomed those, and what further rules remove at most
 */
function overCap(set: MemorySet, rules: PurgeRules, expired: number, doomed: number): Result {
  const cap = ruleFor(rules.caps, set);
  if (cap === undefined) return NOTHING;
  const staying = set.rows - expired;
  const rows = doomed > expired ? Math.max(0, staying - cap) : evictionAmount(staying, cap);
  if (rows === 0)
    return {
      clean: [`${formatCount(staying)} ${set.title} stay and ${formatCount(cap)} may; all rows are visible`],
    };
  const title = `remove ${formatCount(rows)} of ${formatCount(set.rows)} ${set.title}: no more than ${formatCount(cap)} may stay`;
  const rule = `oldest in the store's own order of eviction beyond ${formatCount(cap)} rows`;
  const excess = [{ namespace: '', rows, keep: staying - rows }];
  return { action: { ...base(set, 'over-cap', rows, rule, title), excess } };
}

function orphans(set: MemorySet, rules: PurgeRules): Result[] {
  if (rules.orphans === false) return [];
  return (set.orphans ?? []).map((o) => {
    if (o.rows === 0) return { clean: [o.repair?.clean ?? `0 rows of ${o.table} have lost their row of ${set.table}`] };
    const title =
      o.repair?.title ?? `remove ${formatCount(o.rows)} rows of ${o.table} whose row of ${set.table} is gone`;
    const action = base(set, 'orphans', o.rows, o.repair?.rule ?? `no row of ${set.table} left`, title);
    return { action: { ...action, id: `${action.id}:${o.table}`, dependent: o.table, of: Math.max(set.rows, o.rows) } };
  });
}
