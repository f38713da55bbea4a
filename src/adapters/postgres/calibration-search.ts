/**
 * The time of a search as the server itself sees it: a loop of PL/pgSQL around a prepared statement, with clock_timestamp before and
 * after. That is what a client with a prepared statement waits for, without the network, parsing or planning; EXPLAIN
 * ANALYZE would add its own instruments to each tuple.
 */
import type { SeriesPlace } from './calibration-series.ts';
import { vectorArray } from './vector-rows.ts';

/** Vectors that are searched for, drawn like the rows. */
const WANTED = 200;
/** Searches in a call, so that the settings compared take turns and a busy moment of the host falls on all of them. */
const IN_A_CALL = 100;
const ROUNDS = 6;
const EVICTED_SEARCHES = 60;
/** Fewer say nothing of a median. */
const LEAST = 10;
/** Neighbours asked for. */
const NEIGHBOURS = 10;
/**
 * Two texts of so many bytes are compared before a search to empty the caches: together more than the last-level cache that one
 * core reaches on any server so far (96 MB a core complex), and quick to read.
 */
const EVICT_BYTES = 56 * 2 ** 20;

export interface Searched {
  /** Of ef_search or probes; 0 where the index has none. */
  readonly setting: number;
  readonly searches: number;
  readonly p50Seconds: number;
  readonly p99Seconds: number;
}

export class CalibrationSearch {
  readonly #place: SeriesPlace;
  readonly #dimensions: number;

  constructor(place: SeriesPlace, dimensions: number) {
    this.#place = place;
    this.#dimensions = dimensions;
  }

  async prepare(next: () => Float32Array): Promise<void> {
    const { session, scratch, vector } = this.#place;
    // A client's parameter comes with the statement, and is not fetched from a TOAST table first.
    await session.execute(`ALTER TABLE ${scratch.quoted}.wanted ALTER COLUMN embedding SET STORAGE PLAIN`);
    await session.execute(
      `INSERT INTO ${scratch.quoted}.wanted (embedding) SELECT e FROM pg_catalog.unnest($1::${vector.schema}.vector[]) AS e`,
      [vectorArray(vector.type, WANTED, this.#dimensions, next)],
    );
    await session.execute(
      `CREATE FUNCTION ${scratch.quoted}.searched(first integer, many integer, evict boolean) RETURNS double precision[]
       LANGUAGE plpgsql AS $body$
       DECLARE
         seconds double precision[] := '{}';
         begun timestamptz;
         target ${vector.schema}.vector;
         one text := '';
         other text := '';
         same boolean;
       BEGIN
         IF evict THEN
           one := repeat('abcdefgh', ${EVICT_BYTES / 8});
           other := repeat('abcdefgh', ${EVICT_BYTES / 8});
         END IF;
         FOR i IN first .. first + many - 1 LOOP
           SELECT embedding INTO target FROM ${scratch.quoted}.wanted WHERE id = 1 + i % ${WANTED};
           IF evict THEN same := one = other COLLATE "C"; END IF;
           begun := clock_timestamp();
           PERFORM id FROM ${scratch.quoted}.vectors
             ORDER BY embedding OPERATOR(${vector.schema}.<=>) target LIMIT ${NEIGHBOURS};
           seconds := seconds || extract(epoch FROM clock_timestamp() - begun)::double precision;
         END LOOP;
         RETURN seconds;
       END $body$`,
    );
  }

  /**
   * Searches of each setting over rows that were read before, taking turns.
   * @param seconds that all of them may take
   */
  async warm(
    settings: readonly number[],
    seconds: number,
    variable: 'hnsw.ef_search' | 'ivfflat.probes' = 'hnsw.ef_search',
  ): Promise<Searched[]> {
    const until = this.#place.budget.spent() + seconds;
    const found = settings.map((setting) => ({ setting, times: [] as number[] }));
    for (const { setting } of found) await this.#call(variable, setting, 0, LEAST, false);
    for (let round = 0; round < ROUNDS; round++) {
      for (const { setting, times } of found) {
        // Calls are cut to the time: an exact scan takes as long as hundreds of searches by an index.
        const each = times.length === 0 ? LEAST : IN_A_CALL;
        times.push(...(await this.#call(variable, setting, round * IN_A_CALL, each, false)));
        const mean = times.reduce((sum, t) => sum + t, 0) / times.length;
        if (this.#place.budget.spent() + mean * IN_A_CALL * found.length > until) return found.map(summed);
      }
    }
    return found.map(summed);
  }

  /** The same with the processor's caches emptied before each search, for settings of HNSW. */
  async evicted(settings: readonly number[], seconds: number): Promise<Searched[]> {
    const until = this.#place.budget.spent() + seconds;
    const found: Searched[] = [];
    for (const setting of settings) {
      if (this.#place.budget.spent() > until) break;
      found.push(summed({ setting, times: await this.#call('hnsw.ef_search', setting, 0, EVICTED_SEARCHES, true) }));
    }
    return found;
  }

  async #call(
    variable: 'hnsw.ef_search' | 'ivfflat.probes',
    setting: number,
    first: number,
    many: number,
    evict: boolean,
  ): Promise<number[]> {
    const { session, scratch } = this.#place;
    if (setting > 0) await session.execute(`SET ${variable} = ${setting}`);
    const [r] = await session.query<{ seconds: string }>(
      `SELECT pg_catalog.array_to_string(${scratch.quoted}.searched($1, $2, $3), ' ') AS seconds`,
      [first, many, evict],
    );
    return (r?.seconds ?? '')
      .split(' ')
      .filter((s) => s !== '')
      .map(Number);
  }
}

function summed({ setting, times }: { readonly setting: number; readonly times: readonly number[] }): Searched {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { setting, searches: sorted.length, p50Seconds: at(0.5), p99Seconds: at(0.99) };
}
