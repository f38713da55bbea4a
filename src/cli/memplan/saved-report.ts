/** A capacity report that `--json` saved, read back: what another release or another hand wrote is checked before it is used. */
import type { CapacityJson } from '../../capacity/capacity-json.ts';
import { type Currency, InputError, printable, readCurrency, showMoneyIn } from '../../quantity/index.ts';
import { textOfNamedFile } from '../text-of-file.ts';

/** Larger than the explained report of any workload: what is named by mistake is not read into memory. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * @param where how the file is named to the user: "--input report.json"
 * @throws InputError when it is missing, no capacity report, of another version, or incomplete
 */
export function savedCapacityReport(path: string, where: string): CapacityJson {
  const text = textOfNamedFile(path, { where, what: 'report', mostBytes: MAX_BYTES, code: 'input-unreadable' });
  let document: unknown;
  let sound: boolean;
  try {
    // A saved report may have passed through other hands: its texts are shown, never obeyed.
    const read = { document: JSON.parse(text) as unknown };
    sound = shownSafely(read);
    document = read.document;
  } catch {
    throw new InputError('input-not-json', `${where}: that is not JSON; save a report with memplan estimate --json`);
  }
  const { kind, schemaVersion } = (document ?? {}) as { kind?: unknown; schemaVersion?: unknown };
  if (kind !== 'capacity-report') {
    throw new InputError(
      'input-kind',
      `${where}: that is ${kind === undefined ? 'no report of ours' : `a ${String(kind)}`}; a capacity-report is needed`,
    );
  }
  if (schemaVersion !== 1)
    throw new InputError(
      'input-version',
      `${where}: schemaVersion ${String(schemaVersion)} is not known to this release; it reads 1`,
    );
  const saved = document as CapacityJson;
  // Its sentences were written in this currency, so its figures are, too.
  showMoneyIn(savedCurrency(saved, path));
  if (!sound || !isWhole(saved))
    throw new InputError(
      'input-incomplete',
      `${where}: the report is incomplete or damaged; save it again with memplan estimate --json`,
    );
  return saved;
}

/**
 * Makes every text in the document printable, in place.
 * @returns whether every object with a value and an interval, wherever it stands, is a figure
 */
function shownSafely(node: object): boolean {
  const fields = node as Record<string, unknown>;
  let sound = !('value' in node && 'low' in node && 'high' in node) || isFigure(fields);
  const keys = Object.keys(node);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string;
    const field = fields[key];
    if (typeof field === 'string') {
      const shown = printable(field);
      if (shown !== field) fields[key] = shown;
    } else if (typeof field === 'object' && field !== null && !shownSafely(field)) sound = false;
  }
  return sound;
}

/** Nothing in a report is negative, and every interval holds its value. */
function isFigure({ value, low, high }: Readonly<Record<string, unknown>>): boolean {
  if (!isAmount(value) || !isAmount(low) || !isAmount(high)) return false;
  // Two ways to the same number may differ in its last digits.
  return value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9);
}

const isAmount = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x) && x >= 0;

/** What a field must be: one of these, a list of what its one item says, or an object with those fields. */
type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'figure'
  | 'text or null'
  | 'number or null'
  | 'figure or null'
  | readonly [Shape]
  | { readonly [field: string]: Shape };

const TEXTS: Shape = ['text'];
const LINES: Shape = [{ id: 'text', title: 'text', usd: 'figure' }];

/** What is read of a saved report; the rest may be missing, as it is in reports of earlier releases. */
const REPORT: Shape = {
  generatedAt: 'text',
  workload: {},
  engine: 'text',
  engineTitle: 'text',
  index: {},
  machines: 'figure',
  headline: TEXTS,
  components: [{ id: 'text', title: 'text', disk: 'figure', resident: 'figure', perMemory: 'figure', assumes: TEXTS }],
  totals: {
    disk: 'figure',
    resident: 'figure',
    rebuildPeak: 'figure',
    diskToProvision: 'figure',
    ramToProvision: 'figure',
  },
  build: {
    seconds: 'figure or null',
    memory: 'figure or null',
    memoryPlanned: 'figure or null',
    spillsAtRows: 'figure or null',
    stockSpillsAtRows: 'figure or null',
    workers: 'figure or null',
    settings: TEXTS,
    error: 'text or null',
    note: 'text or null',
  },
  query: {
    p50: 'figure or null',
    p99: 'figure or null',
    refused: 'text or null',
    note: 'text or null',
    recallNote: 'text',
  },
  cost: { oneOff: LINES, monthly: LINES, pricesAsOf: 'text', priceWarnings: TEXTS },
  tier: {
    level: 'number or null',
    fits: 'flag',
    checks: [
      {
        id: 'text',
        title: 'text',
        verdict: 'text',
        because: 'text',
        actual: 'figure or null',
        limit: 'figure or null',
      },
    ],
    reasons: TEXTS,
    unchecked: TEXTS,
    leaveWhen: TEXTS,
    failureModes: TEXTS,
    rejected: [{ title: 'text', because: 'text' }],
  },
  cliffs: [{ parameter: 'text', at: 'number', before: 'number', after: 'number', unit: 'text', per: 'text' }],
  advice: [{ message: 'text' }],
  comparison: [{ title: 'text', says: 'text', ours: 'text' }],
  notes: TEXTS,
};
const FLIP: Shape = { rows: 'number', constraint: 'text' };
const OBSERVED: Shape = { store: 'text', structures: [{ name: 'text' }] };

function isWhole(saved: CapacityJson): boolean {
  if (!has(saved, REPORT)) return false;
  const { tier, observed } = saved;
  return (tier.flipsAt === null || has(tier.flipsAt, FLIP)) && (observed === null || has(observed, OBSERVED));
}

function has(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return is(value, shape);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return false;
    for (let i = 0; i < value.length; i++) if (!has(value[i], shape[0] as Shape)) return false;
    return true;
  }
  for (const field in shape) {
    const its = (shape as Readonly<Record<string, Shape>>)[field] as Shape;
    if (!has((value as Readonly<Record<string, unknown>>)[field], its)) return false;
  }
  return true;
}

function is(value: unknown, word: Extract<Shape, string>): boolean {
  if (value === null) return word.endsWith(' or null');
  if (word.startsWith('text')) return typeof value === 'string';
  if (word.startsWith('number')) return typeof value === 'number';
  if (word === 'flag') return typeof value === 'boolean';
  const figure = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof figure['unit'] === 'string' && typeof figure['basis'] === 'string' && isFigure(figure);
}

/** Reports of before there were currencies have none. @throws InputError */
function savedCurrency(saved: CapacityJson, path: string): Currency | undefined {
  const { code, rate } = (saved.cost as { currency?: Partial<Currency> | null } | undefined)?.currency ?? {};
  const where = `--input ${path}: cost.currency`;
  return readCurrency(code, rate, { code: `${where}.code`, rate: `${where}.rate` });
}
