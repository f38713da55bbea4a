/** Indexes that answer nothing another structure does not already answer. */
import type { BtreeFacts } from './pg-structure.ts';
import type { IndexFacts, Structure, TableFacts } from './structure.ts';

export interface RedundantIndex {
  /** Id of the structure that could go. */
  readonly id: string;
  readonly name: string;
  readonly table: string;
  /** Name of what covers it: another index, or the table itself. */
  readonly coveredBy: string;
  readonly why: 'same-columns' | 'prefix' | 'is-the-rowid';
}

/**
 * An index is redundant when it is not unique, not partial, in default order, and its columns are the leading columns
 * of another such index of the table, or the rowid. Of two equal ones the constraint's own index stays; between
 * created ones the first by name; in PostgreSQL a unique index without a constraint counts like a constraint's. Only indexes that CREATE INDEX made are named: a constraint's cannot be dropped.
 */
export function redundantIndexes(structures: readonly Structure[]): RedundantIndex[] {
  const found: RedundantIndex[] = [];
  const indexes = structures.flatMap((s) =>
    s.table === null
      ? []
      : s.facts?.kind === 'index'
        ? [{ s, facts: s.facts }]
        : s.facts?.kind === 'btree'
          ? asIndexed(s, s.facts)
          : [],
  );
  for (const { s, facts } of indexes) {
    if (facts.origin !== 'created' || facts.unique || !comparable(facts)) continue;
    const table = s.table as string;
    const rowid = structures.find((t) => t.facts?.kind === 'table' && t.name === table)?.facts as
      | TableFacts
      | undefined;
    if (rowid?.rowidColumn != null && same(facts.columns[0], rowid.rowidColumn)) {
      found.push({ id: s.id, name: s.name, table, coveredBy: table, why: 'is-the-rowid' });
      continue;
    }
    const cover = indexes.find(
      (o) =>
        o.s !== s && o.s.table === table && comparable(o.facts) && covers(o.facts, facts) && outranks(o, { s, facts }),
    );
    if (cover === undefined) continue;
    const why = cover.facts.columns.length === facts.columns.length ? 'same-columns' : 'prefix';
    found.push({ id: s.id, name: s.name, table, coveredBy: cover.s.name, why });
  }
  return found;
}

/**
 * A btree of PostgreSQL in the form the rule is written for. Its key list is taken from the definition, so that operator
 * classes, collations and orders count; one that includes further columns or is invalid is never compared.
 */
function asIndexed(s: Structure, f: BtreeFacts): { s: Structure; facts: IndexFacts }[] {
  const keys = KEYS.exec(f.definition)?.[1];
  if (keys === undefined || !f.valid || f.keyCount < f.columns.length || f.columns.includes(null)) return [];
  const columns = keys.split(', ');
  if (columns.length !== f.columns.length) return [];
  const origin = f.origin === 'exclusion' ? 'unique' : f.origin;
  const facts: IndexFacts = {
    kind: 'index',
    columns,
    unique: f.unique,
    origin,
    predicate: f.predicate,
    entry: null,
    plainOrder: true,
  };
  return [{ s, facts }];
}

/** The key list of `CREATE INDEX … USING btree (…)`, where nothing follows it. */
const KEYS = /USING btree \((.*)\)$/;

interface Indexed {
  readonly s: Structure;
  readonly facts: IndexFacts;
}

const comparable = (facts: IndexFacts): boolean =>
  facts.predicate === null && facts.plainOrder && facts.columns.every((c) => c !== null);

const same = (a: string | null | undefined, b: string | null | undefined): boolean =>
  a != null && b != null && a.toLowerCase() === b.toLowerCase();

const covers = (wide: IndexFacts, narrow: IndexFacts): boolean =>
  narrow.columns.length <= wide.columns.length && narrow.columns.every((c, i) => same(c, wide.columns[i]));

/** Longer beats shorter; of equal length a unique or constraint index beats a plain one, then the first by name. */
function outranks(a: Indexed, b: Indexed): boolean {
  if (a.facts.columns.length !== b.facts.columns.length) return true;
  const rank = (i: Indexed): number => (i.facts.origin !== 'created' || i.facts.unique ? 1 : 0);
  return rank(a) !== rank(b) ? rank(a) > rank(b) : a.s.name < b.s.name;
}
