/** Namespaces and breakdowns of a set: one pass over the table by grouping sets. */
import { columnRefText } from '../../profiles/index.ts';
import type { Breakdown, MemorySet, NamespaceCount } from '../../store/index.ts';
import { refSql } from './expression-sql.ts';
import type { SetContext } from './memory-sets.ts';
import { quoted } from './quoting.ts';
import type { PgSet } from './reading.ts';

/** Namespaces and values listed by name; the rest is summed. */
const TOP = 20;
/** A namespace is cut to this many characters in a report; its length is then said. */
const NAME_LENGTH = 120;

interface GroupRow {
  /** Which of the grouped columns; the namespace, where there is one, is 0. */
  readonly k: number;
  readonly value: string | null;
  readonly length: number | null;
  /** Least size of the class, for a row that stands for one. */
  readonly class: number | null;
  readonly n: number;
  readonly groups: number;
}

export async function groupedCounts(
  context: SetContext,
  s: PgSet,
  rows: number,
): Promise<Pick<MemorySet, 'namespaces' | 'breakdowns'>> {
  const { set, relation } = s;
  const refs = [...(set.namespace === undefined ? [] : [set.namespace]), ...(set.breakdowns ?? [])];
  if (refs.length === 0) return { namespaces: null, breakdowns: [] };
  const names = refs.map((_, i) => `a${i}`);
  // GROUPING() has a bit for each column, 0 where it is the one grouped by; the first column is the highest bit.
  const all = 2 ** refs.length - 1;
  const tops = names.map(
    (a, k) =>
      `(SELECT ${k} AS k, pg_catalog.left(${a}, ${NAME_LENGTH}) AS value, pg_catalog.length(${a}) AS length, NULL::int8 AS class, n, 1::int8 AS groups
        FROM g WHERE gid = ${all - 2 ** (refs.length - 1 - k)} ORDER BY n DESC, ${a} COLLATE "C" NULLS FIRST LIMIT ${TOP})`,
  );
  const classes =
    set.namespace === undefined
      ? []
      : [
          `(SELECT 0 AS k, NULL AS value, NULL AS length, CASE WHEN n < 10 THEN 1 WHEN n < 100 THEN 10 WHEN n < 1000 THEN 100
              WHEN n < 10000 THEN 1000 WHEN n < 100000 THEN 10000 WHEN n < 1000000 THEN 100000 ELSE 1000000 END::int8 AS class,
              sum(n)::int8 AS n, count(*) AS groups
            FROM g WHERE gid = ${all - 2 ** (refs.length - 1)} GROUP BY 4 ORDER BY 4)`,
        ];
  const found = await context.session.query<GroupRow>(
    `WITH g AS MATERIALIZED (
       SELECT GROUPING(${names.join(', ')}) AS gid, ${names.join(', ')}, count(*) AS n
       FROM (SELECT ${refs.map((r, i) => `${refSql(r)}::pg_catalog.text AS a${i}`).join(', ')} FROM ${relation.quoted} AS t) AS s
       GROUP BY GROUPING SETS (${names.map((a) => `(${a})`).join(', ')}))
     ${[...tops, ...classes].join(' UNION ALL ')}`,
  );
  const named = found.filter((r) => r.class === null);
  const offset = set.namespace === undefined ? 0 : 1;
  return {
    namespaces: set.namespace === undefined ? null : await namespaceCounts(context, s, found),
    breakdowns: (set.breakdowns ?? []).map((ref, i): Breakdown => {
      const values = named.filter((r) => r.k === i + offset).map((r) => ({ value: r.value, rows: Number(r.n) }));
      return { column: columnRefText(ref), values, otherRows: rows - values.reduce((a, v) => a + v.rows, 0) };
    }),
  };
}

async function namespaceCounts(
  context: SetContext,
  s: PgSet,
  found: readonly GroupRow[],
): Promise<NonNullable<MemorySet['namespaces']>> {
  const classes = found
    .filter((r) => r.class !== null)
    .map((r) => ({ from: Number(r.class), namespaces: Number(r.groups), rows: Number(r.n) }))
    .sort((a, b) => a.from - b.from);
  const top = found.filter((r) => r.class === null && r.k === 0);
  const labels = await labelsOf(
    context,
    s,
    top.map((r) => r.value).filter((v) => v !== null),
  );
  return {
    column: s.set.namespace === undefined ? '' : columnRefText(s.set.namespace),
    distinct: classes.reduce((a, c) => a + c.namespaces, 0),
    top: top.map((r): NamespaceCount => {
      const label = r.value === null ? undefined : labels.get(r.value);
      return {
        namespace: r.value,
        rows: Number(r.n),
        ...((r.length ?? 0) > NAME_LENGTH ? { length: r.length as number } : {}),
        ...(label === undefined || label === r.value ? {} : { label }),
      };
    }),
    classes,
  };
}

async function labelsOf(context: SetContext, s: PgSet, ids: readonly string[]): Promise<Map<string, string>> {
  const l = s.set.namespaceLabel;
  const table = l && context.reading.catalog.table(s.relation.schema, l.table);
  if (l === undefined || table === undefined || !table.readable || ids.length === 0) return new Map();
  if (!table.columns.has(l.id) || !table.columns.has(l.name)) return new Map();
  const rows = await context.session.query<{ id: string; name: string | null }>(
    `SELECT l.${quoted(l.id)}::pg_catalog.text AS id, pg_catalog.left(l.${quoted(l.name)}::pg_catalog.text, ${NAME_LENGTH}) AS name
     FROM ${quoted(table.schema)}.${quoted(table.name)} AS l WHERE l.${quoted(l.id)}::pg_catalog.text = ANY ($1::text[])`,
    [ids],
  );
  return new Map(rows.flatMap((r): [string, string][] => (r.name === null ? [] : [[r.id, r.name]])));
}
