/** Presets against real stores on a real server: the system's own DDL, rows inserted with every index in place. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { freshDatabase } from '../servers/fresh-database.ts';
import { bytesOf, fillPostgres } from './filled-postgres.ts';
import { off, reportOf, storeBytes, storeInterval } from './planned.ts';
import { POSTGRES_SYSTEMS } from './postgres-systems.ts';

/** 1,000 rows fill few pages: one page of an index more or less is a percent. */
describe.each([1000, 50_000])('%i rows', (rows) => {
  it.each(POSTGRES_SYSTEMS)('$system within 3 %', async (s) => {
    // 16 KB a passage: 50,000 of them are 800 MB for nothing that 5,000 would not show.
    const n = Math.min(rows, s.most ?? rows);
    const client = new pg.Client(await freshDatabase());
    await client.connect();
    try {
      const store = await fillPostgres(client, s, s.memories?.(n) ?? n);
      const planned = storeBytes(reportOf(store.system, { ...store.flags, ...store.terms }));
      const measured = await bytesOf(client, store.tables);
      expect(Math.abs(off(planned, measured)), `${planned} planned, ${measured} measured`).toBeLessThanOrEqual(0.03);
      if (Object.keys(store.terms).length === 0) return;
      // Where nobody counted the terms, the interval has to hold.
      const { low, high } = storeInterval(reportOf(store.system, store.flags));
      expect([low <= measured, measured <= high], `${low} to ${high}, ${measured} measured`).toEqual([true, true]);
    } finally {
      await client.end();
    }
  });
});
