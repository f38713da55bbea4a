/**
 * What --system plans against real stores of those systems, built from their own schema: `npx tsx bench/presets.ts [rows,…]`
 * (default 1,000 and 50,000). Starts a PostgreSQL and a Redis of its own (test/servers/README.md). Prints the table of
 * docs/presets.md.
 */
import pg from 'pg';
import { formatCount } from '../src/quantity/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { startRedis } from '../test/servers/redis.ts';
import { bytesOf, fillPostgres } from '../test/systems/filled-postgres.ts';
import { fillMnemeRedis } from '../test/systems/filled-redis.ts';
import { SQLITE_SYSTEMS } from '../test/systems/filled-sqlite.ts';
import { off, reportOf, storeBytes } from '../test/systems/planned.ts';
import { POSTGRES_SYSTEMS } from '../test/systems/postgres-systems.ts';

const COUNTS = (process.argv[2] ?? '1000,50000').split(',').map(Number);

function line(system: string, rows: number, planned: number, measured: number): void {
  const error = `${off(planned, measured) >= 0 ? '+' : '−'}${Math.abs(100 * off(planned, measured)).toFixed(1)} %`;
  console.log(
    `| ${system} | ${formatCount(rows)} | ${formatCount(measured)} | ${formatCount(Math.round(planned))} | ${error} |`,
  );
}

async function main(): Promise<void> {
  console.log('| system | rows | bytes, measured | planned | error |\n| --- | ---: | ---: | ---: | ---: |');
  await using postgres = await startPostgres({ settings: { autovacuum: false } });
  for (const n of COUNTS) {
    for (const [system, filled] of SQLITE_SYSTEMS) {
      const { flags, terms, bytes } = filled(n);
      line(system, n, storeBytes(reportOf(system, { ...flags, ...terms })), bytes);
    }
    await using redis = await startRedis();
    const cached = await fillMnemeRedis(redis.url, n);
    line('mneme-redis', n, storeBytes(reportOf('mneme-redis', cached.flags), 'resident'), cached.bytes);
    for (const s of POSTGRES_SYSTEMS) {
      const rows = Math.min(n, s.most ?? n);
      const client = new pg.Client(await postgres.createDatabase(`presets_${n}_${s.system.replaceAll('-', '_')}`));
      await client.connect();
      const store = await fillPostgres(client, s, s.memories?.(rows) ?? rows);
      line(
        s.system,
        rows,
        storeBytes(reportOf(s.system, { ...store.flags, ...store.terms })),
        await bytesOf(client, store.tables),
      );
      await client.end();
    }
  }
}

await main();
