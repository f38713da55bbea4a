/**
 * The write path measured: what memplan writes plans beside what a real PostgreSQL with pgvector, and SQLite with sqlite-vec, log.
 *
 *   npx tsx bench/writes-postgres.ts           all of it
 *   npx tsx bench/writes-postgres.ts systems   the own tables of named systems alone
 */
import pg from 'pg';
import { startPostgres } from '../test/servers/postgres.ts';
import { POSTGRES_SYSTEMS } from '../test/systems/postgres-systems.ts';
import { type Compared, insertsCompared, mergeMeasured, QUIET, totalOf, touchRounds } from './writes-comparison.ts';
import { framesPerMemory, SQLITE_PARTS } from './writes-sqlite-store.ts';
import type { MadeStore } from './writes-store.ts';
import { systemCompared } from './writes-systems.ts';

const STORES: readonly (MadeStore & { readonly filled: number; readonly more: number })[] = [
  { dims: 384, m: 16, textBytes: 200, metadataBytes: 100, filled: 5000, more: 1000 },
  { dims: 384, m: 8, textBytes: 200, metadataBytes: 100, filled: 5000, more: 1000 },
  { dims: 384, m: 32, textBytes: 200, metadataBytes: 100, filled: 4000, more: 600 },
  { dims: 768, m: 16, textBytes: 1000, metadataBytes: 100, filled: 4000, more: 600 },
  { dims: 1536, m: 16, textBytes: 200, metadataBytes: 100, filled: 3000, more: 600 },
  { dims: 128, m: 16, textBytes: 200, metadataBytes: 100, filled: 20_000, more: 1000 },
  // Few rows against many pages: most changes are the first of their page.
  { dims: 128, m: 16, textBytes: 200, metadataBytes: 100, filled: 20_000, more: 60 },
  { dims: 768, m: 16, textBytes: 200, metadataBytes: 100, filled: 6000, more: 60 },
];

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const compared = (rows: readonly Compared[]): string =>
  [...rows, totalOf(rows)]
    .filter((r) => r.measured > 0)
    .map((r) => `${r.id} ${Math.round(r.planned)}/${Math.round(r.measured)} ${(r.planned / r.measured).toFixed(2)}`)
    .join(', ');

async function withServer(
  images: boolean,
  work: (client: pg.Client) => Promise<void>,
  compression = 'off',
): Promise<void> {
  await using server = await startPostgres({
    settings: { ...QUIET, full_page_writes: images, wal_compression: compression },
  });
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => {});
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Of the systems' own tables: 64 dimensions, 3,000 memories and so many more; records where nothing else is logged. */
const OF_SYSTEMS = [
  { images: false, more: 500 },
  { images: true, more: 500 },
  { images: true, more: 40 },
] as const;

async function systems(): Promise<void> {
  const cells = POSTGRES_SYSTEMS.map((s) => [s.system]);
  for (const { images, more } of OF_SYSTEMS) {
    await using server = await startPostgres({ settings: { ...QUIET, full_page_writes: images } });
    for (const [i, s] of POSTGRES_SYSTEMS.entries()) {
      const client = new pg.Client({ connectionString: await server.createDatabase() });
      client.on('error', () => {});
      await client.connect();
      const r = await systemCompared(client, s, 3000, more);
      await client.end();
      const { planned, measured } = totalOf(images ? r.images : r.records);
      const error = `${planned < measured ? '−' : '+'}${Math.abs(100 * (planned / measured - 1)).toFixed(1)} %`;
      cells[i]?.push(Math.round(measured).toLocaleString('en'), Math.round(planned).toLocaleString('en'), error);
      say(
        `${s.system}, 3000 + ${more}, ${images ? 'page images' : 'records'}: ${compared(images ? r.images : r.records)}`,
      );
    }
  }
  say(
    '\n| system | records, measured | planned | error | images after 500 | planned | error | after 40 | planned | error |',
  );
  say('| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |');
  for (const row of cells) say(`| ${row.join(' | ')} |`);
}

async function main(): Promise<void> {
  if (process.argv[2] === 'systems') return systems();
  for (const images of [false, true]) {
    say(`\nplanned/measured bytes a memory, ${images ? 'page images' : 'records'}`);
    await withServer(images, async (client) => {
      for (const store of STORES) {
        const { records, images: pages } = await insertsCompared(client, store, store.filled, store.more);
        say(
          `${store.dims}d m${store.m} text ${store.textBytes}, ${store.filled} + ${store.more}: ${compared(images ? pages : records)}`,
        );
        if (store.filled > 6000) continue;
        const flat = await insertsCompared(client, store, store.filled, store.more, 100);
        const index = (images ? flat.images : flat.records).filter((r) => r.id === 'vector-index');
        say(`  IVFFlat, 100 lists: ${compared(index)}`);
      }
    });
  }
  say('\nwal_compression: bytes of page images a memory');
  for (const compression of ['off', 'lz4', 'zstd']) {
    const work = async (client: pg.Client): Promise<void> => {
      for (const dims of [128, 768]) {
        const store = { dims, m: 16, textBytes: 200, metadataBytes: 100 };
        const { images } = await insertsCompared(client, store, 3000, 100);
        say(`${compression}, ${dims}d: ${images.map((r) => `${r.id} ${Math.round(r.measured)}`).join(', ')}`);
      }
    };
    await withServer(true, work, compression);
  }
  say('\nthe pending list, without a vector index');
  await withServer(false, async (client) => {
    for (const [textBytes, filled, listed] of [
      [200, 10_000, 2000],
      [200, 10_000, 7800],
      [200, 60_000, 7800],
      [1000, 10_000, 2000],
    ] as const) {
      const r = await mergeMeasured(client, { dims: 4, m: 16, textBytes, metadataBytes: 100 }, filled, listed);
      say(
        `text ${textBytes}, ${filled} + ${listed}: ${r.pages} pages, ${r.keys} keys merged in ${Math.round(r.seconds * 1000)} ms (${((r.seconds * 1e6) / r.keys).toFixed(1)} µs a key), ${Math.round(r.log)} B a row; search ${(r.search * 1000).toFixed(2)} and ${(r.searchAfter * 1000).toFixed(2)} ms, ${(((r.search - r.searchAfter) * 1e6) / r.pages).toFixed(1)} µs a page; insert ${Math.round(r.insert * 1e6)} µs a row`,
      );
    }
  });
  say('\ntouch on read, ten rows an update: share that is HOT, bytes of log and µs an update, pages of the HNSW index');
  await withServer(false, async (client) => {
    const small = { m: 16, textBytes: 200, metadataBytes: 100 };
    const cases = [
      ['384d', { ...small, dims: 384 }, { rows: 3000, rounds: 4, reads: 300 }],
      ['384d, fillfactor 74', { ...small, dims: 384 }, { rows: 3000, rounds: 3, reads: 300, fillfactor: 74 }],
      ['1536d', { ...small, dims: 1536 }, { rows: 1500, rounds: 4, reads: 150 }],
      ['1536d, indexed', { ...small, dims: 1536 }, { rows: 1000, rounds: 14, reads: 100, indexed: true }],
      [
        '1536d, indexed, vacuumed',
        { ...small, dims: 1536 },
        { rows: 1000, rounds: 14, reads: 100, indexed: true, vacuum: true },
      ],
    ] as const;
    for (const [label, store, touched] of cases) {
      const rounds = await touchRounds(client, store, touched);
      say(
        `${label}: ${rounds.map((r) => `${r.hot.toFixed(3)} ${Math.round(r.log)} B ${Math.round(r.seconds * 1e6)} µs ${r.indexPages}`).join(' | ')}`,
      );
    }
  });
  say('\nthe own tables of named systems: planned/measured bytes a memory');
  await systems();
  say('\nSQLite: pages of the log a memory');
  for (const filled of [
    { rows: 3000, dims: 384, textBytes: 200 },
    { rows: 3000, dims: 1536, textBytes: 200 },
    { rows: 3000, dims: 384, textBytes: 1000 },
  ]) {
    const table = framesPerMemory(filled, ['table'], 500);
    const parts = SQLITE_PARTS.slice(1).map(
      (p) => `${p} ${(framesPerMemory(filled, ['table', p], 500).frames - table.frames).toFixed(2)}`,
    );
    const all = framesPerMemory(filled, SQLITE_PARTS, 500);
    say(
      `${filled.dims}d text ${filled.textBytes}: table ${table.frames.toFixed(2)}, ${parts.join(', ')}, all ${all.frames.toFixed(2)}, ${Math.round(all.seconds * 1e6)} µs a memory`,
    );
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
