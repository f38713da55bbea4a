/** What rows that have just gone leave to be done, where statistics do not show it yet. */
import { formatBytes, formatPercent } from '../quantity/index.ts';
import type { Action, MemorySet, ReclaimAction, Snapshot, Structure } from '../store/index.ts';

/** From this share of removed rows on, rebuilding a vector index is cheaper than VACUUM's repair of its graph, and shrinks it. */
const REBUILD_FROM = 0.25;
/** What must come back of it. */
const REBUILD_BYTES = 10 * 2 ** 20;

/**
 * PostgreSQL counts dead rows some time after they died, and until VACUUM they stay in every index: a table that rows were removed
 * from is vacuumed whatever its statistics say, and a vector index that lost much of its rows is rebuilt before that.
 * @param planned what the checks found to reclaim
 * @param removed rows removed by memory set
 */
export function reclaimAfterPurge(
  snapshot: Snapshot,
  planned: readonly ReclaimAction[],
  removed: ReadonlyMap<string, number>,
): Action[] {
  if (snapshot.identity.scheme !== 'postgres') return [...planned];
  const added: ReclaimAction[] = [];
  const has = (kind: ReclaimAction['kind'], s: Structure): boolean =>
    planned.some((a) => a.kind === kind && a.structure === s.id);
  for (const set of snapshot.memorySets) {
    const rows = removed.get(set.id) ?? 0;
    if (rows === 0) continue;
    const share = rows / Math.max(1, rows + set.rows);
    for (const s of snapshot.structures) {
      if (!isOf(s, set)) continue;
      if (s.kind === 'heap' && !has('vacuum', s)) added.push(vacuum(s, rows));
      const comesBack = (s.bytes ?? 0) * share;
      if (s.kind === 'hnsw' && share >= REBUILD_FROM && comesBack >= REBUILD_BYTES && !has('reindex', s))
        added.push(reindex(s, share, comesBack));
    }
  }
  return [...planned, ...added];
}

/** A heap of the set's table, or an index on it. Structures outside `public` carry their schema in the name. */
function isOf(s: Structure, set: MemorySet): boolean {
  const schema = set.schema ?? 'public';
  const table = s.kind === 'heap' ? s.name : s.table;
  return table === `${schema}.${set.table}` || (table === set.table && schemaOf(s) === schema);
}

function schemaOf(s: Structure): string {
  const { facts } = s;
  return facts !== null && 'schema' in facts ? facts.schema : 'public';
}

function vacuum(s: Structure, rows: number): ReclaimAction {
  return {
    kind: 'vacuum',
    id: `vacuum:${s.id}`,
    structure: s.id,
    title: `vacuum ${s.name}: the room of its ${rows} removed rows goes to new rows, and their index entries go`,
    order: 30,
    lock: 'schema',
    seconds: null,
    diskNeeded: 0,
    reclaims: 0,
    statement: `VACUUM (ANALYZE) ${s.name}`,
  };
}

function reindex(s: Structure, share: number, bytes: number): ReclaimAction {
  return {
    kind: 'reindex',
    id: `reindex:${s.id}`,
    structure: s.id,
    title: `rebuild ${s.name}: ${formatPercent(share)} of its rows are gone, about ${formatBytes(bytes)} come back`,
    order: 20,
    lock: 'schema',
    seconds: null,
    diskNeeded: (s.bytes ?? 0) - bytes,
    reclaims: bytes,
    statement: `REINDEX INDEX CONCURRENTLY ${s.name}`,
  };
}
