/**
 * Measures the series that docs/calibrate.md shows, on a PostgreSQL of its own, and writes it to fixtures/calibration. On an idle
 * machine: what others take is in every time.
 *
 *     npx tsx bench/calibrate-series.ts && npm run docs
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { calibrateStore } from '../src/adapters/calibrate.ts';
import { fitCalibration } from '../src/engines/calibration-fit.ts';
import { Target } from '../src/store/index.ts';
import { startPostgres } from '../test/servers/postgres.ts';

const FILE: string = join(import.meta.dirname, '../fixtures/calibration/pgvector-768.json');

await using server = await startPostgres({ settings: { shared_buffers: '512MB', max_wal_size: '2GB' } });
const client = new pg.Client(server.url);
await client.connect();
await client.query('CREATE EXTENSION vector');
await client.end();
// What `memplan calibrate postgres://… --dims 768` asks for.
const series = await calibrateStore(Target.parse(server.url), {
  budgetSeconds: 60,
  dimensions: 768,
  m: 16,
  efConstruction: 64,
  efSearch: [40, 100],
  maxRows: 20_000,
  seed: 20_240_601,
  signal: new AbortController().signal,
});
writeFileSync(FILE, `${JSON.stringify(series, null, 2)}\n`);
const { calibration, notes } = fitCalibration(series, { measuredAt: new Date().toISOString(), host: null });
console.log(
  `${series.server}, ${series.seconds.toFixed(1)} s${series.cutShort === null ? '' : `, ${series.cutShort}`}`,
);
for (const [id, c] of Object.entries(calibration.constants)) {
  console.log(`${id}: ${c.value.toPrecision(3)} (${c.low.toPrecision(3)} to ${c.high.toPrecision(3)})`);
}
for (const note of notes) console.log(note);
