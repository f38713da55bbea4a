/** Tables that hold vectors and belong to no known system: what can be said of them by their shape alone. */
import type { CatalogColumn, CatalogTable, TimeFormat } from '../store/index.ts';
import { type ColumnRef, defineProfile, type Profile, type SetProfile, type VectorScalar } from './profile.ts';
import type { Scope } from './scope.ts';
import { baseType, columnOf } from './table-spec.ts';

/** Column names in the order of preference; the first that exists is taken. */
const NAMES = {
  embedding: ['embedding', 'vector', 'embeddings', 'emb', 'content_embedding'],
  namespace: ['namespace', 'user_id', 'tenant_id', 'agent_id', 'collection', 'collection_id', 'project', 'session_id'],
  text: ['content', 'text', 'document', 'memory', 'body', 'summary'],
  metadata: ['metadata', 'meta', 'payload'],
  created: ['created_at', 'created', 'timestamp', 'inserted_at', 'updated_at'],
  hash: ['content_hash', 'hash'],
} as const;

/** Any vec0 table that no other profile claims. */
export const VEC0: Omit<Profile, 'sets'> = {
  id: 'vec0',
  title: 'sqlite-vec tables',
  schemes: ['sqlite'],
  source: 'sqlite-vec 0.1.9, shadow tables of vec0',
  signature: { tables: {}, confidence: 0.9 },
  alsoOwns: [],
  hazards: [
    {
      text: 'deleted rows leave their chunk slots allocated, and VACUUM does not give them back: only a rebuild of the table does',
    },
    { text: 'every value of a partition key takes at least one whole chunk' },
  ],
  ownMaintenance: 'a chunk is freed when its last row goes; partly used chunks stay',
};

/** Any table with a vector column, or bytes named like an embedding, that no other profile claims. */
export const GENERIC: Omit<Profile, 'sets'> = {
  id: 'generic',
  title: 'unknown tables with vectors',
  schemes: ['sqlite', 'postgres'],
  source: 'column names and types',
  signature: { tables: {}, confidence: 0.3 },
  alsoOwns: [],
  hazards: [
    {
      text: 'columns are guessed from their names; no column is taken for an expiry, because many systems use such names for history',
    },
  ],
  ownMaintenance: 'unknown',
  readOnly: 'its columns are guessed: say what they mean with --map FILE',
};

/** @param scope tables that no known system owns */
export function genericProfiles(scope: Scope): Profile[] {
  const vec0 = scope.tables.filter((t) => t.module === 'vec0').map(vec0Set);
  const plain = scope.tables.flatMap((t) => {
    const column = t.kind === 'table' ? vectorColumn(t, scope.scheme) : undefined;
    return column === undefined ? [] : [plainSet(t, column, scope.scheme)];
  });
  const profiles: Profile[] = [];
  if (vec0.length > 0) profiles.push(defineProfile({ ...VEC0, sets: onePrimary(vec0) }));
  if (plain.length > 0) profiles.push(defineProfile({ ...GENERIC, sets: onePrimary(plain) }));
  return profiles;
}

/** memplan plans with one set; where shape alone speaks, with the only one. */
function onePrimary(sets: readonly SetProfile[]): SetProfile[] {
  return sets.length === 1 ? sets.map((s) => ({ ...s, primary: true })) : [...sets];
}

function vec0Set(table: CatalogTable): SetProfile {
  return {
    table: table.name,
    role: 'vectors',
    title: `vectors of ${table.name}`,
    vectors: { where: 'vec0', table: table.name },
  };
}

interface VectorColumn {
  readonly name: string;
  readonly scalar: VectorScalar;
}

/** Fewer bits than this are flags, not a quantised embedding: the shortest in use has 256. */
const MIN_BITS = 64;

/** In PostgreSQL a column of a vector type; else one of bytes that is called like an embedding. */
function vectorColumn(table: CatalogTable, scheme: string): VectorColumn | undefined {
  if (scheme === 'postgres') {
    const typed = table.columns.flatMap((c): VectorColumn[] => {
      const type = baseType(c.type);
      if (type === 'vector') return [{ name: c.name, scalar: 'float32' }];
      if (type === 'halfvec' || type === 'sparsevec') return [{ name: c.name, scalar: type }];
      const bits = type === 'bit' ? Number(/\((\d+)\)/.exec(c.type)?.[1] ?? 1) : 0;
      return bits >= MIN_BITS ? [{ name: c.name, scalar: 'bit' }] : [];
    });
    if (typed[0] !== undefined) return typed[0];
  }
  const bytes = scheme === 'postgres' ? /^bytea$/i : /^$|BLOB/i;
  const name = NAMES.embedding.find((n) =>
    table.columns.some((c) => c.name.toLowerCase() === n && bytes.test(baseType(c.type))),
  );
  return name === undefined ? undefined : { name, scalar: 'float32' };
}

function plainSet(table: CatalogTable, vector: VectorColumn, scheme: string): SetProfile {
  const pick = (names: readonly string[]): CatalogColumn | undefined =>
    names.map((n) => columnOf(table, n)).find((c) => c !== undefined && c.name !== vector.name);
  const ref = (names: readonly string[]): ColumnRef | undefined => {
    const name = pick(names)?.name;
    return name === undefined ? undefined : { column: name };
  };
  const keys = table.columns.filter((c) => c.primaryKey > 0).sort((a, b) => a.primaryKey - b.primaryKey);
  const namespace = ref(NAMES.namespace);
  const text = ref(NAMES.text);
  const metadata = pick(NAMES.metadata)?.name;
  const created = pick(NAMES.created);
  const hash = ref(NAMES.hash);
  return {
    table: table.name,
    role: 'memory',
    title: `rows of ${table.name}`,
    ...(keys.length === 0 ? {} : { id: keys.map((k) => k.name) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(text === undefined ? {} : { text: [text] }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(created === undefined
      ? {}
      : { created: { column: { column: created.name }, format: timeFormatOf(created, scheme) } }),
    ...(hash === undefined ? {} : { hash }),
    vectors: { where: 'column', column: vector.name, scalar: vector.scalar },
  };
}

/** PostgreSQL's own time types say what they are; anything else is judged from its values. */
export function timeFormatOf(column: CatalogColumn, scheme: string): TimeFormat | 'infer' {
  return scheme === 'postgres' && ['timestamptz', 'timestamp', 'date'].includes(baseType(column.type))
    ? 'native'
    : 'infer';
}
