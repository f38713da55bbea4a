/** The write side of a PostgreSQL store: purge, reclaim, undo, and what must hold before. */
import { InputError } from '../../quantity/index.ts';
import type { Maintenance, Target } from '../../store/index.ts';
import { conditions } from './conditions.ts';
import { purge } from './purge.ts';
import type { PgReading } from './reading.ts';
import { reclaim } from './reclaim.ts';
import { restore } from './restore.ts';
import { lockHolder, runLock } from './run-lock.ts';
import type { PgSession } from './session.ts';
import { supersede } from './supersede.ts';
import { settleToken } from './transaction-token.ts';

/**
 * @param session for questions only; every action, and the lock, has a connection of its own
 * @param reading the sets that actions may name, and the catalog they were found in
 */
export function pgMaintenance(target: Target, session: PgSession, reading: PgReading): Maintenance {
  return {
    conditions: async (actions) => await conditions(session, target, reading, actions),
    lock: async (run) => await runLock(target, run),
    lockHolder: async () => await lockHolder(session),
    perform: (action, context) => {
      if (!(context.maxRows >= 0)) throw new InputError('max-rows', `maxRows: ${context.maxRows} is no number of rows`);
      if (action.kind === 'purge') return purge(target, reading, action, context);
      if (action.kind === 'supersede') return supersede(target, reading, action, context);
      return reclaim(target, action, context);
    },
    settle: async (_action, token) => await settleToken(session, token),
    restore: (rows, context) => restore(target, reading, rows, context),
  };
}
