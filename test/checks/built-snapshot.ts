/** Snapshots of stores as they were measured, written down by hand. */
import type {
  BtreeFacts,
  GinFacts,
  HeapFacts,
  HnswFacts,
  IvfflatFacts,
  MemorySet,
  PgColumnFacts,
  PgStatistics,
  Snapshot,
  Structure,
  StructureFacts,
} from '../../src/store/index.ts';

export const PAGE = 8192;
export const FRESH: PgStatistics = { state: 'present', analyzedAt: '2026-11-20T00:00:00Z', modifiedSince: 0 };

export function snapshotOf(
  scheme: string,
  structures: readonly Structure[],
  more: Partial<Pick<Snapshot, 'memorySets' | 'notes' | 'storage'>> & {
    readonly settings?: Record<string, string>;
  } = {},
): Snapshot {
  const bytes = structures.reduce((a, s) => a + (s.bytes ?? 0), 0);
  return {
    schemaVersion: 1,
    kind: 'store-snapshot',
    takenAt: '2026-11-21T00:00:00.000Z',
    sections: ['profiles', 'structures', 'memories'],
    identity: {
      scheme,
      name: 'memories',
      address: `${scheme}:memories`,
      fingerprint: 'f',
      engine: scheme,
      engineVersion: '17',
      settings: more.settings ?? {},
    },
    capabilities: [],
    storage: more.storage ?? {
      totalBytes: bytes,
      dataBytes: bytes,
      logBytes: 0,
      freeBytes: 0,
      pageSize: scheme === 'sqlite' ? 4096 : PAGE,
      pages: null,
      freePages: null,
    },
    profiles: [],
    unrecognised: [],
    structures,
    memorySets: more.memorySets ?? [],
    notes: more.notes ?? [],
  };
}

function structure(name: string, facts: StructureFacts, pages: number, rows: number | null): Structure {
  return {
    id: `${facts.kind}:public.${name}`,
    kind: facts.kind,
    name: `public.${name}`,
    table: 'public.memories',
    rows,
    bytes: pages * PAGE,
    pages,
    payloadBytes: null,
    unusedBytes: null,
    facts,
  };
}

export function column(name: string, type: string, more: Partial<PgColumnFacts> = {}): PgColumnFacts {
  const fixed: Record<string, [number, 1 | 2 | 4 | 8]> = {
    bigint: [8, 8],
    'timestamp with time zone': [8, 8],
    real: [4, 4],
    'double precision': [8, 8],
    uuid: [16, 1],
    boolean: [1, 1],
  };
  const [length, align] = fixed[type] ?? [-1, 4];
  return {
    name,
    type,
    length,
    align,
    meanBytes: length > 0 ? length : null,
    nullShare: 0,
    distinct: -1,
    commonShares: [],
    storage: length > 0 ? 'p' : /^(vector|halfvec)/.test(type) ? 'e' : 'x',
    ...more,
  };
}

const BASE = {
  schema: 'public',
  columns: ['c'],
  unique: false,
  origin: 'created' as const,
  predicate: null,
  definition: '',
  valid: true,
  scans: 0,
  statistics: FRESH,
};

export const btree = (
  name: string,
  keys: readonly PgColumnFacts[] | null,
  pages: number,
  rows: number | null,
  more: Partial<BtreeFacts> = {},
): Structure =>
  structure(
    name,
    {
      ...BASE,
      kind: 'btree',
      indexTuples: rows,
      fillfactor: 90,
      keys,
      keyCount: keys?.length ?? 1,
      deduplicates: true,
      pages: null,
      ...more,
    },
    pages,
    rows,
  );

export const heap = (
  columns: readonly PgColumnFacts[],
  pages: number,
  rows: number | null,
  more: Partial<HeapFacts> = {},
): Structure =>
  structure(
    'memories',
    {
      kind: 'heap',
      schema: 'public',
      fillfactor: 100,
      columns,
      statistics: FRESH,
      heapBytes: (pages - (more.toast?.pages ?? 0)) * PAGE,
      deadRows: 0,
      toast: null,
      freeSpaceMapBytes: null,
      tuples: null,
      hotUpdateShare: null,
      lastVacuum: '2026-11-20T00:00:00Z',
      ...more,
    },
    pages,
    rows,
  );

export const hnsw = (pages: number, elements: number | null, dims: number, more: Partial<HnswFacts> = {}): Structure =>
  structure(
    'memories_embedding_idx',
    {
      ...BASE,
      kind: 'hnsw',
      columns: ['embedding'],
      indexTuples: elements,
      opclass: 'vector_cosine_ops',
      dims,
      scalar: 'float32',
      m: 16,
      efConstruction: 64,
      elements,
      elementsFrom: 'reltuples of the index',
      sample: null,
      ...more,
    },
    pages,
    elements,
  );

export const ivfflat = (pages: number, elements: number, dims: number, lists: number): Structure =>
  structure(
    'memories_ivf_idx',
    {
      ...BASE,
      kind: 'ivfflat',
      columns: ['embedding'],
      indexTuples: elements,
      opclass: 'vector_l2_ops',
      dims,
      scalar: 'float32',
      lists,
      elements,
      elementsFrom: 'reltuples of the index',
    } satisfies IvfflatFacts,
    pages,
    elements,
  );

export const gin = (pages: number, rows: number, more: Partial<GinFacts> = {}): Structure =>
  structure(
    'memories_content_gin',
    {
      ...BASE,
      kind: 'gin',
      indexTuples: rows,
      opclass: 'tsvector_ops',
      fastupdate: true,
      pendingPages: null,
      pendingTuples: null,
      pendingLimitBytes: 4 * 2 ** 20,
      freePages: null,
      sample: null,
      ...more,
    },
    pages,
    rows,
  );

export function memorySet(table: string, rows: number, more: Partial<MemorySet> = {}): MemorySet {
  return {
    id: `generic:${table}`,
    profile: 'generic',
    role: 'memory',
    title: 'memories',
    table,
    primary: true,
    rows,
    softDeleted: null,
    namespaces: { column: 'namespace', distinct: 2, top: [], classes: [] },
    breakdowns: [],
    vectors: null,
    textBytes: null,
    metadataBytes: null,
    namespaceBytes: null,
    ttl: null,
    ages: null,
    overQuota: [],
    ...more,
  };
}
