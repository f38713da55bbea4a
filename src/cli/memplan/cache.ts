/** `memplan cache`. */
import { cacheReport } from '../../capacity/cache.ts';
import { LAYER_IDS, type LayerId } from '../../capacity/cache-layers.ts';
import { InputError, parseRatio } from '../../quantity/index.ts';
import { cachePage } from '../../render/capacity/cache.ts';
import type { Action, Options, Outcome } from '../command.ts';
import { gatherInputs } from './inputs.ts';
import { numberOption } from './number-options.ts';
import { sectionedOutcome } from './sectioned-outcome.ts';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const wishes = {
      rates: hitRatesOf(options),
      results: numberOption(options, 'results', 'count', 1, 1000),
      queryTokens: numberOption(options, 'query-tokens', 'decimal', 1, 100_000),
      embeddingLatency: numberOption(options, 'embedding-latency', 'duration', 1e-6, 60),
      redisLatency: numberOption(options, 'redis-latency', 'duration', 1e-6, 10),
      pageLatency: numberOption(options, 'page-latency', 'duration', 1e-7, 10),
      readRate: numberOption(options, 'read-rate', 'bytes', 1e6, 1e12),
      iops: numberOption(options, 'iops', 'count', 1, 1e8),
    };
    const { workload, prices, notes, ofSystem } = await gatherInputs(options, runtime);
    return sectionedOutcome(cacheReport(workload, wishes, { prices }), cachePage, [...notes, ...ofSystem]);
  },
};

/** "l1=20%,l3=0.4". @throws InputError */
function hitRatesOf(options: Options): Partial<Record<LayerId, number>> {
  const rates: Partial<Record<LayerId, number>> = {};
  const given = options['hit-rates'];
  if (given === undefined) return rates;
  for (const part of String(given).split(',')) {
    const [name = '', rate, ...more] = part.split('=').map((s) => s.trim());
    const id = LAYER_IDS.find((l) => l === name.toLowerCase());
    if (id === undefined || rate === undefined || more.length > 0) {
      throw new InputError(
        'bad-hit-rate',
        `--hit-rates: "${part}" is not LAYER=SHARE, e.g. l1=20%,l3=40%`,
        'layers: l1, l2, l3, l4',
      );
    }
    if (rates[id] !== undefined) throw new InputError('bad-hit-rate', `--hit-rates: ${id} is given twice`);
    rates[id] = parseRatio(rate, `--hit-rates ${id}`);
  }
  return rates;
}
