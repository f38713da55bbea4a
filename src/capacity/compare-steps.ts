/** Where neighbouring rows of a comparison cost the same page, and where a page more begins between them. */
import type { Axis } from './compare-axes.ts';
import type { PlannedRow } from './compare-row.ts';

/** Two neighbouring values of one parameter, everything else equal. */
export interface CompareStep {
  readonly parameter: string;
  /** The row of the smaller value and that of the larger one. */
  readonly between: readonly [string, string];
  readonly from: number;
  readonly to: number;
  /** Bytes of the vector index per memory at both. */
  readonly before: number;
  readonly after: number;
  /** `same`: the larger value costs nothing; `step`: a page, chunk or allocation class begins between them. */
  readonly what: 'same' | 'step';
  /** The first value that costs the next page, where the engine's layout tells. */
  readonly at: number | undefined;
}

/** Parameters that move the size of the vector index; the others (ef-search, ram) would be "the same" everywhere. */
const SIZING: readonly string[] = ['dims', 'm', 'chunk-size'];
/** Below it two sizes are the same page, but for the upper levels of the graph. */
const SAME = 0.005;

/** Every pair of neighbours whose sizes are the same or are parted by a cliff; those on a slope are left out. */
export function stepsBetween(planned: readonly PlannedRow[], axes: readonly Axis[]): CompareStep[] {
  return axes
    .filter((a) => SIZING.includes(a.parameter) && a.values.length > 1)
    .flatMap((axis) => groupsBeside(planned, axis.parameter).flatMap((group) => pairs(group, axis.parameter)));
}

/** Rows that differ in that parameter alone, smallest value first. */
function groupsBeside(planned: readonly PlannedRow[], parameter: string): PlannedRow[][] {
  const groups = new Map<string, PlannedRow[]>();
  for (const p of planned) {
    if (typeof p.row.settings[parameter] !== 'number') continue;
    const key = JSON.stringify([p.row.engine, { ...p.row.settings, [parameter]: null }]);
    groups.set(key, [...(groups.get(key) ?? []), p]);
  }
  const value = (p: PlannedRow): number => p.row.settings[parameter] as number;
  return [...groups.values()].map((g) => [...g].sort((a, b) => value(a) - value(b)));
}

function pairs(group: readonly PlannedRow[], parameter: string): CompareStep[] {
  return group.slice(1).flatMap((b, i): CompareStep[] => {
    const a = group[i] as PlannedRow;
    const before = a.row.vector?.value;
    const after = b.row.vector?.value;
    if (before === undefined || after === undefined) return [];
    const from = a.row.settings[parameter] as number;
    const to = b.row.settings[parameter] as number;
    const step = { parameter, between: [a.row.id, b.row.id] as const, from, to, before, after };
    if (Math.abs(after / before - 1) < SAME) return [{ ...step, what: 'same' as const, at: undefined }];
    // The last one below the larger value: from there on it costs what the larger value costs.
    const cliffs = [...b.plan.cliffs(), ...a.plan.cliffs()].filter((c) => c.parameter === parameter);
    const at = Math.max(0, ...cliffs.map((c) => c.at).filter((x) => x > from && x <= to));
    return at === 0 ? [] : [{ ...step, what: 'step' as const, at }];
  });
}
