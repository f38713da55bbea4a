/** The connection to a store: one server, or all primaries of a cluster, with keys routed to the one that has them. */
import { isIP } from 'node:net';
import { InputError } from '../../quantity/index.ts';
import { StoreError, type Target } from '../../store/index.ts';
import type { RedisAddress } from './address.ts';
import { type Client, type Driver, loadDriver } from './driver.ts';
import { parseInfo } from './info.ts';
import { keySlot } from './key-slot.ts';
import { type Command, NodeConnection } from './node-connection.ts';
import { isUnavailable, translated } from './redis-errors.ts';

export interface SessionOptions {
  readonly mode: 'read' | 'write';
  readonly signal?: AbortSignal;
}

/** Where the key stands among the arguments of commands that do not begin with it. */
const KEY_AT: Readonly<Record<string, number>> = { MEMORY: 1, EVAL: 2 };

export class RedisSession {
  readonly target: Target;
  readonly address: RedisAddress;
  readonly mode: 'read' | 'write';
  readonly nodes: readonly NodeConnection[];
  /** Patterns that SCAN may be given whatever carries a TTL: see allowed-commands.ts. */
  readonly permanent: string[];
  /** Aborted when a connection ended that we did not end. */
  readonly lost: AbortSignal;
  readonly #slots: readonly { readonly from: number; readonly to: number; readonly node: NodeConnection }[];
  readonly #close: () => void;

  constructor(o: {
    readonly target: Target;
    readonly address: RedisAddress;
    readonly mode: 'read' | 'write';
    readonly nodes: readonly NodeConnection[];
    readonly permanent: string[];
    readonly lost: AbortSignal;
    readonly slots: readonly { readonly from: number; readonly to: number; readonly node: NodeConnection }[];
    readonly close: () => void;
  }) {
    this.target = o.target;
    this.address = o.address;
    this.mode = o.mode;
    this.nodes = o.nodes;
    this.permanent = o.permanent;
    this.lost = o.lost;
    this.#slots = o.slots;
    this.#close = o.close;
  }

  get first(): NodeConnection {
    return this.nodes[0] as NodeConnection;
  }

  /** True when looking at a key cannot delete it, on any node. */
  get inert(): boolean {
    return this.nodes.every((n) => n.inert);
  }

  nodeOf(key: string | Buffer): NodeConnection {
    if (!this.address.cluster) return this.first;
    const slot = keySlot(key);
    const range = this.#slots.find((r) => slot >= r.from && slot <= r.to);
    if (range !== undefined) return range.node;
    throw new StoreError('store-cluster-down', `${this.target}: no node of the cluster serves slot ${slot}`);
  }

  #nodeFor(command: Command): NodeConnection {
    const [name, ...args] = command;
    const at = KEY_AT[name.toUpperCase()] ?? 0;
    const key = args[at];
    if (key === undefined || !this.address.cluster) return this.first;
    return this.nodeOf(typeof key === 'number' ? String(key) : key);
  }

  /** One command about one key. @throws StoreError */
  async call(...command: Command): Promise<unknown> {
    return await this.#nodeFor(command).call(...command);
  }

  /** Many commands about keys, in their order whatever the node. Error replies stand in their place. */
  async many(commands: readonly Command[], buffers = false): Promise<unknown[]> {
    if (!this.address.cluster) return await this.first.many(commands, buffers);
    const replies: unknown[] = new Array(commands.length);
    const byNode = new Map<NodeConnection, number[]>();
    commands.forEach((command, i) => {
      const node = this.#nodeFor(command);
      byNode.set(node, [...(byNode.get(node) ?? []), i]);
    });
    for (const [node, places] of byNode) {
      const own = await node.many(
        places.map((i) => commands[i] as Command),
        buffers,
      );
      own.forEach((reply, k) => {
        replies[places[k] as number] = reply;
      });
    }
    return replies;
  }

  /** Like `many`, and an error reply is thrown. */
  async all(commands: readonly Command[], buffers = false): Promise<unknown[]> {
    const replies = await this.many(commands, buffers);
    const error = replies.find((r) => r instanceof Error);
    if (error !== undefined) throw translated(error, this.target);
    return replies;
  }

  /** Reads INFO again: how many keys there are, whether any carries a TTL, which role the servers have. */
  async refresh(): Promise<void> {
    for (const node of this.nodes) {
      node.info = parseInfo(String(await node.call('INFO', 'everything')), this.address.database);
    }
  }

  /** The server's clock, in milliseconds. In a cluster, the first node's. */
  async time(): Promise<number> {
    const [seconds, micros] = (await this.first.call('TIME')) as [string, string];
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  close(): void {
    this.#close();
  }
}

export async function openSession(target: Target, address: RedisAddress, o: SessionOptions): Promise<RedisSession> {
  o.signal?.throwIfAborted();
  const driver = await loadDriver();
  const clients: Client[] = [];
  const permanent: string[] = [];
  const lost = new AbortController();
  let closing = false;
  const close = (): void => {
    closing = true;
    for (const client of clients) client.disconnect();
  };
  const connect = async (host: string, port: number): Promise<NodeConnection> => {
    const client = await connected(driver, address, host, port, target);
    clients.push(client);
    const onLost = (): void => {
      if (!closing)
        lost.abort(new StoreError('store-connection-lost', `${target}: the connection to ${host}:${port} was lost`));
    };
    client.on('end', onLost);
    const node = new NodeConnection(client, String(target), parseInfo('', 0), {
      mode: o.mode,
      permanent,
      translate: (e) => translated(e, target),
      signal: o.signal,
      onLost,
    });
    await prepare(node, address);
    return node;
  };
  try {
    const seed = await connect(address.host, address.port);
    if (seed.info.loading) throw translated(new ReplyLike('LOADING Redis is loading the dataset in memory'), target);
    const clustered = seed.info.fields.get('cluster_enabled') === '1';
    if (clustered && !address.cluster) {
      throw new StoreError(
        'store-cluster',
        `${target}: this server is a node of a cluster, and only its share would be seen`,
        'add ?cluster=true to the address to work on all primaries',
      );
    }
    if (!clustered && address.cluster) {
      throw new InputError(
        'store-address',
        `${target}: this server is not a node of a cluster`,
        'leave cluster=true away',
      );
    }
    if (!address.cluster) {
      return new RedisSession({
        target,
        address,
        mode: o.mode,
        nodes: [seed],
        permanent,
        lost: lost.signal,
        slots: [],
        close,
      });
    }
    const { nodes, slots } = await primaries(seed, address, connect);
    return new RedisSession({ target, address, mode: o.mode, nodes, permanent, lost: lost.signal, slots, close });
  } catch (e) {
    close();
    throw translated(e, target);
  }
}

class ReplyLike extends Error {
  override readonly name = 'ReplyError';
}

async function connected(
  RedisDriver: Driver,
  address: RedisAddress,
  host: string,
  port: number,
  target: Target,
): Promise<Client> {
  const client = new RedisDriver({
    host,
    port,
    lazyConnect: true,
    // A connection that comes back has lost its lock and its place; the run is started again instead.
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    disableClientInfo: true,
    // Replies are the same in every server version, and no HELLO is needed, which old ones and some proxies lack.
    protocol: 2,
    connectTimeout: address.connectTimeoutMs,
    ...(address.tls === undefined
      ? {}
      : { tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...address.tls } }),
  });
  let cause: Error | undefined;
  client.on('error', (e: Error) => {
    cause ??= e;
  });
  try {
    await client.connect();
    return client;
  } catch (e) {
    client.disconnect();
    throw translated(cause ?? e, target);
  }
}

/** Signs in and chooses the database; our reads leave the keys' idle times as they are, where the server can do that. */
async function prepare(node: NodeConnection, address: RedisAddress): Promise<void> {
  const { username, password, database } = address;
  if (password !== undefined) await node.call('AUTH', ...(username === undefined ? [password] : [username, password]));
  if (database !== 0) await node.call('SELECT', database);
  await node.attempt(() => true, 'CLIENT', 'SETNAME', 'memctl');
  await node.attempt(() => true, 'CLIENT', 'NO-TOUCH', 'ON');
  const info = await node.attempt(isUnavailable, 'INFO', 'everything');
  if (info !== undefined) node.info = parseInfo(String(info), database);
  else {
    // Without INFO nobody can say whether keys carry a TTL; the careful assumption holds.
    const keys = Number(await node.call('DBSIZE'));
    node.info = { ...node.info, keys, expires: keys };
  }
}

type SlotRange = { readonly from: number; readonly to: number; readonly node: NodeConnection };

async function primaries(
  seed: NodeConnection,
  address: RedisAddress,
  connect: (host: string, port: number) => Promise<NodeConnection>,
): Promise<{ nodes: NodeConnection[]; slots: SlotRange[] }> {
  const ranges = (await seed.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][];
  const nodes = new Map<string, NodeConnection>();
  const slots: SlotRange[] = [];
  for (const [from, to, [announced, port]] of ranges) {
    // An empty or null host means: the one you are talking to.
    const host = announced ? String(announced) : address.host;
    const name = `${host}:${port}`;
    const node = nodes.get(name) ?? (await connect(host, Number(port)));
    nodes.set(name, node);
    slots.push({ from: Number(from), to: Number(to), node });
  }
  return { nodes: [...nodes.values()], slots };
}
