/** Whether a profile's signature holds in one schema, on what evidence and how surely. */
import type { CatalogTable, Evidence } from '../store/index.ts';
import type { Dependent, Marker, Profile, SetProfile, TableShape } from './profile.ts';
import { type Scope, tableNamed } from './scope.ts';
import { columnOf, hasColumns, matchesPattern, qualified, tablesOf } from './table-spec.ts';

/** A store that a profile fits, its tables named. */
export interface Candidate {
  readonly profile: Profile;
  readonly evidence: readonly Evidence[];
  readonly confidence: number;
  /** Tables whose columns the signature vouches for. */
  readonly certain: readonly CatalogTable[];
}

/** Every store of this profile in the schema: one, or for tables known by their shape one each. */
export function candidates(scope: Scope, profile: Profile): Candidate[] {
  const { shape } = profile.signature;
  if (shape === undefined) {
    const certain = signed(scope, profile);
    return certain === undefined ? [] : [judged(scope, profile, certain, undefined)];
  }
  const tables = shapedTables(scope, shape);
  if (tables.length === 0) return [];
  return (shape.together === true ? [tables] : tables.map((t) => [t])).map((group) =>
    judged(scope, named(profile, group), group, shape),
  );
}

function shapedTables(scope: Scope, shape: TableShape): CatalogTable[] {
  return scope.tables.filter(
    (t) =>
      t.kind === 'table' &&
      hasColumns(t, shape.columns, shape.open !== true, shape.optional) &&
      !shape.notNamed?.some((pattern) => matchesPattern(t.name, pattern)),
  );
}

/** The tables of a signature by name, or undefined when it does not hold. */
function signed(scope: Scope, profile: Profile): CatalogTable[] | undefined {
  const { tables, anyOf, exact } = profile.signature;
  const required = holds(scope, tables, exact === true);
  if (required === undefined) return undefined;
  const options = anyOf?.map((option) => holds(scope, option, exact === true)).filter((e) => e !== undefined);
  if (options !== undefined && options.length === 0) return undefined;
  return [...new Set([...required, ...(options ?? []).flat()])];
}

function holds(
  scope: Scope,
  tables: Readonly<Record<string, readonly string[]>>,
  exact: boolean,
): CatalogTable[] | undefined {
  const found: CatalogTable[] = [];
  for (const [name, columns] of Object.entries(tables)) {
    const table = tableNamed(scope, name);
    if (table === undefined || !hasColumns(table, columns, exact)) return undefined;
    found.push(table);
  }
  return found;
}

/** Evidence in the order of its weight: other tables, columns, indexes, names, keys of sampled rows. */
function judged(
  scope: Scope,
  profile: Profile,
  certain: readonly CatalogTable[],
  shape: TableShape | undefined,
): Candidate {
  const { markers = [], confidence } = profile.signature;
  const held = markers.filter((m) => markerHolds(scope, m, certain));
  const said = (ms: readonly Marker[]): Evidence[] =>
    ms.map((m) => ({ subject: markerSubject(scope, m, certain), message: m.says }));
  return {
    profile,
    certain,
    confidence: Math.max(confidence, ...held.map((m) => m.confidence)),
    evidence: [
      ...said(held.filter((m) => m.table !== undefined)),
      ...columnEvidence(scope, profile, certain, shape),
      ...said(held.filter((m) => m.table === undefined && m.keys === undefined && m.index !== undefined)),
      ...said(held.filter((m) => m.table === undefined && m.keys === undefined && m.index === undefined)),
      ...said(held.filter((m) => m.keys !== undefined)),
    ],
  };
}

/** Tables listed with their columns before the rest is summed. */
const LISTED = 6;

function columnEvidence(
  scope: Scope,
  profile: Profile,
  certain: readonly CatalogTable[],
  shape: TableShape | undefined,
): Evidence[] {
  const { tables, anyOf, exact } = profile.signature;
  const lines = certain.flatMap((t) => {
    const specs =
      shape?.columns ??
      [tables, ...(anyOf ?? [])].flatMap((group) =>
        Object.entries(group).flatMap(([name, columns]) => (tableNamed(scope, name) === t ? columns : [])),
      );
    const columns = [...new Set(specs.map((s) => columnText(t, s)))].filter((c) => c !== '');
    const all = (shape !== undefined && shape.open !== true) || exact === true;
    const what = columns.length === 0 ? 'is there' : `has ${all ? 'exactly ' : ''}${columns.join(', ')}`;
    return [{ subject: qualified(t.schema, t.name), message: what }];
  });
  const more = lines.length - LISTED;
  if (more <= 0) return lines;
  return [...lines.slice(0, LISTED), { subject: 'tables', message: `and ${more} more of the same columns` }];
}

function columnText(table: CatalogTable, spec: string): string {
  const column = columnOf(table, spec);
  if (column === undefined) return '';
  return spec.includes(':') ? `${column.name} ${column.type.toLowerCase()}` : column.name;
}

function markerHolds(scope: Scope, m: Marker, certain: readonly CatalogTable[]): boolean {
  if (m.table !== undefined && tablesOf(scope.tables, m.table).length === 0) return false;
  if (m.index !== undefined && indexNamed(certain, m.index) === undefined) return false;
  const byName = m.name === undefined ? certain : certain.filter((t) => new RegExp(m.name as string).test(t.name));
  if (byName.length < (m.atLeast ?? (m.name === undefined ? 0 : 1))) return false;
  return m.keys === undefined || certain.some((t) => keysSeen(t, m.keys as NonNullable<Marker['keys']>));
}

function keysSeen(table: CatalogTable, keys: NonNullable<Marker['keys']>): boolean {
  const column = columnOf(table, keys.column)?.name;
  const seen = column === undefined ? undefined : table.sampledKeys?.[column];
  return seen !== undefined && keys.all.every((k) => seen.includes(k));
}

export function indexNamed(tables: readonly CatalogTable[], pattern: string): string | undefined {
  return tables.flatMap((t) => t.indexes ?? []).find((i) => matchesPattern(i.name, pattern))?.name;
}

function markerSubject(scope: Scope, m: Marker, certain: readonly CatalogTable[]): string {
  const table = m.table === undefined ? certain[0] : tablesOf(scope.tables, m.table)[0];
  if (m.index !== undefined) return indexNamed(certain, m.index) as string;
  return table === undefined ? '' : qualified(table.schema, table.name);
}

/** The profile with "*" replaced by the name of its table, or its sets repeated for each of several. */
export function named(profile: Profile, tables: readonly CatalogTable[]): Profile {
  const first = tables[0]?.name ?? '';
  const fill = (text: string, base: string): string => (text.startsWith('*') ? `${base}${text.slice(1)}` : text);
  const dependent = (d: Dependent, base: string): Dependent => ({ ...d, table: fill(d.table, base) });
  const filled = (s: SetProfile, base: string): SetProfile => ({
    ...s,
    table: fill(s.table, base),
    title: s.title.replace('*', base),
    ...(s.dependents === undefined ? {} : { dependents: s.dependents.map((d) => dependent(d, base)) }),
  });
  const { markers } = profile.signature;
  return {
    ...profile,
    signature: {
      ...profile.signature,
      ...(markers === undefined
        ? {}
        : { markers: markers.map((m) => (m.table === undefined ? m : { ...m, table: fill(m.table, first) })) }),
    },
    sets: profile.sets.flatMap((s) => (s.table === '*' ? tables.map((t) => filled(s, t.name)) : [filled(s, first)])),
    alsoOwns: profile.alsoOwns.map((n) => fill(n, first)),
  };
}
