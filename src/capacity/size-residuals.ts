/**
 * What each structure of a live store takes beside what a fresh one of its rows would, and the likely cause of the difference,
 * in words. A difference inside the interval of what is expected is none.
 */
import { expectedActual, type StructureComparison } from '../expectation/index.ts';
import { derive, formatBytes, formatPercent, type Quantity, sum } from '../quantity/index.ts';
import type { Snapshot, StructureKind } from '../store/index.ts';

export type ResidualCause =
  | 'none'
  | 'duplicates'
  | 'dead-rows'
  | 'bloat'
  | 'fill'
  | 'free-pages'
  | 'statistics'
  | 'smaller'
  | 'unmeasured';

export interface SizeResidual {
  readonly id: string;
  readonly name: string;
  readonly actual: Quantity<'B'> | undefined;
  readonly expected: Quantity<'B'> | undefined;
  /** actual / expected - 1; undefined where either is unknown, or nothing is expected. */
  readonly off: number | undefined;
  readonly cause: ResidualCause;
  /** The cause in a sentence. */
  readonly because: string;
  /** Statement or command that settles or mends it. */
  readonly remedy: string | undefined;
}

export interface SizeResiduals {
  /** As it may be shown: no secrets in it. */
  readonly store: string;
  /** Its short name. */
  readonly name: string;
  /** Largest difference in bytes first, what is unknown last. */
  readonly structures: readonly SizeResidual[];
  /** Over the structures of which both sizes are known; undefined where there is none. */
  readonly actual: Quantity<'B'> | undefined;
  readonly expected: Quantity<'B'> | undefined;
}

/** Layouts are held to 3 % and better on real stores (docs/accuracy.md): a smaller difference is nobody's fault. */
const CLOSE = 0.03;
/** Below this share dead rows explain nothing. */
const DEAD_SHARE = 0.02;

export function sizeResiduals(snapshot: Snapshot): SizeResiduals {
  const compared = expectedActual(snapshot);
  const dead = new Map(compared.flatMap(deadRows));
  const structures = compared.map((c) => residualOf(c, dead));
  const bytes = ({ actual, expected }: SizeResidual): number =>
    actual === undefined || expected === undefined ? -1 : Math.abs(actual.value - expected.value);
  const known = structures.filter((s) => s.actual !== undefined && s.expected !== undefined);
  return {
    store: snapshot.identity.address,
    name: snapshot.identity.name,
    structures: structures.sort(
      (a, b) => bytes(b) - bytes(a) || (b.actual?.value ?? -1) - (a.actual?.value ?? -1) || (a.id < b.id ? -1 : 1),
    ),
    actual: total('bytes of the store', known, (s) => s.actual),
    expected: total('bytes of a fresh one', known, (s) => s.expected),
  };
}

function total(
  name: string,
  of: readonly SizeResidual[],
  side: (s: SizeResidual) => Quantity<'B'> | undefined,
): Quantity<'B'> | undefined {
  const [first, ...rest] = of.flatMap((s) => side(s) ?? []);
  return first === undefined ? undefined : sum(name, first, ...rest);
}

type Said = Pick<SizeResidual, 'cause' | 'because' | 'remedy'>;

/** Share of dead rows of a table, by its name. */
function deadRows({ structure: s, expectation }: StructureComparison): [string, number][] {
  const share = expectation.deadShare ?? 0;
  return s.kind === 'heap' && s.table !== null && share >= DEAD_SHARE ? [[s.table, share]] : [];
}

function residualOf(c: StructureComparison, dead: ReadonlyMap<string, number>): SizeResidual {
  const { structure: s, actual, expected } = c;
  const head = { id: s.id, name: s.name, actual: actual ?? undefined, expected: expected ?? undefined };
  if (actual === null || expected === null) {
    const { why, settle, grant } = c.expectation.unmeasured ?? { why: 'its size could not be read' };
    return { ...head, off: undefined, cause: 'unmeasured', because: why, remedy: settle ?? grant };
  }
  const off = expected.value === 0 ? undefined : actual.value / expected.value - 1;
  return { ...head, off, ...causeOf(c, actual.value, expected, dead) };
}

function causeOf(
  c: StructureComparison,
  actual: number,
  expected: Quantity<'B'>,
  deadOf: ReadonlyMap<string, number>,
): Said {
  const { duplicateShare, confidence, notes } = c.expectation;
  if (duplicateShare !== undefined && actual <= expected.high * (1 + CLOSE)) {
    return {
      cause: 'duplicates',
      because: `at least ${formatPercent(duplicateShare)} of its vectors equal another one and share its element`,
      remedy: 'memctl dedup STORE',
    };
  }
  const old = confidence === 'low' ? notes.find((n) => /statistics/.test(n)) : undefined;
  if (actual > expected.high * (1 + CLOSE))
    return largerThan(c, actual, expected, deadOf.get(c.structure.table ?? '') ?? 0);
  if (old !== undefined) {
    const [because, remedy] = old.split(/: (?=ANALYZE)/);
    return { cause: 'statistics', because: because ?? old, remedy };
  }
  if (actual >= expected.low * (1 - CLOSE)) {
    return { cause: 'none', because: 'as a fresh one of these rows', remedy: undefined };
  }
  return {
    cause: 'smaller',
    because:
      'smaller than its rows would make it: values are shorter than the statistics say, or rows are missing in it',
    remedy: undefined,
  };
}

function largerThan(c: StructureComparison, actual: number, expected: Quantity<'B'>, deadOfTable: number): Said {
  const { structure: s } = c;
  const dead = c.expectation.deadShare ?? 0;
  const room = formatBytes(actual - expected.value);
  switch (s.kind) {
    case 'freelist':
      return { cause: 'free-pages', because: 'pages that deletes freed, and that the file still has', remedy: COMPACT };
    case 'wal':
      return { cause: 'free-pages', because: 'a log that no checkpoint has taken in', remedy: COMPACT };
    case 'vec0':
      return {
        cause: 'fill',
        because: `${formatPercent(dead)} of its slots hold no vector: chunks are allocated whole, and deletes leave their slots`,
        remedy: COMPACT,
      };
    default:
  }
  if (dead >= DEAD_SHARE) {
    return {
      cause: 'dead-rows',
      because: `${formatPercent(dead)} of its ${s.kind === 'hnsw' ? 'elements' : 'rows'} are dead and not yet vacuumed`,
      remedy: COMPACT,
    };
  }
  // n dead rows in a hundred left entries beside those of 100 - n.
  const entries = deadOfTable / (1 - deadOfTable);
  if (deadOfTable > 0 && s.kind !== 'heap' && actual / expected.value - 1 <= entries + CLOSE) {
    const because = `entries of rows that are dead and not yet vacuumed (${formatPercent(deadOfTable)} of its table)`;
    return { cause: 'dead-rows', because, remedy: COMPACT };
  }
  if (TREES.includes(s.kind)) return treeFill(c, actual / expected.value - 1);
  const because =
    s.kind === 'hnsw'
      ? `${room} of elements that belong to no row any more: VACUUM leaves their room in the graph`
      : `${room} of room inside its pages that updates and deletes left`;
  return { cause: 'bloat', because, remedy: COMPACT };
}

/** B-trees: indexes of either engine. */
const TREES: readonly StructureKind[] = ['btree', 'index'];
/**
 * Keys that arrive in no order leave a B-tree's pages ln 2 = 69 % full (Yao, "On random 2-3 trees", 1978): up to 1 / ln 2 of its
 * packed size is how it was filled, and no waste that deletes left.
 */
const RANDOM_ORDER = 1 / Math.LN2 - 1;

function treeFill({ structure: s }: StructureComparison, off: number): Said {
  const density = s.facts?.kind === 'btree' ? s.facts.pages?.leafDensity : undefined;
  const full = density === undefined || !(density > 0) ? '' : `its leaves are ${formatPercent(density)} full: `;
  return off <= RANDOM_ORDER + CLOSE
    ? { cause: 'fill', because: `${full}room that keys in no order leave in its pages`, remedy: undefined }
    : {
        cause: 'bloat',
        because: `${full}more room in its pages than keys in no order leave: deletes and updates`,
        remedy: COMPACT,
      };
}

const COMPACT = 'memctl compact STORE';

/** actual / expected - 1 over all of the store, as a quantity. */
export function wholeDifference(r: SizeResiduals): Quantity<'ratio'> | undefined {
  if (r.actual === undefined || r.expected === undefined || !(r.expected.low > 0)) return undefined;
  return derive('difference of the store', 'ratio', 'actual / expected - 1', {
    actual: r.actual,
    expected: r.expected,
  });
}
