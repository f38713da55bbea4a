/** Facts of what a Redis store is made of. */

/** Keys of one pattern: `mneme:entry:*`. */
export interface KeyspaceFacts {
  readonly kind: 'keyspace';
  readonly pattern: string;
  readonly type: 'string' | 'hash' | 'zset' | 'set' | 'list' | 'stream' | 'json' | 'vectorset' | 'mixed' | 'other';
  /** How keys and bytes were found: "counted", "sample of 2,000 keys". */
  readonly method: string;
  readonly exact: boolean;
  readonly keysLow: number;
  readonly keysHigh: number;
  readonly bytesLow: number | null;
  readonly bytesHigh: number | null;
  /** Share of the keys that carry a TTL; null when not looked at. */
  readonly ttlShare: number | null;
  /** Mean bytes of key names, and of values as MEMORY USAGE counts them. */
  readonly meanKeyBytes: number | null;
}

/** The server's memory as INFO tells it. */
export interface AllocatorFacts {
  readonly kind: 'allocator';
  readonly used: number;
  readonly rss: number;
  readonly dataset: number | null;
  /** mem_fragmentation_ratio and mem_fragmentation_bytes. */
  readonly ratio: number | null;
  readonly fragmentationBytes: number | null;
  readonly allocatorRatio: number | null;
  readonly allocator: string;
  readonly maxmemory: number;
  readonly policy: string;
  readonly activeDefrag: boolean | null;
}
