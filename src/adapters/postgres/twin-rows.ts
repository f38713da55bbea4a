/**
 * Rows of a table without a key: nothing there refuses to hold one twice, so an undo that is run again would. As many of a kind as
 * are there when it is first met are left out.
 */
import { createHash } from 'node:crypto';
import type { RemovedRow } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import { restoredText } from './row-archive.ts';
import type { PgSession } from './session.ts';

export class TwinRows {
  readonly #session: PgSession;
  readonly #from: string;
  /** Kind of row → how many more of it are there already. */
  readonly #left = new Map<string, number>();

  constructor(session: PgSession, from: string) {
    this.#session = session;
    this.#from = from;
  }

  /** @param names the columns of all these rows */
  async split(
    names: readonly string[],
    rows: readonly RemovedRow[],
  ): Promise<{ readonly there: RemovedRow[]; readonly missing: RemovedRow[] }> {
    const kinds = rows.map((r) => image(names.map((n) => restoredText(r.values[n] ?? null))));
    const fresh = [...new Set(kinds)].filter((k) => !this.#left.has(k));
    for (const k of fresh) this.#left.set(k, 0);
    if (fresh.length > 0) {
      const found = await this.#session.query<{ kind: string; n: number }>(
        `SELECT i.kind, pg_catalog.count(*) AS n FROM ${this.#from} x
         CROSS JOIN LATERAL (SELECT pg_catalog.md5(pg_catalog.convert_to(${names.map(part).join(' || ')}, 'UTF8')) AS kind) i
         WHERE i.kind = ANY ($1::text[]) GROUP BY 1`,
        [fresh],
      );
      for (const f of found) this.#left.set(f.kind, Number(f.n));
    }
    const there: RemovedRow[] = [];
    const missing: RemovedRow[] = [];
    rows.forEach((row, i) => {
      const kind = kinds[i] as string;
      const left = this.#left.get(kind) ?? 0;
      if (left > 0) this.#left.set(kind, left - 1);
      (left > 0 ? there : missing).push(row);
    });
    return { there, missing };
  }
}

/** Length and text of each value, so that no two rows look the same; "-" for NULL. */
const part = (name: string): string => {
  const text = `x.${quoted(name)}::pg_catalog.text`;
  return `coalesce(pg_catalog.char_length(${text}) || ':' || ${text}, '-')`;
};

const image = (values: readonly (string | null)[]): string => {
  const text = values.map((v) => (v === null ? '-' : `${[...v].length}:${v}`)).join('');
  return createHash('md5').update(text).digest('hex');
};
