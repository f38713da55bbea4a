/** `--from STORE`: a live store as the beginning of a workload, and what it takes beside what it should. */
import { primarySet, workloadFromSnapshot } from '../../capacity/from-snapshot.ts';
import { type Observed, observedOf } from '../../capacity/observed.ts';
import { printable } from '../../quantity/index.ts';
import type { MemorySet } from '../../store/index.ts';
import { type Draft, draftFromStore, PARAMETERS } from '../../workload/index.ts';
import { snapshotOf } from '../memctl/open-target.ts';
import type { Runtime } from '../runtime.ts';
import { systemOf } from './system-of-store.ts';

export interface FromStore {
  readonly draft: Draft;
  readonly observed: Observed;
  /** For stderr: what could not be taken from the store. */
  readonly notes: readonly string[];
  /** For stderr where no system was named, and the store is one's: that --system plans its other tables too. */
  readonly ofSystem: readonly string[];
  /** The rows that are planned with, as they were seen: what a forecast continues from. */
  readonly seen: StoreSeen;
}

export interface StoreSeen {
  readonly name: string;
  /** What the store is known by in the local history. */
  readonly fingerprint: string;
  readonly takenAt: Date;
  /** Undefined where no memories were recognised. */
  readonly set: Pick<MemorySet, 'id' | 'rows' | 'ages'> | undefined;
}

/** @throws InputError when the address or the file is wrong, StoreError when the store cannot be read */
export async function readFromStore(address: string, runtime: Runtime): Promise<FromStore> {
  const snapshot = await snapshotOf({ store: address }, runtime);
  const measured = workloadFromSnapshot(snapshot);
  // A schema newer than known, a table that could not be read: what the plan rests on must not be silent about it.
  const warnings = snapshot.notes.filter((n) => n.level !== 'info').map((n) => n.message);
  const known = Object.entries(measured.fields).filter(([id]) => PARAMETERS.some((p) => p.id === id));
  const system = await systemOf(snapshot);
  const name = printable(snapshot.identity.name);
  return {
    ofSystem:
      system === undefined
        ? []
        : [`--from ${name}: this is a store of ${system}: --system ${system} plans its other tables too`],
    draft: draftFromStore(Object.fromEntries(known), snapshot.identity.address),
    observed: observedOf(snapshot),
    notes: [...warnings, ...measured.notes].map((n) => `--from ${name}: ${printable(n)}`),
    seen: {
      name,
      fingerprint: snapshot.identity.fingerprint,
      takenAt: new Date(snapshot.takenAt),
      set: primarySet(snapshot),
    },
  };
}
