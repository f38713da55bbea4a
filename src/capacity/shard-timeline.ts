/**
 * Moving to more shards in four weeks: the seed article's days, its contradictions settled, and the copying it leaves out
 * worked out. Where the article says two things, `settled` says which one holds and why.
 */
import { derive, type Quantity, stated } from '../quantity/index.ts';
import { dayAfter } from './calendar.ts';

export interface MigrationStep {
  readonly id: string;
  readonly title: string;
  /** Days counted from the first, which is day 1. */
  readonly fromDay: number;
  readonly toDay: number;
  /** Undefined beyond the year 9999. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  /** What the seed article says of these days. */
  readonly article: string;
  /** What is done instead, and why; undefined where the article stands. */
  readonly settled: string | undefined;
}

export interface Migration {
  readonly shards: Quantity<'count'>;
  readonly target: Quantity<'count'>;
  readonly moved: Quantity<'ratio'>;
  readonly memories: Quantity<'rows'>;
  /** Rows a second copied to all new shards together. */
  readonly rate: Quantity<'rows/s'> | undefined;
  readonly copying: Quantity<'s'> | undefined;
  /** Disk taken twice until the old copies are dropped. */
  readonly twice: Quantity<'B'>;
  readonly steps: readonly MigrationStep[];
  /** Whether the copying fits the days that the article gives it. */
  readonly fits: boolean | undefined;
}

/** Days 8 to 28 of the article: weeks 2 to 4. */
const COPY_FROM_DAY = 8;
const COPY_DAYS = 21;
/** Days between the last copied namespace and the end of dual writes: the article's days 28 to 30. */
const QUIET_DAYS = 2;

const COPY_SHARE: Quantity<'ratio'> = stated(
  'share of insert capacity that copying may take',
  0.25,
  'ratio',
  'assumed',
  'default: background priority, a quarter of what the new shards can insert',
  0.1,
  0.5,
);

export interface MigrationInputs {
  readonly memories: Quantity<'rows'>;
  readonly shards: Quantity<'count'>;
  readonly target: Quantity<'count'>;
  readonly disk: Quantity<'B'>;
  /** Rows a second that one shard inserts with all its indexes kept. */
  readonly insertRate: Quantity<'rows/s'> | undefined;
  readonly start: Date;
}

export function migration(p: MigrationInputs): Migration {
  const { memories: N, shards, target } = p;
  const moved = derive(
    'share of namespaces that move',
    'ratio',
    '(M - S) / M',
    { S: shards, M: target },
    {
      source: 'rendezvous hashing, or a table of slots',
    },
  );
  const memories = derive('memories to copy', 'rows', 'N * moved', { N, moved });
  const rate =
    p.insertRate &&
    derive('rows a second copied', 'rows/s', '(M - S) * rate * share', {
      S: shards,
      M: target,
      rate: p.insertRate,
      share: COPY_SHARE,
    });
  const copying = rate && derive('copying, without a pause', 's', 'rows / rate', { rows: memories, rate });
  const copyDays = copying === undefined ? COPY_DAYS : Math.max(1, Math.ceil(copying.value / 86_400));
  const twice = derive('disk taken twice while moving', 'B', 'disk * moved', { disk: p.disk, moved });
  const fits = copying === undefined ? undefined : copyDays <= COPY_DAYS;
  return {
    shards,
    target,
    moved,
    memories,
    rate,
    copying,
    twice,
    steps: steps(p, Math.max(copyDays, COPY_DAYS)),
    fits,
  };
}

function steps(p: MigrationInputs, copyDays: number): MigrationStep[] {
  const day = (n: number): string | undefined => dayAfter(p.start, n - 1);
  const added = p.target.value - p.shards.value;
  const which = added === 1 ? `shard ${p.target.value}` : `shards ${p.shards.value + 1} to ${p.target.value}`;
  const copied = COPY_FROM_DAY + copyDays - 1;
  const step = (
    id: string,
    title: string,
    fromDay: number,
    toDay: number,
    article: string,
    settled?: string,
  ): MigrationStep => ({ id, title, fromDay, toDay, from: day(fromDay), to: day(toDay), article, settled });
  return [
    step('provision', `provision ${which}`, 1, 1, 'provision shard 2'),
    step(
      'routing',
      'routing layer in front; every namespace where it was',
      2,
      2,
      'add routing layer (consistent hash by namespace_id)',
      'rendezvous hashing or a table of slots, from day 2 on. The article names a consistent hash here and hash % num_shards on day 7: these are two different routes, and the second moves most namespaces each time a shard is added',
    ),
    step(
      'pilot',
      'pilot: copy a few namespaces, write both shards for those',
      3,
      7,
      'backfill existing namespaces to their target shard, dual-write to both shards',
      'a pilot. The article backfills the existing namespaces here and again in weeks 2 to 4: all of them cannot be copied twice. Which namespaces are on the move has to be kept in a table, so routing is not stateless while anything moves',
    ),
    step(
      'cut-over',
      'new namespaces go where the hash says',
      7,
      7,
      'cut over write path: new namespaces route via hash(namespace_id) % num_shards',
      'only namespaces that are new: one that exists is cut over by itself, when its copy has been compared',
    ),
    step(
      'copy',
      'one by one: copy, write both, compare, switch, end the old',
      COPY_FROM_DAY,
      copied,
      'weeks 2-4: migrate remaining existing namespaces at background priority',
      copyDays > COPY_DAYS
        ? `takes ${copyDays} days at background priority, more than the three weeks the article gives it`
        : 'dual writes end namespace by namespace, not for all on day 30: a namespace is on two shards for hours, not for weeks',
    ),
    step(
      'clean-up',
      'drop old copies, rebuild old indexes, remove dual writes',
      copied + QUIET_DAYS,
      copied + QUIET_DAYS,
      'day 30: all existing namespaces migrated; remove dual-write path; decommission shared table',
      copied + QUIET_DAYS === 30
        ? 'four weeks are 28 days; days 29 and 30 stay for a last comparison. Deleted rows stay in an HNSW graph until vacuum, and the files keep their size until a rebuild'
        : 'two days after the last namespace. Deleted rows stay in an HNSW graph until vacuum, and the files keep their size until a rebuild',
    ),
  ];
}
