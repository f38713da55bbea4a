import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Redis as Client } from 'ioredis';
import { type DataFolder, dataFolder } from './data-folder.ts';
import { end, findProgram, freePort, launch, type Program, untilReady } from './programs.ts';

export interface RedisOptions {
  readonly flavour?: 'redis' | 'valkey';
  /** redis.conf directives, e.g. `{ maxmemory: '64mb', appendonly: 'yes' }`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly password?: string;
}

export interface RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly logFile: string;
  /** A replica of this server, its first synchronisation done; it ends with stop(). */
  replica(): Promise<RedisServer>;
  /** Ends it in order (SIGTERM) and starts it again on the same port and files. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const SLOTS = 16_384;

/** Redis 8 brought vector sets; Valkey has none. */
const hasVectorSets = (version: string): boolean => !/^Redis server v=[0-7]\./.test(version);

/** Starts a Redis (8 where the tests bring it) or Valkey without persistence on a free port of the loopback. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const flavour = options.flavour ?? 'redis';
  const variable = `MEMCTL_TEST_${flavour.toUpperCase()}`;
  const program = await findProgram(`${flavour}-server`, variable, `/usr/bin/${flavour}-server`, hasVectorSets);
  const server = new Server(program, dataFolder(program), await freePort(), options);
  await server.start();
  return server;
}

/** Three masters that serve a third of the slots each, all of them agreed on it. */
export async function startRedisCluster(options: RedisOptions = {}): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes) await node.stop();
  };
  const clients: Client[] = [];
  try {
    const buses: number[] = [];
    for (let i = 0; i < 3; i++) {
      const bus = await freePort();
      buses.push(bus);
      const cluster = { 'cluster-enabled': 'yes', 'cluster-port': bus, 'cluster-node-timeout': 2000 };
      nodes.push(await startRedis({ ...options, settings: { ...cluster, ...options.settings } }));
    }
    for (const node of nodes) clients.push(connect(node.url));
    for (const [i, client] of clients.entries()) {
      const [from, to] = [Math.floor((i * SLOTS) / 3), Math.floor(((i + 1) * SLOTS) / 3) - 1];
      await client.call('CLUSTER', 'ADDSLOTSRANGE', String(from), String(to));
      // Nodes of the same epoch would have to settle whose slots count.
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    }
    for (const [i, node] of nodes.entries())
      await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', String(node.port), String(buses[i]));
    await until('the cluster', async () => {
      const infos = await Promise.all(clients.map((client) => client.cluster('INFO')));
      return infos.every((info) => /cluster_state:ok/.test(info) && /cluster_known_nodes:3/.test(info));
    });
  } catch (error) {
    await stop();
    throw error;
  } finally {
    for (const client of clients) client.disconnect();
  }
  return { nodes, stop, [Symbol.asyncDispose]: stop };
}

class Server implements RedisServer {
  readonly url: string;
  readonly port: number;
  readonly dir: string;
  readonly logFile: string;
  #child: ChildProcess | undefined;
  readonly #program: Program;
  readonly #folder: DataFolder;
  readonly #options: RedisOptions;
  readonly #replicas: Server[] = [];

  constructor(program: Program, folder: DataFolder, port: number, options: RedisOptions) {
    this.#program = program;
    this.#folder = folder;
    this.#options = options;
    this.port = port;
    this.dir = folder.outside;
    this.logFile = join(folder.outside, 'log');
    const secret = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
    this.url = `redis://${secret}127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    const { password, settings } = this.#options;
    const secret = password === undefined ? {} : { requirepass: password, masterauth: password };
    const directives = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.#folder.inside,
      save: '',
      // The default lets a replica wait 5 s for others to come.
      'repl-diskless-sync-delay': 0,
      ...secret,
      ...settings,
    };
    const args = Object.entries(directives).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const log = openSync(this.logFile, 'a');
    const child = launch(this.#program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    await untilReady(child, 'Redis', this.logFile, async () => {
      const client = connect(this.url);
      try {
        await client.connect();
        // Not somebody else's that took the port first: exec keeps the process id from chroot to server.
        const info = await client.info('server');
        if (!info.includes(`process_id:${child.pid}\r`)) throw new Error('another server answers on the port');
      } finally {
        client.disconnect();
      }
    });
  }

  async replica(): Promise<RedisServer> {
    const folder = dataFolder(this.#program);
    const settings = { ...this.#options.settings, replicaof: `127.0.0.1 ${this.port}` };
    const replica = new Server(this.#program, folder, await freePort(), { ...this.#options, settings });
    this.#replicas.push(replica);
    await replica.start();
    const client = connect(replica.url);
    try {
      await until('the replica', async () => /master_link_status:up/.test(await client.info('replication')));
    } finally {
      client.disconnect();
    }
    return replica;
  }

  async restart(): Promise<void> {
    await this.#end('SIGTERM');
    await this.start();
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    for (const replica of this.#replicas) await replica.stop();
    await this.#end('SIGTERM');
    this.#folder.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#child !== undefined) await end(this.#child, signal);
  }
}

function connect(url: string): Client {
  const client = new Client(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => {});
  return client;
}

async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 30_000;
  while (!(await ready())) {
    if (Date.now() > giveUp) throw new Error(`${what} is not ready after 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
