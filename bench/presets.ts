/**
 * What --system plans against real stores of those systems, built from their own schema: `npx tsx bench/presets.ts [rows,…]`
 * (default 1,000 and 50,000). Starts a PostgreSQL and a Redis of its own (test/servers/README.md). Prints the table of
 * docs/presets.md.
 */
import pg from 'pg';
import { formatCount } from '../src/quantity/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';
import { startRedis } from '../test/servers/redis.ts';
import { bytesOf, fillPostgres, POSTGRES_SYSTEMS } from '../test/systems/filled-postgres.ts';
import { fillMnemeRedis } from '../test/systems/filled-redis.ts';
import { fillMcpMemoryService, fillMneme } from '../test/systems/filled-sqlite.ts';
import { off, reportOf, storeBytes } from '../test/systems/planned.ts';

const COUNTS = (process.argv[2] ?? '1000,50000').split(',').map(Number);
/** 16 KB a passage: more rows would show nothing more. */
const MOST_PASSAGES = 5000;

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
    const mneme = fillMneme(n);
    line('mneme-sqlite', n, storeBytes(reportOf('mneme-sqlite', mneme.flags)), mneme.bytes);
    const mcp = fillMcpMemoryService(n);
    const service = reportOf('mcp-memory-service', mcp.flags);
    const words = service.components.find((c) => c.id === 'lexical-index')?.disk.value ?? 0;
    line('mcp-memory-service, without its full text', n, storeBytes(service) - words, mcp.bytes);
    line('its full text (trigrams)', n, words, mcp.fullText);
    await using redis = await startRedis();
    const cached = await fillMnemeRedis(redis.url, n);
    line('mneme-redis', n, storeBytes(reportOf('mneme-redis', cached.flags), 'resident'), cached.bytes);
    for (const s of POSTGRES_SYSTEMS) {
      const rows = s.system === 'letta-postgres' ? Math.min(n, MOST_PASSAGES) : n;
      const client = new pg.Client(await postgres.createDatabase(`presets_${n}_${s.system.replaceAll('-', '_')}`));
      await client.connect();
      const store = await fillPostgres(client, s, rows);
      line(s.system, rows, storeBytes(reportOf(s.system, store.flags)), await bytesOf(client, store.tables));
      await client.end();
    }
  }
}

await main();
