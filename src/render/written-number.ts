/**
 * A number as a document holds it. Arithmetic in binary leaves dust in the last of its seventeen digits (11.999999999999998 for
 * 12): fifteen are what a double keeps of any decimal number (DBL_DIG). Rounded where it is written, and computed with in full.
 */
export function writtenNumber(n: number): number {
  // A whole number is exact, bytes beyond 10^15 as well.
  return Number.isInteger(n) ? n : Number(n.toPrecision(15));
}

/** For JSON.stringify. */
export const writtenNumbers = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? writtenNumber(value) : value;

/**
 * A document as JSON for people and programs, with its final newline.
 * @param plain what stands in the document for a value that is not there as it is to be written
 */
export function jsonText(document: object, plain?: (value: unknown) => unknown): string {
  const write =
    plain === undefined ? writtenNumbers : (key: string, value: unknown): unknown => writtenNumbers(key, plain(value));
  return `${JSON.stringify(document, write, 2)}\n`;
}
