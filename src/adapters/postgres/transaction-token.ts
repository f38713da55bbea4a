/** Whether a batch was committed: the server keeps the fate of every transaction for a long time (pg_xact_status). */
import type { PgSession } from './session.ts';

/** "" where this role may not read it. */
export async function systemIdentifier(session: PgSession): Promise<string> {
  const asked = await session.attempt(
    async () =>
      await session.query<{ id: string }>(
        'SELECT c.system_identifier::pg_catalog.text AS id FROM pg_catalog.pg_control_system() c',
      ),
  );
  return 'ok' in asked ? (asked.ok[0]?.id ?? '') : '';
}

/** The open transaction, as `settle` asks about it later: cluster and transaction id. */
export async function transactionToken(session: PgSession, system: string): Promise<string> {
  const [r] = await session.query<{ id: string }>('SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS id');
  return `${system}:${r?.id ?? ''}`;
}

/** A server notices within moments that its client is gone. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 200;

/** pg_xact_status of a transaction that was never begun: "transaction ID … is in the future" (src/backend/utils/adt/xid8funcs.c). */
const NEVER_BEGUN = '22023';

/**
 * A transaction whose log was still in memory when the server crashed is one that the server never began: it was not committed,
 * because a commit waits for its log. The same holds where an older copy was put back.
 * @returns `unknown` for a token of another cluster, or of a time this one has forgotten
 */
export async function settleToken(session: PgSession, token: string): Promise<'committed' | 'rolled-back' | 'unknown'> {
  const [, system = '', id = ''] = /^(\d*):(\d+)$/.exec(token) ?? [];
  if (id === '') return 'unknown';
  const here = await systemIdentifier(session);
  if (system !== '' && here !== '' && system !== here) return 'unknown';
  for (const since = performance.now(); ; ) {
    const asked = await session.attempt(
      async () =>
        await session.query<{ fate: string | null }>('SELECT pg_catalog.pg_xact_status($1::xid8) AS fate', [id]),
    );
    if ('refused' in asked && asked.refused === NEVER_BEGUN) return 'rolled-back';
    const fate = 'ok' in asked ? asked.ok[0]?.fate : null;
    if (fate === 'committed') return 'committed';
    if (fate === 'aborted') return 'rolled-back';
    if (fate !== 'in progress' || performance.now() - since > PATIENCE_MS) return 'unknown';
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}
