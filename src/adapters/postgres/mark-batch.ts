/** One batch of duplicates marked as superseded in one open transaction, with what the store takes away from such rows. */
import type { ColumnRef } from '../../profiles/index.ts';
import { type Duplicate, type RemovedRow, StoreError, type Target } from '../../store/index.ts';
import type { Batch } from './committed-batches.ts';
import { tidArray } from './doomed.ts';
import type { Standing } from './duplicate-rows.ts';
import { refSql } from './expression-sql.ts';
import { removeHanging } from './hanging-rows.ts';
import { IMPATIENCE_MS, mindsRows, PATIENCE_MS } from './purge-batch.ts';
import { quoted } from './quoting.ts';
import { whyRefused } from './refused-rows.ts';
import { uncut } from './row-keys.ts';
import { type PgSession, refusedBy } from './session.ts';
import { writtenColumns } from './supersede-sql.ts';
import type { SupersedeTarget } from './supersede-target.ts';
import { type WrittenRow, writeRows } from './written-rows.ts';

/** Some row of the batch does not take it; the transaction was rolled back. */
export interface Unmarked {
  readonly why: string;
  readonly error: unknown;
}

/** Opens a transaction, which stays open when rows were marked, and is over otherwise. `locked`: somebody holds what had to be written. */
export async function markBatch(
  session: PgSession,
  target: Target,
  what: SupersedeTarget,
  some: readonly Duplicate[],
  /** Whether a row that has the id is known to be named by another as the one that stays. */
  o: { readonly archive: boolean; readonly patient: boolean; readonly pointedAt: (id: string) => boolean },
): Promise<Batch | Unmarked | 'locked'> {
  const patience = o.patient ? PATIENCE_MS : IMPATIENCE_MS;
  await session.execute(
    `BEGIN; SET LOCAL row_security = off; SET LOCAL lock_timeout = ${patience}; SET LOCAL statement_timeout = 0`,
  );
  try {
    const standing = await what.rows.lock(session, some);
    const done = standing.length === 0 ? NONE : await mark(session, target, what, standing, o);
    if (!('rows' in done) || done.rows === 0) await session.execute('ROLLBACK');
    else if (what.signal !== null) await session.execute(what.signal, [done.rows]);
    return done;
  } catch (e) {
    await session.execute('ROLLBACK').catch(() => undefined);
    const by = refusedBy(e);
    // lock_not_available, deadlock_detected
    if (by !== undefined && ['55P03', '40P01'].includes(by.code)) return 'locked';
    if (by !== undefined && mindsRows(by)) return { why: whyRefused(by, what.triggers), error: e };
    throw e;
  }
}

const NONE: Batch = { rows: 0, dependents: 0, archive: [] };

async function mark(
  session: PgSession,
  target: Target,
  what: SupersedeTarget,
  standing: readonly Standing[],
  o: { readonly archive: boolean; readonly pointedAt: (id: string) => boolean },
): Promise<Batch | Unmarked> {
  const children: RemovedRow[] = [];
  let dependents = 0;
  for (const leaf of new Set(standing.map((s) => s.leaf))) {
    if (what.hanging.length === 0) break;
    const tids = tidArray(standing.filter((s) => s.leaf === leaf).map((s) => s.tid));
    const gone = await removeHanging(session, what.hanging, await nameOf(session, leaf), tids, o.archive);
    dependents += gone.count;
    children.push(...gone.archive);
  }
  const pointing = standing.filter((s) => o.pointedAt(s.id));
  const redirected = what.pointer === null ? [] : await redirect(session, what, what.pointer, pointing);
  const rows = standing.map((s) => ({ key: s.duplicate.key, survivor: s.survivorId }));
  const marked = redirected && (await writeRows(session, what, what.written, rows));
  if (redirected === undefined || marked === undefined) return { why: notAsWritten(what), error: null };
  const active = await what.rows.stillActive(
    session,
    rows.map((r) => r.key),
  );
  if (active.length > 0)
    throw new StoreError(
      'supersede-unseen',
      `${target}: a row of ${what.place} that is marked as the store marks superseded rows is still read as an active one (${what.written.map((w) => w.name).join(', ')})`,
      'check the profile or the map: what marks a row must be what tells that it is marked',
      5,
    );
  return {
    rows: rows.length,
    dependents: dependents + redirected.length,
    archive: o.archive ? [...redirected, ...marked, ...children] : [],
  };
}

function notAsWritten(what: SupersedeTarget): string {
  const names = what.triggers.filter((t) => t.place === what.place).map((t) => t.name);
  const by = names.length === 0 ? 'the table' : `a trigger (${names.join(', ')})`;
  return `${by} keeps the row from holding what was written, ${what.written.map((w) => w.name).join(', ')}`;
}

async function nameOf(session: PgSession, oid: number): Promise<string> {
  const [r] = await session.query<{ schema: string; name: string }>(
    `SELECT n.nspname::text AS schema, c.relname::text AS name FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1`,
    [oid],
  );
  return `${quoted(r?.schema ?? '')}.${quoted(r?.name ?? '')}`;
}

/** Rows that name one of these as the row that stays for them name its survivor instead: no chain grows longer. */
async function redirect(
  session: PgSession,
  what: SupersedeTarget,
  pointer: ColumnRef,
  standing: readonly Standing[],
): Promise<RemovedRow[] | undefined> {
  const written = writtenColumns({ set: [{ column: pointer, to: { survivor: true } }], source: '' }, what.relation);
  if (standing.length === 0 || typeof written === 'string') return [];
  const type = 'column' in pointer ? uncut(what.relation.castTypes.get(pointer.column) ?? 'text') : 'pg_catalog.text';
  const keys = what.key.columns.map((c, i) => `x.${quoted(c.name)}::pg_catalog.text AS c${i}`).join(', ');
  const ids = (what.set.set.id ?? what.key.columns.map((c) => c.name)).map((c) => `x.${quoted(c)}::pg_catalog.text`);
  const rows = await session.query<Readonly<Record<string, string>>>(
    `SELECT ${keys}, u.stays FROM ${what.relation.quoted} x
     JOIN ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) AS u(goes, stays)
       ON ${refSql(pointer, 'x')} = u.goes::${type}
     WHERE pg_catalog.concat_ws('/', ${ids.join(', ')}) <> u.stays FOR UPDATE OF x`,
    [standing.map((s) => s.id), standing.map((s) => s.survivorId)],
  );
  const pointing = rows.map((r): WrittenRow => {
    const parts = what.key.columns.map((_, i) => r[`c${i}`] as string);
    return { key: what.key.plain ? (parts[0] as string) : JSON.stringify(parts), survivor: r['stays'] as string };
  });
  return await writeRows(session, what, written, pointing);
}

/** Ids among `wanted` that other rows name as the row that stays for them: read once, so that most batches need not look. */
export async function pointedAt(
  session: PgSession,
  what: SupersedeTarget,
  wanted: (id: string) => boolean,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  if (what.pointer === null) return found;
  const x = refSql(what.pointer, 'x');
  const sql = `SELECT DISTINCT ${x}::pg_catalog.text AS id FROM ${what.relation.quoted} x WHERE ${x} IS NOT NULL`;
  for await (const { id } of session.rows<{ id: string }>(sql)) if (wanted(id)) found.add(id);
  return found;
}
