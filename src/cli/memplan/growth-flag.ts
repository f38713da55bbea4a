/** `--growth-per-day`: memories a day, or a share of the store, or a range of either ("15k..25k", "0.2%..0.4%"). */
import { InputError, leaf, parseCount, parseRatio, type Quantity } from '../../quantity/index.ts';

/** More memories a day than anybody writes. */
const MOST_ROWS = 1e12;

/** @throws InputError when it is neither a count nor a share, or its range runs backwards */
export function growthPerDay(text: string): Quantity<'rows/day'> | Quantity<'ratio'> {
  const ends = text.split('..').map((t) => t.trim());
  const [first = '', last = first] = ends;
  if (ends.length > 2 || first === '' || last === '') {
    throw new InputError('bad-growth', `--growth-per-day: "${text}" is not a growth such as 20k, 0.3% or 15k..25k`);
  }
  const share = first.endsWith('%');
  if (share !== last.endsWith('%')) {
    throw new InputError('bad-growth', `--growth-per-day: "${text}" mixes memories and a share; give both ends alike`);
  }
  const read = (t: string): number => (share ? parseRatio : parseCount)(t, '--growth-per-day');
  const [low, high] = [read(first), read(last)];
  if (low > high) throw new InputError('bad-growth', `--growth-per-day: "${text}" runs from the larger to the smaller`);
  if (share ? high === 0 : high > MOST_ROWS) {
    throw new InputError(
      'out-of-range',
      `--growth-per-day: ${text} is outside ${share ? 'what compounds, above 0 % to 100 % a day' : '0 to 1,000,000,000,000 a day'}`,
    );
  }
  const options = { low, high, source: '--growth-per-day' };
  return share
    ? leaf('growth a day', (low + high) / 2, 'ratio', options)
    : leaf('growth a day', (low + high) / 2, 'rows/day', options);
}
