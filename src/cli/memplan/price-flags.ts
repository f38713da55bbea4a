/** `--price ID=VALUE`, any number of them, over what the config file says. */
import { InputError, parseMoney } from '../../quantity/index.ts';

/** @returns overrides by catalogue id, in the catalogue's unit. @throws InputError for one that is not ID=VALUE */
export function readPriceFlags(given: unknown): Record<string, number> {
  const overrides: Record<string, number> = {};
  for (const text of given === undefined ? [] : [given].flat().map(String)) {
    const at = text.indexOf('=');
    if (at < 1) throw new InputError('bad-price', `--price: "${text}" is not ID=VALUE, e.g. rds.gp3=0.10`);
    overrides[text.slice(0, at)] = parseMoney(text.slice(at + 1), `--price ${text.slice(0, at)}`);
  }
  return overrides;
}
