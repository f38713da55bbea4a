/**
 * A small store with something for every verb to find: the tables of a semantic cache (mneme) and of a memory service
 * with vectors in sqlite-vec (mcp-memory-service), filled by a seed, with dates counted from now. What is in it is told
 * by the counts that come back, read from the finished file.
 */
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../quantity/index.ts';
import { all, type Db, loadDriver, one } from './driver.ts';
import { seededRandom } from './seeded-random.ts';
import { loadSqliteVec } from './sqlite-vec.ts';

/** "mctl" in the header of the file: what tells a demo store from anybody's own. */
const APPLICATION_ID = 0x6d63746c;
const SEED = 20_260_101;
const DAY = 86_400;
const CACHE_DIMS = 128;
const MEMORY_DIMS = 256;
/** Cached answers ever written, and how many of the oldest are gone: enough free pages for `compact` to act. */
const ENTRIES = 8_400;
const GONE = 5_200;
/** Memories ever written: eight chunks of 1,024 slots. */
const MEMORIES = 8_100;
const FORGOTTEN = 0.72;
/** Each so many-th memory says what the one before it says. */
const REPEATED_EACH = 5;
const HOT = 'support-bot';
const QUOTA = { namespace: 'tenant-01', rows: 150 } as const;

const SCHEMA = `
CREATE TABLE schema_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT NOT NULL DEFAULT 'default', query_hash TEXT NOT NULL,
  query TEXT NOT NULL, response TEXT NOT NULL, embedding BLOB NOT NULL, metadata TEXT NOT NULL, created_at INTEGER NOT NULL,
  last_accessed_at INTEGER NOT NULL, ttl INTEGER, access_count INTEGER NOT NULL DEFAULT 0, UNIQUE(namespace, query_hash));
CREATE INDEX idx_entries_ns_hash ON entries(namespace, query_hash);
CREATE INDEX idx_entries_ns_lru ON entries(namespace, last_accessed_at);
CREATE TABLE namespace_quotas (namespace TEXT PRIMARY KEY, max_entries INTEGER NOT NULL);
CREATE TABLE multi_process_state (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE memories (id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT NULL, content TEXT NOT NULL, tags TEXT,
  memory_type TEXT, metadata TEXT, created_at REAL, updated_at REAL, created_at_iso TEXT, updated_at_iso TEXT, deleted_at REAL DEFAULT NULL);
CREATE INDEX idx_memories_created_at ON memories (created_at);
CREATE VIRTUAL TABLE memory_embeddings USING vec0(content_embedding FLOAT[${MEMORY_DIMS}] distance_metric=cosine);
INSERT INTO schema_meta VALUES ('schema_version', '1'), ('embedder_fingerprint', 'demo:${CACHE_DIMS}'), ('embedder_dim', '${CACHE_DIMS}');
INSERT INTO namespace_quotas VALUES ('${QUOTA.namespace}', ${QUOTA.rows});
INSERT INTO multi_process_state VALUES ('version_counter', '1');`;

export interface DemoStore {
  readonly path: string;
  readonly bytes: number;
  readonly logBytes: number;
  readonly entries: number;
  readonly expired: number;
  readonly namespaces: number;
  readonly hot: { readonly namespace: string; readonly rows: number };
  readonly overQuota: { readonly namespace: string; readonly rows: number; readonly quota: number };
  /** Rows of the cache that say what another row of their namespace says: word for word but for case and blanks, or nearly. */
  readonly exactDuplicates: number;
  readonly nearDuplicates: number;
  readonly memories: number;
  /** Of those that are not deleted: rows that say what another one says, but for case. */
  readonly repeatedMemories: number;
  readonly softDeleted: number;
  readonly vectors: number;
  readonly vectorSlots: number;
  /** Vectors whose memory is gone. */
  readonly orphans: number;
  readonly freeBytes: number;
}

/**
 * @param force write over a file that is no demo store
 * @throws InputError when something else is at the path, or its directory is not there
 * @throws StoreError when better-sqlite3 or sqlite-vec is not installed
 */
export async function makeDemoStore(
  path: string,
  o: { readonly now: Date; readonly force: boolean },
): Promise<DemoStore> {
  const Database = await loadDriver();
  refuseForeign(path, o.force, (p) => new Database(p, { readonly: true, fileMustExist: true }));
  const directory = mkdtempSync(join(tmpdir(), 'memctl-demo-'));
  const draft = join(directory, 'demo.db');
  const db = new Database(draft);
  try {
    await loadSqliteVec(db);
    const made = filled(db, Math.floor(o.now.getTime() / 1000));
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    // Copied while it is open: the log stays beside the file, as a process leaves it that was killed.
    copyFileSync(draft, path);
    copyFileSync(`${draft}-wal`, `${path}-wal`);
    return { path, bytes: statSync(path).size, logBytes: statSync(`${path}-wal`).size, ...made };
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR' || code === 'EROFS') {
      throw new InputError(
        'demo-place',
        `FILE: ${path} cannot be written (${code}); its directory must exist and be yours`,
      );
    }
    throw e;
  } finally {
    db.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

function refuseForeign(path: string, force: boolean, open: (path: string) => Db): void {
  if (!existsSync(path)) return;
  if (!statSync(path).isFile()) throw new InputError('demo-place', `FILE: ${path} is not a file`);
  if (force) return;
  let id: unknown;
  try {
    const db = open(path);
    id = db.pragma('application_id', { simple: true });
    db.close();
  } catch {
    // No SQLite file: not ours.
  }
  if (id === APPLICATION_ID) return;
  throw new InputError(
    'demo-exists',
    `FILE: ${path} exists and is no demo store; it was left alone`,
    'name another file, or --force to write over it',
  );
}

type Random = () => number;

const WHO = ['the customer', 'Priya', 'the on-call engineer', 'Omar', 'the finance team', 'Lena', 'the build agent'];
const WHAT = [
  'asked about',
  'prefers',
  'changed',
  'reported a problem with',
  'decided against',
  'wrote notes on',
  'approved',
];
const WHICH = [
  'invoice export',
  'dark mode',
  'the staging database',
  'weekly summaries',
  'two-factor login',
  'refund rules',
  'the Kubernetes upgrade',
  'shipping to Norway',
];

function sentence(random: Random, n: number): string {
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] as string;
  return `${pick(WHO)} ${pick(WHAT)} ${pick(WHICH)} (case ${n})`;
}

/** A direction in space with unit length; `near` stays close to another one (cosine about 1 / sqrt(1 + spread^2)). */
function direction(random: Random, dims: number, near?: Float32Array, spread = 0.2): Float32Array {
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const scale = near === undefined ? 1 : spread / Math.sqrt(dims);
  const v = Float32Array.from({ length: dims }, (_, i) => (near?.[i] ?? 0) + gauss() * scale);
  const length = Math.hypot(...v);
  return v.map((x) => x / length);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const bytesOf = (v: Float32Array): Buffer => Buffer.from(v.buffer, v.byteOffset, v.byteLength);

function filled(db: Db, now: number): Omit<DemoStore, 'path' | 'bytes' | 'logBytes'> {
  const random = seededRandom(SEED);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec(SCHEMA);
  let near = 0;
  db.transaction(() => {
    near = cache(db, random, now);
    service(db, random, now);
  })();
  // The oldest went one day, and their pages are free since.
  db.prepare('DELETE FROM entries WHERE id <= ?').run(GONE);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.pragma('wal_autocheckpoint = 0');
  // What a busy day leaves in the log: hits counted on the hot namespace.
  db.prepare(
    'UPDATE entries SET access_count = access_count + 1, last_accessed_at = ? WHERE namespace = ? AND id % 8 = 0',
  ).run(now - 60, HOT);
  const n = (sql: string, ...p: unknown[]): number =>
    Number(
      db
        .prepare(sql)
        .pluck()
        .get(...p),
    );
  return {
    entries: n('SELECT count(*) FROM entries'),
    expired: n('SELECT count(*) FROM entries WHERE created_at + ttl <= ?', now),
    namespaces: n('SELECT count(DISTINCT namespace) FROM entries'),
    hot: { namespace: HOT, rows: n('SELECT count(*) FROM entries WHERE namespace = ?', HOT) },
    overQuota: {
      namespace: QUOTA.namespace,
      rows: n('SELECT count(*) FROM entries WHERE namespace = ?', QUOTA.namespace),
      quota: QUOTA.rows,
    },
    exactDuplicates: n('SELECT total(n - 1) FROM (SELECT count(*) AS n FROM entries GROUP BY namespace, embedding)'),
    nearDuplicates: near,
    memories: n('SELECT count(*) FROM memories'),
    repeatedMemories: n(
      'SELECT total(n - 1) FROM (SELECT count(*) AS n FROM memories WHERE deleted_at IS NULL GROUP BY lower(content), memory_type)',
    ),
    softDeleted: n('SELECT count(*) FROM memories WHERE deleted_at IS NOT NULL'),
    vectors: n('SELECT count(*) FROM memory_embeddings_rowids'),
    vectorSlots: n('SELECT sum(size) FROM memory_embeddings_chunks'),
    orphans: n('SELECT count(*) FROM memory_embeddings_rowids WHERE rowid NOT IN (SELECT id FROM memories)'),
    freeBytes:
      n('SELECT freelist_count FROM pragma_freelist_count') *
      Number(one(db, 'SELECT page_size FROM pragma_page_size')['page_size']),
  };
}

/** One that later ones repeat. */
interface Entry {
  readonly id: number;
  readonly query: string;
  readonly response: string;
  readonly vector: Float32Array;
  variants: number;
}

/**
 * Cached answers: two fifths under one namespace, the rest over 40 tenants, ever fewer each.
 * @returns near duplicates of rows that are left
 */
function cache(db: Db, random: Random, now: number): number {
  const insert = db.prepare(
    'INSERT INTO entries(namespace, query_hash, query, response, embedding, metadata, created_at, last_accessed_at, ttl, access_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const latest = new Map<string, Entry>();
  const nearTo = new Map<number, number>();
  for (let i = 1; i <= ENTRIES; i++) {
    const namespace = random() < 0.4 ? HOT : `tenant-${String(1 + Math.floor(40 * random() ** 2.2)).padStart(2, '0')}`;
    const before = latest.get(namespace);
    const roll = random();
    let query = sentence(random, i);
    let vector = direction(random, CACHE_DIMS);
    const repeats = before !== undefined && roll < 0.16;
    const exact = repeats && roll < 0.07;
    if (repeats) {
      before.variants++;
      // Cached under a key of its own: the application hashed the text as it was typed.
      query = exact
        ? `${before.query.toUpperCase()}${' '.repeat(before.variants)}`
        : before.query.replace('(case', '(again: case');
      query = exact ? query : `${query} #${before.variants}`;
      vector = exact ? before.vector : direction(random, CACHE_DIMS, before.vector);
      if (!exact) nearTo.set(i, before.id);
    }
    const age = Math.floor(random() * 45 * DAY);
    const ttl = [null, DAY, 7 * DAY, 60 * DAY][Math.floor(random() * 4)];
    const answer = `${query}: ${sentence(random, i)}. ${sentence(random, i)}. `.repeat(2);
    const response = exact ? before.response : answer;
    if (!repeats) latest.set(namespace, { id: i, query, response, vector, variants: 0 });
    const created = now - age;
    insert.run(
      namespace,
      sha256(`${namespace}\0${query}`),
      query,
      response,
      bytesOf(vector),
      '{"model":"demo"}',
      created,
      created + Math.floor(random() * age),
      ttl,
      Math.floor(random() * 9),
    );
  }
  return [...nearTo.values()].filter((id) => id > GONE).length;
}

/** Memories with vectors, more than half of them deleted since here and there: their slots in the chunks are empty. */
function service(db: Db, random: Random, now: number): void {
  const memory = db.prepare(
    "INSERT INTO memories(content_hash, content, tags, memory_type, metadata, created_at, updated_at, created_at_iso, updated_at_iso, deleted_at) VALUES (?, ?, ?, ?, '{}', ?, ?, ?, ?, ?)",
  );
  const vector = db.prepare('INSERT INTO memory_embeddings(rowid, content_embedding) VALUES (?, ?)');
  let last: { readonly content: string; readonly direction: Float32Array } = {
    content: '',
    direction: new Float32Array(),
  };
  for (let i = 1; i <= MEMORIES; i++) {
    const repeats = i % REPEATED_EACH === 0;
    const drawn = sentence(random, 10_000 + i);
    // Its hash is that of the text as it was typed: the same again in capitals is another one.
    const content = repeats ? last.content.toUpperCase() : drawn;
    const created = now - random() * 200 * DAY;
    const iso = new Date(created * 1000).toISOString();
    const deleted = random() < 0.04 ? now - random() * 60 * DAY : null;
    memory.run(
      sha256(content),
      content,
      `proj:${i % 9}`,
      ['note', 'decision', 'fact'][(repeats ? i - 1 : i) % 3],
      created,
      created,
      iso,
      iso,
      deleted,
    );
    const towards = direction(random, MEMORY_DIMS);
    last = { content, direction: repeats ? last.direction : towards };
    vector.run(BigInt(i), last.direction);
  }
  const ids = all(db, 'SELECT id FROM memories').map((r) => Number(r['id']));
  const withVector = db.prepare('DELETE FROM memory_embeddings WHERE rowid = ?');
  const row = db.prepare('DELETE FROM memories WHERE id = ?');
  for (const id of ids) {
    const roll = random();
    if (roll < FORGOTTEN) {
      row.run(id);
      // An application that forgets the vector leaves it without its memory.
      if (roll < FORGOTTEN - 0.015) withVector.run(BigInt(id));
    }
  }
}
