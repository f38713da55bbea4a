/** A real series on a real server, what it leaves behind (nothing, however it ends), and what it changes (nothing). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { calibratePostgres } from '../../../src/adapters/postgres/calibration.ts';
import { dropLeftovers, makeScratch } from '../../../src/adapters/postgres/calibration-scratch.ts';
import { openSession, type PgSession } from '../../../src/adapters/postgres/session.ts';
import { fitCalibration } from '../../../src/engines/calibration-fit.ts';
import { type CalibrationRequest, Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, sql } from './pg-store.ts';

const request = (over: Partial<CalibrationRequest> = {}): CalibrationRequest => ({
  budgetSeconds: 40,
  dimensions: 24,
  m: 8,
  efConstruction: 32,
  efSearch: [20, 60],
  maxRows: 4_000,
  seed: 7,
  signal: new AbortController().signal,
  ...over,
});

const SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'memplan\\_calibration\\_%' ORDER BY 1";
const schemas = async (url: string): Promise<unknown[]> => (await sql(url, SCHEMAS)).map((r) => r['nspname']);

/** Everything of the database that a calibration might leave a trace in; the server's own catalogs are let be. */
const TRACES = `SELECT jsonb_pretty(jsonb_build_object(
  'classes', (SELECT jsonb_agg(to_jsonb(c) ORDER BY c.oid) FROM (SELECT oid, relname, relnamespace, relowner, relfilenode,
     relpages, reltuples, relhasindex, relhastriggers, reloptions, relacl FROM pg_class
     WHERE relnamespace <> 'pg_catalog'::regnamespace AND relnamespace <> 'pg_toast'::regnamespace) c),
  'namespaces', (SELECT jsonb_agg(to_jsonb(n) ORDER BY n.oid) FROM pg_namespace n),
  'functions', (SELECT count(*) FROM pg_proc),
  'types', (SELECT count(*) FROM pg_type),
  'comments', (SELECT count(*) FROM pg_description),
  'settings', (SELECT jsonb_agg(to_jsonb(s)) FROM pg_db_role_setting s),
  'locks', (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'),
  'reads and changes', (SELECT jsonb_agg(jsonb_build_array(relname, seq_scan, idx_scan, n_tup_ins, n_tup_upd, n_tup_del,
     vacuum_count, analyze_count) ORDER BY relname) FROM pg_stat_user_tables)))::text AS traces`;

describe('a series', () => {
  let url = '';
  beforeAll(async () => {
    url = await freshDatabase();
    await sql(
      url,
      'CREATE SCHEMA extensions',
      'CREATE EXTENSION vector SCHEMA extensions',
      'CREATE TABLE memories (id int PRIMARY KEY, content text, embedding extensions.vector(3)) WITH (autovacuum_enabled = false)',
      `INSERT INTO memories SELECT i, 'text ' || i, '[1,2,3]' FROM generate_series(1, 400) AS i`,
      'CREATE INDEX ON memories USING hnsw (embedding extensions.vector_l2_ops)',
      // A schema of somebody else's that only looks like ours.
      'CREATE SCHEMA memplan_calibration_0badcafe',
      'VACUUM ANALYZE memories',
    );
  });

  it('builds and searches tables that double, changes nothing else, and leaves nothing', async () => {
    const before = await sql(url, TRACES);
    const during: unknown[] = [];
    const steps: string[] = [];
    const looks: Promise<void>[] = [];
    const series = await calibratePostgres(
      Target.parse(url),
      request({
        onProgress: (step) => {
          steps.push(step);
          if (step === 'building over 2,000 rows') {
            const look = `SELECT n.nspname, obj_description(n.oid, 'pg_namespace') AS comment,
              (SELECT array_agg(relname::text ORDER BY 1)::text FROM pg_class WHERE relnamespace = n.oid AND relkind = 'r') AS tables
              FROM pg_namespace n WHERE nspname LIKE 'memplan\\_calibration\\_%' AND nspname <> 'memplan_calibration_0badcafe'`;
            looks.push(sql(url, look).then((rows) => void during.push(...rows)));
          }
        },
      }),
    );
    await Promise.all(looks);
    expect(during).toEqual([
      {
        nspname: expect.stringMatching(/^memplan_calibration_[0-9a-f]{8}$/),
        comment: expect.stringContaining('memplan calibrate'),
        tables: '{vectors,wanted}',
      },
    ]);
    expect(series).toMatchObject({ engine: 'pgvector', cutShort: null });
    expect(series.server).toMatch(/^PostgreSQL \d+\.\d+, pgvector 0\.\d+\.\d+$/);
    expect(steps).toContain('searching 4,000 rows');

    const serial = series.builds.filter((b) => b.index === 'hnsw' && b.workers === 0);
    expect([...new Set(serial.map((b) => b.rows))]).toEqual([1_000, 2_000, 4_000]);
    for (const b of serial) {
      expect(b).toMatchObject({ dimensions: 24, scalar: 'float32', m: 8, efConstruction: 32, lists: null });
      // The server of the tests runs on this host, and a build does nothing but compute.
      expect(b.cpuSeconds).toBeGreaterThan(0);
      expect(b.cpuSeconds).toBeLessThan(b.wallSeconds + 0.05);
      expect(b.bytes).toBeGreaterThan(b.rows * 24 * 4);
    }
    const warm = series.queries.filter((q) => q.index === 'hnsw' && q.evicted !== true);
    expect(warm.map((q) => [q.rows, q.efSearch])).toEqual(
      [1_000, 2_000, 4_000].flatMap((rows) => [20, 60].map((ef) => [rows, ef])),
    );
    const evicted = series.queries.filter((q) => q.evicted === true);
    expect(evicted.map((q) => q.efSearch)).toEqual([1, 20, 60, 1, 20, 60]);
    for (const [i, q] of warm.entries()) {
      expect(q.p99Seconds).toBeGreaterThanOrEqual(q.p50Seconds);
      // A search three times as wide, or from memory instead of the caches, takes longer on any machine.
      if (q.efSearch === 60) expect(q.p50Seconds).toBeGreaterThan(warm[i - 1]?.p50Seconds ?? 0);
      const slow = evicted.find((e) => e.rows === q.rows && e.efSearch === q.efSearch);
      if (q.rows > 1_000) expect(slow?.p50Seconds).toBeGreaterThan(q.p50Seconds);
    }
    expect(series.queries.map((q) => q.index)).toEqual(expect.arrayContaining(['flat', 'ivfflat']));
    expect(series.builds.map((b) => b.index)).toContain('ivfflat');

    expect((await sql(url, TRACES))[0]?.['traces']).toBe(before[0]?.['traces']);

    const fit = fitCalibration(series, { measuredAt: '2026-11-21T10:00:00.000Z', host: null });
    expect(fit.calibration).toMatchObject({ dimensions: 24, referenceRows: 4_000 });
    expect(Object.keys(fit.calibration.constants)).toEqual(
      expect.arrayContaining([
        'build-tuple',
        'search-tuple',
        'search-memory',
        'cache-rows',
        'flat-scan',
        'ivfflat-scan',
      ]),
    );
    for (const s of fit.samples) {
      expect(s.fittedSeconds / s.measuredSeconds).toBeGreaterThan(0.4);
      expect(s.fittedSeconds / s.measuredSeconds).toBeLessThan(2.5);
    }
  });

  it('ends inside its budget, in the middle of a build that would take minutes', async () => {
    const begun = performance.now();
    const budgetSeconds = 4;
    const asked = request({ budgetSeconds, dimensions: 1_500, efConstruction: 400, m: 48, maxRows: 8_000 });
    const series = await calibratePostgres(Target.parse(url), asked);
    expect((performance.now() - begun) / 1000).toBeLessThan(budgetSeconds + 0.5);
    expect(series.cutShort).toMatch(
      /^(the 4 s were over in the middle of a step|[\d,]+ rows would not have fitted 4 s)$/,
    );
    expect(await schemas(url)).toEqual(['memplan_calibration_0badcafe']);
  });

  it('is cancelled on the server when it is interrupted, and the schema is gone', async () => {
    const stop = new AbortController();
    const reason = new Error('Ctrl-C');
    const running = calibratePostgres(
      Target.parse(url),
      request({
        dimensions: 800,
        efConstruction: 400,
        maxRows: 16_000,
        signal: stop.signal,
        onProgress: (step) => {
          if (step === 'building over 2,000 rows') setTimeout(() => stop.abort(reason), 100);
        },
      }),
    );
    await expect(running).rejects.toBe(reason);
    expect(await schemas(url)).toEqual(['memplan_calibration_0badcafe']);
    const busy = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX built%' AND state = 'active'";
    expect(await count(url, busy)).toBe(0);
  });
});

describe('what a killed run leaves', () => {
  let url = '';
  const opened = async (): Promise<PgSession> =>
    await openSession(Target.parse(url), { mode: 'write', purpose: 'calibrate' });
  beforeAll(async () => {
    url = await freshDatabase();
    await sql(url, 'CREATE EXTENSION vector');
  });
  beforeEach(async () => {
    expect(await schemas(url)).toEqual([]);
  });

  it('is dropped by the next one, once its process is gone, and a schema like it is not', async () => {
    const [held, lost, session] = [await opened(), await opened(), await opened()];
    const [mine, theirs] = [await makeScratch(held, Target.parse(url)), await makeScratch(lost, Target.parse(url))];
    await sql(url, 'CREATE SCHEMA memplan_calibration_00000000');
    try {
      expect(await dropLeftovers(session), 'both are at work').toEqual([]);
      await lost.close();
      await expect.poll(async () => await dropLeftovers(session)).toEqual([theirs.schema]);
      expect(await schemas(url)).toEqual(['memplan_calibration_00000000', mine.schema].sort());
      await mine.drop();
      expect(await schemas(url)).toEqual(['memplan_calibration_00000000']);
    } finally {
      await sql(url, 'DROP SCHEMA IF EXISTS memplan_calibration_00000000');
      await session.close();
      await held.close();
    }
  });

  it('stays where somebody has put a table of their own into it', async () => {
    const [lost, session] = [await opened(), await opened()];
    const { schema } = await makeScratch(lost, Target.parse(url));
    await sql(url, `CREATE TABLE ${schema}.vectors (id int)`);
    await sql(url, `CREATE TABLE ${schema}.precious AS SELECT 1 AS one`);
    try {
      await lost.close();
      const left = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle'";
      await expect.poll(async () => await count(url, left)).toBe(1);
      expect(await dropLeftovers(session)).toEqual([]);
      expect(await count(url, `SELECT one FROM ${schema}.precious`)).toBe(1);
      await sql(url, `DROP TABLE ${schema}.precious`);
      expect(await dropLeftovers(session)).toEqual([schema]);
    } finally {
      await sql(url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`);
      await session.close();
    }
  });

  it('goes after a kill in the middle of a build', async () => {
    const child = childOf(url, '2,000');
    try {
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      expect(await schemas(url)).toHaveLength(1);
      child.kill('SIGKILL');
      await once(child, 'exit');
      const session = await opened();
      try {
        await expect
          .poll(async () => [await dropLeftovers(session), await schemas(url)][1], { timeout: 15_000, interval: 300 })
          .toEqual([]);
      } finally {
        await session.close();
      }
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('can be dropped by the run itself when its own connection was ended', async () => {
    const keeper = await opened();
    const scratch = await makeScratch(keeper, Target.parse(url));
    await sql(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'memctl (calibrate)'`,
    );
    await scratch.drop();
    expect(await schemas(url)).toEqual([]);
  });
});

function childOf(url: string, rows: string): ChildProcess {
  const child = fileURLToPath(new URL('calibration-child.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', child, url, rows], { stdio: ['ignore', 'pipe', 'inherit'] });
}
