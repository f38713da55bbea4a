/** A profile that fits, with its sets reduced to what is there. */
import { type CatalogTable, type Evidence, hasColumn } from '../store/index.ts';
import type { Hazard, Profile, SetProfile, Variant, VersionSource } from './profile.ts';
import { resolveSet } from './resolve.ts';
import { type Scope, tableNamed } from './scope.ts';
import { type Candidate, indexNamed } from './signature.ts';
import { qualified, tableSpec, tablesOf } from './table-spec.ts';

export interface Match {
  readonly profile: Profile;
  /** Schema that all its tables are in; null in engines that have none. */
  readonly schema: string | null;
  readonly sets: readonly SetProfile[];
  /** Names within the schema. */
  readonly tables: readonly string[];
  readonly missing: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly variant: string | null;
  readonly hazards: readonly string[];
  readonly confidence: number;
  /** The cell to read for the version, when its table is there. */
  readonly version: VersionSource | undefined;
}

/** Below this a match is a guess: it is shown, and nothing of it is removed. */
export const LIKELY = 0.6;

export function setId(profile: string, set: Pick<SetProfile, 'table' | 'schema'>): string {
  return `${profile}:${qualified(set.schema, set.table)}`;
}

export function matchOf(
  scope: Scope,
  candidate: Candidate,
): { readonly match: Match; readonly owned: readonly CatalogTable[] } {
  const { profile, certain, evidence, confidence } = candidate;
  const readOnly = profile.readOnly ?? unsure(profile, confidence);
  const sets = profile.sets.flatMap((set) => {
    const table = tableNamed(scope, set.table);
    const resolved = table && resolveSet(set, table, certain.includes(table), scope, readOnly);
    return resolved === undefined ? [] : [resolved];
  });
  const vectorTables = sets.flatMap((s) => (s.vectors !== undefined && 'table' in s.vectors ? [s.vectors.table] : []));
  const own = [...sets.map((s) => s.table), ...vectorTables].flatMap((n) => tableNamed(scope, n) ?? []);
  const side = profile.alsoOwns.flatMap((spec) => tablesOf(scope.tables, spec));
  const owned = [...new Set([...own, ...certain, ...side])];
  const triggers = profile.hazards.flatMap((h) => triggerEvidence(scope, h, owned));
  const { version, signature } = profile;
  return {
    owned,
    match: {
      profile,
      schema: scope.schema,
      sets,
      tables: owned.map((t) => t.name),
      missing:
        signature.anyOf !== undefined || signature.shape !== undefined
          ? []
          : [...profile.sets.map((s) => s.table), ...profile.alsoOwns.map((spec) => tableSpec(spec).pattern)].filter(
              (n) => !n.includes('*') && tableNamed(scope, n) === undefined,
            ),
      evidence: [...evidence, ...triggers],
      variant: profile.variants?.find((v) => fits(scope, v, owned))?.name ?? null,
      hazards: profile.hazards.filter((h) => applies(scope, h, owned)).map((h) => h.text),
      confidence,
      version: version !== undefined && tableNamed(scope, version.table) !== undefined ? version : undefined,
    },
  };
}

function unsure(profile: Profile, confidence: number): string | undefined {
  if (confidence >= LIKELY) return undefined;
  return `it is not certain that this is ${profile.title}: say --profile ${profile.id} if it is, or --map FILE`;
}

function fits(scope: Scope, v: Variant, owned: readonly CatalogTable[]): boolean {
  const column = (of: { table: string; column: string }): boolean => {
    const table = of.table === '*' ? owned[0] : tableNamed(scope, of.table);
    return table !== undefined && hasColumn(table, of.column);
  };
  if (v.hasTable !== undefined && tableNamed(scope, v.hasTable) === undefined) return false;
  if (v.hasColumn !== undefined && !column(v.hasColumn)) return false;
  if (v.hasIndex !== undefined && indexNamed(owned, v.hasIndex) === undefined) return false;
  return v.lacksColumn === undefined || !column(v.lacksColumn);
}

function applies(scope: Scope, h: Hazard, owned: readonly CatalogTable[]): boolean {
  if (h.hasTable !== undefined && tableNamed(scope, h.hasTable) === undefined) return false;
  return h.triggerCalls === undefined || triggerEvidence(scope, h, owned).length > 0;
}

/** One line for the first trigger that calls the function, and how many do. */
function triggerEvidence(scope: Scope, h: Hazard, owned: readonly CatalogTable[]): Evidence[] {
  if (h.triggerCalls === undefined) return [];
  const call = new RegExp(`\\b${h.triggerCalls}\\s*\\(`, 'i');
  const names = new Set(owned.map((t) => t.name.toLowerCase()));
  const found = scope.triggers.filter((t) => names.has(t.table.toLowerCase()) && call.test(t.definition));
  const first = found[0];
  if (first === undefined) return [];
  return [{ subject: first.name, message: `and ${found.length - 1} more triggers call ${h.triggerCalls}()` }];
}
