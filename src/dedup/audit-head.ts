/** What an audit says of itself: rows compared and skipped, how, and what its sample stands for. */
import type { MemorySet } from '../store/index.ts';
import type { DedupSet } from './dedup-report.ts';
import type { FirstReading } from './read-set.ts';
import type { SamplePlan } from './sample.ts';
import type { FoundStratum, SetAudit } from './set-audit.ts';

export interface AuditDone {
  readonly set: MemorySet;
  readonly first: FirstReading;
  readonly plan: SamplePlan | null;
  /** Vectors that could not be compared. */
  readonly unusable: ReadonlySet<number>;
  readonly pushDown: boolean;
}

/** Neither text nor a vector that can be compared. */
export const isEmpty = ({ first, unusable }: AuditDone, row: number): boolean =>
  unusable.has(first.table.vector.get(row)) && !first.table.hasText(row);

/** @param how how vectors were compared; null where there are none */
export function auditHead(done: AuditDone, how: string | null): SetAudit['head'] {
  const { set, first, plan, unusable } = done;
  const { table, inactive, empty } = first;
  let vectorless = 0;
  let alsoEmpty = 0;
  for (let row = 0; row < table.rows; row++) {
    if (!unusable.has(table.vector.get(row))) continue;
    vectorless++;
    if (isEmpty(done, row)) alsoEmpty++;
  }
  return {
    set: set.id,
    profile: set.profile,
    title: set.title,
    table: set.table,
    rows: table.rows - alsoEmpty,
    of: set.rows,
    skipped: { inactive, empty: empty + alsoEmpty, vectorless: vectorless - alsoEmpty },
    groups: table.groups.length,
    method: methodOf(done),
    how: howOf(plan, how),
    sampled: plan?.sampled ?? null,
  };
}

function methodOf({ pushDown, plan }: AuditDone): DedupSet['method'] {
  return pushDown ? 'push-down' : plan === null ? 'whole' : 'sample';
}

function howOf(plan: SamplePlan | null, vectors: string | null): string {
  const what =
    plan === null
      ? 'Every row was compared with every other row of its namespace and kind'
      : plan.strata.some((s) => s.by === 'namespaces')
        ? `${plan.sampled} rows drawn at random named the namespaces that were read whole; inside those every row was compared with every other, and namespaces sure to be drawn count by the share of rows they hold`
        : `${plan.sampled} rows drawn at random were each compared with all rows of their namespace and kind, and what was found with all rows again; clusters and places are those of the sampled rows alone`;
  const texts = 'texts by SHA-256, as they stand and normalised';
  if (vectors === null) return `${what}: ${texts}; there are no vectors that can be read.`;
  return `${what}: ${texts}; vectors by cosine: ${vectors.replace(/\.$/, '')}.`;
}

/** @param slot row of the table → row of the evidence */
export function foundStrata(plan: SamplePlan | null, first: FirstReading, slot: Int32Array): FoundStratum[] | null {
  if (plan === null) return null;
  const { found, table } = first;
  const rowsIn = new Map<string | null, number>();
  table.groups.forEach(({ namespace }, g) => {
    rowsIn.set(namespace, (rowsIn.get(namespace) ?? 0) + (table.groupRows[g] as number));
  });
  const hot = plan.strata.filter((s) => s.namespace !== undefined);
  // What was read whole is counted; the rest is what is left of the set.
  const counted = hot.reduce((sum, s) => sum + (rowsIn.get(s.namespace ?? null) ?? 0), 0);
  const rest = Math.max(1, plan.population - counted);
  return plan.strata.map((s) => ({
    population:
      s.namespace !== undefined
        ? (rowsIn.get(s.namespace) ?? 0)
        : plan.namespaces === undefined
          ? table.rows
          : hot.length > 0
            ? rest
            : s.population,
    by: s.by,
    draws: s.draws.flatMap(({ key, namespace }) => {
      const row = found.get(key);
      return row === undefined ? [] : [{ row: slot[row] as number, namespace }];
    }),
  }));
}
