/**
 * How long an embedding run takes at a provider's limits, and which limit binds. Short memories sent in full requests
 * are bound by tokens a minute; requests a minute bind only who sends one memory a request.
 */
import { derive, type Quantity, stated } from '../quantity/index.ts';
import { EMBEDDING_MODELS } from './embedding-models.ts';
import { type Catalogue, limitOf } from './price.ts';

export interface RateLimits {
  readonly tokensPerMinute: Quantity<'count'>;
  readonly requestsPerMinute: Quantity<'count'>;
  readonly inputsPerRequest: Quantity<'count'>;
  readonly tokensPerRequest: Quantity<'count'>;
}

export type BindingLimit = 'tokens-per-minute' | 'requests-per-minute' | 'latency';

export interface EmbeddingTime {
  readonly seconds: Quantity<'s'>;
  readonly binds: BindingLimit;
  /** Memories in one request. */
  readonly batch: Quantity<'count'>;
  readonly requests: Quantity<'count'>;
  /** What each limit alone would take. */
  readonly alone: Readonly<Record<BindingLimit, Quantity<'s'> | undefined>>;
}

export interface EmbeddingRun {
  readonly memories: Quantity<'rows'>;
  readonly tokens: Quantity<'tokens'>;
  readonly limits: RateLimits;
  /** Memories the client puts into one request; default as many as the provider takes. */
  readonly clientBatch?: Quantity<'count'> | undefined;
  /** Requests in flight and time of one; without both, latency is not considered. */
  readonly concurrency?: Quantity<'count'> | undefined;
  readonly latency?: Quantity<'s'> | undefined;
  /** Share of requests sent again after an error. Default 2 %, 0 to 10 %. */
  readonly retryShare?: Quantity<'ratio'> | undefined;
}

const RETRIES: Quantity<'ratio'> = stated(
  'requests sent again',
  0.02,
  'ratio',
  'assumed',
  'default: 2 % of requests are retried',
  0,
  0.1,
);

/** What the catalogue knows of a provider's limits. */
export type KnownLimits = { readonly [K in keyof RateLimits]: Quantity<'count'> | undefined };

/** The beginning of a provider's ids in the catalogue, by its name as EMBEDDING_MODELS has it. */
const PREFIXES: Readonly<Record<string, string>> = { OpenAI: 'openai', 'Voyage AI': 'voyage' };

/**
 * Whatever is known of the limits under which a model is had.
 * @param provider beginning of the provider's ids, where it is not the model's maker that sells it: `azure`
 */
export function knownLimits(catalogue: Catalogue, model: string, provider?: string): KnownLimits {
  const maker = PREFIXES[EMBEDDING_MODELS.find((m) => m.id === model)?.provider ?? ''];
  const prefix = provider ?? maker;
  const find = (what: string): Quantity<'count'> | undefined => {
    // The maker's figure for a model says nothing about another provider.
    const own = prefix === maker ? catalogue.get(`${model}.${what}`) : undefined;
    const entry = own ?? (prefix === undefined ? undefined : catalogue.get(`${prefix}.${what}`));
    return entry === undefined ? undefined : limitOf(entry);
  };
  return {
    tokensPerMinute: find('tokens-per-minute'),
    requestsPerMinute: find('requests-per-minute'),
    inputsPerRequest: find('inputs-per-request'),
    tokensPerRequest: find('tokens-per-request'),
  };
}

/** The model's limits from the catalogue, or undefined where not all are known (Gemini, Cohere). */
export function limitsFor(catalogue: Catalogue, model: string): RateLimits | undefined {
  const { tokensPerMinute, requestsPerMinute, inputsPerRequest, tokensPerRequest } = knownLimits(catalogue, model);
  if (!tokensPerMinute || !requestsPerMinute || !inputsPerRequest || !tokensPerRequest) return undefined;
  return { tokensPerMinute, requestsPerMinute, inputsPerRequest, tokensPerRequest };
}

/** Time at the limits; every part of it is explained. */
export function embeddingTime(run: EmbeddingRun): EmbeddingTime {
  const { memories: N, tokens, limits } = run;
  const retries = run.retryShare ?? RETRIES;
  const inputs = limits.inputsPerRequest;
  const batch = derive(
    'memories in one request',
    'count',
    'max(1, min(inputs, client, floor(perRequest / max(tokens, 1))))',
    {
      inputs,
      client: run.clientBatch ?? inputs,
      perRequest: limits.tokensPerRequest,
      tokens,
    },
  );
  const requests = derive('requests', 'count', 'ceil(N / batch)', { N, batch });
  const byTokens = derive('time at tokens a minute', 's', '60 * N * tokens * (1 + retries) / TPM', {
    N,
    tokens,
    retries,
    TPM: limits.tokensPerMinute,
  });
  const byRequests = derive('time at requests a minute', 's', '60 * requests * (1 + retries) / RPM', {
    requests,
    retries,
    RPM: limits.requestsPerMinute,
  });
  const byLatency =
    run.concurrency === undefined || run.latency === undefined
      ? undefined
      : derive('time at the latency of a request', 's', 'requests * latency * (1 + retries) / concurrency', {
          requests,
          latency: run.latency,
          retries,
          concurrency: run.concurrency,
        });
  const seconds =
    byLatency === undefined
      ? derive('time to embed every memory', 's', 'max(byTokens, byRequests)', { byTokens, byRequests })
      : derive('time to embed every memory', 's', 'max(byTokens, max(byRequests, byLatency))', {
          byTokens,
          byRequests,
          byLatency,
        });
  const binds: BindingLimit =
    byLatency !== undefined && byLatency.value > Math.max(byTokens.value, byRequests.value)
      ? 'latency'
      : byRequests.value > byTokens.value
        ? 'requests-per-minute'
        : 'tokens-per-minute';
  return {
    seconds,
    binds,
    batch,
    requests,
    alone: { 'tokens-per-minute': byTokens, 'requests-per-minute': byRequests, latency: byLatency },
  };
}
