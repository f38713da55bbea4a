/** One index with the facts that its expected size is computed from. */
import type { MemorySet, PgColumnFacts, PgIndexBase, Structure, StructureKind, Withheld } from '../../store/index.ts';
import { structureId } from '../../store/index.ts';
import type { ColumnList } from './column-facts.ts';
import { type Measuring, measureBtree, measureGin, measureHnsw } from './measure.ts';
import { bareType } from './read-catalog.ts';
import { flag, type IndexRow, option } from './relation-rows.ts';
import { statisticsWithheld, type TableContext } from './table-context.ts';

/** nbtree stores duplicates as posting lists since PostgreSQL 13. */
const DEDUPLICATION_SINCE = 130_000;
/** gin_pending_list_limit and the storage parameter of that name are in kilobytes. */
const KILOBYTE = 1024;

type Facts = NonNullable<Structure['facts']>;

interface Described {
  readonly kind: StructureKind;
  readonly facts: Facts;
  readonly withheld: readonly Withheld[];
}

/** @param own columns of the index itself: types and statistics of its expressions */
export async function indexStructure(
  m: Measuring,
  i: IndexRow,
  t: TableContext,
  own: ColumnList | undefined,
): Promise<Structure> {
  const { kind, facts, withheld } = await described(m, i, t, own);
  const name = `${i.schema}.${i.name}`;
  const unseen = statisticsWithheld(t, m.privileges.role);
  const all = [...(kind === 'btree' || kind === 'gin' ? unseen : []), ...withheld];
  return {
    id: structureId(kind, name),
    kind,
    name,
    table: `${t.heap.schema}.${t.heap.name}`,
    // Of a GIN index reltuples are its keys once it was built, and the table's rows once it was vacuumed.
    rows: i.predicate === null && (kind === 'btree' || kind === 'gin') && t.rows !== null ? t.rows : indexTuples(i, t),
    bytes: i.bytes,
    pages: Math.round(i.bytes / m.pageSize),
    payloadBytes: null,
    unusedBytes: null,
    facts,
    ...(all.length === 0 ? {} : { withheld: all }),
  };
}

async function described(m: Measuring, i: IndexRow, t: TableContext, own: ColumnList | undefined): Promise<Described> {
  const base = indexBase(i, t);
  switch (i.method) {
    case 'btree': {
      const pages = await measureBtree(m, i);
      const facts: Facts = {
        ...base,
        kind: 'btree',
        fillfactor: option(i.options, 'fillfactor') ?? 90,
        keys: keysOf(i, t, own),
        keyCount: i.keyCount,
        deduplicates:
          m.session.serverVersion >= DEDUPLICATION_SINCE &&
          flag(i.options, 'deduplicate_items', true) &&
          !i.unique &&
          i.attributes.length === i.keyCount &&
          i.equalImage,
        pages: pages.value,
      };
      return { kind: 'btree', facts, withheld: pages.withheld };
    }
    case 'gin': {
      const gin = await measureGin(m, i);
      const facts: Facts = {
        ...base,
        kind: 'gin',
        opclass: i.opclass,
        fastupdate: flag(i.options, 'fastupdate', true),
        pendingPages: gin.pending?.pages ?? null,
        pendingTuples: gin.pending?.tuples ?? null,
        pendingLimitBytes: (option(i.options, 'gin_pending_list_limit') ?? (await serverLimit(m))) * KILOBYTE,
        freePages: gin.freePages,
        sample: gin.sample,
      };
      return { kind: 'gin', facts, withheld: gin.withheld };
    }
    case 'hnsw': {
      const sample = await measureHnsw(m, i);
      const facts: Facts = {
        ...base,
        kind: 'hnsw',
        opclass: i.opclass,
        ...vectorType(i.keyType),
        // pgvector's defaults: HNSW_DEFAULT_M, HNSW_DEFAULT_EF_CONSTRUCTION (src/hnsw.h).
        m: option(i.options, 'm') ?? 16,
        efConstruction: option(i.options, 'ef_construction') ?? 64,
        ...elementsOf(i, t, own),
        sample: sample.value,
      };
      return { kind: 'hnsw', facts, withheld: sample.withheld };
    }
    case 'ivfflat': {
      const { dims, scalar } = vectorType(i.keyType);
      const facts: Facts = {
        ...base,
        kind: 'ivfflat',
        opclass: i.opclass,
        dims,
        scalar: scalar === 'sparsevec' ? 'float32' : scalar,
        lists: option(i.options, 'lists') ?? 100,
        ...elementsOf(i, t, own),
      };
      return { kind: 'ivfflat', facts, withheld: [] };
    }
    default:
      return { kind: 'other-index', facts: { ...base, kind: 'other-index', accessMethod: i.method }, withheld: [] };
  }
}

function indexBase(i: IndexRow, t: TableContext): PgIndexBase {
  return {
    schema: i.schema,
    columns: i.attributes.map((n) => t.columns?.byNumber.get(n)?.name ?? null),
    unique: i.unique,
    origin: i.primary ? 'primary-key' : i.exclusion ? 'exclusion' : i.unique && i.constraint ? 'unique' : 'created',
    predicate: i.predicate,
    definition: i.definition,
    valid: i.valid,
    scans: i.scans,
    indexTuples: indexTuples(i, t),
    statistics: t.statistics,
  };
}

/** An index that was made on an empty table says 0 until somebody counts. */
function indexTuples(i: IndexRow, t: TableContext): number | null {
  return i.reltuples < 0 || (i.reltuples === 0 && t.statistics.state === 'never') ? null : i.reltuples;
}

/** A column's own statistics; of an expression, those of the index, which come with ANALYZE of the table. */
function keysOf(i: IndexRow, t: TableContext, own: ColumnList | undefined): PgColumnFacts[] | null {
  if (t.statistics.state !== 'present') return null;
  const keys = i.attributes.map((n, at) => (n === 0 ? own?.byNumber.get(at + 1) : t.columns?.byNumber.get(n)));
  return keys.every((k) => k !== undefined) ? keys : null;
}

async function serverLimit(m: Measuring): Promise<number> {
  const [r] = await m.session.query<{ kb: string }>(
    `SELECT setting AS kb FROM pg_catalog.pg_settings WHERE name = 'gin_pending_list_limit'`,
  );
  return Number(r?.kb ?? 4096);
}

const SCALARS: Readonly<Record<string, 'float32' | 'halfvec' | 'bit' | 'sparsevec'>> = {
  vector: 'float32',
  halfvec: 'halfvec',
  bit: 'bit',
  sparsevec: 'sparsevec',
};

/** Type of the key, an expression's included: "vector(1536)", "halfvec(3072)", "bit(1536)". */
export function vectorType(type: string): {
  readonly dims: number | null;
  readonly scalar: 'float32' | 'halfvec' | 'bit' | 'sparsevec';
} {
  const found = /^(\w+)(?:\((\d+)\))?$/.exec(bareType(type));
  const dims = found?.[2] === undefined ? null : Number(found[2]);
  return { dims, scalar: SCALARS[found?.[1] ?? ''] ?? 'float32' };
}

/** Rows that an index over one vector column should hold, from the best source there is. */
function elementsOf(
  i: IndexRow,
  t: TableContext,
  own: ColumnList | undefined,
): { readonly elements: number | null; readonly elementsFrom: string } {
  const column = t.columns?.byNumber.get(i.attributes[0] ?? 0);
  const counted = column === undefined ? null : countedVectors(t.set, column.name);
  if (i.predicate === null && t.counted && counted !== null) {
    return { elements: counted, elementsFrom: `counted: rows with ${column?.name}` };
  }
  const changed = t.statistics.modifiedSince ?? 0;
  // After VACUUM and ANALYZE it is the live elements; both also set the counter of changes back.
  const tuples = indexTuples(i, t);
  if (tuples !== null && changed <= 0.1 * Math.max(1, tuples)) {
    return { elements: tuples, elementsFrom: 'reltuples of the index' };
  }
  if (i.predicate !== null || t.rows === null) {
    return tuples === null
      ? { elements: null, elementsFrom: 'nothing known: run ANALYZE' }
      : { elements: tuples, elementsFrom: 'reltuples of the index, out of date' };
  }
  // Of an expression the index has statistics of its own.
  const nulls = (column ?? own?.byNumber.get(1))?.nullShare ?? 0;
  const from = `${t.counted ? 'rows counted' : 'table rows by statistics'}${nulls > 0 ? ' x (1 - null share)' : ''}`;
  return { elements: Math.round(t.rows * (1 - nulls)), elementsFrom: from };
}

function countedVectors(set: MemorySet | undefined, column: string): number | null {
  return set?.vectors?.where === 'column' && set.vectors.name === column ? set.vectors.rows : null;
}
