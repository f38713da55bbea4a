/**
 * The rate limit of a namespace: a token bucket that fills with r turns a minute and holds b. A paste gets b at once and r a
 * minute from then on, so within t minutes no namespace writes more than b + r t (the bound of a token bucket, RFC 2697).
 */
import { derive, leaf, type Quantity, stated } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { WriteSettings } from './writes-settings.ts';

const MINUTES_A_DAY: Quantity<'count'> = leaf('minutes a day', 1440, 'count');

export interface RateLimit {
  readonly turnsPerMinute: Quantity<'count'>;
  readonly burst: Quantity<'count'>;
  /** Memories a second of one namespace that writes without a pause. */
  readonly sustained: Quantity<'rows/s'>;
  /** Most memories of one namespace in a day. */
  readonly aDay: Quantity<'rows'>;
  /** The bucket is full again after so long without a turn. */
  readonly refill: Quantity<'s'>;
  /** How long a paste of as many turns as the article's 1,000 takes to get in. */
  readonly paste: Quantity<'s'>;
  /** How long the backfill takes if one namespace sends it through the limiter. */
  readonly backfill: Quantity<'s'>;
  /** Namespaces at their limit that one machine's inserts keep up with; undefined without a model of inserts. */
  readonly atOnce: Quantity<'count'> | undefined;
  /** What all namespaces could ask for, over what all machines insert; undefined where either is unknown. */
  readonly asked: Quantity<'ratio'> | undefined;
  /** Searches for each turn written, over the day. */
  readonly searchesPerTurn: Quantity<'ratio'> | undefined;
}

const PASTE: Quantity<'count'> = stated(
  'turns of a paste',
  1000,
  'count',
  'documented',
  'the seed article: a user who pastes 1,000 turns',
);

/** @param all memories a second that all machines insert */
export function rateLimit(w: Workload, settings: WriteSettings, all: Quantity<'rows/s'> | undefined): RateLimit {
  const { turnsPerMinute: rate, burst, memoriesPerTurn } = settings;
  const sustained = derive('memories a second of one namespace', 'rows/s', 'rate / 60 * each', {
    rate,
    each: memoriesPerTurn,
  });
  const wait = (name: string, turns: Quantity): Quantity<'s'> =>
    derive(
      name,
      's',
      'max(0, turns - burst) / rate * 60',
      { turns, burst, rate },
      {
        source: 'token bucket: the burst goes at once, the rest at the rate',
      },
    );
  const turns = derive('turns of the backfill', 'count', 'memories / each', {
    memories: settings.backfill,
    each: memoriesPerTurn,
  });
  const { namespaces, writesPerDay, queriesPerSecond } = w;
  return {
    turnsPerMinute: rate,
    burst,
    sustained,
    aDay: derive('most memories of a namespace in a day', 'rows', '(burst + rate * minutes) * each', {
      burst,
      rate,
      minutes: MINUTES_A_DAY,
      each: memoriesPerTurn,
    }),
    refill: derive('time until the bucket is full again', 's', 'burst / rate * 60', { burst, rate }),
    paste: wait('time of a paste', PASTE),
    backfill: wait('time of the backfill through the limiter', turns),
    atOnce: all && derive('namespaces at their limit', 'count', 'all / sustained', { all, sustained }),
    asked:
      all === undefined || namespaces === undefined
        ? undefined
        : derive('what all namespaces may ask for', 'ratio', 'namespaces * sustained / all', {
            namespaces,
            sustained,
            all,
          }),
    searchesPerTurn:
      queriesPerSecond === undefined || writesPerDay === undefined || writesPerDay.low <= 0
        ? undefined
        : derive(
            'searches a turn',
            'ratio',
            'qps * 86_400 / (writes / each)',
            {
              qps: queriesPerSecond,
              writes: writesPerDay,
              each: memoriesPerTurn,
            },
            { source: '--queries-per-second taken as the mean of the day: at a peak rate it is the most' },
          ),
  };
}
