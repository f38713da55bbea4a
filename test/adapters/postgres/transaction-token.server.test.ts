/** What a later run is told of a batch that a run left open, after whatever ended it. */
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { openSession, type PgSession } from '../../../src/adapters/postgres/session.ts';
import { settleToken, systemIdentifier, transactionToken } from '../../../src/adapters/postgres/transaction-token.ts';
import { Target } from '../../../src/store/index.ts';
import { startPostgres } from '../../servers/postgres.ts';

async function begun(session: PgSession): Promise<string> {
  await session.execute('BEGIN');
  return await transactionToken(session, await systemIdentifier(session));
}

const open = async (url: string): Promise<PgSession> =>
  await openSession(Target.parse(url), { mode: 'write', purpose: 'test' });

describe('a batch that was open', () => {
  it('was committed, was rolled back, or is of another cluster', async () => {
    await using server = await startPostgres();
    const [work, asking] = [await open(server.url), await open(server.url)];
    const one = await begun(work);
    await work.execute('COMMIT');
    expect(await settleToken(asking, one)).toBe('committed');
    const two = await begun(work);
    await work.execute('ROLLBACK');
    expect(await settleToken(asking, two)).toBe('rolled-back');
    expect(await settleToken(asking, one.replace(/^\d+/, '7'))).toBe('unknown');
    expect(await settleToken(asking, 'nonsense')).toBe('unknown');
    for (const s of [work, asking]) await s.close();
  });

  it('was rolled back where the server crashed before it wrote down that it had begun', async () => {
    await using server = await startPostgres({ settings: { wal_writer_delay: '10s' } });
    const client = new pg.Client(server.url);
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CHECKPOINT');
    const system = (await client.query('SELECT system_identifier::text AS id FROM pg_control_system()')).rows[0]?.id;
    // More transactions than the server had handed out when its log was last on disk.
    await client.query('SET synchronous_commit = off');
    for (let i = 0; i < 3; i++) await client.query('SELECT pg_current_xact_id()');
    await client.query('BEGIN');
    const id = (await client.query('SELECT pg_current_xact_id()::text AS id')).rows[0]?.id;
    await server.kill();
    await server.restart();
    const asking = await open(server.url);
    await expect(asking.query('SELECT pg_xact_status($1::xid8)', [id])).rejects.toThrow(/22023/);
    expect(await settleToken(asking, `${system}:${id}`)).toBe('rolled-back');
    await asking.close();
  });
});
