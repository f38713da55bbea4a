/** Elements of a vector set, and their neighbours by the graph that it keeps. Commands: https://redis.io/docs/latest/commands/vsim/ */
import { InputError } from '../../quantity/index.ts';
import type { NeighbourPair, NeighbourRequest, ScanRequest, ScanRow } from '../../store/index.ts';
import type { Command } from './node-connection.ts';
import type { RedisSet } from './recognise.ts';
import { sampleOf } from './sampling.ts';
import type { RedisSession } from './session.ts';

const BATCH = 100;

/**
 * An element has a name and a vector, as the server gives it back: what was quantised comes approximately. Its attributes are
 * its metadata; it has neither text nor namespace.
 */
export async function* scanVectorSet(
  session: RedisSession,
  { pattern: key }: RedisSet,
  { fields, keys, namespaces, sample, signal }: ScanRequest,
): AsyncGenerator<ScanRow> {
  if (namespaces !== undefined && !namespaces.includes(null)) return;
  const names = keys === undefined ? await elements(session, key) : [...new Set(keys)];
  const asked = sample === undefined || keys !== undefined ? names : sampleOf(names, sample.rows, sample.seed);
  const wants = { vector: fields.includes('vector'), metadata: fields.includes('metadata') };
  for (let i = 0; i < asked.length; i += BATCH) {
    signal?.throwIfAborted();
    const part = asked.slice(i, i + BATCH);
    const commands = (name: string, wanted: boolean): Command[] => (wanted ? part.map((e) => [name, key, e]) : []);
    // Without vectors they tell all the same which elements are there.
    const vectors = await session.many(commands('VEMB', wants.vector || keys !== undefined));
    const attributes = await session.many(commands('VGETATTR', wants.metadata));
    for (const [n, id] of part.entries()) {
      const vector = vectors[n];
      if (keys !== undefined && !Array.isArray(vector)) continue;
      const metadata = attributes[n];
      yield {
        id,
        ...(typeof metadata === 'string' ? { metadata } : {}),
        ...(wants.vector && Array.isArray(vector) ? { vector: Float32Array.from(vector, Number) } : {}),
      };
    }
  }
}

/** Names of all elements in order. A positive count gives distinct ones, and one as large as the set gives them all. */
async function elements(session: RedisSession, key: string): Promise<string[]> {
  const count = Number(await session.call('VCARD', key));
  if (count === 0) return [];
  return ((await session.call('VRANDMEMBER', key, count)) as string[]).sort();
}

/**
 * Near elements as the set's own graph finds them. The server scores by its quantised vectors: (1 + cosine) / 2.
 * @throws InputError when the entries are no vector set
 */
export async function* vectorSetNeighbours(
  session: RedisSession,
  set: RedisSet,
  { similarity, nearest, keys, signal, onProgress }: NeighbourRequest,
): AsyncGenerator<NeighbourPair> {
  if (set.set.type !== 'vectorset')
    throw new InputError(
      'no-vector-index',
      `${set.id}: its entries are hashes, which the server cannot search by vector`,
    );
  const key = set.pattern;
  const asked = keys === undefined ? await elements(session, key) : [...new Set(keys)];
  for (let i = 0; i < asked.length; i += BATCH) {
    signal?.throwIfAborted();
    const part = asked.slice(i, i + BATCH);
    // One more than asked for: the element finds itself.
    const replies = await session.many(
      part.map((e): Command => ['VSIM', key, 'ELE', e, 'WITHSCORES', 'COUNT', nearest + 1]),
    );
    for (const [n, a] of part.entries()) {
      const flat = replies[n];
      if (!Array.isArray(flat)) continue;
      for (let p = 0; p + 1 < flat.length; p += 2) {
        const [b, cosine] = [String(flat[p]), 2 * Number(flat[p + 1]) - 1];
        if (b !== a && cosine >= similarity) yield { a, b, similarity: cosine };
      }
    }
    onProgress?.(Math.min(asked.length, i + BATCH), asked.length);
  }
}
