import { afterEach, describe, expect, it } from 'vitest';
import {
  formatInterval,
  formatMoney,
  formatQuantity,
  isInputError,
  leaf,
  readCurrency,
  showMoneyIn,
} from '../../src/quantity/index.ts';

afterEach(() => showMoneyIn(undefined));
const FLAGS = { code: '--currency', rate: '--rate' };

describe('money in another currency', () => {
  it('is converted where it is shown, and only there', () => {
    const q = leaf('x', 100, 'USD/month', { low: 50, high: 200 });
    expect(formatQuantity(q)).toBe('≈ $100/month');
    showMoneyIn({ code: 'EUR', rate: 0.92 });
    expect(formatQuantity(q)).toBe('≈ €92/month');
    expect(formatInterval(q)).toBe('€46-€184/month');
    expect(q.value).toBe(100);
    showMoneyIn({ code: 'CHF', rate: 2 });
    expect([formatMoney(-3), formatMoney(0), formatMoney(0.0001)]).toEqual(['-CHF 6', 'CHF 0', 'CHF 0.00020']);
  });

  it.each([
    ['EUR', '0.92', { code: 'EUR', rate: 0.92 }],
    ['eur', 0.92, { code: 'EUR', rate: 0.92 }],
    ['USD', undefined, undefined],
    ['USD', '1', undefined],
    [undefined, undefined, undefined],
  ])('%s at %s', (code, rate, currency) => {
    expect(readCurrency(code, rate, FLAGS)).toEqual(currency);
  });

  it.each([
    ['EUR', undefined, /--currency EUR needs --rate/],
    [undefined, '0.92', /--rate needs --currency/],
    ['Euro', '0.92', /"Euro" is not a currency/],
    ['EUR', '0', /"0" is not a rate/],
    ['EUR', '', /"" is not a rate/],
    ['EUR', '0,92', /"0,92" is not a rate/],
    ['USD', '2', /a US dollar is 1 US dollar/],
  ])('refuses %s at %s', (code, rate, message) => {
    let said = 'nothing was refused';
    try {
      readCurrency(code, rate, FLAGS);
    } catch (e) {
      if (isInputError(e)) said = e.message;
    }
    expect(said).toMatch(message);
  });
});
