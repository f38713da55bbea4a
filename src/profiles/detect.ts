/** Which memory systems a store holds, told from its catalog alone. Several in one store are normal. */
import { InputError, nearest } from '../quantity/index.ts';
import {
  type Catalog,
  type CatalogTable,
  catalogTable,
  type DetectedProfile,
  type Evidence,
  hasColumn,
} from '../store/index.ts';
import { genericProfiles } from './generic.ts';
import { PROFILES } from './known.ts';
import type { Hazard, Profile, SetProfile, Variant, VersionSource } from './profile.ts';
import { mappingOf, resolveSet } from './resolve.ts';

/** A profile that fits, with its sets reduced to what is there. */
export interface Match {
  readonly profile: Profile;
  readonly sets: readonly SetProfile[];
  readonly tables: readonly string[];
  readonly missing: readonly string[];
  readonly evidence: readonly Evidence[];
  readonly variant: string | null;
  readonly hazards: readonly string[];
  readonly confidence: number;
  /** The cell to read for the version, when its table is there. */
  readonly version: VersionSource | undefined;
}

export interface Detection {
  /** Most confident first. */
  readonly matches: readonly Match[];
  /** Tables that no match owns, in catalog order. */
  readonly unrecognised: readonly string[];
}

/**
 * @param forced id of a profile to use whatever its signature says
 * @throws InputError when the forced profile is unknown or none of its tables is there
 */
export function detectProfiles(catalog: Catalog, forced?: string): Detection {
  const known = forced === undefined ? bySignature(catalog) : [byName(catalog, forced)];
  const owned = new Set(known.flatMap((m) => m.tables.map((t) => t.toLowerCase())));
  const generic =
    forced !== undefined && !isGeneric(forced)
      ? []
      : genericProfiles(catalog, owned).map((p) => genericMatch(catalog, p));
  const matches = [...known, ...generic].sort((a, b) => b.confidence - a.confidence);
  for (const t of generic.flatMap((m) => m.tables)) owned.add(t.toLowerCase());
  const shadows = new Set(catalog.tables.flatMap((t) => t.shadows.map((s) => s.toLowerCase())));
  const unrecognised = catalog.tables
    .filter((t) => t.kind !== 'view' && !owned.has(t.name.toLowerCase()) && !shadows.has(t.name.toLowerCase()))
    .map((t) => t.name);
  return { matches, unrecognised };
}

/** Ids that `--profile` takes. */
export const PROFILE_IDS: readonly string[] = [...PROFILES.map((p) => p.id), 'vec0', 'generic'];
const isGeneric = (id: string): boolean => id === 'vec0' || id === 'generic';

/** What is reported of a match, once the store's own statement of its version has been read. */
export function detectedProfile(match: Match, version: string | null): DetectedProfile {
  const { profile } = match;
  const number = version === null || version.trim() === '' ? Number.NaN : Number(version);
  const newer = profile.newestKnown !== undefined && number > profile.newestKnown;
  const known = version !== null && !newer;
  return {
    id: profile.id,
    title: profile.title,
    variant: match.variant,
    version,
    newerThanKnown: newer,
    confidence: match.confidence === 1 ? 1 : Math.min(0.99, known ? match.confidence + 0.04 : match.confidence),
    evidence:
      version === null || match.version === undefined
        ? match.evidence
        : [{ subject: match.version.table, message: `states version ${version}` }, ...match.evidence],
    tables: match.tables,
    missing: match.missing,
    mapping: match.sets.map((s) => ({ set: `${profile.id}:${s.table}`, table: s.table, columns: mappingOf(s) })),
    hazards: match.hazards,
    ownMaintenance: profile.ownMaintenance,
  };
}

function bySignature(catalog: Catalog): Match[] {
  return PROFILES.flatMap((profile) => {
    if (!profile.schemes.includes(catalog.scheme)) return [];
    const { tables, anyOf, exact } = profile.signature;
    const required = holds(catalog, tables, exact === true);
    if (required === undefined) return [];
    const options = anyOf?.map((option) => holds(catalog, option, exact === true)).filter((e) => e !== undefined);
    if (options !== undefined && options.length === 0) return [];
    return [match(catalog, profile, unique([...required, ...(options ?? []).flat()]), profile.signature.confidence)];
  });
}

function byName(catalog: Catalog, id: string): Match {
  const profile = PROFILES.find((p) => p.id === id);
  if (profile === undefined && !isGeneric(id)) {
    const near = nearest(id, PROFILE_IDS);
    throw new InputError(
      'unknown-profile',
      `--profile: "${id}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${PROFILE_IDS.join(', ')}`,
    );
  }
  const chosen = profile ?? genericProfiles(catalog, new Set()).find((p) => p.id === id);
  const there = chosen?.sets.some((s) => catalogTable(catalog, s.table) !== undefined) ?? false;
  if (chosen === undefined || !there) {
    const wanted = profile?.sets.map((s) => s.table).join(', ') ?? 'tables with vectors';
    throw new InputError('profile-mismatch', `--profile ${id}: the store has none of its tables (${wanted})`);
  }
  return match(catalog, chosen, [{ subject: '--profile', message: 'named by the user' }], 1);
}

function genericMatch(catalog: Catalog, profile: Profile): Match {
  const evidence = profile.sets.map((s) => ({
    subject: s.table,
    message: s.vectors?.where === 'vec0' ? 'is a vec0 virtual table' : `has ${mappingOf(s)['vectors'] ?? 'vectors'}`,
  }));
  return match(catalog, profile, evidence, profile.signature.confidence);
}

/** The evidence that every table has its columns, or undefined when one does not. */
function holds(
  catalog: Catalog,
  tables: Readonly<Record<string, readonly string[]>>,
  exact: boolean,
): Evidence[] | undefined {
  const evidence: Evidence[] = [];
  for (const [name, columns] of Object.entries(tables)) {
    const table = catalogTable(catalog, name);
    if (table === undefined || !columns.every((c) => hasColumn(table, c))) return undefined;
    if (exact && table.columns.length !== columns.length) return undefined;
    const what = columns.length === 0 ? 'is there' : `has ${exact ? 'exactly ' : ''}${columns.join(', ')}`;
    evidence.push({ subject: table.name, message: what });
  }
  return evidence;
}

function match(catalog: Catalog, profile: Profile, evidence: readonly Evidence[], confidence: number): Match {
  const certain = new Set(evidence.map((e) => e.subject.toLowerCase()));
  const sets = profile.sets.flatMap((set) => {
    const table = catalogTable(catalog, set.table);
    const resolved = table && resolveSet(set, table, certain.has(table.name.toLowerCase()));
    return resolved === undefined ? [] : [resolved];
  });
  const side = catalog.tables.filter((t) => profile.alsoOwns.some((pattern) => matchesPattern(t.name, pattern)));
  const vectorTables = sets.flatMap((s) => (s.vectors !== undefined && 'table' in s.vectors ? [s.vectors.table] : []));
  const mainTables = [...sets.map((s) => s.table), ...vectorTables].flatMap((n) => catalogTable(catalog, n) ?? []);
  const tables = unique([...mainTables, ...side]).filter((t) => t.kind !== 'view');
  const version =
    profile.version !== undefined && catalogTable(catalog, profile.version.table) ? profile.version : undefined;
  const triggers = profile.hazards.flatMap((h) => triggerEvidence(catalog, h, tables));
  return {
    profile,
    sets,
    tables: tables.map((t) => t.name),
    missing: [...profile.sets.map((s) => s.table), ...profile.alsoOwns].filter(
      (n) => !n.includes('*') && profile.signature.anyOf === undefined && catalogTable(catalog, n) === undefined,
    ),
    evidence: [...evidence, ...triggers],
    variant: profile.variants?.find((v) => fits(catalog, v))?.name ?? null,
    hazards: profile.hazards.filter((h) => applies(catalog, h, tables)).map((h) => h.text),
    confidence,
    version,
  };
}

function fits(catalog: Catalog, v: Variant): boolean {
  const column = (of: { table: string; column: string }): boolean => {
    const table = catalogTable(catalog, of.table);
    return table !== undefined && hasColumn(table, of.column);
  };
  if (v.hasTable !== undefined && catalogTable(catalog, v.hasTable) === undefined) return false;
  if (v.hasColumn !== undefined && !column(v.hasColumn)) return false;
  return v.lacksColumn === undefined || !column(v.lacksColumn);
}

function applies(catalog: Catalog, h: Hazard, tables: readonly CatalogTable[]): boolean {
  if (h.hasTable !== undefined && catalogTable(catalog, h.hasTable) === undefined) return false;
  return h.triggerCalls === undefined || triggerEvidence(catalog, h, tables).length > 0;
}

/** One line for the first trigger that calls the function, and how many do. */
function triggerEvidence(catalog: Catalog, h: Hazard, tables: readonly CatalogTable[]): Evidence[] {
  if (h.triggerCalls === undefined) return [];
  const call = new RegExp(`\\b${h.triggerCalls}\\s*\\(`, 'i');
  const names = new Set(tables.map((t) => t.name.toLowerCase()));
  const found = catalog.triggers.filter((t) => names.has(t.table.toLowerCase()) && call.test(t.definition));
  const first = found[0];
  if (first === undefined) return [];
  return [{ subject: first.name, message: `and ${found.length - 1} more triggers call ${h.triggerCalls}()` }];
}

function matchesPattern(name: string, pattern: string): boolean {
  const n = name.toLowerCase();
  const p = pattern.toLowerCase();
  return p.endsWith('*') ? n.startsWith(p.slice(0, -1)) : n === p;
}

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];
