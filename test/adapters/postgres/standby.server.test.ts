import { describe, expect, it } from 'vitest';
import { postgresAdapter } from '../../../src/adapters/postgres/index.ts';
import { Target } from '../../../src/store/index.ts';
import { startPostgres } from '../../servers/postgres.ts';
import { fixture, snapshot, sql } from './pg-store.ts';

describe('a standby', () => {
  it('is read like its primary, is known as the same store, and takes no writes', async () => {
    await using primary = await startPostgres();
    await sql(primary.url, fixture('stores/mneme-v1-postgres.sql'), 'ANALYZE');
    const standby = await primary.standby();
    await standby.caughtUp();
    const now = new Date(1_790_000_000_000);
    const [there, here] = [await snapshot(primary.url, { now }), await snapshot(standby.url, { now })];
    expect(here.memorySets).toEqual(there.memorySets);
    expect(here.structures.map((s) => [s.id, s.bytes])).toEqual(there.structures.map((s) => [s.id, s.bytes]));
    expect(here.identity.fingerprint).toBe(there.identity.fingerprint);
    expect(here.identity.settings).toMatchObject({ standby: 'yes' });
    await using store = await postgresAdapter.open(Target.parse(standby.url), { mode: 'write' });
    expect(store.capabilities).not.toContain('write');
  });
});
