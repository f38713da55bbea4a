/** The JSON Schema of memplan.yaml, made from the parameter table: what editors complete and check. */
import { formatCount } from '../quantity/index.ts';
import { OPTIONAL_COMPONENTS } from './choices.ts';
import { CONFIG_SECTIONS } from './config.ts';
import { PARAMETERS, type Parameter } from './parameters.ts';

type Json = Readonly<Record<string, unknown>>;

/** How a value of each kind is written, for the description. */
const WRITTEN: Readonly<Record<Parameter['kind'], string>> = {
  count: 'a count: 10M, 1.5B, 20000',
  bytes: 'a size: 64GiB (2^30), 64GB (10^9), 200B',
  duration: 'a time: 100ms, 8h, 90d',
  money: 'an amount: $500, 0.02',
  ratio: 'a share: 55% or 0.55',
  decimal: 'a number',
  choice: 'one of the words',
  word: 'a name',
};

function describe(p: Parameter): string {
  const fallback = p.default === undefined ? '' : ` ${p.default.source}.`;
  return `${p.summary} (${WRITTEN[p.kind]}).${fallback}`;
}

function property(p: Parameter): Json {
  const description = describe(p);
  if (p.kind === 'choice') {
    return { description, type: 'string', enum: [...(p.choices ?? []), ...Object.keys(p.aliases ?? {})] };
  }
  if (p.kind === 'word') return { description, type: 'string', minLength: 1 };
  // A bare number is in the parameter's own unit; text brings its suffix.
  return {
    description,
    anyOf: [
      { type: 'number', minimum: p.min, maximum: p.max },
      { type: 'string', minLength: 1 },
    ],
  };
}

const components = (what: string): Json => ({
  description: `${what}; the usual ones are planned unless this says otherwise.`,
  anyOf: [{ type: 'array', items: { enum: OPTIONAL_COMPONENTS } }, { type: 'string' }],
});

const SECTIONS: Readonly<Record<string, Json>> = {
  version: { description: 'Version of this format.', const: 1 },
  workload: {
    description: `What is to be planned: any of ${formatCount(PARAMETERS.length)} inputs, under the names of the flags.`,
    type: 'object',
    additionalProperties: false,
    properties: {
      ...Object.fromEntries(PARAMETERS.map((p) => [p.id, property(p)])),
      with: components('Components to plan besides'),
      without: components('Components to leave out'),
    },
  },
  prices: {
    description: "Prices of your own by catalogue id, in dollars and the catalogue's unit (memplan prices lists them).",
    type: 'object',
    additionalProperties: { type: 'number', minimum: 0 },
  },
  calibration: {
    description: 'The profile that memplan calibrate wrote: constants of your own host in place of assumed ones.',
    type: 'string',
    minLength: 1,
  },
  'price-file': { description: 'A file of prices that memplan prices --import wrote.', type: 'string', minLength: 1 },
  budgets: {
    description: 'What memplan gate judges.',
    type: 'array',
    items: {
      type: 'object',
      additionalProperties: false,
      required: ['metric', 'limit'],
      properties: {
        metric: { description: 'A figure by its name in memplan explain, or cost.monthly.', type: 'string' },
        limit: {
          description:
            'The most it may be, with its unit: 64GiB, 20ms, $500/month; +10% or +2GiB against the baseline.',
          anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }],
        },
        for: { description: 'It must hold so long from now on: 180d.', type: 'string', minLength: 1 },
        level: { description: 'What exceeding it does (default: error).', enum: ['off', 'warn', 'error'] },
      },
    },
  },
  currency: {
    description: 'What money is shown in, and how many units of it a dollar is.',
    type: 'object',
    additionalProperties: false,
    required: ['code', 'rate'],
    properties: {
      code: { type: 'string' },
      rate: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'string' }] },
    },
  },
};

/** The document as it is shipped in schema/memplan.schema.json. */
export function configSchema(): Json {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'memplan.yaml',
    description: 'The workload of a memory store and the prices to plan it with.',
    type: ['object', 'null'],
    additionalProperties: false,
    // A section that this release's schema does not describe further is taken as it is.
    properties: Object.fromEntries(CONFIG_SECTIONS.map((s) => [s, SECTIONS[s] ?? {}])),
  };
}
