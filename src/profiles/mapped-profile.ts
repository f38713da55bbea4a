/** What the user said of their tables, held against the tables that are there. */
import { InputError, nearest } from '../quantity/index.ts';
import type { CatalogColumn, CatalogTable, MappedTable, ProfileMap, TimeFormat } from '../store/index.ts';
import { timeFormatOf } from './generic.ts';
import {
  type ColumnRef,
  type Dependent,
  defineProfile,
  type RankColumns,
  type SetProfile,
  type SupersedeRule,
  type TimeColumn,
  type TtlRule,
} from './profile.ts';
import { type Scope, tableNamed } from './scope.ts';
import type { Candidate } from './signature.ts';
import { baseType, exactOrAnyCase, qualified } from './table-spec.ts';

interface Found {
  readonly scope: Scope;
  readonly table: CatalogTable;
  readonly mapped: MappedTable;
}

/**
 * One candidate for each schema that the map names tables of.
 * @throws InputError when a table or column is not there, or a time column needs its unit
 */
export function mappedCandidates(
  scopes: readonly Scope[],
  map: ProfileMap,
): { readonly scope: Scope; readonly candidate: Candidate }[] {
  const found = map.tables.map((mapped) => ({ ...locate(scopes, mapped.table, 'map'), mapped }));
  const first = (found.find((f) => (f.mapped.role ?? 'memory') === 'memory') ?? found[0]) as Found;
  return [...new Set(found.map((f) => f.scope))].map((scope) => {
    const here = found.filter((f) => f.scope === scope);
    const sets = here.map((f) => mappedSet(f, f === first));
    const dependents = sets.flatMap((s) => s.dependents ?? []).map((d) => d.table);
    return {
      scope,
      candidate: {
        profile: defineProfile({
          id: 'map',
          title: map.title ?? 'mapped tables',
          schemes: [scope.scheme],
          source: 'the map',
          signature: { tables: {}, confidence: 1 },
          sets,
          alsoOwns: dependents.filter((d) => !here.some((f) => f.table.name === d)),
          hazards: [],
          ownMaintenance: 'unknown',
        }),
        certain: here.map((f) => f.table),
        confidence: 1,
        evidence: here.map((f) => ({
          subject: qualified(f.table.schema, f.table.name),
          message: 'described by the map',
        })),
      },
    };
  });
}

/** @param name "table" or "schema.table" */
function locate(scopes: readonly Scope[], name: string, what: string): { scope: Scope; table: CatalogTable } {
  const hits = scopes.flatMap((scope) => {
    const bare = bareName(scope, name);
    const table = bare === undefined ? undefined : tableNamed(scope, bare);
    return table === undefined ? [] : [{ scope, table }];
  });
  const [hit, other] = hits;
  if (hit === undefined) {
    const all = scopes.flatMap((s) => s.tables.flatMap((t) => [qualified(t.schema, t.name), t.name]));
    const near = nearest(name, all);
    throw new InputError(
      'map-table',
      `${what}: the store has no table ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  if (other !== undefined) {
    const names = hits.map((h) => qualified(h.table.schema, h.table.name)).join(' and ');
    throw new InputError('map-table', `${what}: table ${name} is there more than once, as ${names}: say which`);
  }
  return hit;
}

function bareName(scope: Scope, name: string): string | undefined {
  // A table may have a dot in its name; one that is called exactly so is meant.
  if (scope.schema === null || scope.tables.some((t) => t.name === name)) return name;
  const prefix = `${scope.schema}.`;
  if (name.startsWith(prefix)) return name.slice(prefix.length);
  return name.includes('.') ? undefined : name;
}

function mappedSet(found: Found, primary: boolean): SetProfile {
  const { mapped: m, table, scope } = found;
  const at = `map: ${m.table}`;
  const created = m.created === undefined ? undefined : time(table, m.created, m.createdUnit, scope.scheme, at, null);
  const ttl = ttlOf(found, created, at);
  const keys = table.columns.filter((c) => c.primaryKey > 0).sort((a, b) => a.primaryKey - b.primaryKey);
  const id = m.id?.map((c) => column(table, c, at).name) ?? keys.map((k) => k.name);
  return {
    table: table.name,
    role: m.role ?? 'memory',
    title: `rows of ${table.name}`,
    ...(primary ? { primary: true } : {}),
    ...(id.length === 0 ? {} : { id }),
    ...(m.namespace === undefined ? {} : { namespace: ref(table, m.namespace, at) }),
    ...(m.text === undefined ? {} : { text: [m.text].flat().map((c) => ref(table, c, at)) }),
    ...(m.metadata === undefined ? {} : { metadata: column(table, m.metadata, at).name }),
    ...(m.hash === undefined ? {} : { hash: ref(table, m.hash, at) }),
    ...(created === undefined ? {} : { created }),
    ...deletedMark(found, at),
    ...(m.kind === undefined ? {} : { kind: m.kind.map((c) => ref(table, c, at)) }),
    ...rankOf(found, at),
    ...supersedeOf(found, id, at),
    ...(ttl === undefined ? {} : { ttl }),
    ...(m.status === undefined ? {} : { breakdowns: [ref(table, m.status, at)] }),
    ...(m.embedding === undefined
      ? {}
      : { vectors: { where: 'column', column: column(table, m.embedding, at).name, scalar: 'float32' } }),
    ...(m.dependents === undefined ? {} : { dependents: m.dependents.map((d) => dependent(found, d, at)) }),
    ...(m.evictionOrder === undefined ? {} : { evictionOrder: m.evictionOrder.map((c) => column(table, c, at).name) }),
  };
}

function deletedMark(
  { mapped: m, table, scope }: Found,
  at: string,
): Pick<SetProfile, 'softDeleted' | 'deletedValue' | 'markSays'> {
  if (m.status !== undefined)
    return {
      softDeleted: column(table, m.status, at).name,
      deletedValue: m.superseded as string,
      ...SUPERSEDED,
    };
  if (m.deleted !== undefined) {
    const c = column(table, m.deleted, at);
    // A flag is set when it is true; it is never NULL and so never "set" otherwise.
    return { softDeleted: c.name, ...(baseType(c.type) === 'boolean' ? { deletedValue: TRUE[scope.scheme] } : {}) };
  }
  return m.supersededBy === undefined ? {} : { softDeleted: column(table, m.supersededBy, at).name, ...SUPERSEDED };
}

const SUPERSEDED = { markSays: 'superseded' } as const;
/** What a true flag reads as text. */
const TRUE: Readonly<Record<string, string>> = { postgres: 'true', sqlite: '1' };

function rankOf({ mapped: m, table, scope }: Found, at: string): Pick<SetProfile, 'rank'> {
  const pick = (key: 'pinned' | 'confidence' | 'accesses'): RankColumns =>
    m[key] === undefined ? {} : { [key]: ref(table, m[key], at) };
  const updated = m.updated === undefined ? undefined : time(table, m.updated, m.updatedUnit, scope.scheme, at, null);
  const rank: RankColumns = {
    ...pick('pinned'),
    ...pick('confidence'),
    ...pick('accesses'),
    ...(updated === undefined ? {} : { updated }),
  };
  return Object.keys(rank).length === 0 ? {} : { rank };
}

/** What the map calls a mark is how a row is superseded, where it says enough to write it. */
function supersedeOf(
  { mapped: m, table, scope }: Found,
  id: readonly string[],
  at: string,
): Pick<SetProfile, 'supersede'> {
  const set: SupersedeRule['set'][number][] = [];
  if (m.status !== undefined) {
    const c = column(table, m.status, at);
    set.push({ column: { column: c.name }, to: { value: writable(c, m.superseded as string, scope.scheme) } });
  }
  if (m.deleted !== undefined) {
    const c = column(table, m.deleted, at);
    const flag = baseType(c.type) === 'boolean';
    const place = { column: c.name };
    if (flag) set.push({ column: place, to: { value: writable(c, 'true', scope.scheme) } });
    else {
      const { format } = time(table, m.deleted, m.deletedUnit, scope.scheme, at, null);
      // Nobody said in which unit to write it; it is read as a mark all the same.
      if (format === 'infer') return {};
      set.push({ column: place, to: { now: format } });
    }
  }
  if (m.supersededBy !== undefined) {
    if (id.length !== 1)
      throw new InputError(
        'map-superseded-by',
        `${at}: supersededBy names the row that stays, and ${id.length === 0 ? 'the table has no key' : `its key has ${id.length} columns (${id.join(', ')})`}`,
        'give id one column, or leave supersededBy out',
      );
    set.push({ column: { column: column(table, m.supersededBy, at).name }, to: { survivor: true } });
  }
  if (m.supersededAt !== undefined) {
    const { format } = time(table, m.supersededAt, m.supersededAtUnit, scope.scheme, at, 'supersededAt');
    set.push({ column: { column: column(table, m.supersededAt, at).name }, to: { now: format as TimeFormat } });
  }
  return set.length === 0 ? {} : { supersede: { set, source: 'the map' } };
}

/** A value of the map, as the column takes it: YAML gives texts, and a flag in SQLite is a number. */
function writable(c: CatalogColumn, value: string, scheme: string): string | number | boolean {
  const type = baseType(c.type);
  if (type === 'boolean' && (value === 'true' || value === 'false'))
    return scheme === 'postgres' ? value === 'true' : Number(value === 'true');
  const numeric =
    /int|num|real|float|double|decimal|bool/.test(type) && value.trim() !== '' && Number.isFinite(Number(value));
  return numeric ? Number(value) : value;
}

function ttlOf({ mapped: m, table, scope }: Found, created: TimeColumn | undefined, at: string): TtlRule | undefined {
  if (m.expires !== undefined)
    return { kind: 'at', at: time(table, m.expires, m.expiresUnit, scope.scheme, at, 'expires') };
  if (m.ttl === undefined || created === undefined) return undefined;
  if (created.format === 'infer')
    throw new InputError('map-unit', `${at}: createdUnit is needed beside ttl: rows are removed by it`, UNIT_HINT);
  return { kind: 'after', from: created, ttl: column(table, m.ttl, at).name, seconds: m.ttlSeconds ?? 1 };
}

const UNIT_HINT = 'one of epoch-s, epoch-ms, epoch-us, utc-text, date-text, native';
const TEXT_TYPES = ['text', 'varchar', 'char', 'character', 'bpchar', 'citext'];

/** @param sure the key whose unit must be certain, because rows are removed by it or it is written; null where a guess will do */
function time(
  table: CatalogTable,
  spec: string,
  unit: TimeFormat | undefined,
  scheme: string,
  at: string,
  sure: string | null,
): TimeColumn {
  const place = ref(table, spec, at);
  if (unit !== undefined) return { column: place, format: unit };
  if ('json' in place) return { column: place, format: 'utc-text' };
  const c = column(table, place.column, at);
  const format = timeFormatOf(c, scheme);
  if (format !== 'infer') return { column: place, format };
  if (TEXT_TYPES.includes(baseType(c.type))) return { column: place, format: 'utc-text' };
  if (sure !== null)
    throw new InputError(
      'map-unit',
      `${at}: ${sure}Unit is needed: ${c.name} is ${c.type === '' ? 'of no declared type' : c.type.toLowerCase()}, which says no unit`,
      UNIT_HINT,
    );
  return { column: place, format };
}

function dependent({ scope, table }: Found, d: NonNullable<MappedTable['dependents']>[number], at: string): Dependent {
  const where = `${at}: dependents: ${d.table}`;
  const child = locate([scope], d.table, `${at}: dependents`).table;
  const on = Object.fromEntries(
    Object.entries(d.on).map(([key, parent]) => {
      const [root = '', member] = key.split('->');
      const name = column(child, root, where).name;
      return [member === undefined ? name : `${name}->${member}`, column(table, parent, at).name];
    }),
  );
  return { table: child.name, on, how: 'delete', ...(d.orphans === true ? { orphans: true } : {}) };
}

function ref(table: CatalogTable, spec: string, at: string): ColumnRef {
  const [root = '', path] = spec.split(/->>?/).map((s) => s.trim());
  const name = column(table, root, at).name;
  return path === undefined ? { column: name } : { json: name, path: path.replace(/^'(.*)'$/, '$1') };
}

function column(table: CatalogTable, name: string, at: string): CatalogColumn {
  const c = exactOrAnyCase(table.columns, name);
  if (c !== undefined) return c;
  const near = nearest(
    name,
    table.columns.map((x) => x.name),
  );
  throw new InputError(
    'map-column',
    `${at}: the table has no column ${name}${near === undefined ? '' : `; did you mean ${near}?`}`,
    `it has ${table.columns.map((x) => x.name).join(', ')}`,
  );
}
