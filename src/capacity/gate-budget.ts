/** A budget as it is written, and its limit read in the unit of the figure that it limits. */
import {
  derive,
  InputError,
  isInputError,
  leaf,
  parseBytes,
  parseDecimal,
  parseDuration,
  parseMoney,
  parseRatio,
  type Quantity,
  type Unit,
} from '../quantity/index.ts';

export type BudgetLevel = 'off' | 'warn' | 'error';
export const BUDGET_LEVELS: readonly BudgetLevel[] = ['off', 'warn', 'error'];

/** One entry of `budgets:` in memplan.yaml. */
export interface Budget {
  /** A figure by its name in `memplan explain`: "totals.resident". */
  readonly metric: string;
  /** As written: "64GiB", "20ms", "$500", "+10%", "-2GiB". */
  readonly limit: string;
  readonly level: BudgetLevel;
  /** Whole days from now on which it must hold; undefined: today. */
  readonly days: number | undefined;
  /** Where it stands, for messages: "memplan.yaml:7: budgets[0]". */
  readonly where: string;
  /** Line in the file, from 1. */
  readonly line: number;
}

/** With a sign a limit is a distance from the baseline, without one an amount. */
export const isRelative = (limit: string): boolean => '+-'.includes(limit.trim().charAt(0) || ' ');

interface Kind {
  /** What such a figure is, and how a limit on it is written. */
  readonly says: string;
  /** Whether a limit without any unit is refused: which one was meant would be a guess. */
  readonly bare: boolean;
  read(text: string, where: string): number;
}

const SIZE: Kind = { says: 'a size, such as 64GiB', bare: false, read: parseBytes };
const TIME: Kind = { says: 'a time, such as 20ms or 8h', bare: false, read: parseDuration };
const ONCE: Kind = { says: 'money, such as $500', bare: false, read: parseMoney };
const SHARE: Kind = { says: 'a share, such as 40%', bare: true, read: parseRatio };
const NUMBER: Kind = { says: 'a number, such as 4 or 10M', bare: true, read: parseDecimal };
const MONTHLY: Kind = {
  says: 'money a month, such as $500/month',
  bare: false,
  read: (text, where) => parseMoney(text.replace(/\s*\/\s*month$/, ''), where),
};

const KINDS: Partial<Readonly<Record<Unit, Kind>>> = {
  B: SIZE,
  s: TIME,
  USD: ONCE,
  'USD/month': MONTHLY,
  ratio: SHARE,
};

/**
 * The limit in the figure's unit; of a relative one the interval is the baseline's, so that upper bounds are held to upper bounds.
 * @param baseline the same figure of the baseline; needed where the limit is relative
 * @throws InputError when the limit has no unit or one that does not fit the figure
 */
export function limitOf(budget: Budget, unit: Unit, baseline: Quantity | undefined): Quantity {
  const text = budget.limit.trim();
  if (!isRelative(text)) return leaf('limit', amount(budget, text, unit), unit, { source: budget.where });
  if (baseline === undefined) throw new Error(`${budget.where}: a relative limit without its baseline`);
  const sign = text.startsWith('-') ? -1 : 1;
  const size = text.slice(1).trim();
  if (size.endsWith('%')) {
    const percent = amount(budget, size.slice(0, -1).trim(), 'count');
    const share = leaf('change that is allowed', (sign * percent) / 100, 'ratio', { source: budget.where });
    return derive('limit', unit, 'baseline * (1 + share)', { baseline, share });
  }
  const step = leaf('change that is allowed', sign * amount(budget, size, unit), unit, { source: budget.where });
  return derive('limit', unit, 'baseline + step', { baseline, step });
}

function amount(budget: Budget, text: string, unit: Unit): number {
  const kind = KINDS[unit] ?? NUMBER;
  const where = `${budget.where}.limit`;
  const unfit = (why: string): InputError =>
    new InputError('budget-unit', `${why}; ${budget.metric} is ${kind.says}`, `write the limit as ${kind.says}`);
  if (!kind.bare && /^[\d_,.]+$/.test(text)) throw unfit(`${where}: "${budget.limit}" has no unit`);
  if (unit === 'USD' && /\/\s*month$/.test(text)) throw unfit(`${where}: "${budget.limit}" is an amount a month`);
  try {
    return kind.read(text, where);
  } catch (e) {
    throw isInputError(e) ? unfit(e.message) : e;
  }
}
