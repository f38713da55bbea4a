/** Rows that a foreign key or a function of the store does not let go: named by their key, and not tried again. */
import { formatCount } from '../../quantity/index.ts';
import { isStoreError, StoreError } from '../../store/index.ts';
import { type Portion, theseRows, tidArray } from './doomed.ts';
import type { RefusalBy } from './pg-errors.ts';
import type { Refusal } from './purge-batch.ts';
import type { PurgeTarget } from './purge-target.ts';
import { keyText } from './row-archive.ts';
import type { PgSession } from './session.ts';
import type { RowTrigger } from './side-effects.ts';

/** Beyond so many single rows the cause is to be looked at first: each costs two transactions or three. */
const MOST = 1_000;
const NAMED = 10;
const NAME_CHARACTERS = 80;

export class RefusedRows {
  readonly #what: Pick<PurgeTarget, 'place' | 'triggers'> & { readonly keys?: PurgeTarget['keys'] };
  readonly #places = new Set<string>();
  /** Key → why. */
  readonly #rows = new Map<string, string>();

  constructor(what: Pick<PurgeTarget, 'place' | 'triggers'> & { readonly keys?: PurgeTarget['keys'] }) {
    this.#what = what;
  }

  get count(): number {
    return this.#rows.size;
  }

  /** @throws StoreError when there are too many of them */
  async add(session: PgSession, portion: Portion, tids: readonly string[], refusal: Refusal): Promise<void> {
    if (tids.length === 0) return;
    const rows = await session.query<{ name: string | null }>(
      `SELECT ${keyText(this.#what.keys ?? [])} AS name FROM ONLY ${portion.leaf.quoted} t WHERE t.ctid = ANY ($1::tid[])`,
      [tidArray(tids)],
    );
    for (const tid of tids) this.#places.add(`${portion.leaf.oid} ${tid}`);
    this.name(
      rows.map((r) => String(r.name)),
      whyRefused(refusal.by, this.#what.triggers),
      refusal.error,
    );
  }

  /** @throws StoreError when there are too many of them */
  name(names: readonly string[], why: string, error: unknown): void {
    for (const n of names) this.#rows.set(n.slice(0, NAME_CHARACTERS), why);
    if (this.count < MOST) return;
    const code = isStoreError(error) ? error.code : 'store-refused';
    throw new StoreError(
      code,
      `${formatCount(this.count)} rows of ${this.#what.place} are refused one by one, and no more are tried; ${this.sentence()}`,
      'settle what refuses them first',
    );
  }

  /** The portion without the rows that are known to be refused. */
  without(portion: Portion): Portion {
    if (this.#places.size === 0 || portion.tids === undefined) return portion;
    const rest = portion.tids.filter((t) => !this.#places.has(`${portion.leaf.oid} ${t}`));
    return rest.length === portion.tids.length ? portion : { ...portion, ...theseRows(portion.leaf, rest) };
  }

  /** "refused: 4, 7 (the constraint notes_mem_fkey of public.notes)" */
  sentence(): string {
    const reasons = new Map<string, string[]>();
    for (const [name, why] of this.#rows) reasons.set(why, [...(reasons.get(why) ?? []), name]);
    const parts = [...reasons].map(([why, names]) => {
      const more = names.length > NAMED ? `, … ${formatCount(names.length)} in all` : '';
      return `${names.slice(0, NAMED).join(', ')}${more} (${why})`;
    });
    return `refused: ${parts.join('; ')}`;
  }
}

/** "the trigger guard of public.memories, P0001": by name, never what it said. */
export function whyRefused(by: RefusalBy, triggers: readonly RowTrigger[]): string {
  if (by.function !== null) {
    const trigger = triggers.find((t) => t.function === by.function);
    const who =
      trigger === undefined ? `the function ${by.function}` : `the trigger ${trigger.name} of ${trigger.place}`;
    return `${who}, ${by.code}`;
  }
  const on = by.table === null ? '' : ` of ${by.table}`;
  return by.constraint === null ? `SQLSTATE ${by.code}${on}` : `the constraint ${by.constraint}${on}, ${by.code}`;
}
