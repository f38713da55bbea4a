/** A store opened for writing, and one action carried out as the engine would: every event, a step at a time. */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { openStore } from '../../../src/adapters/index.ts';
import {
  type Action,
  DEFAULT_PACE,
  type Duplicate,
  type Maintenance,
  type OpenOptions,
  type PerformContext,
  type PurgeAction,
  type ReclaimAction,
  type RemovedRow,
  type StepEvent,
  type SupersedeAction,
  Target,
} from '../../../src/store/index.ts';

export const context = (o: Partial<PerformContext> = {}): PerformContext => ({
  signal: new AbortController().signal,
  maxRows: Number.MAX_SAFE_INTEGER,
  archive: false,
  pace: { ...DEFAULT_PACE, pauseRatio: 0 },
  ...o,
});

const BASE = {
  title: '',
  order: 10,
  lock: 'rows',
  seconds: null,
  diskNeeded: null,
  reclaims: null,
  statement: null,
} as const;

export function purgeOf(reason: PurgeAction['reason'], set: string, more: Partial<PurgeAction> = {}): PurgeAction {
  return { ...BASE, id: `purge:${set}`, kind: 'purge', reason, set, rule: '', rows: 1, of: 1, ...more };
}

export function supersedeOf(set: string, duplicates: readonly Duplicate[]): SupersedeAction {
  const rows = duplicates.length;
  return { ...BASE, id: `supersede:${set}`, kind: 'supersede', order: 5, set, rule: '', rows, of: 1_000, duplicates };
}

export function reclaimOf(kind: ReclaimAction['kind'], structure: string): ReclaimAction {
  return { ...BASE, id: `${kind}:${structure}`, kind, structure };
}

export async function withMaintenance<T>(
  path: string,
  use: (m: Maintenance) => Promise<T>,
  options: Partial<OpenOptions> = {},
): Promise<T> {
  await using store = await openStore(Target.parse(`sqlite:${path}`), {
    mode: 'write',
    busyTimeoutMs: 500,
    ...options,
  });
  return await use(store.maintenance as Maintenance);
}

export interface Done {
  readonly events: readonly StepEvent[];
  readonly rows: number;
  readonly removed: readonly RemovedRow[];
  readonly last: StepEvent | undefined;
}

export async function performed(
  path: string,
  action: Action,
  o: Partial<PerformContext> = {},
  options: Partial<OpenOptions> = {},
): Promise<Done> {
  const use = async (m: Maintenance): Promise<Done> => {
    const events: StepEvent[] = [];
    for await (const e of m.perform(action, context(o))) events.push(e);
    const last = events.at(-1);
    return {
      events,
      rows: last?.state === 'finished' ? last.rows : 0,
      removed: events.flatMap((e) => (e.state === 'prepared' ? [...(e.removed ?? [])] : [])),
      last,
    };
  };
  return await withMaintenance(path, use, options);
}

/** The rows as they travel: through a file of JSON lines. */
export async function* throughJson(rows: readonly RemovedRow[]): AsyncGenerator<RemovedRow> {
  for (const r of rows) yield JSON.parse(JSON.stringify(r)) as RemovedRow;
}

/** Rowid, types and values of every row of every ordinary table, shadow tables included: equal only if all is. */
export function contents(db: Database.Database, only?: readonly string[]): Record<string, string> {
  const tables = db
    .prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0 AND name NOT LIKE 'sqlite_%' ORDER BY name",
    )
    .pluck()
    .all() as string[];
  return Object.fromEntries(
    tables
      .filter((t) => only === undefined || only.includes(t))
      .map((t) => {
        const columns = db.pragma(`table_info("${t}")`) as { name: string }[];
        const list = columns.map((c) => `"${c.name}", typeof("${c.name}")`).join(', ');
        const hash = createHash('sha256');
        const wr =
          db.prepare("SELECT wr FROM pragma_table_list WHERE name = ? AND schema = 'main'").pluck().get(t) === 1;
        const rows = db
          .prepare(`SELECT ${wr ? '' : 'rowid, '}${list} FROM "${t}" ORDER BY ${wr ? '1' : 'rowid'}`)
          .safeIntegers(true)
          .raw(true)
          .all() as unknown[][];
        for (const r of rows) {
          for (const v of r) hash.update(Buffer.isBuffer(v) ? v : `${typeof v}${String(v)}`).update('\0');
        }
        return [t, hash.digest('hex')];
      }),
  );
}

export const count = (db: Database.Database, sql: string, ...p: unknown[]): number =>
  Number(
    db
      .prepare(sql)
      .pluck()
      .get(...p),
  );
