/**
 * The series itself: tables that double, each built over and searched, then at the largest what happens once only. Logged
 * tables, as a store's are: the last pass of a build writes the index to the write-ahead log, and is part of its time.
 */
import { formatCount } from '../../quantity/index.ts';
import type { BuildSample, CalibrationRequest, QuerySample } from '../../store/index.ts';
import { clusteredVectors } from '../clustered-vectors.ts';
import type { VectorExtension } from './calibration.ts';
import type { CalibrationBudget } from './calibration-budget.ts';
import { CalibrationBuild } from './calibration-build.ts';
import { SCRATCH_TABLES, type Scratch } from './calibration-scratch.ts';
import { CalibrationSearch, type Searched } from './calibration-search.ts';
import type { PgSession } from './session.ts';
import { vectorArray } from './vector-rows.ts';

export interface SeriesPlace {
  readonly session: PgSession;
  readonly scratch: Scratch;
  readonly vector: VectorExtension;
  readonly budget: CalibrationBudget;
}

export interface Measured {
  readonly builds: BuildSample[];
  readonly queries: QuerySample[];
}

/** Half of the largest table, a quarter, … down to this. Smaller ones are all statement and no search. */
const SMALLEST = 1_000;
const MOST_SIZES = 5;
const ROWS_A_BATCH = 1_000;
/** Builds of one size, while they are quick: the middle one counts, and a busy neighbour spoils fewer. */
const BUILDS = 3;
/** Of what is left of the budget, the repeated builds of one size may take so much. */
const REPEAT_SHARE = 0.12;
/** With workers, while each takes less than this share of the time left: the quicker one counts. */
const PARALLEL_BUILDS = 2;
const PARALLEL_SHARE = 0.25;
/** Twice the rows take a little more than twice as long to fill and to build over; searches hardly longer. */
const NEXT_STEP = 2.6;
/** Sizes, from the largest down, of which searches with emptied caches are measured: in a small table even those find much again. */
const EVICTED_SIZES = 2;
/** Of the time left, in which the searches of one size and kind end. */
const SEARCH_SHARE = 0.15;
/** Lists that the IVFFlat index of the largest table gets, a row each 200, and lists that a search probes. */
const ROWS_A_LIST = 200;
const PROBES = 10;
const CHECK_INTERVAL_SINCE = 140_000;

/** Fills `measured` as it goes. @returns why it ended early, or null */
export async function seriesOf(
  place: SeriesPlace,
  request: CalibrationRequest,
  measured: Measured,
): Promise<string | null> {
  const series = new Series(place, request, measured);
  await series.prepare();
  return await series.run();
}

class Series {
  readonly #session: PgSession;
  readonly #place: SeriesPlace;
  readonly #request: CalibrationRequest;
  readonly #measured: Measured;
  readonly #table: string;
  readonly #next: () => Float32Array;
  readonly #search: CalibrationSearch;
  readonly #build: CalibrationBuild;
  #rows = 0;

  constructor(place: SeriesPlace, request: CalibrationRequest, measured: Measured) {
    this.#session = place.session;
    this.#place = place;
    this.#request = request;
    this.#measured = measured;
    this.#table = `${place.scratch.quoted}.vectors`;
    this.#next = clusteredVectors(request.dimensions, request.seed);
    this.#search = new CalibrationSearch(place, request.dimensions);
    this.#build = new CalibrationBuild(place, request, this.#table);
  }

  async prepare(): Promise<void> {
    const { dimensions, budgetSeconds } = this.#request;
    const { scratch, vector } = this.#place;
    const settings = [
      // Ends what a killed program would leave running.
      `statement_timeout = ${Math.ceil(budgetSeconds * 1000)}`,
      'plan_cache_mode = force_generic_plan',
      'enable_seqscan = off',
      'max_parallel_workers_per_gather = 0',
    ];
    await this.#session.execute(settings.map((s) => `SET ${s}`).join('; '));
    if (this.#session.serverVersion >= CHECK_INTERVAL_SINCE) {
      // Not every platform of the server can notice that its client has gone.
      await this.#session.attempt(
        async () => await this.#session.execute('SET client_connection_check_interval = 1000'),
      );
    }
    for (const table of SCRATCH_TABLES) {
      await this.#session.execute(
        `CREATE TABLE ${scratch.quoted}.${table} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
           embedding ${vector.schema}.vector(${dimensions}) NOT NULL) WITH (autovacuum_enabled = false)`,
      );
    }
    await this.#search.prepare(this.#next);
    await this.#build.prepare();
  }

  async run(): Promise<string | null> {
    const sizes = sizesUpTo(this.#request.maxRows);
    for (const [i, rows] of sizes.entries()) {
      const { budget } = this.#place;
      const begun = budget.spent();
      await this.#fill(rows, i, sizes.length);
      const filled = budget.spent() - begun;
      await this.#builds(i, sizes.length);
      const built = budget.spent();
      await this.#hnswSearches(sizes.length - i <= EVICTED_SIZES, i, sizes.length);
      const searched = budget.spent() - built;
      const next = NEXT_STEP * (filled + (this.#measured.builds.at(-1)?.wallSeconds ?? 0)) + searched;
      if (i < sizes.length - 1 && next > budget.left()) {
        await this.#once();
        return `${formatCount(sizes[i + 1] as number)} rows would not have fitted ${this.#request.budgetSeconds} s`;
      }
    }
    await this.#once();
    return null;
  }

  /** Rows are added to those that are there: what a larger table holds, a smaller one held. */
  async #fill(rows: number, step: number, of: number): Promise<void> {
    this.#request.onProgress?.(`filling ${formatCount(rows)} rows`, step, of);
    const { dimensions } = this.#request;
    const { vector } = this.#place;
    await this.#build.drop();
    while (this.#rows < rows) {
      const count = Math.min(ROWS_A_BATCH, rows - this.#rows);
      const array = vectorArray(vector.type, count, dimensions, this.#next);
      await this.#session.execute(
        `INSERT INTO ${this.#table} (embedding) SELECT e FROM pg_catalog.unnest($1::${vector.schema}.vector[]) AS e`,
        [array],
      );
      this.#rows += count;
    }
    await this.#session.execute(`VACUUM (ANALYZE) ${this.#table}`);
  }

  async #builds(step: number, of: number): Promise<void> {
    this.#request.onProgress?.(`building over ${formatCount(this.#rows)} rows`, step, of);
    const most = REPEAT_SHARE * this.#place.budget.left();
    let taken = 0;
    for (let i = 0; i < BUILDS; i++) {
      if (i > 0) await this.#build.drop();
      const sample = await this.#build.build(this.#rows, { index: 'hnsw', workers: 0 });
      this.#measured.builds.push(sample);
      taken += sample.wallSeconds;
      if (taken * (1 + 1 / (i + 1)) > most) break;
    }
  }

  async #hnswSearches(evicted: boolean, step: number, of: number): Promise<void> {
    const { efSearch, m, efConstruction } = this.#request;
    this.#request.onProgress?.(`searching ${formatCount(this.#rows)} rows`, step, of);
    const kind = { index: 'hnsw', m, efConstruction, lists: null, probes: null } as const;
    const found = await this.#search.warm(efSearch, SEARCH_SHARE * this.#place.budget.left());
    for (const s of found) this.#push(s, { ...kind, efSearch: s.setting });
    if (evicted) await this.#evictedSearches();
  }

  async #evictedSearches(): Promise<void> {
    const { efSearch, m, efConstruction } = this.#request;
    // With the shortest candidate list beside the others, what a statement itself costs then can be told from its visits.
    const lists = [1, ...efSearch.filter((e) => e > 1)];
    for (const s of await this.#search.evicted(lists, SEARCH_SHARE * this.#place.budget.left())) {
      this.#push(s, {
        index: 'hnsw',
        m,
        efConstruction,
        lists: null,
        probes: null,
        efSearch: s.setting,
        evicted: true,
      });
    }
  }

  #push(
    s: Searched,
    kind: Pick<QuerySample, 'index' | 'm' | 'efConstruction' | 'efSearch' | 'lists' | 'probes'> & { evicted?: true },
  ): void {
    this.#measured.queries.push({
      rows: this.#rows,
      dimensions: this.#request.dimensions,
      scalar: 'float32',
      searches: s.searches,
      p50Seconds: s.p50Seconds,
      p99Seconds: s.p99Seconds,
      ...kind,
    });
  }

  /** At the largest table reached: a parallel build, an IVFFlat index, exact scans, as far as there is time. */
  async #once(): Promise<void> {
    const none = { m: null, efConstruction: null, efSearch: null, lists: null, probes: null };
    const { budget } = this.#place;
    const last = this.#measured.builds.at(-1)?.wallSeconds ?? 0;
    this.#request.onProgress?.('other indexes', 0, 1);
    // A series that ended early: without them nothing is known of larger tables.
    if (!this.#measured.queries.some((q) => q.evicted === true)) await this.#evictedSearches();
    await this.#build.drop();
    for (let i = 0; i < PARALLEL_BUILDS && last < PARALLEL_SHARE * budget.left(); i++) {
      const parallel = await this.#build.buildWithWorkers(this.#rows);
      await this.#build.drop();
      // A build that was asked for workers and got none tells nothing of them.
      if (parallel === undefined || parallel.workers === 0) break;
      this.#measured.builds.push(parallel);
    }
    const [exact] = await this.#search.warm([0], SEARCH_SHARE * budget.left());
    if (exact !== undefined) this.#push(exact, { index: 'flat', ...none });
    if (budget.left() < last) return;
    const lists = Math.max(1, Math.round(this.#rows / ROWS_A_LIST));
    this.#measured.builds.push(await this.#build.build(this.#rows, { index: 'ivfflat', lists }));
    const [probed] = await this.#search.warm([PROBES], SEARCH_SHARE * budget.left(), 'ivfflat.probes');
    if (probed !== undefined) this.#push(probed, { index: 'ivfflat', ...none, lists, probes: PROBES });
  }
}

/** Doubling up to the largest. */
export function sizesUpTo(maxRows: number): number[] {
  const sizes = [maxRows];
  while (sizes.length < MOST_SIZES && (sizes[0] as number) >= 2 * SMALLEST)
    sizes.unshift(Math.round((sizes[0] as number) / 2));
  return sizes;
}
