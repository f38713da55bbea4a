import { type ChildProcess, execFile } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, openSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { type DataFolder, dataFolder } from './data-folder.ts';
import { debianRoot, HOW_TO_HELP, onPath } from './debian-root.ts';
import { end, freePort, launch, type Program, runToEnd, untilReady } from './programs.ts';

export interface PostgresOptions {
  /** Lines for postgresql.conf, after the ones of STEADY. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** Asks every TCP connection for this password (scram-sha-256); without it every connection is trusted. */
  readonly password?: string;
}

export interface Postgres {
  /** Of the superuser postgres, database postgres. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  /** A new, empty database with the extension vector available, not created. @returns its URL */
  createDatabase(name?: string): Promise<string>;
  dropDatabase(url: string): Promise<void>;
  /** A streaming standby (hot_standby), copied from this server now; it ends with stop(). */
  standby(settings?: PostgresOptions['settings']): Promise<Standby>;
  /** Fast shutdown and start again on the same port and data. */
  restart(): Promise<void>;
  /** SIGKILL of the postmaster: a crash. `restart()` brings the server back through crash recovery. */
  kill(): Promise<void>;
  /** Ends the server, its standbys first, and removes its data. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Standby extends Omit<Postgres, 'createDatabase' | 'dropDatabase' | 'standby'> {
  /** Waits until everything that the primary has written is replayed here. */
  caughtUp(): Promise<void>;
}

/** No safety against a power cut; a crash of the process loses nothing all the same. */
const STEADY: Readonly<Record<string, string | number | boolean>> = {
  fsync: false,
  full_page_writes: false,
  // The chroot has no /dev/shm.
  dynamic_shared_memory_type: 'mmap',
  jit: false,
  max_connections: 100,
  timezone: 'UTC',
  log_timezone: 'UTC',
};

/** Starts a PostgreSQL of its own with pgvector, on a free port of the loopback. Error: what to set where none is found. */
export async function startPostgres(options: PostgresOptions = {}): Promise<Postgres> {
  const bin = await postgresPrograms();
  const folder = dataFolder(bin('initdb'));
  const data = join(folder.inside, 'data');
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const { password } = options;
  const auth =
    password === undefined
      ? ['-A', 'trust']
      : ['-A', 'scram-sha-256', `--pwfile=${folder.write('password', `${password}\n`)}`];
  try {
    const cluster = ['-D', data, '-U', 'postgres', '-E', 'UTF8', `--locale=${locale}`, '--no-sync'];
    await runToEnd(bin('initdb'), [...cluster, ...auth]);
    appendFileSync(join(folder.outside, 'data', 'postgresql.conf'), lines({ ...STEADY, ...options.settings }));
    const url = new URL(`postgres://postgres@127.0.0.1:${await freePort()}/postgres`);
    if (password !== undefined) url.password = encodeURIComponent(password);
    const server = new Server(bin, folder, url);
    await server.start();
    return server;
  } catch (error) {
    folder.remove();
    throw error;
  }
}

const lines = (settings: Readonly<Record<string, string | number | boolean>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `\n${name} = '${String(value).replaceAll("'", "''")}'`)
    .join('');

class Server implements Postgres, Standby {
  readonly port: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly url: string;
  #child: ChildProcess | undefined;
  readonly #bin: (name: string) => Program;
  readonly #folder: DataFolder;
  readonly #primary: Server | undefined;
  readonly #standbys: Server[] = [];

  constructor(bin: (name: string) => Program, folder: DataFolder, url: URL, primary?: Server) {
    this.#bin = bin;
    this.#folder = folder;
    this.#primary = primary;
    this.port = Number(url.port);
    this.dataDir = join(folder.outside, 'data');
    this.logFile = join(folder.outside, 'log');
    this.url = url.href;
  }

  async start(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const socket = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='];
    const args = ['-D', join(this.#folder.inside, 'data'), '-p', String(this.port), ...socket];
    const child = launch(this.#bin('postgres'), args, { stdio: ['ignore', log, log], lastSignal: 'QUIT' });
    closeSync(log);
    this.#child = child;
    await untilReady(child, 'PostgreSQL', this.logFile, async () => {
      // Not somebody else's that took the port first.
      const [answer] = await this.query("select current_setting('data_directory') as data");
      if (answer?.['data'] !== join(this.#folder.inside, 'data')) throw new Error('another server answers on the port');
    });
  }

  async query(sql: string): Promise<Record<string, unknown>[]> {
    return queryAt(this.url, sql);
  }

  async createDatabase(
    name: string = `test_${process.pid}_${Math.random().toString(36).slice(2, 8)}`,
  ): Promise<string> {
    return createDatabaseAt(this.url, name);
  }

  async dropDatabase(url: string): Promise<void> {
    await dropDatabaseAt(this.url, url);
  }

  async standby(settings: PostgresOptions['settings'] = {}): Promise<Standby> {
    const folder = dataFolder(this.#bin('postgres'));
    const data = join(folder.inside, 'data');
    const copy = ['-D', data, '-d', this.url, '-R', '-X', 'stream', '-c', 'fast', '--no-sync'];
    await runToEnd(this.#bin('pg_basebackup'), copy);
    appendFileSync(join(folder.outside, 'data', 'postgresql.conf'), lines({ hot_standby: true, ...settings }));
    const url = new URL(this.url);
    url.port = String(await freePort());
    const standby = new Server(this.#bin, folder, url, this);
    this.#standbys.push(standby);
    await standby.start();
    return standby;
  }

  async caughtUp(): Promise<void> {
    const written = (await this.#primary?.query('select pg_current_wal_lsn()::text as lsn'))?.[0]?.['lsn'];
    const replayed = `select coalesce(pg_last_wal_replay_lsn() >= '${written}'::pg_lsn, false) as yes`;
    await untilReady(this.#child as ChildProcess, 'the standby', this.logFile, async () => {
      if ((await this.query(replayed))[0]?.['yes'] !== true) throw new Error('it is still behind its primary');
    });
  }

  async restart(): Promise<void> {
    await this.#end('SIGINT');
    for (const giveUp = Date.now() + 10_000; ; ) {
      try {
        return await this.start();
      } catch (error) {
        // The children of a killed postmaster take a moment to see that it is gone; a start before is refused.
        if (!String(error).includes('is still in use') || Date.now() > giveUp) throw error;
      }
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    for (const standby of this.#standbys) await standby.stop();
    await this.#end('SIGINT');
    this.#folder.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child !== undefined) await end(this.#child, signal);
  }
}

/** Runs one statement on a connection of its own. */
export async function queryAt(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}

/** Creates an empty database over that superuser's URL. @returns the database's URL */
export async function createDatabaseAt(url: string, name: string): Promise<string> {
  // template0: a session that looks into template1 would refuse the copy.
  await queryAt(url, `create database ${pg.escapeIdentifier(name)} template template0`);
  const made = new URL(url);
  made.pathname = `/${encodeURIComponent(name)}`;
  return made.href;
}

/** Drops the database of `url`, its sessions ended, over the superuser's URL. */
export async function dropDatabaseAt(superuser: string, url: string): Promise<void> {
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  await queryAt(superuser, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}

/** Where PostgreSQL with pgvector is: MEMCTL_TEST_POSTGRES_BIN, installed, or unpacked by the tests. */
async function postgresPrograms(): Promise<(name: string) => Program> {
  const given = process.env['MEMCTL_TEST_POSTGRES_BIN'];
  if (given) {
    for (const name of ['initdb', 'postgres'])
      if (!existsSync(join(given, name)))
        throw new Error(`MEMCTL_TEST_POSTGRES_BIN is ${given}, which has no ${name}; give the folder that has both`);
    if (existsSync(join(given, 'pg_config')) && !(await hasVector(given)))
      throw new Error(
        `MEMCTL_TEST_POSTGRES_BIN is ${given}, a PostgreSQL without the extension vector; install pgvector for it`,
      );
    return (name) => ({ path: join(given, name), root: undefined });
  }
  for (const bin of installedBins())
    if (await hasVector(bin)) return (name) => ({ path: join(bin, name), root: undefined });
  const root = await debianRoot();
  if (root === undefined) throw new Error(`no PostgreSQL with pgvector for the tests: ${HOW_TO_HELP}`);
  return (name) => ({ path: join('/usr/lib/postgresql/17/bin', name), root });
}

function installedBins(): string[] {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(debian, version, 'bin'));
  const found = onPath('postgres');
  if (found !== undefined) folders.push(dirname(realpathSync(found)));
  return folders.filter((bin) => existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres')));
}

async function hasVector(bin: string): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)(join(bin, 'pg_config'), ['--sharedir']);
    return existsSync(join(stdout.trim(), 'extension', 'vector.control'));
  } catch {
    return false;
  }
}
