/** The audit of a store that is open: every chosen set, and the report of them all. */
import { createHash } from 'node:crypto';
import {
  type AuditOptions,
  type AuditProgress,
  auditSet,
  DEDUP_REPORT_VERSION,
  type DedupNote,
  type DedupReport,
  type DedupSet,
  type SetAudit,
  setReport,
} from '../../dedup/index.ts';
import { pairsFile } from '../../dedup/pairs-file.ts';
import { openVectorPairs } from '../../parallel/open-vector-pairs.ts';
import type { MemorySet, Snapshot, Store } from '../../store/index.ts';
import type { Runtime } from '../runtime.ts';
import { dividendOf } from './dedup-dividend.ts';
import type { DedupFlags } from './dedup-flags.ts';
import { dedupNotes, type EarlierMerges } from './dedup-notes.ts';
import { chosenSets } from './dedup-sets.ts';
import { earlierMerges } from './earlier-merges.ts';
import { snapshotOfStore } from './open-target.ts';
import type { Progress } from './progress.ts';
import type { StoreChoice } from './stores.ts';
import { type Phase, timeLeft } from './time-left.ts';

export interface StoreAudit {
  readonly report: DedupReport;
  /** The text of the pairs file. */
  readonly pairs: () => string;
}

export interface AuditRequest {
  readonly store: Store;
  readonly choice: StoreChoice;
  /** What names the sets. */
  readonly snapshot: Snapshot;
  readonly flags: DedupFlags;
  readonly runtime: Runtime;
  readonly progress: Progress;
  /** With what fewer rows would take: the store is measured for it once there are any. */
  readonly dividend: boolean;
  /** Every row that could go is named, and no text of it: a report names the largest clusters alone. */
  readonly whole?: boolean;
}

/** SHA-256 of bytes, in hexadecimal. */
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** @throws InputError, StoreError; the signal's reason when it was interrupted */
export async function auditStore(request: AuditRequest): Promise<StoreAudit> {
  const { store, snapshot, flags, runtime } = request;
  const { sets, notes: unseen } = chosenSets(snapshot, flags.sets);
  const notes: DedupNote[] = [...unseen];
  const found: DedupSet[] = [];
  const kept: SetAudit[] = [];
  const merges: EarlierMerges[] = [];
  for (const set of sets) {
    const audit = await auditSet(store, set, optionsFor(set, request));
    // Side tables of memories have neither a text nor a vector; where they were named, that is the answer.
    if (flags.sets.length === 0 && audit.head.rows === 0) continue;
    const whole = request.whole === true;
    const told = setReport(audit, {
      content: flags.content && !whole,
      ...(whole ? { members: Number.POSITIVE_INFINITY } : {}),
    });
    found.push({ ...told.set, remedy: remedyOf(set) });
    notes.push(...told.notes);
    kept.push(audit);
    // The rate of a sample is there in seconds, and two readings of all texts are not.
    if (flags.sample === null && !flags.pushDown && audit.head.skipped.inactive > 0)
      merges.push(await earlierMerges(store, set, { now: runtime.now, signal: runtime.signal }));
  }
  const report: DedupReport = {
    schemaVersion: DEDUP_REPORT_VERSION,
    kind: 'dedup-report',
    generatedAt: runtime.now.toISOString(),
    store: storeOf(snapshot),
    sets: found,
    dividend: request.dividend ? await dividend(request, found) : null,
    notes: [...notes, ...dedupNotes(found, snapshot.memorySets, merges)],
  };
  const head = { generatedAt: report.generatedAt, store: report.store };
  return { report, pairs: () => `${JSON.stringify(pairsFile(head, kept))}\n` };
}

/** What `--apply` does with a row of the set that goes. */
function remedyOf({ readOnly, supersede }: MemorySet): NonNullable<DedupSet['remedy']> {
  return readOnly !== undefined ? 'none' : supersede !== undefined ? 'supersede' : 'delete';
}

function storeOf({ identity, takenAt }: Snapshot): DedupReport['store'] {
  const { name, scheme, address, engine, fingerprint } = identity;
  return { name, scheme, address, engine, fingerprint, takenAt };
}

const UNITS: Readonly<Record<AuditProgress['phase'], { readonly name: string; readonly unit?: string }>> = {
  reading: { name: 'reading', unit: 'rows' },
  comparing: { name: 'comparing' },
  texts: { name: 'reading texts again', unit: 'rows' },
};

function optionsFor(set: MemorySet, { flags, runtime, progress }: AuditRequest): AuditOptions {
  const text = timeLeft(() => performance.now());
  const { signal } = runtime;
  return {
    openVectors: () => openVectorPairs({ seed: flags.seed }),
    sha256,
    seed: flags.seed,
    ...(flags.keep === null ? {} : { keep: flags.keep }),
    across: flags.across,
    pushDown: flags.pushDown,
    content: flags.content,
    save: flags.output !== null && !flags.apply,
    now: runtime.now,
    signal,
    ...(flags.threshold === null ? {} : { threshold: flags.threshold }),
    ...(flags.sample === null ? {} : { sample: { rows: flags.sample } }),
    onProgress: ({ phase, done, total }) => {
      const { name, unit } = UNITS[phase];
      const p: Phase = { name: `${set.title}: ${name}`, done, total, ...(unit === undefined ? {} : { unit }) };
      progress.step(text(p));
    },
  };
}

/** The snapshot that names the sets has no widths and vectors: they are measured only where something would be gained. */
async function dividend(request: AuditRequest, found: DedupReport['sets']): Promise<DedupReport['dividend']> {
  const { store, choice, runtime, progress, snapshot } = request;
  const primary = snapshot.memorySets.filter((s) => s.primary).map((s) => s.id);
  if (!found.some((s) => primary.includes(s.set) && s.rate.redundancy.value > 0)) return null;
  const { now, cwd, env, signal } = runtime;
  const wish = { sections: ['profiles', 'memories'] } as const;
  const measured = await snapshotOfStore(store, choice, wish, { now, cwd, env, signal, onProgress: progress.step });
  return dividendOf(measured, found, now);
}
