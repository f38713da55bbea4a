/**
 * The backfill of a change of model: how long it takes at the provider's limits, less what live writes take of them, and which
 * limit binds. Request limits bind through the number of memories that one request may carry.
 */
import { batchApiOf, type Catalogue, EMBEDDING_MODELS, type KnownLimits, knownLimits } from '../prices/index.ts';
import { derive, formatCount, InputError, leaf, nearest, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

/** What the user says about the provider; what is not said comes from the catalogue. */
export interface BackfillWishes {
  readonly toModel: string;
  readonly provider?: string | undefined;
  readonly rpm?: number | undefined;
  readonly tpm?: number | undefined;
  readonly inputsPerRequest?: number | undefined;
  readonly tokensPerRequest?: number | undefined;
  readonly concurrency?: number | undefined;
  /** Seconds of one request. */
  readonly latency?: number | undefined;
  readonly batch: boolean;
}

export type BackfillLimit = 'tokens-per-minute' | 'requests-per-minute' | 'concurrency' | 'batch-window';

export interface LimitTime {
  readonly id: BackfillLimit;
  readonly title: string;
  /** What the backfill alone would take at this limit. */
  readonly seconds: Quantity<'s'>;
}

export interface Backfill {
  readonly seconds: Quantity<'s'> | undefined;
  readonly binds: BackfillLimit | undefined;
  readonly limits: readonly LimitTime[];
  /** Memories in one request, and what holds it there. */
  readonly perRequest: Quantity<'count'> | undefined;
  readonly perRequestBy: 'inputs-per-request' | 'tokens-per-request' | 'nothing-known' | undefined;
  readonly requests: Quantity<'count'> | undefined;
  /** Batches handed in; only with a batch API. */
  readonly batches: Quantity<'count'> | undefined;
  /** Rows between checkpoints so that a minute of work is lost at the most. */
  readonly checkpointRows: Quantity<'rows'> | undefined;
  readonly notes: readonly string[];
}

const RETRIES: Quantity<'ratio'> = leaf('requests sent again', 0.02, 'ratio', {
  low: 0,
  high: 0.1,
  basis: 'assumed',
  source: 'default: 2 % of requests are retried',
});
const MINUTES_PER_DAY: Quantity<'count'> = leaf('minutes a day', 1440, 'count');
const LATENCY: Quantity<'s'> = leaf('time of one request', 1, 's', {
  low: 0.3,
  high: 3,
  basis: 'assumed',
  source: 'default: 1 s for a full request, 0.3 to 3 s',
});

/** Providers whose limits the catalogue has: the beginning of their ids. */
export const LIMIT_PROVIDERS: readonly string[] = ['openai', 'azure', 'voyage'];

const given = (value: number | undefined, name: string, flag: string): Quantity<'count'> | undefined =>
  value === undefined ? undefined : leaf(name, value, 'count', { source: flag });

function limitsOf(prices: Catalogue, wishes: BackfillWishes): KnownLimits {
  const { provider } = wishes;
  if (provider !== undefined && !LIMIT_PROVIDERS.includes(provider)) {
    const near = nearest(provider, LIMIT_PROVIDERS);
    throw new InputError(
      'unknown-provider',
      `--provider: no limits of "${provider}" are known${near === undefined ? '' : `; did you mean ${near}?`}`,
      `known: ${LIMIT_PROVIDERS.join(', ')}; for others give --tpm and --rpm`,
    );
  }
  const known = knownLimits(prices, wishes.toModel, provider);
  return {
    tokensPerMinute: given(wishes.tpm, 'tokens a minute', '--tpm') ?? known.tokensPerMinute,
    requestsPerMinute: given(wishes.rpm, 'requests a minute', '--rpm') ?? known.requestsPerMinute,
    inputsPerRequest:
      given(wishes.inputsPerRequest, 'inputs in one request', '--inputs-per-request') ?? known.inputsPerRequest,
    tokensPerRequest:
      given(wishes.tokensPerRequest, 'tokens in one request', '--tokens-per-request') ?? known.tokensPerRequest,
  };
}

/** @throws InputError when live writes alone exceed a limit, or the provider has no batch API that is known */
export function backfill(w: Workload, prices: Catalogue, wishes: BackfillWishes): Backfill {
  return wishes.batch ? throughBatches(w, prices, wishes) : throughRequests(w, prices, wishes);
}

function throughRequests(w: Workload, prices: Catalogue, wishes: BackfillWishes): Backfill {
  const { memories: N, tokens } = w;
  const known = limitsOf(prices, wishes);
  const notes: string[] = [];
  const { inputsPerRequest: inputs, tokensPerRequest } = known;
  const fromTokens =
    tokensPerRequest === undefined
      ? undefined
      : derive('memories that the tokens of a request allow', 'count', 'max(1, floor(perRequest / max(tokens, 1)))', {
          perRequest: tokensPerRequest,
          tokens,
        });
  const bothKnown = inputs !== undefined && fromTokens !== undefined;
  const perRequest = bothKnown
    ? derive('memories in one request', 'count', 'min(inputs, fromTokens)', { inputs, fromTokens })
    : (inputs ??
      fromTokens ??
      leaf('memories in one request', 1, 'count', { basis: 'assumed', source: 'no limit is known: one a request' }));
  const perRequestBy =
    inputs === undefined && fromTokens === undefined
      ? 'nothing-known'
      : fromTokens !== undefined && fromTokens.value < (inputs?.value ?? Number.POSITIVE_INFINITY)
        ? 'tokens-per-request'
        : 'inputs-per-request';
  const requests = derive('requests', 'count', 'ceil(N / perRequest)', { N, perRequest });
  const limits: LimitTime[] = [];
  const TPM = known.tokensPerMinute === undefined ? undefined : left(known.tokensPerMinute, 'tokens', w);
  const RPM = known.requestsPerMinute === undefined ? undefined : left(known.requestsPerMinute, 'requests', w);
  if (TPM !== undefined) {
    limits.push({
      id: 'tokens-per-minute',
      title: `${formatCount(known.tokensPerMinute?.value ?? 0)} tokens a minute`,
      seconds: derive('time at tokens a minute', 's', '60 * N * tokens * (1 + retries) / TPM', {
        N,
        tokens,
        retries: RETRIES,
        TPM,
      }),
    });
  }
  if (RPM !== undefined) {
    limits.push({
      id: 'requests-per-minute',
      title: `${formatCount(known.requestsPerMinute?.value ?? 0)} requests a minute, ${formatCount(perRequest.value)} ${perRequest.value === 1 ? 'memory' : 'memories'} in each`,
      seconds: derive('time at requests a minute', 's', '60 * requests * (1 + retries) / RPM', {
        requests,
        retries: RETRIES,
        RPM,
      }),
    });
  }
  if (wishes.concurrency !== undefined) {
    const latency =
      wishes.latency === undefined
        ? LATENCY
        : leaf('time of one request', wishes.latency, 's', { source: '--latency' });
    limits.push({
      id: 'concurrency',
      title: `${formatCount(wishes.concurrency)} ${wishes.concurrency === 1 ? 'request' : 'requests'} in flight`,
      seconds: derive('time at the requests in flight', 's', 'requests * latency * (1 + retries) / concurrency', {
        requests,
        latency,
        retries: RETRIES,
        concurrency: leaf('requests in flight', wishes.concurrency, 'count', { source: '--concurrency' }),
      }),
    });
  } else if (wishes.latency !== undefined) {
    throw new InputError(
      'contradiction',
      '--latency says nothing without --concurrency: how many requests are in flight?',
    );
  }
  const missing = [
    ...(known.tokensPerMinute === undefined ? ['tokens a minute (--tpm)'] : []),
    ...(known.requestsPerMinute === undefined ? ['requests a minute (--rpm)'] : []),
  ];
  if (missing.length > 0)
    notes.push(
      `Not known for ${wishes.toModel}${wishes.provider === undefined ? '' : ` at ${wishes.provider}`}: ${missing.join(' and ')}.`,
    );
  if (perRequestBy === 'nothing-known') {
    notes.push(
      'How many memories a request may carry is not known, so one is counted: --inputs-per-request says more.',
    );
  }
  const [worst] = [...limits].sort((a, b) => b.seconds.value - a.seconds.value);
  const seconds = slowest(limits);
  return {
    seconds,
    binds: worst?.id,
    limits,
    perRequest,
    perRequestBy,
    requests,
    batches: undefined,
    checkpointRows: seconds === undefined ? undefined : checkpointRows(w, seconds),
    notes,
  };
}

const slowest = (limits: readonly LimitTime[]): Quantity<'s'> | undefined => {
  const [a, b, c] = limits.map((l) => l.seconds);
  const name = 'time of the backfill';
  if (a === undefined) return undefined;
  if (b === undefined) return derive(name, 's', 'a', { a });
  return c === undefined
    ? derive(name, 's', 'max(a, b)', { a, b })
    : derive(name, 's', 'max(a, max(b, c))', { a, b, c });
};

/** Less than this share of a limit, and the backfill would outlast every plan. */
const LEAST_LEFT: Quantity<'ratio'> = leaf('least share of a limit to plan with', 0.01, 'ratio');

/** What live writes leave of a limit: they are embedded by the new model from the first day on, one a request. */
function left(limit: Quantity<'count'>, of: 'tokens' | 'requests', w: Workload): Quantity<'count'> {
  const writes = w.writesPerDay;
  if (writes === undefined || writes.value === 0) return limit;
  const taken =
    of === 'tokens'
      ? derive('tokens a minute of live writes', 'count', 'writes * tokens / minutes', {
          writes,
          tokens: w.tokens,
          minutes: MINUTES_PER_DAY,
        })
      : derive('requests a minute of live writes', 'count', 'writes / minutes', { writes, minutes: MINUTES_PER_DAY });
  if (limit.value - taken.value < limit.value * LEAST_LEFT.value) {
    throw new InputError(
      'no-room',
      `--writes-per-day ${formatCount(writes.value)}: live writes take ${formatCount(taken.value)} of ${formatCount(limit.value)} ${of} a minute and leave nothing for the backfill`,
      `raise the limit with --${of === 'tokens' ? 'tpm' : 'rpm'}, or use --batch, which has limits of its own`,
    );
  }
  return derive(`${of} a minute that live writes leave`, 'count', 'max(least * limit, limit - taken)', {
    limit,
    taken,
    least: LEAST_LEFT,
  });
}

function checkpointRows(w: Workload, seconds: Quantity<'s'>): Quantity<'rows'> {
  return derive('rows in a minute of the backfill', 'rows', 'max(1, ceil(min(N, 60 * N / max(seconds, 1))))', {
    N: w.memories,
    seconds,
  });
}

function throughBatches(w: Workload, prices: Catalogue, wishes: BackfillWishes): Backfill {
  const provider = EMBEDDING_MODELS.find((m) => m.id === wishes.toModel)?.provider;
  const api = wishes.provider === 'azure' ? undefined : batchApiOf(provider);
  if (api === undefined) {
    const seller = wishes.provider ?? provider ?? `the provider of ${wishes.toModel}`;
    throw new InputError(
      'no-batch-api',
      `--batch: no batch API of ${seller} for embeddings is known; leave --batch out`,
    );
  }
  const rates = [wishes.rpm, wishes.tpm, wishes.inputsPerRequest, wishes.tokensPerRequest, wishes.latency];
  if (rates.some((r) => r !== undefined)) {
    throw new InputError(
      'contradiction',
      '--batch contradicts --rpm, --tpm, --latency and the limits of a request: a batch API has none of them; --concurrency is then batches in flight',
    );
  }
  const perBatch = leaf('inputs in one batch', api.inputsPerBatch, 'count', {
    basis: 'documented',
    source: api.source,
  });
  const batches = derive('batches', 'count', 'ceil(N / perBatch)', { N: w.memories, perBatch });
  const window = leaf('time of one batch', api.windowHours * 3600, 's', {
    low: 0.25 * 3600,
    high: api.mostHours * 3600,
    basis: 'documented',
    source: `${api.source}; a quarter of an hour where the queue is empty`,
  });
  const together =
    wishes.concurrency === undefined
      ? derive('batches in flight', 'count', 'batches', { batches })
      : leaf('batches in flight', wishes.concurrency, 'count', { source: '--concurrency' });
  const seconds = derive('time of the backfill', 's', 'ceil(batches / together) * window', {
    batches,
    together,
    window,
  });
  const notes =
    wishes.concurrency === undefined
      ? ['All batches are handed in at once. An account may have fewer waiting: --concurrency says how many.']
      : [];
  const list = prices.get(`${wishes.toModel}.batch`);
  if (list === undefined) notes.push(`No batch price of ${wishes.toModel} is known: the list price is counted.`);
  return {
    seconds,
    binds: 'batch-window',
    limits: [
      {
        id: 'batch-window',
        title: `${formatCount(batches.value)} batches of ${formatCount(api.inputsPerBatch)}, each within ${api.windowHours} h`,
        seconds,
      },
    ],
    perRequest: undefined,
    perRequestBy: undefined,
    requests: undefined,
    batches,
    checkpointRows: derive('rows of one batch', 'rows', 'min(N, perBatch)', { N: w.memories, perBatch }),
    notes,
  };
}
