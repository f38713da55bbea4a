/** INFO as the server tells it, parsed. Fields: https://redis.io/docs/latest/commands/info/ */

export interface ServerInfo {
  readonly engine: 'Redis' | 'Valkey' | 'KeyDB' | 'Dragonfly';
  readonly version: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly replica: boolean;
  readonly loading: boolean;
  /** Keys of the chosen database, and how many of them carry a TTL. */
  readonly keys: number;
  readonly expires: number;
}

export function parseInfo(text: string, database: number): ServerInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at > 0 && !line.startsWith('#')) fields.set(line.slice(0, at), line.slice(at + 1));
  }
  const space = members(fields.get(`db${database}`) ?? '');
  const has = (name: string): boolean => fields.has(name);
  const engine = has('valkey_version') ? 'Valkey' : has('dragonfly_version') ? 'Dragonfly' : 'Redis';
  return {
    engine: /keydb/i.test(fields.get('executable') ?? '') ? 'KeyDB' : engine,
    version:
      fields.get('valkey_version') ??
      fields.get('dragonfly_version')?.replace(/^df-v?/, '') ??
      fields.get('redis_version') ??
      'unknown',
    fields,
    replica: /^(slave|replica)$/.test(fields.get('role') ?? ''),
    loading: fields.get('loading') === '1',
    keys: Number(space['keys'] ?? 0),
    expires: Number(space['expires'] ?? 0),
  };
}

/** "keys=12,expires=3,avg_ttl=0" as an object. */
export function members(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter((part) => part.includes('='))
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  );
}

export function numberIn(info: ServerInfo, name: string): number | null {
  const text = info.fields.get(name);
  const n = Number(text);
  return text === undefined || text === '' || !Number.isFinite(n) ? null : n;
}

/** What INFO counts in used_memory and is not the store's: buffers of connections and of replication, cached scripts. */
const NOT_THE_STORE = [
  'mem_clients_normal',
  'mem_clients_slaves',
  'mem_total_replication_buffers',
  'used_memory_scripts_eval',
  'used_memory_vm_total',
];

/** Bytes of the data and of what the server keeps to find it; null where INFO leaves them out. */
export function storeMemory(info: ServerInfo): number | null {
  const used = numberIn(info, 'used_memory');
  if (used === null) return null;
  return Math.max(0, used - NOT_THE_STORE.reduce((n, name) => n + (numberIn(info, name) ?? 0), 0));
}

/** A connected replica, as the primary's INFO lists it. */
export interface ReplicaLink {
  readonly address: string;
  readonly state: string;
  /** Seconds since its last acknowledgement. */
  readonly lag: number | null;
  /** Bytes of the stream it has not acknowledged. */
  readonly behind: number | null;
}

export function replicasOf(info: ServerInfo): ReplicaLink[] {
  const offset = numberIn(info, 'master_repl_offset');
  return [...info.fields]
    .filter(([name]) => /^slave\d+$/.test(name))
    .map(([, text]) => {
      const m = members(text);
      const lag = Number(m['lag']);
      const own = Number(m['offset']);
      return {
        address: `${m['ip'] ?? '?'}:${m['port'] ?? '?'}`,
        state: m['state'] ?? 'unknown',
        lag: Number.isFinite(lag) ? lag : null,
        behind: offset === null || !Number.isFinite(own) ? null : Math.max(0, offset - own),
      };
    });
}
