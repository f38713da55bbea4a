/** What the server said of a failed statement, beside the error that users see. */
import { type RefusalBy, refusalBy, saidOf } from './pg-errors.ts';

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly by: RefusalBy | undefined;
}

const refusals = new WeakMap<object, Refusal>();

/** Remembers what the driver's error `e` says for the error that is thrown in its place. */
export function rememberRefusal(error: object, e: unknown): void {
  const code = (e as { code?: unknown }).code;
  if (typeof code === 'string') refusals.set(error, { code, message: saidOf(e), by: refusalBy(e) });
}

/** The whole of it; undefined for any error that is no refusal of the server. */
export function refusalOf(e: unknown): Refusal | undefined {
  return typeof e === 'object' && e !== null ? refusals.get(e) : undefined;
}

/** SQLSTATE of a statement that the server refused; undefined for any other error. */
export function refusalCode(e: unknown): string | undefined {
  return refusalOf(e)?.code;
}

/** Who refused it, by name; undefined for what is no refusal of the server. */
export function refusedBy(e: unknown): RefusalBy | undefined {
  return refusalOf(e)?.by;
}
