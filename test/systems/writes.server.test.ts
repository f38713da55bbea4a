/** The write path of named systems on a real PostgreSQL with pgvector: their own DDL and rows against memplan writes --system. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Compared, QUIET, totalOf } from '../../bench/writes-comparison.ts';
import { type SystemCompared, systemCompared } from '../../bench/writes-systems.ts';
import { type Postgres, startPostgres } from '../servers/postgres.ts';
import { POSTGRES_SYSTEMS, type PostgresSystem } from './postgres-systems.ts';

let server: Postgres;

beforeAll(async () => {
  server = await startPostgres({ settings: { ...QUIET, full_page_writes: true } });
});
afterAll(async () => {
  await server.stop();
});

async function compared(s: PostgresSystem, filled: number, more: number): Promise<SystemCompared> {
  const client = new pg.Client({ connectionString: await server.createDatabase() });
  client.on('error', () => {});
  await client.connect();
  try {
    return await systemCompared(client, s, filled, more);
  } finally {
    await client.end();
  }
}

const off = (c: Compared): number => Math.abs(c.planned / c.measured - 1);
const said = (rows: readonly Compared[]): string =>
  rows.map((r) => `${r.id} ${Math.round(r.planned)}/${Math.round(r.measured)}`).join(', ');

describe('the log of a memory of 64 dimensions, 3,000 of them there and 500 more', () => {
  it.each(POSTGRES_SYSTEMS)('$system: records within 10 %, page images within 25 %', async (s) => {
    const { records, images, commit } = await compared(s, 3000, 500);
    expect(off(totalOf(records)), said(records)).toBeLessThan(0.1);
    expect(off(totalOf(images)), said(images)).toBeLessThan(0.25);
    expect(commit).toBe(40);
    // Rows with what foreign keys lock, in whichever table it is: layouts that nothing random has a part in.
    const rows = totalOf(records.filter((r) => / table$|^other tables$/.test(r.id)));
    expect(off(rows), said(records)).toBeLessThan(0.06);
    for (const r of records.filter((x) => x.id.endsWith(' toast') && x.measured > 0)) {
      expect(off(r), said(records)).toBeLessThan(0.02);
    }
    // What is written of random keys depends on where their pages are between two splits; the pages they fall on do not.
    for (const r of images.filter((x) => x.id.endsWith('_pkey') && x.planned > 150 && x.measured > 0)) {
      expect(off(r), said(images)).toBeLessThan(0.3);
    }
  });
});
