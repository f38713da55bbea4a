/** Presets against real stores on a real server: the system's own DDL, rows inserted with every index in place. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freshDatabase } from '../servers/fresh-database.ts';
import { bytesOf, fillPostgres, POSTGRES_SYSTEMS, partsOf } from './filled-postgres.ts';
import { off, reportOf, storeBytes } from './planned.ts';

/** 1,000 rows fill few pages: one page of an index more or less is a percent. */
describe.each([1000, 50_000])('%i rows', (rows) => {
  it.each(POSTGRES_SYSTEMS)('$system within 3 %', async (s) => {
    // 16 KB a passage: 50,000 of them are 800 MB for nothing that 5,000 would not show.
    const n = s.system === 'letta-postgres' ? Math.min(rows, 5000) : rows;
    const client = new pg.Client(await freshDatabase());
    await client.connect();
    try {
      const store = await fillPostgres(client, s, n);
      const report = reportOf(store.system, store.flags);
      const parts = await partsOf(client, store.tables);
      const words = report.components.find((c) => c.id === s.lexical);
      const apart = n <= 1000 && words !== undefined && s.lexical !== undefined;
      const measured = (await bytesOf(client, store.tables)) - (apart ? (parts[s.lexical] ?? 0) : 0);
      const planned = storeBytes(report) - (apart ? words.disk.value : 0);
      expect(Math.abs(off(planned, measured)), `${planned} planned, ${measured} measured`).toBeLessThanOrEqual(0.03);
      if (apart) expect(Math.abs(off(words.disk.value, parts[s.lexical] ?? 0))).toBeLessThanOrEqual(0.4);
    } finally {
      await client.end();
    }
  });
});
