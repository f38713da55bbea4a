/**
 * What is about to be done to one store, as a document: ordered, hashed, and bound to the store and its schema. What was
 * reviewed is what is applied; anything that changed in between is drift, and drift is refused with its name.
 */
import { formatCount, formatSeconds, InputError } from '../quantity/index.ts';
import {
  type Action,
  type HangingRows,
  type PurgeAction,
  type Snapshot,
  StoreError,
  type StoreIdentity,
} from '../store/index.ts';
import { canonicalJson } from './canonical-json.ts';
import { isOfDuplicates } from './dedup-actions.ts';
import type { Dropped, Refusal } from './guard.ts';
import type { Left, PurgeRules } from './purge-actions.ts';
import { mostRows } from './row-counts.ts';
import { bytesBack, bytesReusable } from './space.ts';

export const PLAN_VERSION = 1;
/** A saved plan older than this is made again: the store it describes is another one by then. */
export const PLAN_MAX_AGE_DAYS = 7;
/** A purge may find so much more than was reviewed (rows go on expiring), whichever is more. */
const GROWTH_SHARE = 0.1;
const GROWTH_ROWS = 100;

/** Text → its SHA-256 in hexadecimal: pure rooms have no crypto, so it is handed in. */
export type Hash = (text: string) => string;

export interface PlanStore {
  readonly name: string;
  readonly scheme: string;
  readonly address: string;
  readonly engine: string;
  readonly version: string;
  readonly fingerprint: string;
}

/** What the plan was made with: `apply` counts by the same rules, and reclaims as the verb would have. */
export interface PlanSettings {
  /** The verb that made the plan. */
  readonly command: string;
  readonly rules: PurgeRules;
  /** After the purge the store is measured again, and space is reclaimed by what is found then. */
  readonly reclaim: boolean;
  /** Structures the reclaim keeps to; null: all. */
  readonly structure: string | null;
  /** Least bytes for which a structure is touched; null: the checks' own floor. */
  readonly minBytes: number | null;
}

export interface MaintenancePlan {
  readonly schemaVersion: typeof PLAN_VERSION;
  readonly kind: 'maintenance-plan';
  readonly generatedAt: string;
  /** SHA-256 of everything else in the document but `totals` and `verdict`, in canonical JSON. */
  readonly hash: string;
  readonly store: PlanStore;
  /** When the counts were taken. */
  readonly takenAt: string;
  readonly settings: PlanSettings;
  readonly actions: readonly Action[];
  /** What nothing is done about, and why. */
  readonly left: readonly Left[];
  /** Proof of what needs nothing. */
  readonly clean: readonly string[];
  /** Worked out from the actions, and not in the hash. */
  readonly totals: PlanTotals;
  /** What the guard said when it was printed. Not in the hash: it is judged again when the plan is applied. */
  readonly verdict?: PlanVerdict;
}

export interface PlanTotals {
  /** The most rows that go: a row that several rules meet counts once, where that can be known. */
  readonly rows: number;
  /** The most rows that are marked as superseded; absent where none is. */
  readonly superseded?: number;
  /** Bytes that come back to the disk (in Redis: memory), and bytes that become free room inside the store and stay there. */
  readonly givenBack: number;
  readonly reusable: number;
}

export function planTotals(actions: readonly Action[]): PlanTotals {
  const rows = mostRows(actions.filter((a) => a.kind === 'purge'));
  const superseded = mostRows(actions.filter((a) => a.kind === 'supersede'));
  return {
    rows,
    ...(superseded > 0 ? { superseded } : {}),
    givenBack: bytesBack(actions),
    reusable: bytesReusable(actions),
  };
}

export interface PlanVerdict {
  readonly refused: readonly Refusal[];
  readonly dropped: readonly Dropped[];
  readonly warnings: readonly string[];
  /** Rows that go along, by action and table. */
  readonly hanging?: readonly HangingRows[];
}

export interface PlanOptions {
  readonly now: Date;
  readonly hash: Hash;
  readonly settings: PlanSettings;
  readonly left?: readonly Left[];
  readonly clean?: readonly string[];
}

export function planStore(identity: StoreIdentity): PlanStore {
  const { name, scheme, address, engine, engineVersion, fingerprint } = identity;
  return { name, scheme, address, engine, version: engineVersion, fingerprint };
}

/** Rows before index rebuilds before vacuum before the checkpoint: each is cheapest after the one before it. */
export function maintenancePlan(
  snapshot: Pick<Snapshot, 'identity' | 'takenAt'>,
  actions: readonly Action[],
  options: PlanOptions,
): MaintenancePlan {
  const body: Omit<MaintenancePlan, 'hash' | 'totals'> = {
    schemaVersion: PLAN_VERSION,
    kind: 'maintenance-plan',
    generatedAt: options.now.toISOString(),
    store: planStore(snapshot.identity),
    takenAt: snapshot.takenAt,
    settings: options.settings,
    actions: ordered(actions),
    left: options.left ?? [],
    clean: options.clean ?? [],
  };
  return { ...body, hash: options.hash(canonicalJson(body)), totals: planTotals(body.actions) };
}

/** Stable: actions of the same order stay as they were given. An id stands once, and so does a statement that analyses a table for several structures. */
export function ordered(actions: readonly Action[]): Action[] {
  const seen = new Set<string>();
  const nameOf = (a: Action): string => (a.kind === 'analyze' ? (a.statement ?? a.id) : a.id);
  const once = actions.filter((a) => !seen.has(nameOf(a)) && seen.add(nameOf(a)));
  return once.sort((a, b) => a.order - b.order);
}

export function planHash(plan: MaintenancePlan, hash: Hash): string {
  const { hash: _hash, totals: _totals, verdict: _verdict, ...body } = plan;
  return hash(canonicalJson(body));
}

/** The plan as a file's text: one JSON document, for people to read and for `apply`. */
export function planText(plan: MaintenancePlan): string {
  return `${JSON.stringify(plan, null, 2)}\n`;
}

/**
 * @param where how to name the document to the user
 * @throws InputError when this is no maintenance plan, or one this release does not know
 * @throws StoreError (exit 5) when it was changed after it was made
 */
export function readPlan(text: string, where: string, hash: Hash): MaintenancePlan {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new InputError('not-a-plan', `${where}: this is not JSON`, 'save one with memctl vacuum STORE --output FILE');
  }
  const d = document as Partial<MaintenancePlan> | null;
  if (typeof d !== 'object' || d === null || d.kind !== 'maintenance-plan')
    throw new InputError('not-a-plan', `${where}: this is not a maintenance plan`);
  if (d.schemaVersion !== PLAN_VERSION)
    throw new InputError(
      'plan-version',
      `${where}: maintenance plan version ${String(d.schemaVersion)} is not known to this release; it reads version ${PLAN_VERSION}`,
    );
  const whole =
    typeof d.hash === 'string' &&
    typeof d.generatedAt === 'string' &&
    typeof d.store === 'object' &&
    typeof d.settings === 'object' &&
    Array.isArray(d.actions);
  if (!whole) throw new InputError('plan-incomplete', `${where}: the maintenance plan is incomplete; make it again`);
  const plan = d as MaintenancePlan;
  if (planHash(plan, hash) !== plan.hash)
    throw new StoreError(
      'plan-tampered',
      `${where}: the plan was changed after it was made: its hash does not match`,
      'make it again; what is to be left out is left out with flags',
      5,
    );
  return plan;
}

export interface Drift {
  readonly code:
    | 'another-store'
    | 'schema-changed'
    | 'plan-too-old'
    | 'plan-from-the-future'
    | 'rule-changed'
    | 'counts-grew';
  readonly message: string;
}

/**
 * What has changed between a saved plan and the store as it is now; empty when it may be applied.
 * @param current the purges the same rules find now; for rows that say what another one says, `dedupActionsNow` tells
 */
export function drift(
  plan: MaintenancePlan,
  store: PlanStore,
  current: readonly PurgeAction[],
  now: Date,
  maxAgeDays: number = PLAN_MAX_AGE_DAYS,
): Drift[] {
  const found: Drift[] = [];
  if (plan.store.fingerprint !== store.fingerprint)
    found.push(
      plan.store.address === store.address
        ? {
            code: 'schema-changed',
            message: `${store.name} is another store than the plan was made for, or its schema is`,
          }
        : {
            code: 'another-store',
            message: `the plan was made for ${plan.store.address}, and this is ${store.address} or has another schema`,
          },
    );
  const age = (now.getTime() - Date.parse(plan.takenAt)) / 1000;
  if (!(age <= maxAgeDays * 86_400))
    found.push({
      code: 'plan-too-old',
      message: `the plan is ${formatSeconds(age)} old, and one is good for ${formatCount(maxAgeDays)} days`,
    });
  // A few minutes are two machines' clocks; more is a clock that is wrong, and every expiry with it.
  else if (age < -300)
    found.push({ code: 'plan-from-the-future', message: 'the plan is dated after now; one of the clocks is wrong' });
  for (const action of plan.actions) {
    if (action.kind !== 'purge' || isOfDuplicates(action)) continue;
    const now = current.find((a) => a.id === action.id);
    const rows = now?.rows ?? 0;
    const other = now === undefined ? undefined : otherRule(action, now);
    if (other !== undefined) found.push({ code: 'rule-changed', message: other });
    if (rows > action.rows + Math.max(GROWTH_ROWS, action.rows * GROWTH_SHARE))
      found.push({
        code: 'counts-grew',
        message: `${action.set}: ${formatCount(rows)} rows meet "${action.rule}" now, and ${formatCount(action.rows)} did when the plan was made`,
      });
  }
  return found;
}

/** Counts that agree are no proof: another map finds other rows, and as many. */
function otherRule(planned: PurgeAction, now: PurgeAction): string | undefined {
  // What these two say depends on how many namespaces are over; their columns are in the digest.
  const counted = planned.reason === 'over-quota' || planned.reason === 'over-cap';
  if (!counted && planned.rule !== now.rule)
    return `${planned.set}: rows went by "${planned.rule}" in the plan, and now they would by "${now.rule}"`;
  if (planned.digest !== now.digest)
    return `${planned.set}: its columns, units or dependents are read in another way than in the plan (another --map, --profile or release)`;
  return undefined;
}
