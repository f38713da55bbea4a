/** Memory sets and structures by the schema and the planner's statistics alone: no table is read from end to end. */
import type { Match, SetProfile } from '../../profiles/index.ts';
import { type MemorySet, type Structure, structureId, type VectorFacts } from '../../store/index.ts';
import { all, type Db, numberOr, one, quoted } from './driver.ts';
import { emptySet } from './memory-sets.ts';
import { rowidName, type StoredTable } from './read-catalog.ts';
import { excused, type Reader } from './structures.ts';
import { vec0Definition } from './virtual-tables.ts';

const FLOAT32 = 4;
/** Rows looked at for the width of a vector. */
const LOOKED_AT = 100;

export async function approximateSets(reader: Reader, matches: readonly Match[]): Promise<MemorySet[]> {
  const sets: MemorySet[] = [];
  for (const match of matches) {
    for (const set of match.sets) {
      await reader.step(`${match.profile.title}: ${set.title}`);
      try {
        sets.push({
          ...emptySet(match, set, 0),
          ...rowsOf(reader, set.table),
          vectors: vectorsOf(reader, set),
          ...(set.readOnly === undefined ? {} : { readOnly: set.readOnly }),
        });
      } catch (e) {
        if (!excused(reader, set.table, e)) throw e;
      }
    }
  }
  return sets;
}

function rowsOf(reader: Reader, name: string): Pick<MemorySet, 'rows' | 'rowsFrom'> {
  const { db } = reader;
  const stored = (n: string): StoredTable | undefined => reader.catalog.stored.find((t) => t.name === n);
  const table = stored(name) ?? stored(`${name}_rowids`);
  if (table === undefined) return { rows: 0, rowsFrom: 'nothing tells' };
  const told = analysed(db, table.name);
  if (told !== null) return { rows: told, rowsFrom: 'sqlite_stat1, of the last ANALYZE' };
  if (table.withoutRowid) return { rows: 0, rowsFrom: 'nothing tells: the table has no rowid and was never analysed' };
  const id = rowidName(table);
  const r = one(
    db,
    `SELECT (SELECT min(${id}) FROM ${quoted(table.name)}) AS low, (SELECT max(${id}) FROM ${quoted(table.name)}) AS high`,
  );
  if (r['high'] == null) return { rows: 0, rowsFrom: 'the table is empty' };
  return { rows: Number(r['high']) - Number(r['low']) + 1, rowsFrom: 'the rowids between the first and the last' };
}

function analysed(db: Db, table: string): number | null {
  if (all(db, "SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'").length === 0) return null;
  const [r] = all(db, 'SELECT max(CAST(stat AS INTEGER)) AS n FROM sqlite_stat1 WHERE tbl = ? COLLATE NOCASE', [table]);
  return numberOr(r?.['n'], null);
}

function vectorsOf(reader: Reader, set: SetProfile): VectorFacts | null {
  const v = set.vectors;
  if (v === undefined) return null;
  const plain = { rows: null, dims: null, scalar: null };
  switch (v.where) {
    case 'vec0': {
      const found = [...reader.catalog.virtual].find(([n]) => n.toLowerCase() === v.table.toLowerCase());
      if (found === undefined) return null;
      const { vectors, chunkSize } = vec0Definition(found[1].args);
      const { dims = null, scalar = null } = vectors[0] ?? {};
      return { where: 'vec0', name: found[0], rows: null, dims, scalar, chunkSize };
    }
    case 'column':
    case 'table': {
      const table = v.where === 'table' ? v.table : set.table;
      if (!reader.catalog.stored.some((t) => t.name === table)) return null;
      const x = quoted(v.column);
      const r = one(
        reader.db,
        `SELECT max(octet_length(x)) AS bytes FROM (SELECT ${x} AS x FROM ${quoted(table)} LIMIT ${LOOKED_AT}) WHERE typeof(x) = 'blob'`,
      );
      const bytes = numberOr(r['bytes'], 0);
      const dims = bytes > 0 && bytes % FLOAT32 === 0 ? bytes / FLOAT32 : null;
      const name = v.where === 'table' ? `${v.table}.${v.column}` : v.column;
      return { where: 'column', name, rows: null, dims, scalar: dims === null ? null : 'float32' };
    }
    case 'sidecar':
      return { ...plain, where: 'sidecar', name: v.file };
    default:
      return { ...plain, where: 'elsewhere', name: v.name };
  }
}

/** What there is, without sizes: dbstat walks every page. Of a vec0 table what its CREATE statement says. */
export function approximateStructures(reader: Reader): Structure[] {
  const { catalog } = reader;
  const shadows = new Set(catalog.catalog.tables.flatMap((t) => t.shadows));
  const nothing = { rows: null, bytes: null, pages: null, payloadBytes: null, unusedBytes: null };
  const plain = (kind: Structure['kind'], name: string, table: string): Structure => {
    return { ...nothing, id: structureId(kind, name), kind, name, table, facts: null };
  };
  const tables = catalog.stored.filter((t) => !shadows.has(t.name));
  return [
    ...tables.flatMap((t) => [
      plain('table', t.name, t.name),
      ...catalog.indexes.filter((i) => i.table === t.name).map((i) => plain('index', i.name, t.name)),
    ]),
    ...[...catalog.virtual].map(([name, v]): Structure => {
      if (v.module !== 'vec0') return plain(v.module === 'fts5' ? 'fts5' : 'virtual', name, name);
      const { textId: _, metadata, auxiliary, ...definition } = vec0Definition(v.args);
      return {
        ...plain('vec0', name, name),
        facts: {
          kind: 'vec0',
          ...definition,
          metadata: metadata.map((m) => ({ ...m, meanBytes: null })),
          auxiliary: auxiliary.map((a) => ({ name: a, meanBytes: null })),
          idBytes: null,
          partitionBytes: null,
          chunks: null,
          capacity: null,
          partitions: null,
          packedChunks: null,
          createdBy: null,
        },
      };
    }),
  ];
}
