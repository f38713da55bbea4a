/** Which memory systems a store holds, told from its catalog alone. Several in one store are normal. */
import { InputError, nearest } from '../quantity/index.ts';
import type { Catalog, CatalogTable, DetectedProfile, ProfileMap } from '../store/index.ts';
import { genericProfiles } from './generic.ts';
import { PROFILES } from './known.ts';
import { mappedCandidates } from './mapped-profile.ts';
import { LIKELY, type Match, matchOf, setId } from './match.ts';
import type { Profile } from './profile.ts';
import { REDIS_PROFILE_IDS } from './redis-known.ts';
import { mappingOf } from './resolve.ts';
import { type Scope, scopesOf, tableNamed, without } from './scope.ts';
import { setDigest } from './set-digest.ts';
import { type Candidate, candidates, named } from './signature.ts';
import { columnOf, hasColumns, qualified } from './table-spec.ts';

export interface Detection {
  /** Most confident first. */
  readonly matches: readonly Match[];
  /** Tables that no match owns, in catalog order; "schema.table" where there are schemas. */
  readonly unrecognised: readonly string[];
}

/** Ids that `--profile` takes. */
export const PROFILE_IDS: readonly string[] = [
  ...new Set([...PROFILES.map((p) => p.id), 'vec0', 'generic', ...REDIS_PROFILE_IDS]),
];
const isGeneric = (id: string): boolean => id === 'vec0' || id === 'generic';

/** Systems with table names of their own claim them before those that are known by the shape of one table. */
const ORDER: readonly Profile[] = [
  ...PROFILES.filter((p) => p.signature.shape === undefined),
  ...PROFILES.filter((p) => p.signature.shape !== undefined),
];

/**
 * @param forced id of a profile to use whatever its signature says
 * @param map tables that the user describes; no profile claims them
 * @throws InputError when the forced profile is unknown or none of its tables is there, or the map names what is not
 */
export function detectProfiles(catalog: Catalog, forced?: string, map?: ProfileMap): Detection {
  const owned = new Set<CatalogTable>();
  const matches: Match[] = [];
  const take = (scope: Scope, candidate: Candidate): void => {
    const { match, owned: tables } = matchOf(scope, candidate);
    if (tables.length === 0 || match.sets.length === 0) return;
    matches.push(match);
    for (const t of tables) owned.add(t);
  };
  const scopes = scopesOf(catalog);
  if (map !== undefined) for (const { scope, candidate } of mappedCandidates(scopes, map)) take(scope, candidate);
  const chosen =
    forced === undefined ? ORDER.filter((p) => p.schemes.includes(catalog.scheme)) : chosenBy(forced, catalog);
  for (const scope of scopes) {
    for (const profile of chosen) {
      for (const c of candidates(without(scope, owned), profile)) {
        take(without(scope, owned), forced === undefined ? c : asNamed(c));
      }
    }
  }
  if (forced !== undefined && !isGeneric(forced) && !matches.some((m) => m.profile.id === forced)) {
    for (const scope of scopes) {
      for (const c of looseCandidates(without(scope, owned), chosen)) take(without(scope, owned), c);
    }
    if (!matches.some((m) => m.profile.id === forced)) throw mismatch(forced, chosen);
  }
  if (forced === undefined || isGeneric(forced)) {
    for (const scope of scopes) {
      for (const profile of genericProfiles(without(scope, owned))) {
        const c = genericCandidate(without(scope, owned), profile);
        if (forced === undefined || profile.id === forced) take(scope, forced === undefined ? c : asNamed(c));
      }
    }
    if (forced !== undefined && !matches.some((m) => m.profile.id === forced)) throw mismatch(forced, []);
  }
  const shadows = new Set(catalog.tables.flatMap((t) => t.shadows.map((s) => s.toLowerCase())));
  return {
    matches: matches.sort((a, b) => b.confidence - a.confidence),
    unrecognised: catalog.tables
      .filter((t) => t.kind !== 'view' && !owned.has(t) && !shadows.has(t.name.toLowerCase()))
      .map((t) => qualified(t.schema, t.name)),
  };
}

/**
 * Tables for which only the keys of a JSON column can tell what they are. A reader samples those keys (of at most 20
 * rows, never their values), puts them into `sampledKeys` and detects again.
 */
export function tablesToSample(catalog: Catalog): { readonly table: CatalogTable; readonly column: string }[] {
  return detectProfiles(catalog).matches.flatMap((m) => {
    const keys = m.profile.signature.markers?.find((k) => k.keys !== undefined)?.keys;
    if (m.confidence >= LIKELY || keys === undefined) return [];
    const table = catalog.tables.find((t) => t.schema === m.schema && t.name === m.sets[0]?.table);
    const column = table && columnOf(table, keys.column)?.name;
    return table === undefined || column === undefined || table.sampledKeys !== undefined ? [] : [{ table, column }];
  });
}

/** What is reported of a match, once the store's own statement of its version has been read. */
export function detectedProfile(match: Match, version: string | null): DetectedProfile {
  const { profile, schema } = match;
  const number = version === null || version.trim() === '' ? Number.NaN : Number(version);
  const newer = profile.newestKnown !== undefined && number > profile.newestKnown;
  const known = version !== null && !newer;
  const settle = match.confidence < LIKELY ? settling(match) : undefined;
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
        : [
            { subject: qualified(schema, match.version.table), message: `states version ${version}` },
            ...match.evidence,
          ],
    tables: match.tables.map((t) => qualified(schema, t)),
    missing: match.missing,
    mapping: match.sets.map((s) => ({
      set: setId(profile.id, s),
      table: qualified(s.schema, s.table),
      columns: mappingOf(s),
      digest: setDigest(s),
    })),
    hazards: match.hazards,
    ownMaintenance: profile.ownMaintenance,
    ...(settle === undefined ? {} : { settle }),
  };
}

function settling({ profile }: Match): string {
  return profile.id === 'generic'
    ? 'columns are guessed from their names: --map FILE says what they mean, and only then are rows removed'
    : `many programs use these columns: --profile ${profile.id} says that it is ${profile.title}, --map FILE what else it is; until then no row is removed`;
}

/** The profiles of that id for this engine. */
function chosenBy(id: string, catalog: Catalog): Profile[] {
  const known = PROFILES.filter((p) => p.id === id);
  if (REDIS_PROFILE_IDS.includes(id)) {
    throw new InputError(
      'profile-mismatch',
      `--profile ${id}: this system is known in redis stores and not in ${catalog.scheme} ones`,
    );
  }
  if (known.length === 0 && !isGeneric(id)) {
    const near = nearest(id, PROFILE_IDS);
    throw new InputError(
      'unknown-profile',
      `--profile: "${id}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${PROFILE_IDS.join(', ')}`,
    );
  }
  const here = known.filter((p) => p.schemes.includes(catalog.scheme));
  if (here.length === 0 && known.length > 0) {
    const schemes = [...new Set(known.flatMap((p) => p.schemes))].join(', ');
    throw new InputError(
      'profile-mismatch',
      `--profile ${id}: this system is known in ${schemes} stores and not in ${catalog.scheme} ones`,
    );
  }
  return here;
}

function mismatch(id: string, chosen: readonly Profile[]): InputError {
  const wanted = chosen.flatMap((p) =>
    p.signature.shape === undefined
      ? p.sets.map((s) => s.table)
      : [`one with the columns ${p.signature.shape.columns.join(', ')}`],
  );
  const tables = wanted.length === 0 ? 'tables with vectors' : [...new Set(wanted)].join(', ');
  return new InputError('profile-mismatch', `--profile ${id}: the store has none of its tables (${tables})`);
}

const asNamed = (c: Candidate): Candidate => ({
  ...c,
  confidence: 1,
  evidence: [{ subject: '--profile', message: 'named by the user' }, ...c.evidence],
});

/** The user says so: a schema that has any of the profile's tables, or a table with columns beside those of its shape. */
function looseCandidates(scope: Scope, chosen: readonly Profile[]): Candidate[] {
  const evidence = [{ subject: '--profile', message: 'named by the user' }];
  return chosen.flatMap((profile) => {
    const { shape } = profile.signature;
    if (shape !== undefined) {
      return scope.tables
        .filter((t) => hasColumns(t, shape.columns, false))
        .map((t) => ({ profile: named(profile, [t]), certain: [t], confidence: 1, evidence }));
    }
    const there = profile.sets.some((s) => tableNamed(scope, s.table) !== undefined);
    return there ? [{ profile, certain: [], confidence: 1, evidence }] : [];
  });
}

function genericCandidate(scope: Scope, profile: Profile): Candidate {
  return {
    profile,
    confidence: profile.signature.confidence,
    certain: profile.sets.flatMap((s) => tableNamed(scope, s.table) ?? []),
    evidence: profile.sets.map((s) => ({
      subject: qualified(scope.schema, s.table),
      message: s.vectors?.where === 'vec0' ? 'is a vec0 virtual table' : `has ${mappingOf(s)['vectors'] ?? 'vectors'}`,
    })),
  };
}
