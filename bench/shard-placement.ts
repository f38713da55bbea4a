/** Keys on shards, three ways, as routers do it: for counting what moves and how even it is. */

/** murmur3's finalizer over 32 bits: every bit of the input moves half of those of the output. */
export function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Where a key goes, as a function of its number. */
export type Router = (key: number) => number;

const keyHash = (key: number, seed: number): number => mix(mix(key + 1) ^ mix(seed + 0x9e3779b9));

export function modulo(shards: number, seed = 1): Router {
  return (key) => keyHash(key, seed) % shards;
}

/** The shard whose hash with the key is highest. */
export function rendezvous(shards: number, seed = 1): Router {
  const salts = Array.from({ length: shards }, (_, s) => mix(mix(s + 1) ^ seed));
  return (key) => {
    const k = keyHash(key, seed);
    let best = 0;
    let most = -1;
    for (let s = 0; s < shards; s++) {
      const score = mix(k ^ (salts[s] as number));
      if (score > most) {
        most = score;
        best = s;
      }
    }
    return best;
  };
}

interface Ring {
  readonly at: Uint32Array;
  readonly owner: Uint32Array;
}

/** A ring with so many points a shard, in order. */
function ringOf(shards: number, points: number, seed: number): Ring {
  const all: [number, number][] = [];
  for (let s = 0; s < shards; s++) {
    for (let p = 0; p < points; p++) all.push([mix(mix(s * 1_000_003 + p + 1) ^ mix(seed)), s]);
  }
  all.sort((a, b) => a[0] - b[0]);
  return { at: Uint32Array.from(all, ([x]) => x), owner: Uint32Array.from(all, ([, s]) => s) };
}

export function consistent(shards: number, points: number, seed = 1): Router {
  const { at, owner } = ringOf(shards, points, seed);
  return (key) => {
    const h = keyHash(key, seed);
    let low = 0;
    let high = at.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((at[middle] as number) < h) low = middle + 1;
      else high = middle;
    }
    return owner[low === at.length ? 0 : low] as number;
  };
}

/** Share of the ring that each shard owns. */
export function arcShares(shards: number, points: number, seed: number): number[] {
  const { at, owner } = ringOf(shards, points, seed);
  const shares = new Array<number>(shards).fill(0);
  let before = (at[at.length - 1] as number) - 2 ** 32;
  for (let i = 0; i < at.length; i++) {
    const s = owner[i] as number;
    shares[s] = (shares[s] as number) + ((at[i] as number) - before) / 2 ** 32;
    before = at[i] as number;
  }
  return shares;
}

/** Share of the keys that two routers send to different shards. */
export function movedShare(keys: number, from: Router, to: Router): number {
  let moved = 0;
  for (let key = 0; key < keys; key++) if (from(key) !== to(key)) moved++;
  return moved / keys;
}

/** Keys on the fullest shard over the mean. */
export function fullestOf(keys: number, shards: number, router: Router): number {
  const counts = new Uint32Array(shards);
  for (let key = 0; key < keys; key++) {
    const s = router(key);
    counts[s] = (counts[s] as number) + 1;
  }
  return (Math.max(...counts) * shards) / keys;
}
