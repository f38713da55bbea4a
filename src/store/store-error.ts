/**
 * The store cannot be reached, is held by someone else, or refuses this role: the command line turns it into exit
 * code 4. What the user typed was right, so it is not an InputError.
 */
export class StoreError extends Error {
  /** Recognised by this field and not by `instanceof`: the two programs are bundled apart. */
  readonly kind = 'store-error' as const;
  readonly code: string;
  readonly hint: string | undefined;
  /** Exit code: 4 unreachable or refused by the store; 5 refused by a guard of ours (lock held, standby, disk, drift). */
  readonly exit: 4 | 5;

  /**
   * @param code stable kebab-case id for machines, e.g. `store-locked`
   * @param message one sentence, starting with the store's printable address; never a secret
   */
  constructor(code: string, message: string, hint?: string, exit: 4 | 5 = 4) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.hint = hint;
    this.exit = exit;
  }
}

/** True for a StoreError made by any copy of this module. */
export function isStoreError(e: unknown): e is StoreError {
  return e instanceof Error && (e as { kind?: unknown }).kind === 'store-error';
}
