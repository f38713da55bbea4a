/** Every physical structure of the file, with its bytes from dbstat and the facts its expected size follows from. */
import type { IndexFacts, Note, Structure, StructurePiece, TableFacts } from '../../store/index.ts';
import { structureId } from '../../store/index.ts';
import { type Db, numberOr, one } from './driver.ts';
import type { SqliteCatalog, StoredIndex, StoredTable } from './read-catalog.ts';
import { countRows, tableFacts } from './record-size.ts';
import { isCorruption } from './sqlite-errors.ts';
import { vec0Facts } from './vec0-facts.ts';
import { fts5Definition } from './virtual-tables.ts';

export interface Reader {
  readonly db: Db;
  readonly catalog: SqliteCatalog;
  readonly dbstat: boolean;
  readonly note: (note: Note) => void;
  /** Lets the event loop run and throws when the caller has given up; called between statements. */
  readonly step: (what: string) => Promise<void>;
}

interface BTree {
  readonly bytes: number | null;
  readonly pages: number | null;
  readonly payload: number | null;
  readonly unused: number | null;
}

const NOT_TOLD: BTree = { bytes: null, pages: null, payload: null, unused: null };

export async function readStructures(reader: Reader): Promise<Structure[]> {
  const { catalog } = reader;
  const structures: Structure[] = [];
  const shadows = new Set(catalog.catalog.tables.flatMap((t) => t.shadows));
  const facts = new Map<string, TableFacts>();
  for (const table of catalog.stored.filter((t) => !shadows.has(t.name))) {
    await reader.step(`table ${table.name}`);
    const structure = table_(reader, table);
    if (structure.facts?.kind === 'table') facts.set(table.name, structure.facts);
    structures.push(structure);
    for (const index of catalog.indexes.filter((i) => i.table === table.name)) {
      await reader.step(`index ${index.name}`);
      structures.push(index_(reader, index, structure, facts.get(table.name)));
    }
  }
  for (const [name, v] of catalog.virtual) {
    await reader.step(`${v.module} ${name}`);
    structures.push(virtual_(reader, name, v.module, v.args));
  }
  const schema = btree(reader, 'sqlite_schema');
  structures.push({ ...figures('catalog', 'sqlite_schema', null, null, schema), facts: null });
  return structures;
}

function figures(
  kind: Structure['kind'],
  name: string,
  table: string | null,
  rows: number | null,
  b: BTree,
): Omit<Structure, 'facts'> {
  const { bytes, pages, payload, unused } = b;
  return {
    id: structureId(kind, name),
    kind,
    name,
    table,
    rows,
    bytes,
    pages,
    payloadBytes: payload,
    unusedBytes: unused,
  };
}

/** Pages of one B-tree; dbstat visits only that tree when the name is given. */
function btree(reader: Reader, name: string): BTree {
  if (!reader.dbstat) return NOT_TOLD;
  return spared(reader, name, NOT_TOLD, () => {
    const r = one(reader.db, 'SELECT pageno, pgsize, payload, unused FROM dbstat(?, 1) WHERE name = ?', ['main', name]);
    return {
      bytes: numberOr(r['pgsize'], null),
      pages: numberOr(r['pageno'], null),
      payload: numberOr(r['payload'], null),
      unused: numberOr(r['unused'], null),
    };
  });
}

/**
 * Notes why a structure could not be read; false for an error that is not the structure's own. A damaged structure is
 * reported and left out: the others are still worth knowing.
 */
export function excused(reader: Reader, name: string, e: unknown): boolean {
  const message = e instanceof Error ? e.message : String(e);
  const damaged = isCorruption(e);
  if (!damaged && !/no such (function|module|collation)|unsafe use|malformed JSON/.test(message)) return false;
  reader.note({
    code: damaged ? 'structure-damaged' : 'structure-unmeasured',
    level: 'unmeasured',
    message: `${name} could not be read: ${message}`,
    subject: name,
  });
  return true;
}

function spared<T>(reader: Reader, name: string, otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (e) {
    if (excused(reader, name, e)) return otherwise;
    throw e;
  }
}

function table_(reader: Reader, table: StoredTable): Structure {
  const rows = spared(reader, table.name, null, () => countRows(reader.db, table.name));
  const measured = rows === null ? null : spared(reader, table.name, null, () => tableFacts(reader.db, table, rows));
  // dbstat walks a damaged tree as far as it gets; what it then says is no size.
  const tree = rows === null ? NOT_TOLD : btree(reader, table.name);
  return { ...figures('table', table.name, table.name, rows, tree), facts: measured };
}

function index_(reader: Reader, index: StoredIndex, table: Structure, facts: TableFacts | undefined): Structure {
  const rows =
    index.predicate === null
      ? table.rows
      : spared(reader, index.name, null, () => countRows(reader.db, index.table, index.predicate));
  return {
    ...figures('index', index.name, index.table, rows, btree(reader, index.name)),
    facts: {
      kind: 'index',
      columns: index.columns.slice(0, index.keys).map((c) => (c === '' ? (facts?.rowidColumn ?? 'rowid') : c)),
      unique: index.unique,
      origin: index.origin,
      predicate: index.predicate,
      entry: index.predicate === null && facts !== undefined ? entrySize(index, facts) : null,
      plainOrder: index.plainOrder,
    },
  };
}

/** An index entry is a record of its key columns and the rowid (or the primary key). */
function entrySize(index: StoredIndex, facts: TableFacts): IndexFacts['entry'] {
  let mean = 1;
  let variance = 0;
  for (const name of index.columns) {
    if (name === null) return null;
    if (name === '' || name === facts.rowidColumn) {
      if (facts.rowids === null) return null;
      mean += 1 + facts.rowids.meanBytes;
      continue;
    }
    const column = facts.columns.find((c) => c.name === name);
    if (column?.meanBytes == null || column.meanHeaderBytes === null) return null;
    mean += column.meanBytes + column.meanHeaderBytes;
    variance += (column.deviationBytes ?? 0) ** 2;
  }
  return { mean, deviation: Math.sqrt(variance) };
}

function virtual_(reader: Reader, name: string, module: string, args: readonly string[]): Structure {
  const shadows = reader.catalog.catalog.tables.find((t) => t.name === name)?.shadows ?? [];
  const trees = shadows.flatMap((s) => [s, ...reader.catalog.indexes.filter((i) => i.table === s).map((i) => i.name)]);
  const sizes = trees.map((t) => ({ name: t, tree: btree(reader, t) }));
  const total = (of: (b: BTree) => number | null): number | null => {
    const values = sizes.map((s) => of(s.tree));
    return values.includes(null) || values.length === 0 ? null : values.reduce<number>((a, b) => a + (b ?? 0), 0);
  };
  const pieces: StructurePiece[] = sizes.map((s) => ({
    name: s.name,
    rows: null,
    bytes: s.tree.bytes,
    unusedBytes: s.tree.unused,
  }));
  const sum: BTree = {
    bytes: total((b) => b.bytes),
    pages: total((b) => b.pages),
    payload: total((b) => b.payload),
    unused: total((b) => b.unused),
  };
  const has = (suffix: string): boolean => shadows.includes(`${name}${suffix}`);
  if (module === 'vec0' && has('_chunks') && has('_rowids')) {
    const read = <T>(run: () => T): T | null => spared<T | null>(reader, name, null, run);
    const rows = read(() => countRows(reader.db, `${name}_rowids`));
    return {
      ...figures('vec0', name, name, rows, sum),
      facts: vec0Facts(reader.db, name, args, rows ?? 0, read),
      pieces,
    };
  }
  if (module === 'fts5' && has('_data')) {
    const rows = has('_docsize') ? spared(reader, name, null, () => countRows(reader.db, `${name}_docsize`)) : null;
    return { ...figures('fts5', name, name, rows, sum), facts: { kind: 'fts5', ...fts5Definition(args) }, pieces };
  }
  if (shadows.length === 0) {
    reader.note({
      code: 'virtual-table-unread',
      level: 'info',
      message: `${name} is a virtual table of module ${module}; what it stores elsewhere is not in the figures`,
      subject: structureId('virtual', name),
    });
  }
  return { ...figures('virtual', name, name, null, sum), facts: null, pieces };
}
