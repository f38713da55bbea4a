/** What `memctl detect` answers. */
import type { DetectedProfile, Note, Snapshot } from '../store/index.ts';

export interface DetectReport {
  readonly schemaVersion: 1;
  readonly kind: 'detect-report';
  readonly generatedAt: string;
  readonly store: {
    readonly name: string;
    readonly scheme: string;
    readonly address: string;
    readonly engine: string;
    readonly version: string;
    readonly profile: string | null;
  };
  /** Most certain first. */
  readonly profiles: readonly DetectedProfile[];
  readonly unrecognised: readonly string[];
  readonly notes: readonly Note[];
}

export function detectReport(snapshot: Snapshot, generatedAt: Date): DetectReport {
  const { name, scheme, address, engine, engineVersion } = snapshot.identity;
  return {
    schemaVersion: 1,
    kind: 'detect-report',
    generatedAt: generatedAt.toISOString(),
    store: {
      name,
      scheme,
      address,
      engine,
      version: engineVersion,
      profile: snapshot.profiles.length === 0 ? null : [...new Set(snapshot.profiles.map((p) => p.id))].join(', '),
    },
    profiles: snapshot.profiles,
    unrecognised: snapshot.unrecognised,
    notes: snapshot.notes,
  };
}
