/** `budgets:` of a memplan.yaml, each with the line on which it stands: annotations of a pull request point there. */
import { type Document, isAlias, isMap, isScalar, isSeq } from 'yaml';
import { BUDGET_LEVELS, type Budget, type BudgetLevel } from '../../capacity/gate-budget.ts';
import { InputError, nearest, parseDuration, printable } from '../../quantity/index.ts';
import { configDocument } from './config-document.ts';
import { configSource } from './config-source.ts';

const KEYS = ['metric', 'limit', 'for', 'level'] as const;
type Key = (typeof KEYS)[number];

const DAY_S = 86_400;
/** Ten years, of 365.25 days: further ahead nobody keeps the same plan. */
const MOST_DAYS = 3653;

/**
 * @param path a file that reads as a config file: its other sections are checked there
 * @throws InputError when there are no budgets, or one of them is not written as a budget is
 */
export function budgetsInFile(path: string): Budget[] {
  const { document, lines } = configDocument(configSource(path));
  const list = document.get('budgets', true);
  if (list === undefined || (isScalar(list) && list.value === null) || (isSeq(list) && list.items.length === 0)) {
    throw new InputError(
      'budgets-missing',
      `${path}: there are no budgets, and a gate without one checks nothing`,
      'add e.g. budgets: [{ metric: totals.resident, limit: 64GiB }]',
    );
  }
  const line = (node: unknown): number =>
    lines.linePos((node as { readonly range?: readonly number[] | null }).range?.[0] ?? 0).line;
  if (!isSeq(list)) {
    throw new InputError('config-shape', `${path}:${line(list)}: budgets must be a list of budgets`);
  }
  return list.items.map((item, i) => {
    const at = line(item);
    return budget(entries(item, document, `${path}:${at}: budgets[${i}]`), at);
  });
}

interface Entries {
  readonly where: string;
  readonly texts: ReadonlyMap<Key, string>;
}

function entries(item: unknown, document: Document, where: string): Entries {
  const node = isAlias(item) ? item.resolve(document) : item;
  if (!isMap(node)) {
    throw new InputError('config-shape', `${where} must be a mapping with metric and limit`);
  }
  const texts = new Map<Key, string>();
  for (const { key, value } of node.items) {
    const name = printable(String(isScalar(key) ? key.value : key));
    const known = KEYS.find((k) => k === name);
    if (known === undefined) {
      const near = nearest(name, KEYS);
      throw new InputError(
        'unknown-key',
        `${where}.${name} is not a known key${near === undefined ? '' : `; did you mean ${near}?`}`,
        `known here: ${KEYS.join(', ')}`,
      );
    }
    const plain = isAlias(value) ? value.resolve(document) : value;
    // As it is written: YAML reads +5 as 5, and the sign makes it a distance from the baseline.
    const text = isScalar(plain) ? (plain.source ?? String(plain.value)) : '';
    if (!isScalar(plain) || plain.value === null || text.trim() === '') {
      throw new InputError('config-value', `${where}.${name} must be a word or an amount`);
    }
    texts.set(known, printable(text.trim()));
  }
  return { where, texts };
}

function budget({ where, texts }: Entries, line: number): Budget {
  const needed = (key: Key, example: string): string => {
    const text = texts.get(key);
    if (text !== undefined) return text;
    throw new InputError('budget-incomplete', `${where} has no ${key}; give one, e.g. ${key}: ${example}`);
  };
  const metric = needed('metric', 'totals.resident');
  return {
    metric,
    limit: needed('limit', '64GiB'),
    level: levelOf(texts.get('level') ?? 'error', where),
    days: daysOf(texts.get('for'), where),
    where,
    line,
  };
}

function levelOf(text: string, where: string): BudgetLevel {
  const level = BUDGET_LEVELS.find((l) => l === text);
  if (level !== undefined) return level;
  const near = nearest(text, BUDGET_LEVELS);
  throw new InputError(
    'budget-level',
    `${where}.level: "${text}" is not one of ${BUDGET_LEVELS.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`,
  );
}

/** "180d", or "180 days". */
function daysOf(text: string | undefined, where: string): number | undefined {
  if (text === undefined) return undefined;
  const days = parseDuration(text.replace(/\s*days?$/, 'd'), `${where}.for`) / DAY_S;
  if (days >= 1 && days <= MOST_DAYS) return Math.ceil(days);
  throw new InputError('out-of-range', `${where}.for: ${text} is outside 1 to 3,653 days`);
}
