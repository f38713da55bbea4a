/** What vacuum costs on PostgreSQL: another writer's p99, memory, and time against one bare DELETE. */
import { readFileSync } from 'node:fs';
import pg from 'pg';
import type { Finding } from './safety-findings.ts';
import { rowsOf, VACUUM } from './safety-kills.ts';
import { type Ended, forget, memctl, type Room, said, sleep, start } from './safety-program.ts';
import type { SafetyStore } from './safety-stores.ts';

const MEMORY_BAR = 150e6;
const TIME_BAR = 1.5;
const WRITER_BAR = 2;

const bare = async (url: string, ...statements: string[]): Promise<number> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const begun = performance.now();
  for (const s of statements) await client.query(s);
  const seconds = (performance.now() - begun) / 1000;
  await client.end();
  return seconds;
};

const DELETE =
  'DELETE FROM mneme.entries WHERE ttl IS NOT NULL AND created_at + ttl <= extract(epoch FROM now())::bigint';
const median = (x: readonly number[]): number => [...x].sort((a, b) => a - b)[Math.floor(x.length / 2)] as number;

/** The most memory a run ever had: the kernel's own high-water mark, asked until it ends. Linux alone tells. */
async function peak(room: Room, args: readonly string[]): Promise<{ ended: Ended; bytes: number }> {
  const running = start(room, args);
  let bytes = 0;
  let over = false;
  void running.ended.then(() => (over = true));
  while (!over) {
    try {
      const found = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${running.child.pid}/status`, 'utf8'));
      bytes = Math.max(bytes, Number(found?.[1] ?? 0) * 1024);
    } catch {
      // It has just ended.
    }
    await sleep(20);
  }
  return { ended: await running.ended, bytes };
}

/** The table as it is now, to begin each round from the same: as one column of rows, which no profile takes for a memory. */
async function keep(url: string): Promise<void> {
  await bare(url, 'DROP TABLE IF EXISTS seed', 'CREATE TABLE seed AS SELECT e FROM mneme.entries AS e');
}

async function again(url: string): Promise<void> {
  await bare(
    url,
    'TRUNCATE mneme.entries',
    'INSERT INTO mneme.entries SELECT (e).* FROM seed',
    'VACUUM ANALYZE mneme.entries',
    'CHECKPOINT',
  );
}

/** @param rows that expire, beside as many that stay */
export async function cost(store: SafetyStore, rows: number, rounds: number): Promise<Finding[]> {
  await store.addExpired(rows);
  await keep(store.url);
  const broken: { time: string[]; memory: string[] } = { time: [], memory: [] };
  const times = { delete: [] as number[], verb: [] as number[], deleteVacuum: [] as number[], whole: [] as number[] };
  const bytes: number[] = [];
  for (let i = 0; i < rounds; i++) {
    await again(store.url);
    times.delete.push(await bare(store.url, DELETE));
    const vacuum = await bare(store.url, 'VACUUM (ANALYZE) mneme.entries');
    times.deleteVacuum.push((times.delete.at(-1) as number) + vacuum);
    for (const [kind, args] of [
      ['verb', [...VACUUM, '--no-compact']],
      ['whole', VACUUM],
    ] as const) {
      await again(store.url);
      forget(store);
      const { ended, bytes: most } = await peak(store, args);
      times[kind].push(ended.seconds);
      bytes.push(most);
      if (ended.exit !== 0 || rowsOf(ended) !== rows) broken.time.push(said(ended));
    }
  }
  forget(store);
  const ratio = median(times.verb) / median(times.delete);
  const wholeRatio = median(times.whole) / median(times.deleteVacuum);
  if (ratio > TIME_BAR) broken.time.push(`${ratio.toFixed(2)} times the bare DELETE`);
  const most = Math.max(...bytes);
  if (most > MEMORY_BAR) broken.memory.push(`${(most / 1e6).toFixed(0)} MB`);
  const seconds = (x: readonly number[]): string =>
    `${median(x).toFixed(2)} s (${x.map((t) => t.toFixed(2)).join(', ')})`;
  const n = rows.toLocaleString('en');
  return [
    {
      what: `time, ${n} rows, postgres`,
      seen: `vacuum --no-compact ${seconds(times.verb)}, bare DELETE ${seconds(times.delete)}: ${ratio.toFixed(2)}; vacuum ${seconds(times.whole)}, DELETE and VACUUM ANALYZE ${seconds(times.deleteVacuum)}: ${wholeRatio.toFixed(2)}`,
      broken: broken.time,
    },
    {
      what: `memory, ${n} rows, postgres`,
      seen: `at most ${(most / 1e6).toFixed(0)} MB resident`,
      broken: broken.memory,
    },
  ];
}

/** Milliseconds of single-row updates, one after the other, until `over` says so. */
async function writer(url: string, over: () => boolean): Promise<number[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ id: string }>(
    'SELECT id FROM mneme.entries WHERE ttl IS NULL ORDER BY random() LIMIT 2000',
  );
  const times: number[] = [];
  for (let i = 0; !over(); i++) {
    const begun = performance.now();
    await client.query('UPDATE mneme.entries SET access_count = access_count + 1 WHERE id = $1', [
      rows[i % rows.length]?.id,
    ]);
    times.push(performance.now() - begun);
    // As an application does: it does not keep a processor to itself.
    await sleep(1);
  }
  await client.end();
  return times;
}

const p99 = (times: readonly number[]): number =>
  [...times].sort((a, b) => a - b)[Math.floor(times.length * 0.99)] as number;

/** Alone and beside a vacuum in turn; the median of the rounds is judged. */
export async function writerBeside(store: SafetyStore, rows: number, rounds: number): Promise<Finding> {
  const broken: string[] = [];
  const alone: number[] = [];
  const beside: number[] = [];
  let updates = 0;
  for (let i = 0; i < rounds; i++) {
    await store.addExpired(rows);
    forget(store);
    const until = performance.now() + 4_000;
    alone.push(p99(await writer(store.url, () => performance.now() > until)));
    let over = false;
    const vacuum = memctl(store, ...VACUUM).finally(() => (over = true));
    const times = await writer(store.url, () => over);
    updates += times.length;
    beside.push(p99(times));
    const ended = await vacuum;
    if (ended.exit !== 0 || rowsOf(ended) !== rows) broken.push(said(ended));
  }
  forget(store);
  const ratio = median(beside) / median(alone);
  if (ratio > WRITER_BAR) broken.push(`${ratio.toFixed(2)} times the p99 without`);
  const ms = (x: readonly number[]): string => `${median(x).toFixed(1)} ms (${x.map((t) => t.toFixed(1)).join(', ')})`;
  return {
    what: "another writer's p99, postgres",
    seen: `${ms(alone)} alone, ${ms(beside)} beside a vacuum of ${rows.toLocaleString('en')} rows: ${ratio.toFixed(2)}; ${updates} updates beside`,
    broken,
  };
}
