/** One look at a PostgreSQL store. The caller holds the transaction that all of it is read in. */
import {
  type Capability,
  type Note,
  SECTIONS,
  SNAPSHOT_VERSION,
  type Snapshot,
  type SnapshotOptions,
  type StoreIdentity,
} from '../../store/index.ts';
import { readProfiles, readStorage } from './identity.ts';
import { readMemorySets } from './memory-sets.ts';
import type { PgReading } from './reading.ts';
import type { PgSession } from './session.ts';
import { readStructures } from './structures.ts';

export interface SnapshotContext {
  readonly session: PgSession;
  readonly identity: StoreIdentity;
  readonly capabilities: readonly Capability[];
  readonly reading: PgReading;
}

/** Clocks that differ by less are the same. */
const SKEW_SECONDS = 5;

export async function takeSnapshot(context: SnapshotContext, options: SnapshotOptions): Promise<Snapshot> {
  const { session, reading, identity } = context;
  const sections = options.sections ?? SECTIONS;
  const notes: Note[] = [];
  const note = (n: Note): void => {
    if (!notes.some((m) => m.code === n.code && m.subject === n.subject)) notes.push(n);
  };
  const step = (what: string): void => options.onProgress?.(what);
  const pageSize = Number(identity.settings['block size'] ?? 8192);
  const profiles = await readProfiles(session, reading);
  for (const p of profiles.filter((p) => p.newerThanKnown)) {
    note({
      code: 'schema-newer',
      level: 'warning',
      message: `${p.title} states schema version ${p.version}, newer than this release knows; what it added is not in the figures`,
    });
  }
  await clockNote(session, options.now, note);
  const storage = await readStorage(session, pageSize);
  const memorySets = sections.includes('memories')
    ? await readMemorySets({ session, reading, now: options.now, step })
    : [];
  for (const s of memorySets) {
    if (s.hidden !== undefined) {
      note({ code: 'rows-hidden', level: 'unmeasured', message: s.hidden.why, subject: s.id });
    }
  }
  const structures = sections.includes('structures')
    ? await readStructures({ session, reading, exact: options.exact === true, pageSize, memorySets, note, step })
    : [];
  return {
    schemaVersion: SNAPSHOT_VERSION,
    kind: 'store-snapshot',
    takenAt: options.now.toISOString(),
    sections,
    identity,
    capabilities: context.capabilities,
    storage,
    profiles,
    unrecognised: reading.unrecognised,
    structures,
    memorySets,
    notes,
  };
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
