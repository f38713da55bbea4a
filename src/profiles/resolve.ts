/** A profile's set, reduced to the tables and columns that the store at hand really has: old releases lack some. */
import type { CatalogTable, TimeFormat } from '../store/index.ts';
import {
  type ColumnRef,
  columnRefText,
  type HiddenMark,
  type SetProfile,
  type TimeColumn,
  type TtlRule,
  type VectorScalar,
  type VectorSource,
} from './profile.ts';
import { resolveDependents } from './resolve-dependents.ts';
import { rankText, resolveRank, resolveSupersede, supersedeText } from './resolve-supersede.ts';
import { type Scope, tableNamed } from './scope.ts';
import { baseType, columnOf } from './table-spec.ts';

/** @returns undefined when the table is another one of the same name: its namespace or text columns are missing */
export function resolveSet(
  set: SetProfile,
  table: CatalogTable,
  certain: boolean,
  scope: Scope,
  readOnly: string | undefined,
): SetProfile | undefined {
  const name = (spec: string): string | undefined => columnOf(table, spec)?.name;
  const ref = (r: ColumnRef): ColumnRef | undefined => {
    const root = name('column' in r ? r.column : r.json);
    if (root === undefined) return undefined;
    return 'column' in r ? { column: root } : { json: root, path: r.path };
  };
  const needed = [...(set.namespace === undefined ? [] : [set.namespace]), ...(set.text ?? [])];
  if (!certain && needed.some((r) => ref(r) === undefined)) return undefined;

  const refs = (list: readonly ColumnRef[] | undefined): ColumnRef[] =>
    (list ?? []).map(ref).filter((r) => r !== undefined);
  const all = (list: readonly string[] | undefined): string[] | undefined => {
    const found = list?.map(name);
    return found?.every((c) => c !== undefined) ? found : undefined;
  };
  const time = (t: TimeColumn | undefined): TimeColumn | undefined => {
    const column = t && ref(t.column);
    return t === undefined || column === undefined ? undefined : { column, format: t.format };
  };
  const there = (other: string): boolean => tableNamed(scope, other) !== undefined;
  const dependents = resolveDependents(set.dependents ?? [], table, scope);
  const why = set.readOnly ?? readOnly;
  return {
    table: table.name,
    role: set.role,
    title: set.title,
    ...(table.schema === null ? {} : { schema: table.schema }),
    ...(set.primary === undefined ? {} : { primary: set.primary }),
    ...given('id', all(set.id)),
    ...given('namespace', set.namespace && ref(set.namespace)),
    ...(set.namespaceLabel !== undefined && there(set.namespaceLabel.table)
      ? { namespaceLabel: set.namespaceLabel }
      : {}),
    ...some('text', refs(set.text)),
    ...given('metadata', set.metadata && name(set.metadata)),
    ...given('hash', set.hash && ref(set.hash)),
    ...given('created', time(set.created)),
    ...deletedMark(set, name),
    ...given('ttl', resolveTtl(set.ttl, name, time)),
    ...some('breakdowns', refs(set.breakdowns)),
    ...given('vectors', resolveVectors(set.vectors, table, scope)),
    ...some('dependents', dependents),
    ...given('evictionOrder', all(set.evictionOrder)),
    ...(set.signal !== undefined && there(set.signal.table) ? { signal: set.signal } : {}),
    ...some('functions', calledFunctions(set.functions, [table.name, ...dependents.map((d) => d.table)], scope)),
    ...given('readOnly', why),
    ...(set.markSays === undefined ? {} : { markSays: set.markSays }),
    ...some('hidden', hiddenMarks(set, ref)),
    ...some('kind', refs(set.kind)),
    ...given('rank', resolveRank(set.rank, table, scope, ref, time)),
    // A row that must not be touched is not marked either.
    ...(why === undefined ? given('supersede', resolveSupersede(set.supersede, table, scope, ref)) : {}),
    ...(set.quota !== undefined && there(set.quota.table) ? { quota: set.quota } : {}),
  };
}

function given<K extends string, T>(key: K, value: T | undefined | ''): { [P in K]?: T } {
  return value === undefined || value === '' ? {} : ({ [key]: value } as { [P in K]?: T });
}

function some<K extends string, T>(key: K, list: readonly T[]): { [P in K]?: readonly T[] } {
  return list.length === 0 ? {} : ({ [key]: list } as { [P in K]?: readonly T[] });
}

function hiddenMarks(set: SetProfile, ref: (r: ColumnRef) => ColumnRef | undefined): HiddenMark[] {
  return (set.hidden ?? []).flatMap((mark) => {
    const there = ref(mark.ref);
    return there === undefined ? [] : [{ ...mark, ref: there }];
  });
}

function deletedMark(
  set: SetProfile,
  name: (spec: string) => string | undefined,
): Pick<SetProfile, 'softDeleted' | 'deletedValue'> {
  const column = set.softDeleted && name(set.softDeleted);
  if (column === undefined || column === '') return {};
  return { softDeleted: column, ...(set.deletedValue === undefined ? {} : { deletedValue: set.deletedValue }) };
}

function resolveTtl(
  ttl: TtlRule | undefined,
  name: (spec: string) => string | undefined,
  time: (t: TimeColumn) => TimeColumn | undefined,
): TtlRule | undefined {
  if (ttl === undefined) return undefined;
  const at = time(ttl.kind === 'at' ? ttl.at : ttl.from);
  if (at === undefined) return undefined;
  if (ttl.kind === 'at') return { kind: 'at', at };
  const column = name(ttl.ttl);
  return column === undefined ? undefined : { kind: 'after', from: at, ttl: column, seconds: ttl.seconds };
}

const VECTOR_TYPES: Readonly<Record<string, VectorScalar>> = {
  vector: 'float32',
  halfvec: 'halfvec',
  bit: 'bit',
  sparsevec: 'sparsevec',
};

function resolveVectors(v: VectorSource | undefined, table: CatalogTable, scope: Scope): VectorSource | undefined {
  if (v === undefined) return undefined;
  if (v.where === 'sidecar' || v.where === 'elsewhere') return v;
  if (v.where === 'vec0') {
    const other = tableNamed(scope, v.table);
    return other === undefined ? undefined : { where: 'vec0', table: other.name };
  }
  const holder = v.where === 'column' ? table : tableNamed(scope, v.table);
  const column = holder && columnOf(holder, v.column);
  if (holder === undefined || column === undefined) return undefined;
  const scalar = VECTOR_TYPES[baseType(column.type)] ?? v.scalar;
  if (v.where === 'column') return { where: 'column', column: column.name, scalar };
  return { where: 'table', table: holder.name, column: column.name, on: v.on, scalar };
}

/** Functions that a trigger of these tables really calls: older releases have none. */
function calledFunctions(functions: readonly string[] | undefined, tables: readonly string[], scope: Scope): string[] {
  const names = new Set(tables.map((t) => t.toLowerCase()));
  return (functions ?? []).filter((f) => {
    const call = new RegExp(`\\b${f}\\s*\\(`, 'i');
    return scope.triggers.some((t) => names.has(t.table.toLowerCase()) && call.test(t.definition));
  });
}

/** What each column means, for the reader of `detect`. */
export function mappingOf(set: SetProfile): Record<string, string> {
  const mapping: Record<string, string> = {};
  if (set.id !== undefined) mapping['id'] = set.id.join(', ');
  if (set.namespace !== undefined) mapping['namespace'] = columnRefText(set.namespace);
  if (set.text !== undefined) mapping['text'] = set.text.map(columnRefText).join(' + ');
  if (set.metadata !== undefined) mapping['metadata'] = set.metadata;
  if (set.hash !== undefined) mapping['hash'] = columnRefText(set.hash);
  if (set.created !== undefined) mapping['created'] = `${columnRefText(set.created.column)} (${set.created.format})`;
  if (set.softDeleted !== undefined)
    mapping['deleted'] = `${set.softDeleted} is ${set.deletedValue === undefined ? 'set' : set.deletedValue}`;
  if (set.hidden !== undefined) mapping['not searched'] = set.hidden.map(hiddenText).join(', ');
  if (set.ttl !== undefined) mapping['expires'] = ttlText(set.ttl);
  if (set.vectors !== undefined) mapping['vectors'] = vectorsText(set);
  if (set.evictionOrder !== undefined) mapping['evicted by'] = set.evictionOrder.join(', ');
  if (set.dependents !== undefined) mapping['goes along'] = [...new Set(set.dependents.map((d) => d.table))].join(', ');
  if (set.kind !== undefined) mapping['kind'] = set.kind.map(columnRefText).join(', ');
  if (set.rank !== undefined) mapping['kept first'] = rankText(set.rank);
  if (set.supersede !== undefined) mapping['superseded as'] = supersedeText(set.supersede);
  if (set.readOnly !== undefined) mapping['never removed'] = set.readOnly;
  return mapping;
}

function hiddenText(mark: HiddenMark): string {
  return `${columnRefText(mark.ref)} is ${mark.value ?? 'set'}`;
}

/** Of a number or a text the form matters; a column of the engine's own time type says it all. */
const UNITS: Readonly<Partial<Record<TimeFormat, string>>> = {
  'epoch-s': 'Unix seconds',
  'epoch-ms': 'Unix milliseconds',
  'epoch-us': 'Unix microseconds',
  'utc-text': 'UTC text',
};

/** The expiry rule as a condition: "created_at + ttl (s) <= now". */
export function ttlText(ttl: TtlRule): string {
  if (ttl.kind === 'at') {
    const column = columnRefText(ttl.at.column);
    if (ttl.at.format === 'date-text') return `${column} (UTC day) is over`;
    const unit = ttl.at.format === 'infer' ? undefined : UNITS[ttl.at.format];
    return `${column}${unit === undefined ? '' : ` (${unit})`} <= now`;
  }
  return `${columnRefText(ttl.from.column)} + ${ttl.ttl} (${ttl.seconds === 1 ? 's' : `${ttl.seconds} s`}) <= now`;
}

function vectorsText(set: SetProfile): string {
  const v = set.vectors;
  switch (v?.where) {
    case 'column':
      return `${v.column} (${v.scalar})`;
    case 'table':
      return `${v.table}.${v.column} (${v.scalar})`;
    case 'vec0':
      return `${v.table} (vec0)`;
    case 'sidecar':
      return `${v.file} beside the store (${v.format})`;
    default:
      return v?.name ?? 'none';
  }
}
