/** One input as text, read by its parameter's kind and held to its range. */
import {
  formatBytes,
  formatCount,
  formatMoney,
  formatSeconds,
  InputError,
  nearest,
  parseBytes,
  parseCount,
  parseDecimal,
  parseDuration,
  parseMoney,
  parseRatio,
} from '../quantity/index.ts';
import type { Parameter } from './parameters.ts';

const PARSERS: Readonly<
  Record<Exclude<Parameter['kind'], 'choice' | 'word'>, (text: string, where: string) => number>
> = {
  count: parseCount,
  bytes: parseBytes,
  duration: parseDuration,
  money: parseMoney,
  ratio: parseRatio,
  decimal: parseDecimal,
};

const FORMATTERS: Readonly<Record<Exclude<Parameter['kind'], 'choice' | 'word'>, (n: number) => string>> = {
  count: formatCount,
  bytes: formatBytes,
  duration: formatSeconds,
  money: formatMoney,
  ratio: String,
  decimal: (n) => (Number.isInteger(n) ? formatCount(n) : String(n)),
};

/**
 * Reads one input.
 * @param where how to name the place to the user: "--dims", "memplan.yaml: workload.dims"
 * @returns the number in the parameter's unit, or the chosen word
 * @throws InputError when the text is not of the parameter's kind or outside its range
 */
export function readParameter(p: Parameter, text: string, where: string): number | string {
  if (p.kind === 'choice') return readChoice(p, text, where);
  if (p.kind === 'word') return text.trim();
  const value = PARSERS[p.kind](text, where);
  if (value < p.min || value > p.max) {
    const show = FORMATTERS[p.kind];
    const zero = value === 0 && p.id === 'n' ? ' (nothing to plan)' : '';
    throw new InputError('out-of-range', `${where}: ${text} is outside ${show(p.min)} to ${show(p.max)}${zero}`);
  }
  return value;
}

function readChoice(p: Parameter, text: string, where: string): string {
  const choices = p.choices ?? [];
  const word = text.trim().toLowerCase();
  if (choices.includes(word)) return word;
  const alias = p.aliases?.[word];
  if (alias !== undefined) return alias;
  const near =
    nearest(word, [...choices, ...Object.keys(p.aliases ?? {})]) ??
    choices.find((c) => c.startsWith(word) && word !== '');
  throw new InputError(
    'unknown-choice',
    `${where}: "${text}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${choices.join(', ')}`,
  );
}
