/** A profile's set, reduced to the columns that the table at hand really has: old releases lack some. */
import { type CatalogTable, hasColumn } from '../store/index.ts';
import { type ColumnRef, columnRefText, type SetProfile, type TtlRule } from './profile.ts';

const rootColumn = (ref: ColumnRef): string => ('column' in ref ? ref.column : ref.json);

/** @returns undefined when the table is another one of the same name: its namespace or text columns are missing */
export function resolveSet(set: SetProfile, table: CatalogTable, certain: boolean): SetProfile | undefined {
  const has = (ref: ColumnRef): boolean => hasColumn(table, rootColumn(ref));
  const needed = [...(set.namespace === undefined ? [] : [set.namespace]), ...(set.text ?? [])];
  if (!certain && !needed.every(has)) return undefined;
  const text = set.text?.filter(has) ?? [];
  const breakdowns = set.breakdowns?.filter(has) ?? [];
  const { namespace, metadata, hash, created, softDeleted, ttl, vectors, id } = set;
  const vectorsHere = vectors?.where === 'column' ? hasColumn(table, vectors.column) : vectors !== undefined;
  return {
    table: table.name,
    role: set.role,
    title: set.title,
    ...(set.primary === undefined ? {} : { primary: set.primary }),
    ...(id?.every((c) => hasColumn(table, c)) ? { id } : {}),
    ...(namespace !== undefined && has(namespace) ? { namespace } : {}),
    ...(set.namespaceLabel === undefined ? {} : { namespaceLabel: set.namespaceLabel }),
    ...(text.length > 0 ? { text } : {}),
    ...(metadata !== undefined && hasColumn(table, metadata) ? { metadata } : {}),
    ...(hash !== undefined && has(hash) ? { hash } : {}),
    ...(created !== undefined && has(created.column) ? { created } : {}),
    ...(softDeleted !== undefined && hasColumn(table, softDeleted) ? { softDeleted } : {}),
    ...(ttl !== undefined && ttlColumns(ttl).every(has) ? { ttl } : {}),
    ...(breakdowns.length > 0 ? { breakdowns } : {}),
    ...(vectors !== undefined && vectorsHere ? { vectors } : {}),
    ...(set.quota === undefined ? {} : { quota: set.quota }),
  };
}

function ttlColumns(ttl: TtlRule): ColumnRef[] {
  return ttl.kind === 'at' ? [ttl.at.column] : [ttl.from.column, { column: ttl.ttl }];
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
  if (set.softDeleted !== undefined) mapping['deleted'] = `${set.softDeleted} is set`;
  if (set.ttl !== undefined) mapping['expires'] = ttlText(set.ttl);
  if (set.vectors !== undefined) mapping['vectors'] = vectorsText(set);
  return mapping;
}

/** The expiry rule as a condition: "created_at + ttl (s) <= now". */
export function ttlText(ttl: TtlRule): string {
  if (ttl.kind === 'at') return `${columnRefText(ttl.at.column)} (${ttl.at.format}) <= now`;
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
