/**
 * A SQLite file: nothing, incremental or whole VACUUM, a shorter log, a rebuilt vec0 table. VACUUM takes the file for
 * everyone and twice its room, so it is for files that are a quarter waste; and it gives rows of a table without an INTEGER
 * PRIMARY KEY new rowids, which breaks whatever joins on them, so there it is refused.
 */
import { quoteIdentifier } from '../expectation/index.ts';
import { formatBytes, formatPercent } from '../quantity/index.ts';
import type { Snapshot, Structure } from '../store/index.ts';
import type { BloatReport, BloatStructure } from './bloat.ts';
import { type Decisions, type LeftAlone, leftAlone } from './decisions.ts';
import { sqliteCopySeconds } from './rebuild-time.ts';
import { fileWaste, isInside, keptApart } from './sqlite-file.ts';

/** What VACUUM needs beside the file: the copy, and with a write-ahead log the copy again. */
const COPIES = 2;

export function sqliteCompaction(report: BloatReport, snapshot: Snapshot, decisions: Decisions): void {
  const facts = new Map(snapshot.structures.map((s) => [s.id, s]));
  const inside = report.structures.filter(isInside);
  const freelist = report.structures.find((s) => s.kind === 'freelist');
  for (const s of report.structures) {
    if (s.kind === 'vec0') vec0(s, facts.get(s.id), decisions);
    else if (s.kind === 'wal') wal(s, decisions);
    else if (s.kind === 'fts5')
      decisions.left.push({
        structure: s.id,
        why: `INSERT INTO ${quoteIdentifier(s.name)}(${quoteIdentifier(s.name)}) VALUES ('optimize') merges its segments; its own system does so`,
      });
    else if (s.kind !== 'table' && s.kind !== 'index' && s.kind !== 'freelist') decisions.left.push(leftAlone(s));
  }
  const { file, free, freed, all, worth } = fileWaste(report.structures, snapshot, report.thresholds);
  const leave = (why: string, bloated: Partial<LeftAlone> = {}): void => {
    for (const s of [...inside, ...(freelist === undefined ? [] : [freelist])]) {
      const own = s.state === 'bloated' ? bloated : {};
      decisions.left.push((s.reclaimable?.value ?? 0) === 0 ? leftAlone(s) : { structure: s.id, why, ...own });
    }
  };
  if (!worth(all)) {
    leave(
      `${formatBytes(all)} of the file's ${formatBytes(file)} would come back: below the threshold, and new rows use it`,
    );
    return;
  }
  const incremental = snapshot.identity.settings['auto vacuum'] === 'incremental';
  if (incremental && freelist !== undefined && worth(free + freed)) {
    decisions.actions.push(incrementalVacuum(freelist, free + freed, file));
    for (const s of inside)
      decisions.left.push({ structure: s.id, why: 'incremental VACUUM gives back whole free pages only' });
    return;
  }
  const joined = joinedByRowid(snapshot);
  if (joined !== null) {
    leave(joined, { act: true });
    return;
  }
  decisions.actions.push(fullVacuum(all, file));
  if (incremental && freelist !== undefined)
    decisions.left.push({ structure: freelist.id, why: 'goes with the full VACUUM' });
}

/** Why VACUUM would break something; null where nothing rests on implicit rowids. */
export function joinedByRowid(snapshot: Snapshot): string | null {
  const implicit = snapshot.structures.filter(
    (s) => s.facts?.kind === 'table' && s.facts.rowidColumn === null && !s.facts.withoutRowid && (s.rows ?? 1) > 0,
  );
  const refuse = (table: string, by: string): string =>
    `VACUUM would renumber the rowids of ${table}, which ${by} joins on: give ${table} an INTEGER PRIMARY KEY first`;
  for (const s of snapshot.structures) {
    const f = s.facts;
    if (f?.kind === 'fts5' && f.content !== null && f.content !== '') {
      const content = f.content.toLowerCase();
      const table = implicit.find((t) => t.name.toLowerCase() === content);
      if (table !== undefined) return refuse(table.name, `the full-text index ${s.name}`);
    }
    if (f?.kind === 'vec0' && f.idBytes === null && (s.rows ?? 0) > 0) {
      // Vectors under integer ids hang on somebody's rowid; whose, only the memory sets can tell.
      const sets = new Set(snapshot.memorySets.map((m) => m.table));
      const table = implicit.find((t) => sets.size === 0 || sets.has(t.name));
      if (table !== undefined) return refuse(table.name, `the vector table ${s.name}`);
    }
  }
  return null;
}

function incrementalVacuum(s: BloatStructure, free: number, file: number): Decisions['actions'][number] {
  return {
    id: `incremental-vacuum:${s.id}`,
    kind: 'incremental-vacuum',
    structure: s.id,
    title: `give ${formatBytes(free)} of free pages back to the disk, in small steps`,
    order: 50,
    lock: 'writers',
    seconds: sqliteCopySeconds(free),
    // Moved pages go through the log first.
    diskNeeded: Math.min(free, file),
    reclaims: free,
    statement: 'PRAGMA incremental_vacuum',
  };
}

function fullVacuum(all: number, file: number): Decisions['actions'][number] {
  return {
    id: 'full-vacuum:freelist:free pages',
    kind: 'full-vacuum',
    structure: 'freelist:free pages',
    title: `rewrite the file: ${formatBytes(all)} of ${formatBytes(file)} come back (${formatPercent(all / Math.max(1, file))})`,
    order: 60,
    lock: 'everyone',
    seconds: sqliteCopySeconds(2 * (file - all)),
    diskNeeded: COPIES * Math.max(0, file - all),
    reclaims: all,
    statement: 'VACUUM',
  };
}

function wal(s: BloatStructure, { actions, left }: Decisions): void {
  if (s.id.endsWith('-journal')) {
    left.push({ structure: s.id, why: 'a rollback journal belongs to whoever writes now' });
    return;
  }
  if (s.state !== 'bloated') {
    left.push({ structure: s.id, why: 'a log of this size is used again from its beginning' });
    return;
  }
  actions.push({
    id: `wal-truncate:${s.id}`,
    kind: 'wal-truncate',
    structure: s.id,
    title: 'write the log into the file and cut it to nothing; an open reader can prevent it',
    order: 90,
    lock: 'writers',
    seconds: sqliteCopySeconds(s.actual?.value ?? 0),
    diskNeeded: s.actual?.value ?? null,
    reclaims: s.reclaimable?.value ?? null,
    statement: 'PRAGMA wal_checkpoint(TRUNCATE)',
  });
}

function vec0(s: BloatStructure, structure: Structure | undefined, { actions, left }: Decisions): void {
  const f = structure?.facts?.kind === 'vec0' ? structure.facts : undefined;
  const dead = s.deadShare ?? 0;
  if (f !== undefined && keptApart(s, f)) {
    left.push({
      structure: s.id,
      why: `${formatPercent(dead)} of its slots are empty because every partition keeps a chunk of ${f.chunkSize}: only a table made anew with a smaller chunk_size helps`,
      act: true,
    });
    return;
  }
  if (s.state !== 'bloated') {
    left.push(leftAlone(s));
    return;
  }
  const bytes = s.expected?.value ?? 0;
  actions.push({
    id: `vec0-rebuild:${s.id}`,
    kind: 'vec0-rebuild',
    structure: s.id,
    title: `write ${s.name} anew with full chunks: ${formatPercent(dead)} of its slots are empty, and VACUUM keeps them`,
    order: 50,
    lock: 'writers',
    seconds: sqliteCopySeconds(4 * bytes),
    diskNeeded: 2 * bytes,
    // To the file's free pages; VACUUM or new rows take it from there.
    reclaims: s.reclaimable?.value ?? null,
    statement: null,
  });
}
