/** The price file on disk: read where an estimate finds one, written whole or not at all. */
import { type Price, priceFileText, readPriceFile } from '../../prices/index.ts';
import { InputError } from '../../quantity/index.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { writeWholeFile } from '../whole-file.ts';

/** Larger than the largest public list of model prices by far: what is named by mistake is not read into memory. */
const MAX_BYTES = 64 * 2 ** 20;

/**
 * @param path where it is
 * @param where how the user named it, for the message: "--price-file p.json"
 * @throws InputError when it cannot be read, or is not JSON
 */
export function readJsonFile(path: string, where: string): unknown {
  const text = textOfNamedFile(path, {
    where,
    what: 'price file',
    mostBytes: MAX_BYTES,
    code: 'price-file-unreadable',
  });
  try {
    return JSON.parse(text);
  } catch {
    throw new InputError('bad-price-file', `${where}: that is not JSON`);
  }
}

/** @throws InputError that names the entry that is wrong */
export function pricesFromFile(path: string, where: string): Price[] {
  return readPriceFile(readJsonFile(path, where), where);
}

/** @throws InputError when it cannot be written; the file that was there is then as it was */
export function writePriceFile(path: string, prices: readonly Price[]): void {
  try {
    writeWholeFile(path, priceFileText(prices));
  } catch (e) {
    throw new InputError(
      'price-file-unwritable',
      `${path}: it cannot be written (${String((e as NodeJS.ErrnoException).code)})`,
      'name another file with --price-file',
    );
  }
}
