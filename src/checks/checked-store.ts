/** The store a report of a check is about, as it may be shown. */
import type { Snapshot } from '../store/index.ts';

export interface CheckedStore {
  readonly name: string;
  readonly scheme: string;
  readonly address: string;
  readonly engine: string;
  readonly version: string;
  /** Ids of the recognised memory systems, most certain first; null where none was. */
  readonly profile: string | null;
  readonly fingerprint: string;
  readonly takenAt: string;
}

export function checkedStore({ identity, profiles, takenAt }: Snapshot): CheckedStore {
  return {
    name: identity.name,
    scheme: identity.scheme,
    address: identity.address,
    engine: identity.engine,
    version: identity.engineVersion,
    profile: profiles.length === 0 ? null : profiles.map((p) => p.id).join(', '),
    fingerprint: identity.fingerprint,
    takenAt,
  };
}
