/**
 * Full-text tables over the text of another table, after rows of it were removed through its triggers. `integrity-check`
 * with rank 1 compares index and text, and cries wolf where the application indexes another text than it stores; so the
 * index is checked in itself (rank 0), and for words of rows that are not there. `rebuild` is never run: it would index
 * the stored text. https://sqlite.org/fts5.html sections 4.4.3 and 6.6
 */
import { formatCount } from '../../quantity/index.ts';
import { type Db, one, quoted } from './driver.ts';
import type { SqliteCatalog } from './read-catalog.ts';
import { fts5Definition } from './virtual-tables.ts';

/** Above so many rows the words are not looked at one by one; that takes seconds for every 100,000. */
const WORDS_UP_TO = 50_000;

export interface FtsTable {
  readonly name: string;
  readonly content: string;
  readonly docsize: boolean;
}

/** FTS5 tables whose text is in one of the given tables. */
export function ftsOf(catalog: SqliteCatalog, tables: readonly string[]): FtsTable[] {
  const wanted = new Set(tables.map((t) => t.toLowerCase()));
  return [...catalog.virtual].flatMap(([name, v]) => {
    const content = v.module === 'fts5' ? fts5Definition(v.args).content : null;
    if (content === null || !wanted.has(content.toLowerCase())) return [];
    return [{ name, content, docsize: catalog.stored.some((t) => t.name === `${name}_docsize`) }];
  });
}

/** @param before dangling rows there were before; said where it is not none */
export function ftsVerdict(
  db: Db,
  tables: readonly FtsTable[],
  before = 0,
): { readonly dangling: number; readonly sentence: string } {
  let dangling = 0;
  let damaged = '';
  for (const t of tables) {
    dangling += danglingRows(db, t);
    try {
      db.exec(
        `SAVEPOINT memctl_fts; INSERT INTO ${quoted(t.name)}(${quoted(t.name)}, rank) VALUES ('integrity-check', 0)`,
      );
    } catch (e) {
      damaged = `; ${t.name}: ${e instanceof Error ? e.message : String(e)}`;
    } finally {
      if (db.inTransaction) db.exec('ROLLBACK TO memctl_fts; RELEASE memctl_fts');
    }
  }
  const names = tables.map((t) => t.name).join(', ');
  return {
    dangling,
    sentence: `${names}: ${dangling === 0 ? 'no word of a row that is gone' : `${formatCount(dangling)} rows that are gone, ${formatCount(before)} before`}${damaged}`,
  };
}

function danglingRows(db: Db, t: FtsTable): number {
  if (!t.docsize) return 0;
  const docs = quoted(`${t.name}_docsize`);
  const gone = (id: string): string => `NOT EXISTS (SELECT 1 FROM ${quoted(t.content)} AS c WHERE c.rowid = ${id})`;
  const listed = Number(one(db, `SELECT count(*) AS n FROM ${docs} AS d WHERE ${gone('d.id')}`)['n']);
  if (Number(one(db, `SELECT count(*) AS n FROM ${docs}`)['n']) > WORDS_UP_TO) return listed;
  const words = 'temp.memctl_words';
  db.exec(`DROP TABLE IF EXISTS ${words}`);
  db.prepare(`CREATE VIRTUAL TABLE ${words} USING fts5vocab('main', ${quoted(t.name)}, 'instance')`).run();
  try {
    const worded = one(db, `SELECT count(*) AS n FROM (SELECT DISTINCT doc FROM ${words}) AS w WHERE ${gone('w.doc')}`);
    return Math.max(listed, Number(worded['n']));
  } finally {
    db.exec(`DROP TABLE IF EXISTS ${words}`);
  }
}
