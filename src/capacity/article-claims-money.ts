/** The seed article's claims about money and the time of embedding runs. */
import {
  CATALOGUE,
  type Catalogue,
  type ExtractionCost,
  embeddingCost,
  embeddingTime,
  extractionCost,
  limitsFor,
  storageCost,
} from '../prices/index.ts';
import { derive, leaf, type Quantity } from '../quantity/index.ts';
import type { ArticleClaim } from './article-claim.ts';

const SMALL = 'text-embedding-3-small';
const LARGE = 'text-embedding-3-large';
const TOKENS: Quantity<'tokens'> = leaf('tokens a memory', 50, 'tokens', { source: 'the article' });
const rows = (n: number): Quantity<'rows'> => leaf('memories', n, 'rows', { source: 'the article' });
const share = (name: string, n: number): Quantity<'ratio'> => leaf(name, n, 'ratio', { source: 'the article' });
const NONE: Quantity<'ratio'> = share('none', 0);

export function moneyClaims(prices: Catalogue = CATALOGUE): ArticleClaim[] {
  const embedding = (n: number, model: string): Quantity<'USD'> =>
    only(embeddingCost(prices, { model, memories: rows(n), tokens: TOKENS }).oneOff);
  const extraction = (more: Partial<ExtractionCost> = {}): Quantity<'USD'> =>
    only(
      extractionCost(prices, {
        model: 'claude-haiku-4.5',
        memories: rows(1e8),
        turnsPerMemory: share('calls a memory', 1),
        inputTokens: leaf('prompt tokens of a call', 300, 'tokens', {
          basis: 'assumed',
          source: 'a short context and instructions',
        }),
        outputTokens: leaf('generated tokens of a call', 60, 'tokens', {
          basis: 'assumed',
          source: 'a short JSON object',
        }),
        prefilter: NONE,
        hype: NONE,
        ...more,
      }).oneOff,
    );
  const prefilter = share('turns rejected', 0.55);
  const saved = derive('saved by the pre-filter', 'USD', 'all - filtered', {
    all: extraction(),
    filtered: extraction({ prefilter }),
  });
  const hype = derive('added by HyPE', 'USD', 'with - without', {
    with: extraction({ prefilter, hype: share('extra for hypothetical questions', 0.3) }),
    without: extraction({ prefilter }),
  });
  const storage = only(
    storageCost(prices, { disk: leaf('disk', 1e12, 'B'), replicas: leaf('replicas', 0, 'count') }).monthly,
  );
  return [
    {
      id: 'embed-once',
      claim: 'Embedding 100M memories of 50 tokens with text-embedding-3-small costs $100.',
      verdict: 'right',
      truth: 'Five billion tokens at $0.02 a million. A batch job costs half.',
      source: 'price catalogue',
      figures: [{ what: '100M × 50 tokens, 3-small', article: '$100', ours: embedding(1e8, SMALL) }],
    },
    {
      id: 'reembed-10m',
      claim: 'Re-embedding 10M memories costs about $4 and takes about a week at 3,000 requests a minute.',
      verdict: 'wrong',
      truth:
        '$4 would be 20 tokens a memory, where the article counts 50 elsewhere. One memory a request takes days, not a week; a ' +
        'request takes 2,048 of them, and then tokens a minute bind, not requests.',
      source: 'price catalogue; OpenAI embedding request limits',
      figures: [
        { what: '10M × 50 tokens, 3-small', article: '~$4', ours: embedding(1e7, SMALL) },
        ...times(prices, 1e7, '~1 week'),
      ],
    },
    {
      id: 'reembed-100m',
      claim: 'Re-embedding 100M memories takes about a week at 3,000 requests a minute.',
      verdict: 'contradictory',
      truth: 'The same week as for 10M. One memory a request takes three weeks; full requests take days.',
      source: 'price catalogue; OpenAI embedding request limits',
      figures: times(prices, 1e8, '~1 week'),
    },
    {
      id: 'model-change',
      claim: 'Any model change, such as from 3-small to 3-large, costs another $100 for 100M memories.',
      verdict: 'wrong',
      truth:
        '3-large is $0.13 a million tokens. It also returns 3,072 dimensions: above the 2,000 that a float32 HNSW index of ' +
        'pgvector takes, so it has to be halfvec or shortened.',
      source: 'price catalogue; pgvector src/hnsw.h HNSW_MAX_DIM',
      figures: [{ what: '100M × 50 tokens, 3-large', article: '$100', ours: embedding(1e8, LARGE) }],
    },
    {
      id: 'extraction',
      claim: '100M extraction calls at Claude Haiku prices cost $1,000-2,000.',
      verdict: 'wrong',
      truth:
        'That is $0.00001-0.00002 a call, less than its prompt alone. At $1 and $5 a million tokens a call of 300 tokens in and 60 ' +
        'out is $0.0006: the article is 30 to 60 times too low, 15 to 30 times with batch prices. It is the largest error of the page.',
      source: 'price catalogue',
      figures: [
        { what: '100M calls, 300 tokens in, 60 out', article: '$1,000-2,000', ours: extraction() },
        { what: 'the same as batch jobs', article: '$1,000-2,000', ours: extraction({ batch: true }) },
      ],
    },
    {
      id: 'prefilter-hype',
      claim: 'A pre-filter that rejects 55 % saves $550-1,100; HyPE adds $300-600.',
      verdict: 'wrong',
      truth:
        'Both shares are applied to the wrong base, and HyPE to the calls before the filter: what is rejected needs no questions. ' +
        'The lever is real, and far larger.',
      source: 'price catalogue',
      figures: [
        { what: 'saved by rejecting 55 % of 100M turns', article: '$550-1,100', ours: saved },
        { what: 'HyPE at + 30 % of the calls that remain', article: '$300-600', ours: hype },
      ],
    },
    {
      id: 'largest-cost',
      claim: 'Extraction is the largest ongoing cost, larger than storage and embedding.',
      verdict: 'contradictory',
      truth:
        "By the article's figures it is not: $200-500 a month of caches and vector database pass $2,000 within a year. By real " +
        'prices it is, for as long as memories are written.',
      source: 'the article, section "Cost optimization at scale"; price catalogue',
      figures: [],
    },
    {
      id: 'storage-price',
      claim: '1 TB of gp3 on RDS is $100-115 a month.',
      verdict: 'right',
      truth:
        'It is, for one copy. Multi-AZ doubles it, and the machine that keeps the index in memory costs many times that.',
      source: 'price catalogue',
      figures: [{ what: '1 TB of RDS gp3, one copy, a month', article: '$100-115', ours: storage }],
    },
  ];
}

function times(prices: Catalogue, n: number, article: string): ArticleClaim['figures'] {
  const limits = limitsFor(prices, SMALL);
  if (limits === undefined) return [];
  const run = { memories: rows(n), tokens: TOKENS, limits, retryShare: share('requests sent again', 0) };
  const label = `${n / 1e6}M × 50 tokens`;
  return [
    {
      what: `${label}, one memory a request`,
      article,
      ours: embeddingTime({ ...run, clientBatch: leaf('memories a request', 1, 'count') }).seconds,
    },
    { what: `${label}, full requests`, article, ours: embeddingTime(run).seconds },
  ];
}

/** The money of the only line. */
function only<U extends 'USD' | 'USD/month'>(lines: readonly { readonly usd: Quantity<U> }[]): Quantity<U> {
  const [line] = lines;
  if (line === undefined) throw new Error('the price catalogue gave no line');
  return line.usd;
}
