/**
 * The size of the warm tier of memories-dev 2.0.9: a DuckDB file with a table for every item, beside the common tables. Prints lines for
 * fixtures/measurements/systems.csv. DuckDB is no dependency of this project: `npm install @duckdb/node-api` anywhere, and run it there:
 *
 *     node system-duckdb.mjs TEXT_BYTES ITEMS…
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const COLUMNS = 'id VARCHAR PRIMARY KEY, data JSON, metadata JSON, tags JSON, stored_at TIMESTAMP';
const [bytes, ...counts] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'warm-'));
for (const items of counts) {
  const file = join(folder, `${items}.duckdb`);
  const instance = await DuckDBInstance.create(file);
  const connection = await instance.connect();
  await connection.run(`CREATE TABLE warm_data (${COLUMNS})`);
  await connection.run(
    'CREATE TABLE warm_tags (tag VARCHAR, data_id VARCHAR, PRIMARY KEY (tag, data_id), FOREIGN KEY (data_id) REFERENCES warm_data(id))',
  );
  for (let i = 0; i < items; i++) {
    const id = randomUUID();
    const own = `warm_data_20261121_102106_${id.slice(0, 8)}_${i}`;
    const words = Array.from({ length: Math.round(bytes / 8) }, () => Math.random().toString(36).slice(2, 9));
    await connection.run(`CREATE TABLE ${own} (${COLUMNS})`);
    for (const table of [own, 'warm_data']) {
      await connection.run(
        `INSERT INTO ${table} VALUES ('${id}', '${JSON.stringify({ text: words.join(' ') })}', '{}', '[]', now())`,
      );
    }
  }
  await connection.run('CHECKPOINT');
  connection.closeSync();
  instance.closeSync();
  console.log(`memories-dev,DuckDB bench/system-duckdb.mjs,${items},384,${bytes},${statSync(file).size},disk`);
}
rmSync(folder, { recursive: true });
