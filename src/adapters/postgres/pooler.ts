/** Whether something between us and the server swaps backends between two transactions. */
import { StoreError, type Target } from '../../store/index.ts';

interface Asked {
  query<R>(sql: string): Promise<R[]>;
}

/** Rounds in which both connections must keep a backend of their own. */
const ROUNDS = 3;

/**
 * For connections that do not end at the server itself. Two idle connections that are given the same backend share it:
 * that is transaction pooling. Poolers hand out the backend that became free last (PgBouncer: server_round_robin = 0), so
 * an idle pool shows itself in the first round.
 * @returns what is in between, or null when every connection keeps its backend
 */
export async function poolerOf(
  session: Asked,
  second: () => Promise<{ pid(): Promise<number>; close(): Promise<void> }>,
): Promise<string | null> {
  const mine = new Set<number>();
  const others = new Set<number>();
  let other: Awaited<ReturnType<typeof second>>;
  try {
    other = await second();
  } catch {
    return 'a proxy stands before the server, and it does not let a second connection in to tell how it pools';
  }
  try {
    for (let i = 0; i < ROUNDS; i++) {
      mine.add(Number((await session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid'))[0]?.pid));
      others.add(await other.pid());
    }
  } finally {
    await other.close().catch(() => undefined);
  }
  const shared = mine.size > 1 || others.size > 1 || [...mine].some((p) => others.has(p));
  return shared ? 'a pooler before the server gives every transaction whatever backend is free' : null;
}

/** @throws StoreError */
export function refusePooled(session: { readonly pooled: string | null }, target: Target): void {
  if (session.pooled === null) return;
  throw new StoreError(
    'pooled-connection',
    `${target}: ${session.pooled}, and a run needs a connection of its own`,
    "give the server's own port (or that of a pool in session mode)",
    5,
  );
}
