/**
 * Index builds over the scratch table, with the clock and, where the server is on this host, the CPU time of every process that took
 * part.
 */
import { availableParallelism } from 'node:os';
import type { BuildSample, CalibrationRequest } from '../../store/index.ts';
import { cpuSeconds, localBackend } from './backend-cpu.ts';
import type { SeriesPlace } from './calibration-series.ts';

const WORKERS_SINCE = 130_000;
const LOOK_MS = 100;
const INDEX = 'built';

export type IndexWish =
  | { readonly index: 'hnsw'; readonly workers: number }
  | { readonly index: 'ivfflat'; readonly lists: number };

interface Crew {
  /** Workers that were at it at once. */
  readonly workers: number;
  readonly cpuSeconds: number;
}

export class CalibrationBuild {
  readonly #place: SeriesPlace;
  readonly #request: CalibrationRequest;
  readonly #table: string;
  /** Process of the measuring connection; `#visible` is the same where its CPU time is to be seen. */
  #backend = 0;
  #visible: number | undefined;

  constructor(place: SeriesPlace, request: CalibrationRequest, table: string) {
    this.#place = place;
    this.#request = request;
    this.#table = table;
  }

  async prepare(): Promise<void> {
    const { session } = this.#place;
    await session.execute(
      `SET maintenance_work_mem = '${this.#megabytes()}MB'; SET max_parallel_maintenance_workers = 0`,
    );
    const [own] = await session.query<{ pid: number }>('SELECT pg_catalog.pg_backend_pid() AS pid');
    this.#backend = own?.pid ?? 0;
    this.#visible = await localBackend(session);
  }

  /** Builds the one index there is, and leaves it. @param rows in the table */
  async build(rows: number, wish: IndexWish): Promise<BuildSample> {
    const { m, efConstruction, dimensions } = this.#request;
    const { session, vector, scratch } = this.#place;
    const options = wish.index === 'hnsw' ? `m = ${m}, ef_construction = ${efConstruction}` : `lists = ${wish.lists}`;
    const before = this.#cpu();
    const begun = performance.now();
    const ended = session.execute(
      `CREATE INDEX ${INDEX} ON ${this.#table} USING ${wish.index} (embedding ${vector.schema}.vector_cosine_ops) WITH (${options})`,
    );
    const crew = wish.index === 'hnsw' && wish.workers > 0 ? await this.#watched(ended) : undefined;
    await ended;
    const wallSeconds = (performance.now() - begun) / 1000;
    const after = this.#cpu();
    const [size] = await session.query<{ bytes: number }>(
      'SELECT pg_catalog.pg_relation_size($1::pg_catalog.regclass) AS bytes',
      [`${scratch.quoted}.${INDEX}`],
    );
    return {
      index: wish.index,
      rows,
      dimensions,
      scalar: 'float32',
      ...(wish.index === 'hnsw'
        ? { m, efConstruction, lists: null }
        : { m: null, efConstruction: null, lists: wish.lists }),
      workers: crew?.workers ?? 0,
      wallSeconds,
      cpuSeconds: after === undefined || before === undefined ? null : after - before + (crew?.cpuSeconds ?? 0),
      bytes: Number(size?.bytes ?? 0),
    };
  }

  /**
   * Builds with the workers that the server's settings allow, at most one a core where they are this host's: more would only wait for
   * each other.
   * @returns undefined where there are none, or where their shared memory is too small (a container's): no index stands then
   */
  async buildWithWorkers(rows: number): Promise<BuildSample | undefined> {
    const { session } = this.#place;
    if (session.serverVersion < WORKERS_SINCE) return undefined;
    const [r] = await session.query<{ workers: string }>(
      `SELECT s.reset_val AS workers FROM pg_catalog.pg_settings s WHERE s.name = 'max_parallel_maintenance_workers'`,
    );
    const cores = this.#visible === undefined ? Number.POSITIVE_INFINITY : availableParallelism();
    const workers = Math.min(Number(r?.workers ?? 0), cores - 1);
    if (workers < 1) return undefined;
    // Without it the server gives small tables no worker at all.
    await session.execute(`ALTER TABLE ${this.#table} SET (parallel_workers = ${workers})`);
    await session.execute(`SET max_parallel_maintenance_workers = ${workers}`);
    const tried = await session.attempt(async () => await this.build(rows, { index: 'hnsw', workers }));
    await session.execute('SET max_parallel_maintenance_workers = 0');
    return 'ok' in tried ? tried.ok : undefined;
  }

  async drop(): Promise<void> {
    await this.#place.session.execute(`DROP INDEX IF EXISTS ${this.#place.scratch.quoted}.${INDEX}`);
  }

  #cpu(): number | undefined {
    return this.#visible === undefined ? undefined : cpuSeconds(this.#visible);
  }

  /** Looks at the build's workers until it has ended; their CPU time is that of the last look at each. */
  async #watched(ended: Promise<unknown>): Promise<Crew> {
    const { keeper } = this.#place.scratch;
    const cpu = new Map<number, number>();
    let workers = 0;
    let over = false;
    const finished = ended
      .catch(() => undefined)
      .then(() => {
        over = true;
      });
    while (!over) {
      const crew = await keeper.query<{ pid: number }>(
        'SELECT a.pid FROM pg_catalog.pg_stat_activity a WHERE a.leader_pid = $1',
        [this.#backend],
      );
      workers = Math.max(workers, crew.length);
      if (this.#visible !== undefined) for (const { pid } of crew) cpu.set(pid, cpuSeconds(pid) ?? cpu.get(pid) ?? 0);
      await Promise.race([finished, new Promise((done) => setTimeout(done, LOOK_MS))]);
    }
    return { workers, cpuSeconds: [...cpu.values()].reduce((sum, s) => sum + s, 0) };
  }

  /**
   * Memory in which the graph of the largest table fits: vector, 128 B of element, links of 8 B (m on upper levels, 2m on the
   * lowest), allocation heads; pgvector src/hnsw.h, src/hnswbuild.c. A quarter on top, as the levels are drawn.
   */
  #megabytes(): number {
    const { maxRows, dimensions, m } = this.#request;
    const row = 4 * dimensions + 128 + 40 * m + 100;
    return Math.ceil((1.25 * maxRows * row) / 2 ** 20) + 16;
  }
}
