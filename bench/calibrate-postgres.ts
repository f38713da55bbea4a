/**
 * Whether a calibration on 20,000 rows foretells five and ten times as many: `npx tsx bench/calibrate-postgres.ts [dims…]`
 * (default 128 384). Starts a PostgreSQL of its own (test/servers/README.md), calibrates it with the product's own code, then builds
 * and searches the real thing and prints predicted, measured, error and the plan's interval: CPU time of the build, and the median of 300
 * searches with the index in shared_buffers, of the quietest of six rounds. The rows are clustered and drawn with another seed than
 * the calibration's. About four minutes on two quiet cores; the load is printed, as busy neighbours move both sides.
 */
import { loadavg } from 'node:os';
import { clusteredVectors } from '../src/adapters/clustered-vectors.ts';
import { cpuSeconds, localBackend } from '../src/adapters/postgres/backend-cpu.ts';
import { calibratePostgres } from '../src/adapters/postgres/calibration.ts';
import { openSession, type PgSession } from '../src/adapters/postgres/session.ts';
import { vectorArray } from '../src/adapters/postgres/vector-rows.ts';
import { fitCalibration } from '../src/engines/calibration-fit.ts';
import { planPgvector } from '../src/engines/pgvector.ts';
import type { Quantity } from '../src/quantity/index.ts';
import { Target } from '../src/store/index.ts';
import { completeWorkload, draftFrom, type EngineCalibration } from '../src/workload/index.ts';
import { type Postgres, queryAt, startPostgres } from '../test/servers/postgres.ts';

const DIMENSIONS: readonly number[] = process.argv.slice(2).length > 0 ? process.argv.slice(2).map(Number) : [128, 384];
const CALIBRATED_ROWS = 20_000;
const TIMES = [5, 10] as const;
const M = 16;
const EF_CONSTRUCTION = 64;
const EF_SEARCH = [40, 100] as const;
const BUDGET_S = 120;
const CALIBRATION_SEED = 20_240_601;
const TRUTH_SEED = 1_234_567;
const WANTED = 300;
const ROUNDS = 6;
const BATCH = 1_000;
/** What the error may be: of a build's CPU time, and of a search's median. */
const BARS = { build: 0.2, search: 0.25 } as const;

interface Line {
  readonly what: string;
  readonly predicted: Quantity<'s'> | undefined;
  readonly measured: number;
  readonly bar: number;
}

async function main(): Promise<void> {
  await using server = await startPostgres({
    settings: { shared_buffers: '2GB', max_wal_size: '8GB', autovacuum: false, max_parallel_maintenance_workers: 1 },
  });
  let missed = 0;
  for (const dimensions of DIMENSIONS) missed += await judged(server, dimensions);
  console.log(missed === 0 ? 'every figure is inside its bar' : `${missed} figures are outside their bar`);
  process.exitCode = missed === 0 ? 0 : 1;
}

/** @returns how many figures missed their bar */
async function judged(server: Postgres, dimensions: number): Promise<number> {
  const url = await server.createDatabase(`calibrated_${dimensions}`);
  await queryAt(url, 'CREATE EXTENSION vector');
  const calibration = await calibrated(url, dimensions);
  const session = await openSession(Target.parse(url), { mode: 'write', purpose: 'bench', statementTimeoutMs: null });
  const lines: Line[] = [];
  try {
    const truth = await Truth.begun(session, dimensions);
    for (const times of TIMES) lines.push(...(await truth.compared(times * CALIBRATED_ROWS, calibration)));
  } finally {
    await session.close();
    await server.dropDatabase(url);
  }
  let missed = 0;
  for (const { what, predicted, measured, bar } of lines) {
    if (predicted === undefined) throw new Error(`${what}: nothing is predicted`);
    const { value, low, high } = predicted;
    const off = value / measured - 1;
    const beyond = Math.abs(off) > bar;
    if (beyond) missed++;
    const inside = low <= measured && measured <= high ? 'inside' : 'outside';
    console.log(
      `${what.padEnd(37)} predicted ${shown(value)}  measured ${shown(measured)}  ${(100 * off).toFixed(1).padStart(6)} %  ${inside} ${shown(low).trim()} - ${shown(high).trim()}${beyond ? `  BEYOND ${100 * bar} %` : ''}`,
    );
  }
  return missed;
}

const shown = (seconds: number): string =>
  (seconds < 0.1 ? `${(seconds * 1e6).toFixed(0)} µs` : `${seconds.toFixed(1)} s`).padStart(9);

const load = (): string => `load ${(loadavg()[0] as number).toFixed(1)}`;

async function calibrated(url: string, dimensions: number): Promise<EngineCalibration> {
  const series = await calibratePostgres(Target.parse(url), {
    budgetSeconds: BUDGET_S,
    dimensions,
    m: M,
    efConstruction: EF_CONSTRUCTION,
    efSearch: EF_SEARCH,
    maxRows: CALIBRATED_ROWS,
    seed: CALIBRATION_SEED,
    signal: new AbortController().signal,
  });
  const fit = fitCalibration(series, { measuredAt: new Date().toISOString(), host: null });
  const worst = Math.max(...fit.samples.map((s) => Math.abs(s.fittedSeconds / s.measuredSeconds - 1)));
  console.log(
    `\n${dimensions} dimensions, m ${M}: calibrated in ${series.seconds.toFixed(0)} s, worst residual ${(100 * worst).toFixed(0)} %, ${load()}`,
  );
  for (const note of [series.cutShort, ...fit.notes]) if (note !== null) console.log(`  ${note}`);
  const constants = Object.entries(fit.calibration.constants);
  console.log(`  ${constants.map(([id, c]) => `${id} ${Number(c.value.toPrecision(3))}`).join(', ')}`);
  return fit.calibration;
}

/** A table as a store has it, logged, its vectors where the server puts them, growing to each size. */
class Truth {
  readonly #session: PgSession;
  readonly #dimensions: number;
  readonly #type: number;
  readonly #pid: number;
  readonly #next: () => Float32Array;
  #rows = 0;

  private constructor(session: PgSession, dimensions: number, type: number, pid: number) {
    this.#session = session;
    this.#dimensions = dimensions;
    this.#type = type;
    this.#pid = pid;
    this.#next = clusteredVectors(dimensions, TRUTH_SEED);
  }

  static async begun(session: PgSession, dimensions: number): Promise<Truth> {
    await session.execute(
      `SET search_path = public; SET maintenance_work_mem = '2GB'; SET max_parallel_maintenance_workers = 0;
       SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan`,
    );
    for (const table of ['memories', 'wanted'])
      await session.execute(`CREATE TABLE ${table} (id serial PRIMARY KEY, embedding vector(${dimensions}))`);
    await session.execute('ALTER TABLE wanted ALTER COLUMN embedding SET STORAGE PLAIN');
    await session.execute(
      `CREATE FUNCTION seconds_of(which integer) RETURNS double precision LANGUAGE plpgsql AS $$
       DECLARE begun timestamptz; target vector;
       BEGIN
         SELECT embedding INTO target FROM wanted WHERE id = which;
         begun := clock_timestamp();
         PERFORM id FROM memories ORDER BY embedding <=> target LIMIT 10;
         RETURN extract(epoch FROM clock_timestamp() - begun);
       END $$`,
    );
    const [type] = await session.query<{ oid: string }>("SELECT 'vector'::regtype::oid::text AS oid");
    const pid = await localBackend(session);
    if (pid === undefined) throw new Error('the CPU time of the server is not to be seen on this host');
    const truth = new Truth(session, dimensions, Number(type?.oid), pid);
    await truth.#insert('wanted', WANTED);
    return truth;
  }

  async #insert(table: string, rows: number): Promise<void> {
    for (let left = rows; left > 0; left -= BATCH) {
      const array = vectorArray(this.#type, Math.min(BATCH, left), this.#dimensions, this.#next);
      await this.#session.execute(`INSERT INTO ${table} (embedding) SELECT e FROM unnest($1::vector[]) AS e`, [array]);
    }
  }

  async compared(rows: number, calibration: EngineCalibration): Promise<Line[]> {
    await this.#session.execute('DROP INDEX IF EXISTS memories_embedding_idx');
    await this.#insert('memories', rows - this.#rows);
    this.#rows = rows;
    await this.#session.execute('VACUUM (ANALYZE) memories');
    const before = cpuSeconds(this.#pid) as number;
    await this.#session.execute(
      `CREATE INDEX ON memories USING hnsw (embedding vector_cosine_ops) WITH (m = ${M}, ef_construction = ${EF_CONSTRUCTION})`,
    );
    const built = (cpuSeconds(this.#pid) as number) - before;
    const plan = (efSearch: number): ReturnType<typeof planPgvector> =>
      foretold(rows, this.#dimensions, efSearch, calibration);
    const name = `${rows.toLocaleString('en-US')} × ${this.#dimensions}`;
    const lines: Line[] = [
      {
        what: `${name}, build`,
        predicted: plan(EF_SEARCH[0]).build.seconds,
        measured: built,
        bar: BARS.build,
      },
    ];
    const medians = await this.#searched();
    for (const efSearch of EF_SEARCH) {
      lines.push({
        what: `${name}, p50 at ef_search ${efSearch}`,
        predicted: plan(efSearch).query.p50,
        measured: medians.get(efSearch) ?? Number.NaN,
        bar: BARS.search,
      });
    }
    console.log(`  ${name}: ${load()}`);
    return lines;
  }

  /**
   * Medians by ef_search. Every vector is searched for once unmeasured, then in rounds, the settings taking turns; the quietest round
   * counts, as what neighbours on the cores add to the others is not the server's.
   */
  async #searched(): Promise<Map<number, number>> {
    const medians = new Map<number, number[]>(EF_SEARCH.map((ef) => [ef, []]));
    for (let round = 0; round <= ROUNDS; round++) {
      for (const ef of EF_SEARCH) {
        await this.#session.execute(`SET hnsw.ef_search = ${ef}`);
        const found = await this.#session.query<{ seconds: number }>(
          `SELECT seconds_of(i) AS seconds FROM generate_series(1, ${WANTED}) AS i`,
        );
        const seconds = found.map((r) => Number(r.seconds)).sort((a, b) => a - b);
        if (round > 0) medians.get(ef)?.push(seconds[Math.floor(seconds.length / 2)] as number);
      }
    }
    return new Map([...medians].map(([ef, all]) => [ef, Math.min(...all)]));
  }
}

/** What `memplan estimate --calibration` says of one core whose memory holds everything. */
function foretold(
  rows: number,
  dimensions: number,
  efSearch: number,
  calibration: EngineCalibration,
): ReturnType<typeof planPgvector> {
  const flags = {
    n: String(rows),
    dims: String(dimensions),
    engine: 'pgvector',
    index: 'hnsw',
    m: String(M),
    'ef-construction': String(EF_CONSTRUCTION),
    'ef-search': String(efSearch),
    cores: '1',
    ram: '64GiB',
  };
  const workload = completeWorkload(draftFrom(flags, 'flag', (id) => id));
  return planPgvector('hnsw', { ...workload, calibration: { file: 'bench', engines: [calibration] } });
}

await main();
