/**
 * What money is shown in. Every amount is computed and kept in US dollars, the currency of the price lists; another currency is
 * a rate that the user gave, applied where an amount becomes text. Like a locale it belongs to the process and not to a report:
 * a program sets it once, before it computes.
 */
import { InputError } from './input-error.ts';

export interface Currency {
  /** ISO 4217, three capital letters. */
  readonly code: string;
  /** Units of it for one US dollar. */
  readonly rate: number;
}

/** The programs are several bundles, each with its own copy of this module: what they share lies with the process. */
const SHOWN: unique symbol = Symbol.for('memplan.currency') as never;
const world = globalThis as { [SHOWN]?: Currency | undefined };

/** @param currency undefined for US dollars */
export function showMoneyIn(currency: Currency | undefined): void {
  world[SHOWN] = currency;
}

/** Undefined where money is shown in US dollars. */
export function shownCurrency(): Currency | undefined {
  return world[SHOWN];
}

/** Dearer than this a dollar has been in no currency still in use: a larger rate is a slip. */
const MAX_RATE = 1e7;

/**
 * @param where the two places a message names, e.g. `--currency` and `--rate`
 * @returns undefined for the US dollar itself
 * @throws InputError `bad-currency` for what is no code of three letters, for a rate that is none, and for one without the other
 */
export function readCurrency(
  code: unknown,
  rate: unknown,
  where: { readonly code: string; readonly rate: string },
): Currency | undefined {
  if (code === undefined && rate === undefined) return undefined;
  if (code === undefined) {
    throw new InputError('bad-currency', `${where.rate} needs ${where.code}: a rate of which currency?`);
  }
  const name = String(code).toUpperCase();
  if (!/^[A-Z]{3}$/.test(name)) {
    throw new InputError(
      'bad-currency',
      `${where.code}: "${String(code)}" is not a currency; write three letters, as EUR`,
    );
  }
  const number = typeof rate === 'number' ? rate : Number(String(rate).trim() === '' ? Number.NaN : rate);
  if (name === 'USD') {
    if (rate === undefined || number === 1) return undefined;
    throw new InputError('bad-currency', `${where.rate}: a US dollar is 1 US dollar, not ${String(rate)}`);
  }
  if (rate === undefined) {
    throw new InputError(
      'bad-currency',
      `${where.code} ${name} needs ${where.rate}: how many ${name} is one US dollar? No rate is looked up`,
    );
  }
  if (!Number.isFinite(number) || number <= 0 || number > MAX_RATE) {
    throw new InputError(
      'bad-currency',
      `${where.rate}: "${String(rate)}" is not a rate; write how many ${name} one US dollar is, as 0.92`,
    );
  }
  return { code: name, rate: number };
}

/** Signs that mean one currency and no other; everything else is written with its code. */
const SIGNS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£', INR: '₹' };

/** What stands before an amount: "€", "CHF ". */
export function currencySign(currency: Currency | undefined): string {
  return currency === undefined ? '$' : (SIGNS[currency.code] ?? `${currency.code} `);
}

/** The note that a report in another currency carries: "money in EUR, 0.92 for a US dollar". */
export function currencyNote(currency: Currency | undefined): string | undefined {
  return currency === undefined ? undefined : `money in ${currency.code}, ${currency.rate} for a US dollar`;
}
