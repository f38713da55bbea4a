/** What `memctl stats` answers: a snapshot, with what each structure should take beside what it takes. */

import { expectedActual } from '../expectation/index.ts';
import { type QuantityJson, toJson } from '../quantity/index.ts';
import type { MemorySet, Note, RedundantIndex, Snapshot, StorageFacts, Structure } from '../store/index.ts';
import { ownMetadataBytes } from './own-metadata.ts';

export interface ReportedStore {
  readonly name: string;
  readonly scheme: string;
  readonly address: string;
  readonly engine: string;
  /** Version of the engine that read the store. */
  readonly version: string;
  /** Ids of the recognised memory systems, most certain first; null where none was. */
  readonly profile: string | null;
  readonly fingerprint: string;
  readonly takenAt: string;
}

export interface ReportedStructure {
  readonly id: string;
  readonly kind: Structure['kind'];
  readonly name: string;
  readonly table: string | null;
  readonly rows: number | null;
  readonly actual: QuantityJson | null;
  readonly expected: QuantityJson | null;
  /** (actual - expected) / expected. */
  readonly difference: number | null;
  /** Share of the whole store on disk. */
  readonly share: number | null;
  readonly note?: string;
}

export interface ReportedProfile {
  readonly id: string;
  readonly title: string;
  readonly variant: string | null;
  readonly version: string | null;
  readonly confidence: number;
}

/** Change since the last look at the same store, from the local history. */
export interface Growth {
  /** ISO time of that look, and days between the two. */
  readonly since: string;
  readonly days: number;
  readonly bytes: number | null;
  /** `rowsPerDay` is null where less than a day lies between: a rate from minutes is no rate. */
  readonly sets: readonly { readonly set: string; readonly rows: number; readonly rowsPerDay: number | null }[];
}

export interface StoreReport {
  readonly schemaVersion: 1;
  readonly kind: 'store-report';
  readonly generatedAt: string;
  readonly store: ReportedStore;
  readonly sections: {
    readonly profiles: readonly ReportedProfile[];
    readonly storage: StorageFacts;
    readonly memories: readonly MemorySet[];
    /** Largest first. */
    readonly structures: readonly ReportedStructure[];
    readonly redundantIndexes: readonly (RedundantIndex & { readonly bytes: number | null })[];
    /** Tables that belong to no recognised system. */
    readonly unrecognised: readonly string[];
    readonly settings: Readonly<Record<string, string | number>>;
  };
  /** Null on the first look, and where no history is kept. */
  readonly growth: Growth | null;
  readonly notes: readonly Note[];
}

export interface StoreReportOptions {
  readonly generatedAt: Date;
  /** From `redundantIndexes(snapshot.structures)`. */
  readonly redundant: readonly RedundantIndex[];
  /** Carry the computation of each expected size along. */
  readonly explain?: boolean;
  readonly growth?: Growth | null;
}

export function storeReport(snapshot: Snapshot, options: StoreReportOptions): StoreReport {
  const { identity, storage } = snapshot;
  const total = storage.totalBytes;
  const tree = options.explain === true;
  const heapRows = new Map(snapshot.structures.flatMap((s) => (s.kind === 'heap' ? [[s.name, s.rows] as const] : [])));
  const structures = expectedActual(snapshot)
    .map((c): ReportedStructure => {
      const { id, kind, name, table, bytes } = c.structure;
      return {
        id,
        kind,
        name,
        table,
        rows: liveEntries(c.structure, heapRows),
        actual: c.actual === null ? null : toJson(c.actual),
        expected: c.expected === null ? null : toJson(c.expected, tree),
        difference: c.difference,
        share: bytes === null || total === null || total === 0 ? null : bytes / total,
        ...(c.note === undefined ? {} : { note: c.note }),
      };
    })
    .sort((a, b) => (b.actual?.value ?? -1) - (a.actual?.value ?? -1) || (a.id < b.id ? -1 : 1));
  const bytesOf = new Map(snapshot.structures.map((s) => [s.id, s.bytes]));
  return {
    schemaVersion: 1,
    kind: 'store-report',
    generatedAt: options.generatedAt.toISOString(),
    store: {
      name: identity.name,
      scheme: identity.scheme,
      address: identity.address,
      engine: identity.engine,
      version: identity.engineVersion,
      profile: snapshot.profiles.length === 0 ? null : snapshot.profiles.map((p) => p.id).join(', '),
      fingerprint: identity.fingerprint,
      takenAt: snapshot.takenAt,
    },
    sections: {
      profiles: snapshot.profiles.map(({ id, title, variant, version, confidence }) => ({
        id,
        title,
        variant,
        version,
        confidence,
      })),
      storage,
      memories: snapshot.memorySets.map((m) => ({ ...m, metadataBytes: ownMetadataBytes(m, snapshot.profiles) })),
      structures,
      redundantIndexes: options.redundant.map((r) => ({ ...r, bytes: bytesOf.get(r.id) ?? null })),
      unrecognised: snapshot.unrecognised,
      settings: identity.settings,
    },
    growth: options.growth ?? null,
    notes: snapshot.notes,
  };
}

/** An index counts entries of dead rows until VACUUM takes them; no live row has two in these kinds. */
function liveEntries({ kind, table, rows }: Structure, heapRows: ReadonlyMap<string, number | null>): number | null {
  const live = table === null ? null : (heapRows.get(table) ?? null);
  if (kind === 'heap' || kind === 'gin' || rows === null || live === null) return rows;
  return Math.min(rows, live);
}
