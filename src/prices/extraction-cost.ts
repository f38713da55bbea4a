/**
 * Money for the language model that turns conversation into memories. Usually the largest line of all: it is paid per
 * turn looked at and not per memory kept, and the generated tokens cost several times the prompt's.
 */
import { derive, formatMoney, type Quantity, stated } from '../quantity/index.ts';
import { type CostLine, type CostLines, DAYS_PER_MONTH, paidOnce } from './cost-line.ts';
import { type Catalogue, findPrice, perToken } from './price.ts';

export interface ExtractionCost {
  readonly model: string;
  readonly memories: Quantity<'rows'>;
  readonly writesPerDay?: Quantity<'rows/day'> | undefined;
  readonly inputTokens: Quantity<'tokens'>;
  readonly outputTokens: Quantity<'tokens'>;
  /** Share of turns that a gate rejects before the call, 0 to below 1. */
  readonly prefilter: Quantity<'ratio'>;
  /** Extra cost of hypothetical questions written with each memory, as a share: 0.3 for +30 %. */
  readonly hype: Quantity<'ratio'>;
  /** Turns per memory kept, before the gate. Default one, half to two. */
  readonly turnsPerMemory?: Quantity<'ratio'> | undefined;
  /** Share of the prompt that is read from the provider's prompt cache. Default none. */
  readonly cachedShare?: Quantity<'ratio'> | undefined;
  /** Price all calls as batch jobs. A prompt cache is then not counted on. */
  readonly batch?: boolean | undefined;
}

const TURNS_PER_MEMORY: Quantity<'ratio'> = stated(
  'turns per memory',
  1,
  'ratio',
  'assumed',
  'default: one turn a memory, half to two',
  0.5,
  2,
);

/**
 * Price of one call, before hypothetical questions.
 * @throws InputError when the model has no input and output price
 */
export function extractionCall(catalogue: Catalogue, p: ExtractionCost): Quantity<'USD'> {
  return callOf(p, callPrices(catalogue, p));
}

interface CallPrices {
  readonly output: Quantity<'USD/token'>;
  readonly input: Quantity<'USD/token'>;
  readonly cacheRead: Quantity<'USD/token'> | undefined;
}

/** @throws InputError when the model has no input and output price */
function callPrices(catalogue: Catalogue, p: ExtractionCost): CallPrices {
  const kind = p.batch === true ? 'batch-' : '';
  const output = perToken(findPrice(catalogue, `${p.model}.${kind}output`, 'extraction model'));
  const input = perToken(findPrice(catalogue, `${p.model}.${kind}input`, 'extraction model'));
  const read = p.batch === true || p.cachedShare === undefined ? undefined : catalogue.get(`${p.model}.cache-read`);
  return { output, input, cacheRead: read === undefined ? undefined : perToken(read) };
}

function callOf(p: ExtractionCost, { output, input, cacheRead }: CallPrices): Quantity<'USD'> {
  if (p.cachedShare === undefined || cacheRead === undefined) {
    return derive('one extraction call', 'USD', 'prompt * input + generated * output', {
      prompt: p.inputTokens,
      input,
      generated: p.outputTokens,
      output,
    });
  }
  return derive('one extraction call', 'USD', 'prompt * ((1 - cached) * input + cached * read) + generated * output', {
    prompt: p.inputTokens,
    cached: p.cachedShare,
    input,
    read: cacheRead,
    generated: p.outputTokens,
    output,
  });
}

/** Calls behind the memories that are kept: turns, less those the gate rejects. */
export function extractionCalls(p: ExtractionCost): Quantity<'count'> {
  return derive('extraction calls', 'count', 'N * turns * (1 - rejected)', {
    N: p.memories,
    turns: p.turnsPerMemory ?? TURNS_PER_MEMORY,
    rejected: p.prefilter,
  });
}

/** @throws InputError when the model has no price */
export function extractionCost(catalogue: Catalogue, p: ExtractionCost): CostLines {
  const prices = callPrices(catalogue, p);
  let known: Quantity<'USD'> | undefined;
  const call = (): Quantity<'USD'> => {
    known ??= callOf(p, prices);
    return known;
  };
  const title = `(${p.model}${p.batch === true ? ', batch' : ''})`;
  const oneOff = (): CostLine<'USD'>[] => [extractedOnce(p, call(), title)];
  if (p.writesPerDay === undefined) return paidOnce(oneOff, []);
  const monthly: CostLine<'USD/month'> = {
    id: 'extraction',
    title: `extract new memories ${title}`,
    usd: derive('extracting new memories', 'USD/month', 'writes * days * turns * (1 - rejected) * call * (1 + hype)', {
      writes: p.writesPerDay,
      days: DAYS_PER_MONTH,
      turns: p.turnsPerMemory ?? TURNS_PER_MEMORY,
      rejected: p.prefilter,
      call: call(),
      hype: p.hype,
    }),
  };
  return paidOnce(oneOff, [monthly]);
}

function extractedOnce(p: ExtractionCost, call: Quantity<'USD'>, title: string): CostLine<'USD'> {
  const usd = derive('extracting every memory once', 'USD', 'calls * call * (1 + hype)', {
    calls: extractionCalls(p),
    call,
    hype: p.hype,
  });
  const line: CostLine<'USD'> = { id: 'extraction', title: `extract every memory once ${title}`, usd };
  const rejected = p.prefilter.value;
  if (rejected <= 0) return line;
  const saved = (usd.value / (1 - rejected)) * rejected;
  return { ...line, note: `the pre-filter saves ${formatMoney(saved)} of ${formatMoney(usd.value + saved)}` };
}
