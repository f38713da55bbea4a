/** Lists of duplicates as an audit makes them, actions over them, and their undoing: for the tests of the write side. */
import { createHash } from 'node:crypto';
import {
  contentDigest,
  DIGEST_FIELDS,
  type Duplicate,
  keyOf,
  type MappedTable,
  type PurgeAction,
  type RemovedRow,
  type StepEvent,
  type SupersedeAction,
} from '../../../src/store/index.ts';
import { context, type Maintained, purgeOf } from './maintained.ts';
import { scanned, sql } from './pg-store.ts';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @param pairs key of a row that goes, and of the one that stays for it */
export async function duplicatesOf(
  url: string,
  set: string,
  pairs: readonly (readonly [string, string])[],
  tables: readonly MappedTable[] = [],
): Promise<Duplicate[]> {
  const rows = await scanned(url, { set, fields: DIGEST_FIELDS }, tables.length === 0 ? {} : { map: { tables } });
  const digests = new Map(rows.map((r) => [keyOf(r), contentDigest(r, sha256)]));
  const digestOf = (key: string): string => digests.get(key) ?? 'there was no such row';
  return pairs.map(([key, survivor]) => ({
    key,
    survivor,
    digest: digestOf(key),
    survivorDigest: digestOf(survivor),
  }));
}

export function supersedeOf(m: Maintained, table: string, duplicates: readonly Duplicate[]): SupersedeAction {
  const { set, of, title, order, lock, seconds, diskNeeded, reclaims, statement } = purgeOf(m, table);
  return {
    kind: 'supersede',
    id: `supersede:${set}`,
    set,
    rule: '',
    rows: duplicates.length,
    of,
    duplicates,
    ...{ title, order, lock, seconds, diskNeeded, reclaims, statement },
  };
}

export function deleteOf(m: Maintained, table: string, duplicates: readonly Duplicate[]): PurgeAction {
  return purgeOf(m, table, { reason: 'duplicates', rows: duplicates.length, duplicates });
}

type Put = StepEvent | { readonly state: 'conflict'; readonly row: RemovedRow; readonly why: string };

/** By way of the JSON that an archive is. @returns why of every row that did not come back */
export async function undo(m: Maintained, removed: readonly RemovedRow[], batchRows?: number): Promise<string[]> {
  const rows = async function* (): AsyncGenerator<RemovedRow> {
    for (const row of removed) yield JSON.parse(JSON.stringify(row)) as RemovedRow;
  };
  const events: Put[] = [];
  const fixed = batchRows === undefined ? {} : { batchRows };
  for await (const e of m.maintenance.restore(rows(), context(fixed))) events.push(e);
  return events.flatMap((e) => (e.state === 'conflict' ? [e.why] : []));
}

/** Every row of the tables as text, in an order of its own; vectors bit by bit as the server sends them. */
export async function contents(url: string, ...tables: string[]): Promise<string[]> {
  const all: string[] = [];
  for (const t of tables) {
    const rows = await sql(url, `SELECT x::text AS x FROM ${t} x ORDER BY x::text COLLATE "C"`);
    all.push(...rows.map((r) => `${t} ${r['x']}`));
    const bits = await sql(
      url,
      `SELECT a.attname AS name FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid WHERE a.attrelid = '${t}'::regclass AND y.typname = 'vector'`,
    );
    for (const { name } of bits) {
      const sent = await sql(
        url,
        `SELECT encode(vector_send(x.${name}), 'hex') AS x FROM ${t} x WHERE x.${name} IS NOT NULL ORDER BY 1`,
      );
      all.push(...sent.map((r) => `${t}.${name} ${r['x']}`));
    }
  }
  return all;
}
