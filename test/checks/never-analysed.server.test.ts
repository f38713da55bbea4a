/** What bloat and compact say of a table without statistics: its counters tell what is dead, and nothing else is proved. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/adapters/index.ts';
import { bloatReport, compaction } from '../../src/checks/index.ts';
import { bloatExit } from '../../src/cli/memctl/bloat.ts';
import { reclaimActions } from '../../src/cli/memctl/reclaim.ts';
import { type Snapshot, Target } from '../../src/store/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';

let url: string;
let client: pg.Client;
beforeAll(async () => {
  url = await freshDatabase();
  client = new pg.Client(url);
  await client.connect();
});
afterAll(async () => {
  await client.end();
});

async function look(exact = false): Promise<Snapshot> {
  await client.query('SELECT pg_stat_force_next_flush()');
  await using store = await openStore(Target.parse(url), { mode: 'read' });
  return await store.snapshot({ now: new Date(), exact });
}
const asked = { command: 'compact', structure: null, minBytes: null };

describe('a table that was never analysed', () => {
  it('is no proof that nothing can be given back', async () => {
    await client.query(`CREATE TABLE notes(id bigserial PRIMARY KEY, body text) WITH (autovacuum_enabled = off);
      INSERT INTO notes(body) SELECT repeat('x', 300) || g FROM generate_series(1, 2000) g`);
    const small = await look();
    const { actions, clean } = reclaimActions(small, new Map(), asked);
    expect(actions).toEqual([]);
    expect(clean.join()).toMatch(/no room to give back was found: 0 B of .* measured \(the table was never analysed\)/);
  });

  it('is analysed from a MiB on, so that it can be judged', async () => {
    await client.query(`INSERT INTO notes(body) SELECT repeat('x', 300) || g FROM generate_series(2001, 40000) g`);
    const snapshot = await look();
    const report = bloatReport(snapshot);
    expect(bloatExit(report, undefined)).toBe(3);
    expect(compaction(report, snapshot).actions.map((a) => a.kind)).toEqual(['analyze']);
  });

  it('is dead where its counters say so, and VACUUM is what helps', async () => {
    await client.query('DELETE FROM notes WHERE id % 4 <> 0');
    const snapshot = await look();
    const report = bloatReport(snapshot);
    const heap = report.structures.find((s) => s.id === 'heap:public.notes');
    expect(heap).toMatchObject({ state: 'dead', level: 'crit', expected: null });
    expect(heap?.deadShare).toBeCloseTo(0.75, 2);
    expect(heap?.notes.join()).toContain('75 % of its rows are dead (≈ 30,000)');
    expect(bloatExit(report, 'crit')).toBe(1);
    expect(compaction(report, snapshot).actions).toMatchObject([
      { kind: 'vacuum', statement: 'VACUUM (ANALYZE) "public"."notes"' },
    ]);
    await client.query('VACUUM (ANALYZE) notes');
    const after = await look();
    expect(bloatReport(after).structures.find((s) => s.id === 'heap:public.notes')?.state).not.toBe('dead');
  });

  it('names once the extension that exact figures need, and is partial without it', async () => {
    const report = bloatReport(await look(true));
    const lacking = report.notes.filter((n) => n.code === 'not-read-exactly');
    expect(lacking).toHaveLength(1);
    expect(lacking[0]?.message).toMatch(/^2 structures could not be read exactly: .* CREATE EXTENSION pgstattuple$/);
    expect(bloatExit(report, undefined)).toBe(3);
  });
});
