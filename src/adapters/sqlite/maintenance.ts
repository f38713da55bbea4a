/** The write side of a SQLite store: what the safe engine of maintenance/ asks for, carried out. */

import { realpathSync } from 'node:fs';
import type {
  Action,
  Conditions,
  Maintenance,
  PerformContext,
  RemovedRow,
  RunLock,
  StepEvent,
} from '../../store/index.ts';
import { StoreError } from '../../store/index.ts';
import { settleToken } from './batch-token.ts';
import { sqliteConditions } from './maintenance-conditions.ts';
import { purge } from './maintenance-purge.ts';
import { fullVacuum, incrementalVacuum, walTruncate } from './maintenance-reclaim.ts';
import { type RestoreEvent, restoreRows } from './maintenance-restore.ts';
import { refuseLinked } from './open-for-writing.ts';
import { lockHolder, takeLock } from './run-lock.ts';
import { translated } from './sqlite-errors.ts';
import { supersede } from './supersede.ts';
import { rebuildVec0, settleRebuild } from './vec0-rebuild.ts';
import { rollback, type Writer } from './writer.ts';

export function sqliteMaintenance(w: Writer): Maintenance {
  const { Database, state, target } = w;
  const translate = (e: unknown): unknown => translated(e, target, w.busyMs);
  const asked = async <T>(run: () => T | Promise<T>): Promise<T> => {
    try {
      return await run();
    } catch (e) {
      throw translate(e);
    }
  };
  return {
    conditions: (actions): Promise<Conditions> =>
      asked(() => sqliteConditions({ db: w.db, path: state.path, wal: state.wal, mayWrite: true, asked: w }, actions)),
    lock: (run): Promise<RunLock | null> =>
      asked(() => {
        refuseLinked(state.path, target);
        return takeLock(Database, realpathSync(state.path), run, target);
      }),
    lockHolder: (): Promise<string | null> => asked(() => lockHolder(Database, realpathSync(state.path))),
    settle: (_action, token) => asked(() => settleRebuild(w.db, token) ?? settleToken(w.db, token)),
    async *perform(action: Action, context: PerformContext): AsyncGenerator<StepEvent> {
      try {
        yield* performed(w, action, context);
      } catch (e) {
        throw translate(e);
      } finally {
        rollback(w);
      }
    },
    async *restore(rows: AsyncIterable<RemovedRow>, context: PerformContext): AsyncGenerator<RestoreEvent> {
      try {
        yield* restoreRows(w, rows, context);
      } catch (e) {
        throw translate(e);
      } finally {
        rollback(w);
      }
    },
  };
}

function performed(w: Writer, action: Action, context: PerformContext): AsyncIterable<StepEvent> {
  switch (action.kind) {
    case 'purge':
      return purge(w, action, context);
    case 'supersede':
      return supersede(w, action, context);
    case 'incremental-vacuum':
      return incrementalVacuum(w, context);
    case 'full-vacuum':
      return fullVacuum(w, context);
    case 'wal-truncate':
      return walTruncate(w);
    case 'vec0-rebuild':
      return rebuildVec0(w, action, context);
    default:
      throw new StoreError(
        'action-unknown',
        `${w.target}: ${action.kind} is nothing that can be done to a SQLite store`,
      );
  }
}
