import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { dataFolder } from './data-folder.ts';
import { end, findProgram, freePort, launch, untilReady } from './programs.ts';

export interface PgbouncerOptions {
  /** Lines of the section [pgbouncer], over the ones of startPgbouncer. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface Pgbouncer {
  /** The URL that was given, through PgBouncer. */
  readonly url: string;
  readonly port: number;
  readonly logFile: string;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A real PgBouncer with pool_mode=transaction in front of the server of `url`; the role of `url` (and its password) is
 * used whoever connects. Two or more idle server connections are handed out in turn (server_round_robin), so that
 * transactions of one client do land on different backends once the pool holds more than one.
 */
export async function startPgbouncer(url: string, options: PgbouncerOptions = {}): Promise<Pgbouncer> {
  const program = await findProgram('pgbouncer', 'MEMCTL_TEST_PGBOUNCER', '/usr/sbin/pgbouncer');
  const folder = dataFolder(program);
  const server = new URL(url);
  const port = await freePort();
  const quoted = (value: string): string => `'${decodeURIComponent(value).replaceAll("'", "''")}'`;
  const password = server.password === '' ? '' : ` password=${quoted(server.password)}`;
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: 4,
    server_round_robin: 1,
    ...options.settings,
  };
  const lines = [
    '[databases]',
    `* = host=${server.hostname} port=${server.port || '5432'} user=${quoted(server.username)}${password}`,
    '[pgbouncer]',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    '',
  ];
  const config = folder.write('pgbouncer.ini', lines.join('\n'));
  const logFile = join(folder.outside, 'log');
  const log = openSync(logFile, 'a');
  const child = launch(program, [config], { stdio: ['ignore', log, log] });
  closeSync(log);
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String(port);
  const stop = async (): Promise<void> => {
    await end(child, 'SIGTERM');
    folder.remove();
  };
  try {
    await untilReady(child, 'PgBouncer', logFile, async () => {
      const client = new pg.Client({ connectionString: through.href, connectionTimeoutMillis: 2000 });
      client.on('error', () => {});
      await client.connect();
      await client.end();
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: through.href, port, logFile, stop, [Symbol.asyncDispose]: stop };
}
