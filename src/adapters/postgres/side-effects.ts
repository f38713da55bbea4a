/** What the tables of a purge do by themselves: rules and parents that forbid it, triggers and references to be told of. */
import { StoreError, type Target } from '../../store/index.ts';
import type { PgSession } from './session.ts';

interface Child {
  readonly parent: string;
  readonly child: string;
}

interface Named {
  readonly name: string;
  readonly place: string;
}

const PLACE = "n.nspname || '.' || c.relname";

export type RowChange = 'DELETE' | 'UPDATE';
/** pg_rewrite.ev_type, and the bit of pg_trigger.tgtype (catalog/pg_trigger.h). */
const RULE_EVENT: Readonly<Record<RowChange, string>> = { UPDATE: '2', DELETE: '4' };
const TRIGGER_BIT: Readonly<Record<RowChange, number>> = { DELETE: 8, UPDATE: 16 };

/**
 * Refuses what would leave a change half done without a word.
 * @param oids the table of the set, its parts, and every table that goes with it
 * @throws StoreError (exit 5)
 */
export async function refuseUnsafe(
  session: PgSession,
  target: Target,
  oids: readonly number[],
  change: RowChange = 'DELETE',
): Promise<void> {
  const error = (code: string, what: string, hint: string): StoreError =>
    new StoreError(code, `${target}: ${what}`, hint, 5);
  const role = await replicationRole(session);
  if (role !== null) throw error('replication-role', role, 'set session_replication_role to origin for this role');
  const [rule] = await session.query<Named>(
    `SELECT r.rulename::text AS name, ${PLACE} AS place FROM pg_catalog.pg_rewrite r
     JOIN pg_catalog.pg_class c ON c.oid = r.ev_class JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE r.ev_class = ANY ($1::oid[]) AND r.ev_type = $2 AND r.is_instead AND r.ev_enabled <> 'D' LIMIT 1`,
    [oids, RULE_EVENT[change]],
  );
  if (rule !== undefined)
    throw error(
      'rule-instead',
      `the rule ${rule.name} of ${rule.place} does something else instead of ${change === 'DELETE' ? 'a DELETE' : 'an UPDATE'}`,
      `${change === 'DELETE' ? 'remove' : 'mark'} such rows with the application`,
    );
  // A foreign key, and what it takes along, knows the parent's own rows only; a DELETE takes the children's too.
  const [heir] = await session.query<Child>(
    `SELECT i.inhparent::regclass::text AS parent, i.inhrelid::regclass::text AS child FROM pg_catalog.pg_inherits i
     JOIN pg_catalog.pg_class c ON c.oid = i.inhparent WHERE c.oid = ANY ($1::oid[]) AND c.relkind = 'r' LIMIT 1`,
    [oids],
  );
  if (heir !== undefined)
    throw error(
      'inheritance',
      `the table ${heir.child} inherits from ${heir.parent}, and has columns and rows of its own that would go without an archive`,
      'name the tables that inherit in a map (--map FILE), or remove such rows with the application',
    );
  // What an UPDATE of other columns than the key does to a foreign key is nothing.
  if (change === 'UPDATE') return;
  const [off] = await session.query<Named>(
    `SELECT k.conname::text AS name, ${PLACE} AS place FROM pg_catalog.pg_trigger g
     JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE g.tgrelid = ANY ($1::oid[]) AND k.confrelid = g.tgrelid AND g.tgisinternal AND g.tgenabled IN ('D', 'R') LIMIT 1`,
    [oids],
  );
  if (off !== undefined)
    throw error(
      'foreign-key-disabled',
      `the foreign key ${off.name} of ${off.place} is switched off (DISABLE TRIGGER), and what it should take along would stay`,
      'ALTER TABLE … ENABLE TRIGGER ALL first',
    );
}

/** Why foreign keys and triggers would not act in this session; null when they do. */
export async function replicationRole(session: PgSession): Promise<string | null> {
  const [r] = await session.query<{ role: string }>(
    "SELECT pg_catalog.current_setting('session_replication_role') AS role",
  );
  return r === undefined || r.role === 'origin'
    ? null
    : `session_replication_role is ${r.role}, so that foreign keys and triggers would not act as the store expects`;
}

/** A trigger of the store's own that fires at such a change. */
export interface RowTrigger extends Named {
  /** As an error names it: "public.guard()". */
  readonly function: string;
  /** Fires before the row is changed: it may refuse that, prevent it by returning NULL, or write something else. */
  readonly before: boolean;
}

export async function rowTriggers(
  session: PgSession,
  oids: readonly number[],
  change: RowChange,
): Promise<RowTrigger[]> {
  return await session.query<RowTrigger>(
    `SELECT DISTINCT g.tgname::text AS name, ${PLACE} AS place, g.tgfoid::regprocedure::text AS function,
       g.tgtype & 3 = 3 AS before FROM pg_catalog.pg_trigger g
     JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE g.tgrelid = ANY ($1::oid[]) AND NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgtype & $2 = $2 ORDER BY 2, 1`,
    [oids, TRIGGER_BIT[change]],
  );
}

const ON_DELETE: Readonly<Record<string, string>> = { n: 'SET NULL', d: 'SET DEFAULT' };

/** What a DELETE changes that no archive holds: a sentence each. @param oids as for refuseUnsafe */
export async function sideEffects(session: PgSession, oids: readonly number[]): Promise<string[]> {
  const references = await session.query<Named & { readonly parent: string; readonly how: string }>(
    `SELECT k.conname::text AS name, ${PLACE} AS place, k.confdeltype::text AS how, pn.nspname || '.' || p.relname AS parent
     FROM pg_catalog.pg_constraint k
     JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_catalog.pg_class p ON p.oid = k.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
     WHERE k.contype = 'f' AND k.confdeltype IN ('n', 'd') AND k.confrelid = ANY ($1::oid[]) AND k.conparentid = 0
     ORDER BY 2, 1`,
    [oids],
  );
  return [
    ...references.map(
      (r) =>
        `rows of ${r.place} lose their reference to removed rows of ${r.parent} (foreign key ${r.name}, ON DELETE ${ON_DELETE[r.how]}), and an undo does not bring the reference back`,
    ),
    ...(await triggerEffects(session, oids, 'DELETE')),
  ];
}

/** A sentence for each trigger that runs along. */
export async function triggerEffects(
  session: PgSession,
  oids: readonly number[],
  change: RowChange,
): Promise<string[]> {
  const when = change === 'DELETE' ? 'removed' : 'marked';
  return (await rowTriggers(session, oids, change)).map(
    (t) =>
      `the trigger ${t.name} runs when rows of ${t.place} are ${when}; what it changes elsewhere is neither archived nor undone`,
  );
}
