/** Presets against real SQLite stores. */
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { total, treeBytes } from '../layouts/sqlite-stores.ts';
import { SQLITE_SYSTEMS } from './filled-sqlite.ts';
import { off, reportOf, storeBytes, storeInterval } from './planned.ts';

describe.each([1000, 50_000])('%i rows', (n) => {
  it.each(SQLITE_SYSTEMS)('%s within 3 %', (system, fill) => {
    const { flags, terms, bytes } = fill(n);
    const planned = storeBytes(reportOf(system, { ...flags, ...terms }));
    expect(Math.abs(off(planned, bytes)), `${planned} planned, ${bytes} measured`).toBeLessThanOrEqual(0.03);
    if (Object.keys(terms).length === 0) return;
    // Where nobody counted the terms, the interval has to hold.
    const { low, high } = storeInterval(reportOf(system, flags));
    expect([low <= bytes, bytes <= high], `${low} to ${high}, ${bytes} measured`).toEqual([true, true]);
  });
});

it('the brain that neural-memory wrote itself: 426 memories in three brains, within 3 %', () => {
  const file = new Database(
    new URL('../../fixtures/stores/neural-memory-4.62-multibrain.db', import.meta.url).pathname,
    {
      readonly: true,
    },
  );
  const measured = total(treeBytes(file));
  const means = file
    .prepare(
      'select (select count(*) from typed_memories) as n, avg(length(cast(content as blob))) as text from neurons where id in (select anchor_neuron_id from fibers)',
    )
    .get() as { n: number; text: number };
  file.close();
  const flags = { n: means.n, 'text-bytes': Math.round(means.text), 'namespace-bytes': 8, namespaces: 3 };
  const planned = storeBytes(reportOf('neural-memory', flags));
  expect(Math.abs(off(planned, measured)), `${planned} planned, ${measured} measured`).toBeLessThanOrEqual(0.03);
});
