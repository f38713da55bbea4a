/**
 * One look at a PostgreSQL store, in one transaction. Only whole indexes (`exact`) are read after it: that may take
 * hours, and an old snapshot holds back vacuum for the whole server.
 */
import {
  type Capability,
  type DetectedProfile,
  type MemorySet,
  type Note,
  SECTIONS,
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotOptions,
  type StoreIdentity,
  type Structure,
} from '../../store/index.ts';
import { estimatedSets } from './estimated-sets.ts';
import { readProfiles, readStorage } from './identity.ts';
import { readMemorySets } from './memory-sets.ts';
import { readPolitely } from './other-clients.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';
import { readStructures } from './structures.ts';

export interface SnapshotContext {
  readonly session: PgSession;
  readonly identity: StoreIdentity;
  readonly capabilities: readonly Capability[];
}

/** Clocks that differ by less are the same. */
const SKEW_SECONDS = 5;

export async function takeSnapshot(
  context: SnapshotContext,
  read: (session: PgSession) => Promise<PgReading>,
  options: SnapshotOptions,
): Promise<Snapshot> {
  const { session, identity } = context;
  const sections = options.sections ?? SECTIONS;
  const approximate = options.approximate === true;
  const exact = options.exact === true && !approximate;
  const notes: Note[] = [];
  const note = (n: Note): void => {
    if (!notes.some((m) => m.code === n.code && m.subject === n.subject)) notes.push(n);
  };
  const step = (what: string): void => options.onProgress?.(what);
  const pageSize = Number(identity.settings['block size'] ?? 8192);
  const structuresOf = async (reading: PgReading, memorySets: readonly MemorySet[]): Promise<Structure[]> =>
    sections.includes('structures')
      ? await readStructures({ session, reading, exact, approximate, pageSize, memorySets, note, step })
      : [];
  const seen = await session.transaction(async () => {
    if (options.removal !== undefined) await readPolitely(session);
    const reading = await read(session);
    const profiles = await readProfiles(session, reading);
    await clockNote(session, options.now, note);
    const storage = await readStorage(session, pageSize);
    const memorySets = sections.includes('memories')
      ? await (approximate ? estimatedSets : readMemorySets)({
          session,
          reading,
          now: options.now,
          step,
          ...(options.removal === undefined ? {} : { removal: options.removal }),
        })
      : [];
    return {
      reading,
      profiles,
      storage,
      memorySets,
      structures: exact ? null : await structuresOf(reading, memorySets),
    };
  });
  noteProfiles(seen.profiles, note);
  noteHidden(seen.memorySets, note);
  const structures = seen.structures ?? (await structuresOf(seen.reading, seen.memorySets));
  return {
    schemaVersion: SNAPSHOT_VERSION,
    kind: 'store-snapshot',
    takenAt: options.now.toISOString(),
    sections,
    identity,
    capabilities: context.capabilities,
    storage: seen.storage,
    profiles: seen.profiles,
    unrecognised: seen.reading.unrecognised,
    structures,
    memorySets: seen.memorySets,
    notes,
  };
}

function noteProfiles(profiles: readonly DetectedProfile[], note: (n: Note) => void): void {
  for (const p of profiles.filter((p) => p.newerThanKnown)) {
    note({
      code: 'schema-newer',
      level: 'warning',
      message: `${p.title} states schema version ${p.version}, newer than this release knows; what it added is not in the figures`,
    });
  }
}

function noteHidden(sets: readonly MemorySet[], note: (n: Note) => void): void {
  for (const s of sets) {
    if (s.hidden === undefined) continue;
    const settle = s.hidden.grant === undefined ? '' : `; ${s.hidden.grant} settles it`;
    note({ code: 'rows-hidden', level: 'unmeasured', message: `${s.hidden.why}${settle}`, subject: s.id });
  }
}

/** Expiry is judged by the clock that was passed in, and what is removed later by the server's. */
async function clockNote(session: PgSession, now: Date, note: (n: Note) => void): Promise<void> {
  const [r] = await session.query<{ t: number }>(
    'SELECT extract(epoch FROM pg_catalog.clock_timestamp())::float8 AS t',
  );
  const skew = Math.round(Number(r?.t ?? 0) - now.getTime() / 1000);
  // A clock that was set on purpose (a report for another day) differs by more than clocks drift.
  if (Math.abs(skew) < SKEW_SECONDS || Math.abs(skew) > 3_600) return;
  note({
    code: 'clock-skew',
    level: 'warning',
    message: `the server's clock is ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} this one; expiry is judged by this one here, and by the server's when rows are removed`,
  });
}
