import { describe, expect, it } from 'vitest';
import {
  CATALOGUE,
  importLiteLlm,
  modelOf,
  overriddenBy,
  type Price,
  priceFileText,
  providerOf,
  readPriceFile,
  withOverrides,
} from '../../src/prices/index.ts';
import { isInputError } from '../../src/quantity/index.ts';

const list = {
  'azure/text-embedding-9': {
    mode: 'embedding',
    litellm_provider: 'azure',
    input_cost_per_token: 1e-8,
    output_vector_size: 768,
  },
  'text-embedding-3-small': { mode: 'embedding', litellm_provider: 'openai', input_cost_per_token: 3e-8 },
};
const imported: readonly Price[] = [...importLiteLlm(new Map(), list, '2026-11-01').catalogue.values()];
const refusal = (document: unknown): string => {
  try {
    readPriceFile(document, 'p.json');
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
  return 'nothing was refused';
};

describe('a price file', () => {
  it('reads what it writes, one price a line in order of ids', () => {
    const text = priceFileText(imported);
    expect(readPriceFile(JSON.parse(text), 'p.json')).toEqual([...imported].sort((a, b) => (a.id < b.id ? -1 : 1)));
    expect(text.split('\n').filter((l) => l.includes('"id"'))).toHaveLength(2);
    expect(readPriceFile(JSON.parse(priceFileText([...CATALOGUE.values()])), 'p.json')).toHaveLength(CATALOGUE.size);
  });

  it('keeps the provider and the dimensions of an imported model', () => {
    const own = imported.find((p) => p.id === 'azure/text-embedding-9.input') as Price;
    expect([own.dimensions, providerOf(own), modelOf(own)]).toEqual([768, 'Azure', 'azure/text-embedding-9']);
  });

  it('lies over the catalogue, and numbers over it', () => {
    const over = overriddenBy(imported, { 'azure/text-embedding-9.input': 0.5, 'rds.gp3': 0.1 });
    const book = withOverrides(CATALOGUE, over);
    expect(book.get('text-embedding-3-small.input')).toMatchObject({ value: 0.03, asOf: '2026-11-01' });
    expect(book.get('azure/text-embedding-9.input')).toMatchObject({ value: 0.5, overridden: true });
    expect(book.get('rds.gp3')).toMatchObject({ value: 0.1, overridden: true });
    expect(book.get('text-embedding-3-large.input')?.value).toBe(0.13);
  });

  const one = { id: 'a.input', group: 'embedding', value: 1, unit: 'USD/1M tokens', asOf: '2026-05-01', source: 'x' };
  const file = (entry: unknown): unknown => ({ schemaVersion: 1, kind: 'price-file', prices: [entry] });
  it.each([
    [{}, /that is no price file/],
    [{ schemaVersion: 2, kind: 'price-file', prices: [] }, /schemaVersion 2 is not known/],
    [file(7), /prices\[0\] must be an object/],
    [file({ ...one, id: '' }), /prices\[0\]: id must be a text/],
    [file({ ...one, value: -1 }), /prices\[0\] \(a.input\): value must be a number/],
    [file({ ...one, unit: 'USD/1M token' }), /unit "USD\/1M token" is not known; did you mean USD\/1M tokens\?/],
    [file({ ...one, group: 'embeddings' }), /did you mean embedding\?/],
    [file({ ...one, asOf: '2026-02-30' }), /asOf is "2026-02-30"/],
    [file({ ...one, low: 2, high: 3 }), /1 is not between its low 2 and its high 3/],
    [file({ ...one, group: 'limit', unit: 'tokens/min', value: 0 }), /a limit of nothing/],
    [{ schemaVersion: 1, kind: 'price-file', prices: [one, one] }, /a.input is there twice/],
  ])('refuses %j', (document, message) => {
    expect(refusal(document)).toMatch(message);
  });

  it('shows texts of a stranger, and never obeys them', () => {
    const [price] = readPriceFile(file({ ...one, source: 'a\u001b[2Jb' }), 'p.json');
    expect(price?.source).not.toContain('\u001b');
  });
});

describe('providers', () => {
  it('every price is of somebody but for rules of thumb', () => {
    const nobody = [...CATALOGUE.values()].filter((p) => providerOf(p) === undefined).map((p) => p.id);
    expect(nobody).toEqual(['medium.dram', 'medium.ssd', 'medium.s3']);
  });
});
