/**
 * How many keys change their shard when shards are added, and how evenly each way of routing spreads keys.
 *
 * hash % S keeps a key only where both remainders are the same number: min(S, M) of every lcm(S, M) hashes. Consistent
 * hashing (Karger et al., STOC 1997) gives a new shard the arcs before its points on the ring; with V points a shard, a
 * shard's share of the ring is Beta(V, V(M-1)) distributed. Rendezvous hashing (Thaler and Ravishankar, 1998) moves a key
 * only where a new shard scores highest, which each of M does for 1/M of the keys.
 */
import { derive, type Quantity, stated } from '../quantity/index.ts';
import { normalQuantile } from './normal-quantile.ts';

export interface HashScheme {
  readonly id: 'modulo' | 'consistent' | 'rendezvous' | 'slot-table';
  readonly title: string;
  /** Share of all keys that change their shard. */
  readonly moved: Quantity<'ratio'>;
  /** Memories that these keys hold. */
  readonly memories: Quantity<'rows'>;
  /** Keys on the fullest shard over the mean, from the way of routing alone: namespaces of different sizes come on top. */
  readonly fullest: Quantity<'ratio'>;
  readonly state: string;
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** How far one ring is from the mean of all: two standard deviations on both sides. */
const LUCK: Quantity<'ratio'> = stated(
  'luck of one ring, in standard deviations',
  0,
  'ratio',
  'assumed',
  'the points of a ring are random: 95 % of rings lie within two standard deviations',
  -2,
  2,
);

const EVEN: Quantity<'ratio'> = stated(
  'every shard the same',
  1,
  'ratio',
  'exact',
  'a good hash is uniform; the fullest of few shards is above the mean by the square root of keys alone',
);

/**
 * Largest of M normal values by G. Blom's plotting position (1958). Shares add up to 1, so they are correlated by -1/(M-1), which
 * turns the deviation sqrt((M-1) / (MV+1)) of one share into sqrt(M / (MV+1)).
 */
const FULLEST_ARC = '1 + sqrt(M / (M * V + 1)) * z((M - 0.375) / (M + 0.25))';

/**
 * From S shards to M = S + added.
 * @param virtualNodes points of one shard on the ring of consistent hashing
 */
export function hashSchemes(
  memories: Quantity<'rows'>,
  shards: Quantity<'count'>,
  target: Quantity<'count'>,
  virtualNodes: Quantity<'count'>,
): HashScheme[] {
  const inputs = { S: shards, M: target };
  const modulo = derive('keys moved by hash % shards', 'ratio', '1 - min(S, M) / lcm(S, M)', inputs, {
    using: { lcm: (a = 1, b = 1) => lcm(a, b) },
    source: 'a key stays where both remainders agree: min(S, M) of every lcm(S, M) hashes',
  });
  const consistent = derive(
    'keys moved on a ring',
    'ratio',
    '(M - S) / M + luck * sqrt((M - S) / M * (S / M) / (M * V + 1))',
    { ...inputs, V: virtualNodes, luck: LUCK },
    { source: 'Karger et al. 1997; share of a shard with V points: Beta(V, V(M-1))' },
  );
  const rendezvous = derive('keys moved by rendezvous hashing', 'ratio', '(M - S) / M', inputs, {
    source: 'Thaler and Ravishankar 1998: a key moves only where a new shard scores highest',
  });
  const arcs = derive(
    'largest arc share over the mean',
    'ratio',
    FULLEST_ARC,
    { M: target, V: virtualNodes },
    {
      using: { z: (p = 0.5) => normalQuantile(p) },
      source: 'largest of M normal values (Blom 1958)',
    },
  );
  const scheme = (
    id: HashScheme['id'],
    title: string,
    moved: Quantity<'ratio'>,
    fullest: Quantity<'ratio'>,
    state: string,
  ): HashScheme => ({
    id,
    title,
    moved,
    memories: derive('memories moved', 'rows', 'N * moved', { N: memories, moved }),
    fullest,
    state,
  });
  return [
    scheme('modulo', 'hash % shards', modulo, EVEN, 'the number of shards'),
    scheme('consistent', `ring, ${virtualNodes.value} points each`, consistent, arcs, 'the ring'),
    scheme('rendezvous', 'rendezvous', rendezvous, EVEN, 'the list of shards'),
    scheme('slot-table', 'table of slots', rendezvous, EVEN, 'slot → shard'),
  ];
}
