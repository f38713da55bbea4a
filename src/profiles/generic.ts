/** Tables that hold vectors and belong to no known system: what can be said of them by their shape alone. */
import { type Catalog, type CatalogTable, hasColumn } from '../store/index.ts';
import { type ColumnRef, defineProfile, type Profile, type SetProfile } from './profile.ts';

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

/** Any table with a BLOB column named like an embedding that no other profile claims. */
export const GENERIC: Omit<Profile, 'sets'> = {
  id: 'generic',
  title: 'unknown tables with vectors',
  schemes: ['sqlite'],
  source: 'column names and types',
  signature: { tables: {}, confidence: 0.3 },
  alsoOwns: [],
  hazards: [
    {
      text: 'columns are guessed from their names; no column is taken for an expiry, because many systems use such names for history',
    },
  ],
  ownMaintenance: 'unknown',
};

/** @param claimed lower-case names of the tables that known systems own */
export function genericProfiles(catalog: Catalog, claimed: ReadonlySet<string>): Profile[] {
  const free = catalog.tables.filter((t) => !claimed.has(t.name.toLowerCase()));
  const vec0 = free.filter((t) => t.module === 'vec0').map(vec0Set);
  const blobs = free.flatMap((t) => {
    const column = t.kind === 'table' ? embeddingColumn(t) : undefined;
    return column === undefined ? [] : [blobSet(t, column)];
  });
  const profiles: Profile[] = [];
  if (vec0.length > 0) profiles.push(defineProfile({ ...VEC0, sets: onePrimary(vec0) }));
  if (blobs.length > 0) profiles.push(defineProfile({ ...GENERIC, sets: onePrimary(blobs) }));
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

function embeddingColumn(table: CatalogTable): string | undefined {
  return NAMES.embedding.find((name) =>
    table.columns.some((c) => c.name.toLowerCase() === name && (c.type === '' || /BLOB/.test(c.type))),
  );
}

function blobSet(table: CatalogTable, column: string): SetProfile {
  const pick = (names: readonly string[]): ColumnRef | undefined => {
    const name = names.find((n) => hasColumn(table, n));
    return name === undefined ? undefined : { column: name };
  };
  const namespace = pick(NAMES.namespace);
  const text = pick(NAMES.text);
  const metadata = NAMES.metadata.find((n) => hasColumn(table, n));
  const created = pick(NAMES.created);
  const hash = pick(NAMES.hash);
  return {
    table: table.name,
    role: 'memory',
    title: `rows of ${table.name}`,
    ...(namespace === undefined ? {} : { namespace }),
    ...(text === undefined ? {} : { text: [text] }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(created === undefined ? {} : { created: { column: created, format: 'infer' } }),
    ...(hash === undefined ? {} : { hash }),
    vectors: { where: 'column', column, scalar: 'float32' },
  };
}
