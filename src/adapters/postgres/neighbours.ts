/**
 * Near rows by the set's own vector index. For each row of a batch the index is asked for its nearest rows, whatever their
 * namespace, and those of the same namespace and kind are kept: a row that says the same thing comes among the first. Where
 * all that came are nearer than the threshold, there may be more behind them, and the row is asked again for more.
 */
import { InputError } from '../../quantity/index.ts';
import type { NeighbourPair, NeighbourRequest } from '../../store/index.ts';
import { type NearStatement, nearStatement, vectorsOf } from './near-statement.ts';
import { quoted } from './quoting.ts';
import type { PgReading, PgSet } from './reading.ts';
import { keyArrays } from './row-keys.ts';
import { anyKey } from './row-reader.ts';
import { scannedSet } from './scan.ts';
import type { PgSession } from './session.ts';
import { type NearIndex, nearIndex } from './vector-index.ts';

/** Rows of one statement: about a second of it. */
const BATCH = 200;
/** hnsw.ef_search: what pgvector looks at, at the least and at the most (HNSW_MAX_EF_SEARCH). */
const LEAST_SEARCH = 100;
const MOST_SEARCH = 1_000;
/** Vectors whose length is looked at where the index sorts by another distance than the cosine, and how far from 1 it may be. */
const LENGTHS = 1_000;
const UNIT_WITHIN = 0.01;
/** Iterative scans came with pgvector 0.8. */
const ITERATIVE_SINCE = 8;

export async function* neighbours(
  session: PgSession,
  reading: PgReading,
  request: NeighbourRequest,
): AsyncGenerator<NeighbourPair> {
  const s = scannedSet(session, reading, request.set);
  const index = await nearIndex(session, reading, s);
  const note = (text: string): void => request.onNote?.(text);
  if (index.predicate !== null)
    note(`the index ${index.name} holds only rows where ${index.predicate}; others are not found`);
  if (index.distance !== 'cosine') note(await unitLengths(session, reading, s, index));
  const statement = nearStatement(reading, s, anyKey(reading, s), index);
  await session.transaction(async () => {
    await prepare(session, reading, index, LEAST_SEARCH);
    const [plan] = await session.query<Record<string, string>>(
      `EXPLAIN (FORMAT JSON) ${statement.sql}`,
      statement.explained,
    );
    if (!String(plan?.['QUERY PLAN']).includes(`"Index Name": ${JSON.stringify(index.name)}`))
      note(
        `the server does not use the index ${index.name}: each row is compared with the whole table, which is exact and slow`,
      );
  });
  let done = 0;
  const total = request.keys?.length ?? (await estimate(session, s));
  for await (const keys of batches(session, statement, request.keys)) {
    request.signal?.throwIfAborted();
    yield* await around(session, reading, index, statement, keys, request);
    done += keys.length;
    request.onProgress?.(done, total === null ? null : Math.max(total, done));
  }
}

/** Pairs of one batch; the rows for which there may be more are asked again, for four times as many. */
async function around(
  session: PgSession,
  reading: PgReading,
  index: NearIndex,
  statement: NearStatement,
  keys: readonly string[],
  request: NeighbourRequest,
): Promise<NeighbourPair[]> {
  const pairs: NeighbourPair[] = [];
  let open = keys;
  // The row itself is the nearest.
  for (let nearest = Math.max(1, Math.floor(request.nearest)) + 1; open.length > 0; nearest *= 4) {
    const asked = Math.min(nearest, MOST_SEARCH);
    const rows = await session.transaction(async () => {
      await prepare(session, reading, index, Math.max(LEAST_SEARCH, asked));
      return await session.query<Record<string, unknown>>(
        statement.sql,
        statement.parameters(open, asked, request.similarity),
      );
    });
    const more = new Set<string>();
    const found: NeighbourPair[] = [];
    for (const r of rows) {
      const a = statement.keyOf(r, 'a');
      if (r['full'] === true) more.add(a);
      if (r['b0'] !== null) found.push({ a, b: statement.keyOf(r, 'b'), similarity: Number(r['similarity']) });
    }
    const again = asked < MOST_SEARCH ? more : new Set<string>();
    pairs.push(...found.filter((p) => !again.has(p.a)));
    open = [...again];
  }
  return pairs;
}

/** Settings of this transaction alone. */
async function prepare(session: PgSession, reading: PgReading, index: NearIndex, search: number): Promise<void> {
  const version = (reading.catalog.extensions.get('vector')?.version ?? '0').split('.').map(Number);
  const iterative = (version[0] ?? 0) > 0 || (version[1] ?? 0) >= ITERATIVE_SINCE;
  // A sort of the whole table for every row is what the planner takes for cheaper on small tables, and is wrong about on others.
  const settings = ['enable_seqscan = off', 'enable_sort = off', 'enable_bitmapscan = off'];
  if (index.method === 'hnsw') {
    settings.push(`hnsw.ef_search = ${search}`);
    if (iterative) settings.push('hnsw.iterative_scan = strict_order');
  } else settings.push(`ivfflat.probes = ${Math.min(index.lists, Math.max(10, Math.ceil(Math.sqrt(index.lists))))}`);
  await session.execute(settings.map((x) => `SET LOCAL ${x}`).join('; '));
}

/**
 * L2 and inner product order vectors as the cosine does where all of them have length 1.
 * @returns the note; @throws InputError where they have not
 */
async function unitLengths(session: PgSession, reading: PgReading, s: PgSet, index: NearIndex): Promise<string> {
  const { from, vector } = vectorsOf(index);
  const schema = quoted(reading.catalog.extensions.get('vector')?.schema ?? 'public');
  // The operator gives the inner product negated.
  const length = `pg_catalog.sqrt(-(${vector} OPERATOR(${schema}.<#>) ${vector}))`;
  const [r] = await session.query<{ n: number; low: number | null; high: number | null }>(
    `SELECT pg_catalog.count(*) AS n, min(x) AS low, max(x) AS high FROM (SELECT ${length} AS x FROM ${from} AS v WHERE ${vector} IS NOT NULL LIMIT ${LENGTHS}) AS s`,
  );
  const [low, high] = [r?.low ?? 1, r?.high ?? 1];
  if (Math.abs(low - 1) > UNIT_WITHIN || Math.abs(high - 1) > UNIT_WITHIN)
    throw new InputError(
      'no-vector-index',
      `${s.set.title} (${s.relation.schema}.${s.relation.name}): the index ${index.name} sorts by ${index.distance}, and lengths of the vectors reach from ${low.toFixed(3)} to ${high.toFixed(3)}: the nearest are not the most similar`,
      "an index with cosine operators (vector_cosine_ops) finds them, or compare without the store's index",
    );
  return `the index ${index.name} sorts by ${index.distance}; ${r?.n ?? 0} vectors looked at have length 1, for which that is the order of the cosine`;
}

async function estimate(session: PgSession, s: PgSet): Promise<number | null> {
  const [r] = await session.query<{ n: number }>(
    'SELECT c.reltuples::float8 AS n FROM pg_catalog.pg_class c WHERE c.oid = $1::oid',
    [s.relation.oid],
  );
  return r === undefined || r.n < 0 ? null : Math.round(r.n);
}

/** Keys of the active rows with a vector, by key, or the given ones. */
async function* batches(
  session: PgSession,
  statement: NearStatement,
  given: readonly string[] | undefined,
): AsyncGenerator<readonly string[]> {
  if (given !== undefined) {
    const once = [...new Set(given)];
    for (let i = 0; i < once.length; i += BATCH) yield once.slice(i, i + BATCH);
    return;
  }
  for (let last: string | undefined; ; ) {
    const rows = await session.query<Record<string, unknown>>(
      statement.listed(BATCH, last !== undefined),
      last === undefined ? [] : keyArrays(statement.key, [last]).map(([x]) => x),
    );
    const keys = rows.map((r) => statement.keyOf(r, 'a'));
    if (keys.length > 0) yield keys;
    if (rows.length < BATCH) return;
    last = keys.at(-1);
  }
}
