/** Which memory sets of a store are compared: those that were named, else the memories themselves. */
import type { DedupNote } from '../../dedup/dedup-report.ts';
import { InputError } from '../../quantity/index.ts';
import type { MemorySet, SetRole, Snapshot } from '../../store/index.ts';

/** Kinds of rows that say something; edges, logs and queues repeat themselves by nature. */
const COMPARED: readonly SetRole[] = ['memory', 'node'];

export interface ChosenSets {
  readonly sets: readonly MemorySet[];
  /** What was asked for and cannot be compared. */
  readonly notes: readonly DedupNote[];
}

/** @param named ids or tables. @throws InputError for a name that is no set of the store */
export function chosenSets(snapshot: Snapshot, named: readonly string[]): ChosenSets {
  const { memorySets, identity } = snapshot;
  const nameOf = (s: MemorySet): string[] => [
    s.id,
    s.table,
    ...(s.schema === undefined ? [] : [`${s.schema}.${s.table}`]),
  ];
  const asked = named.map((name) => {
    const found = memorySets.filter((s) => nameOf(s).includes(name));
    const [only] = found;
    if (only !== undefined && found.length === 1) return only;
    throw new InputError(
      'unknown-set',
      `--set: "${name}" ${found.length > 1 ? 'names several kinds' : 'is no kind'} of rows of ${identity.name}`,
      memorySets.length === 0
        ? 'no known memory system was recognised there; --profile or --map settles it'
        : `it has ${memorySets.map((s) => s.id).join(', ')}`,
    );
  });
  const candidates = asked.length > 0 ? asked : memorySets.filter((s) => s.primary || COMPARED.includes(s.role));
  const notes: DedupNote[] = [];
  if (memorySets.length === 0)
    notes.push({
      code: 'not-recognised',
      level: 'unmeasured',
      message: `${identity.name}: no known memory system was recognised, so nothing says which rows are memories; --profile or --map settles it`,
    });
  const visible = candidates.filter((s) => s.hidden === undefined);
  if (
    asked.length === 0 &&
    visible.length > 0 &&
    visible.length === candidates.length &&
    visible.every((s) => s.rows === 0)
  )
    notes.push({
      code: 'empty',
      level: 'info',
      message: `nothing to compare: it holds no ${visible.map((s) => s.title).join(', no ')}`,
    });
  const sets = candidates.filter((s) => {
    if (s.hidden === undefined) return s.rows > 0 || asked.length > 0;
    const grant = s.hidden.grant === undefined ? '' : `; ${s.hidden.grant}`;
    notes.push({
      code: 'hidden',
      level: 'unmeasured',
      message: `${s.id}: rows are hidden from this role (${s.hidden.why}), so no share of them is whole${grant}`,
    });
    return false;
  });
  return { sets, notes };
}
