/** How fast a store grows, from flags, from what was seen of it, or from the ages of its rows. */
import {
  compoundGrowth,
  fittedGrowth,
  type GrowthModel,
  growthFromAges,
  growthFromWrites,
  growthMissing,
  netGrowth,
} from '../../capacity/forecast-growth.ts';
import { fitGrowth, type GrowthFit, type Look } from '../../capacity/growth-fit.ts';
import { InputError, type Quantity } from '../../quantity/index.ts';
import type { Workload } from '../../workload/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import type { StoreSeen } from './from-store.ts';
import { growthPerDay } from './growth-flag.ts';
import { numberOption } from './number-options.ts';

const DAY_S = 86_400;
const YEAR_DAYS = 365;

export interface Grown {
  readonly model: GrowthModel;
  readonly fits: readonly GrowthFit[];
  readonly looks: readonly Look[];
  readonly notes: readonly string[];
}

/** Flags that say what leaves again: they belong to --writes-per-day. */
const LOSSES = ['ttl', 'dedup-rate', 'supersede-rate', 'half-life'] as const;

/** A flag beats the history of the store, which beats the ages of its rows. @throws InputError where nothing says it */
export async function growthOf(
  options: Options,
  w: Workload,
  seen: StoreSeen | undefined,
  runtime: Runtime,
): Promise<Grown> {
  const losses = LOSSES.find((id) => options[id] !== undefined);
  const given = options['growth-per-day'];
  const writes = w.writesPerDay;
  if (given !== undefined) {
    if (losses !== undefined) {
      throw new InputError(
        'contradiction',
        `--growth-per-day is what remains after everything that leaves; --${losses} belongs to --writes-per-day`,
        'give --writes-per-day with --ttl and the rates, or --growth-per-day alone',
      );
    }
    return { model: netOf(growthPerDay(String(given)), w), ...NOTHING_SEEN };
  }
  if (writes !== undefined && (w.origin['writes-per-day'] !== 'store' || losses !== undefined)) {
    return { model: growthFromWrites(writeRates(options, w, writes)), ...NOTHING_SEEN };
  }
  if (losses !== undefined)
    throw growthMissing(`--${losses} needs to know what is written: --writes-per-day is missing`);
  if (seen === undefined) throw growthMissing('how fast the store grows is not known');
  return await growthSeen(seen, w, runtime);
}

const NOTHING_SEEN = { fits: [], looks: [], notes: [] };

const netOf = (g: Quantity<'rows/day'> | Quantity<'ratio'>, w: Workload): GrowthModel =>
  g.unit === 'ratio' ? compoundGrowth(w.memories, g) : netGrowth(w.memories, g as Quantity<'rows/day'>);

function writeRates(
  options: Options,
  w: Workload,
  writesPerDay: Quantity<'rows/day'>,
): Parameters<typeof growthFromWrites>[0] {
  const rate = (id: string): number | undefined => numberOption(options, id, 'ratio', 0, 0.999);
  const span = (id: string): number | undefined => {
    const seconds = numberOption(options, id, 'duration', DAY_S / 24, 100 * YEAR_DAYS * DAY_S);
    return seconds === undefined ? undefined : seconds / DAY_S;
  };
  const [ttlDays, halfLifeDays] = [span('ttl'), span('half-life')];
  const [dedupRate, supersedeRate] = [rate('dedup-rate'), rate('supersede-rate')];
  return {
    memories: w.memories,
    writesPerDay,
    ...(ttlDays === undefined ? {} : { ttlDays }),
    ...(halfLifeDays === undefined ? {} : { halfLifeDays }),
    ...(dedupRate === undefined ? {} : { dedupRate }),
    ...(supersedeRate === undefined ? {} : { supersedeRate }),
  };
}

/** From the looks that were kept; where they are too few, from the ages of the rows that are there. */
async function growthSeen(seen: StoreSeen, w: Workload, runtime: Runtime): Promise<Grown> {
  const { looksOfStore } = await import('./looks-of-store.ts');
  const { looks, note } = await looksOfStore(seen, runtime);
  const fits = fitGrowth(looks);
  const [first] = fits;
  if (first !== undefined) return { model: fittedGrowth(first), fits, looks, notes: [] };
  const why = note ?? `${looks.length} ${looks.length === 1 ? 'look' : 'looks'} in less than a day leave no rate a day`;
  const how = `no history of ${seen.name} (${why}): run memctl stats on it once a day, and the forecast follows what it saw`;
  const model = growthFromAges(w.memories, seen.set?.ages?.buckets ?? []);
  if (model === undefined) throw growthMissing(how);
  return { model, fits, looks, notes: [how] };
}
