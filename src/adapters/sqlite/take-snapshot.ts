/** One look at a SQLite store: identity, storage, profiles, structures, memory sets. */
import { createHash } from 'node:crypto';
import { type Detection, detectedProfile, detectProfiles, type Match } from '../../profiles/index.ts';
import {
  type Capability,
  type DetectedProfile,
  type Note,
  type ProfileMap,
  SECTIONS,
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotOptions,
  type StorageFacts,
  type StoreIdentity,
  type Structure,
  structureId,
  type Target,
} from '../../store/index.ts';
import { approximateSets, approximateStructures } from './approximate-look.ts';
import { type Db, numberOr, one, quoted } from './driver.ts';
import type { FileState } from './file-state.ts';
import { readMemorySets } from './memory-sets.ts';
import { readCatalog, type SqliteCatalog } from './read-catalog.ts';
import { type Reader, readStructures } from './structures.ts';
import { sidecarStructures } from './vector-facts.ts';

const ENCODING: Readonly<Record<string, string>> = {
  'UTF-8': 'UTF-8',
  'UTF-16le': 'UTF-16 (little-endian)',
  'UTF-16be': 'UTF-16 (big-endian)',
};
const AUTO_VACUUM = ['none', 'full', 'incremental'] as const;

/**
 * What makes the store the one that a plan or an archive was made for: the tables of recognised memories and how their rows are
 * known. An index, another table or a column more makes no other store of it; what a plan removes by which rule, and what goes
 * along, is looked up again before it is carried out.
 */
function memoryTables(db: Db): string {
  const { catalog, stored } = readCatalog(db);
  const sets = detectProfiles(catalog).matches.flatMap((m) => m.sets.map((s) => ({ profile: m.profile.id, set: s })));
  return sets
    .map(({ profile, set }) => {
      const table = stored.find((t) => t.name.toLowerCase() === set.table.toLowerCase());
      const key = table?.columns.filter((c) => c.primaryKey > 0).map((c) => `${c.name} ${c.type}`) ?? [];
      return `${profile}:${set.table}(${key.join(', ')})`;
    })
    .sort()
    .join('\n');
}

export function readIdentity(db: Db, target: Target, state: FileState): StoreIdentity {
  const pragma = (name: string): string | number => db.pragma(name, { simple: true }) as string | number;
  return {
    scheme: 'sqlite',
    name: target.name,
    address: target.address,
    fingerprint: createHash('sha256')
      .update(`${state.inode}\n${memoryTables(db)}`)
      .digest('hex')
      .slice(0, 16),
    engine: 'SQLite',
    engineVersion: String(one(db, 'SELECT sqlite_version() AS v')['v']),
    settings: {
      'journal mode': state.wal ? 'wal' : 'rollback',
      encoding: ENCODING[String(pragma('encoding'))] ?? String(pragma('encoding')),
      'auto vacuum': AUTO_VACUUM[Number(pragma('auto_vacuum'))] ?? 'none',
      'user version': pragma('user_version'),
      'application id': pragma('application_id'),
    },
  };
}

export function readStorage(db: Db, state: FileState): StorageFacts {
  const pages = Number(db.pragma('page_count', { simple: true }));
  const freePages = Number(db.pragma('freelist_count', { simple: true }));
  const logBytes = state.wal ? (state.walBytes ?? 0) : (state.journalBytes ?? 0);
  return {
    totalBytes: state.bytes + logBytes,
    dataBytes: state.bytes,
    logBytes,
    freeBytes: freePages * state.pageSize,
    pageSize: state.pageSize,
    pages,
    freePages,
  };
}

/** Reads the versions the store states and completes the detection. */
export function readProfiles(
  db: Db,
  catalog: SqliteCatalog,
  forced?: string,
  map?: ProfileMap,
): { readonly detection: Detection; readonly profiles: DetectedProfile[] } {
  const detection = detectProfiles(catalog.catalog, forced, map);
  return { detection, profiles: detection.matches.map((m) => detectedProfile(m, statedVersion(db, m))) };
}

function statedVersion(db: Db, match: Match): string | null {
  const v = match.version;
  if (v === undefined) return null;
  const where = v.where === undefined ? '' : `WHERE ${quoted(v.where.column)} = ?`;
  try {
    // A migrations table keeps every version it went through; the last one is meant.
    const sql = `SELECT ${quoted(v.column)} AS v FROM ${quoted(v.table)} ${where} ORDER BY CAST(${quoted(v.column)} AS REAL) DESC LIMIT 1`;
    const value = one(db, sql, v.where === undefined ? [] : [v.where.value])['v'];
    return value == null ? null : String(value).slice(0, 40);
  } catch (e) {
    // A table of that name with other columns states nothing.
    if (e instanceof Error && /no such column/.test(e.message)) return null;
    throw e;
  }
}

export interface SnapshotContext {
  readonly reader: Reader;
  readonly state: FileState;
  readonly identity: StoreIdentity;
  readonly capabilities: readonly Capability[];
  readonly notes: Note[];
}

export async function takeSnapshot(context: SnapshotContext, options: SnapshotOptions): Promise<Snapshot> {
  const { reader, state, identity, capabilities, notes } = context;
  const sections = options.sections ?? SECTIONS;
  const { detection, profiles } = readProfiles(reader.db, reader.catalog, options.profile, options.map);
  for (const p of profiles.filter((p) => p.newerThanKnown)) {
    notes.push({
      code: 'schema-newer',
      level: 'warning',
      message: `${p.title} states schema version ${p.version}, newer than this release knows; what it added is not in the figures`,
    });
  }
  const storage = readStorage(reader.db, state);
  const approximate = options.approximate === true;
  const memorySets = !sections.includes('memories')
    ? []
    : approximate
      ? await approximateSets(reader, detection.matches)
      : await readMemorySets(reader, detection.matches, options.now, state.path, options.removal);
  const structures = sections.includes('structures')
    ? [...(approximate ? approximateStructures(reader) : await readStructures(reader)), ...wholeFile(storage, state)]
    : [];
  for (const set of memorySets) {
    const source = detection.matches.flatMap((m) => m.sets).find((s) => s.table === set.table)?.vectors;
    if (source?.where === 'sidecar') structures.push(...sidecarStructures(state.path, source.file, set.namespaces));
  }
  if (sections.includes('structures') && !approximate) noteUnaccounted(structures, storage, identity, notes);
  return {
    schemaVersion: SNAPSHOT_VERSION,
    kind: 'store-snapshot',
    takenAt: options.now.toISOString(),
    sections,
    identity,
    capabilities,
    storage,
    profiles,
    unrecognised: detection.unrecognised,
    structures,
    memorySets,
    notes,
  };
}

/** Free pages and the log are structures too: they are what compaction and a checkpoint give back. */
function wholeFile(storage: StorageFacts, state: FileState): Structure[] {
  const plain = { table: null, rows: null, payloadBytes: null, facts: null };
  const log = storage.logBytes ?? 0;
  return [
    {
      ...plain,
      id: structureId('freelist', 'free pages'),
      kind: 'freelist',
      name: 'free pages',
      bytes: storage.freeBytes,
      pages: storage.freePages,
      unusedBytes: storage.freeBytes,
    },
    ...(log > 0
      ? [
          {
            ...plain,
            id: structureId('wal', state.wal ? '-wal' : '-journal'),
            kind: 'wal' as const,
            name: state.wal ? 'write-ahead log (-wal)' : 'rollback journal (-journal)',
            bytes: log,
            pages: null,
            unusedBytes: null,
          },
        ]
      : []),
  ];
}

/** Pages that SQLite's own tables (sqlite_sequence, sqlite_stat1 to 4) take before anybody should wonder. */
const OWN_TABLE_PAGES = 8;

/** Pages that no structure and no freelist claims: the pointer map of an auto_vacuum file, or lost ones. */
function noteUnaccounted(
  structures: readonly Structure[],
  storage: StorageFacts,
  identity: StoreIdentity,
  notes: Note[],
): void {
  const inFile = structures.filter((s) => s.kind !== 'wal' && s.kind !== 'sidecar');
  if (inFile.some((s) => s.bytes === null && s.kind !== 'virtual')) return;
  const claimed = inFile.reduce((a, s) => a + (s.bytes ?? 0), 0);
  const all = (storage.pages ?? 0) * (storage.pageSize ?? 0);
  const left = all - claimed;
  // Pages of sqlite_sequence and sqlite_stat tables are few; a pointer map takes one page in about pageSize / 5.
  const few = OWN_TABLE_PAGES * (storage.pageSize ?? 0);
  if (left <= few || left < 0.02 * all || identity.settings['auto vacuum'] !== 'none') return;
  notes.push({
    code: 'pages-unaccounted',
    level: 'warning',
    message: `${numberOr(left / (storage.pageSize ?? 1), 0)} pages belong to no table, index or free list; run PRAGMA integrity_check`,
  });
}
