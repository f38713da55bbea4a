/** The rows a profile calls memories, counted. Every result is bounded, whatever the table holds. */
import type { ColumnRef, Match, SetProfile } from '../../profiles/index.ts';
import { columnRefText, setDigest, supersedeText, ttlText } from '../../profiles/index.ts';
import {
  type AgeFacts,
  type Breakdown,
  type MemorySet,
  type NamespaceCount,
  type NamespaceCounts,
  type SnapshotOptions,
  type TtlFacts,
  uncountedSet,
} from '../../store/index.ts';
import { all, numberOr, one, quoted } from './driver.ts';
import { orphanCondition } from './purge-rule.ts';
import type { StoredTable } from './read-catalog.ts';
import { countRows, measuredRows } from './record-size.ts';
import { excused, type Reader } from './structures.ts';
import { deletedSql, expirySql, isoOf, refSql, secondsSql, timeFormat } from './time-sql.ts';
import { countVec0Orphans } from './vec0-orphans.ts';
import { vectorFacts } from './vector-facts.ts';

/** Namespaces and values listed by name; the rest is summed. */
const TOP = 20;
/** A namespace is cut to this many characters in a report; its length is then said. */
const NAME_LENGTH = 120;
/** Keeps SQLite from putting the subquery's expressions in place of their names, and reckoning each of them once for every use. */
const ONCE_A_ROW = 'LIMIT -1';
const DAY = 86_400;
const AGE_DAYS = [1, 7, 30, 90, 365] as const;

export async function readMemorySets(
  reader: Reader,
  matches: readonly Match[],
  now: Date,
  file: string,
  removal?: SnapshotOptions['removal'],
): Promise<MemorySet[]> {
  const sets: MemorySet[] = [];
  for (const match of matches) {
    for (const set of match.sets) {
      await reader.step(`${match.profile.title}: ${set.title}`);
      const stored = reader.catalog.stored.find((t) => t.name === set.table);
      try {
        sets.push(
          stored === undefined
            ? vec0Set(reader, match, set, file)
            : await plainSet(reader, match, set, stored, now, file, removal),
        );
      } catch (e) {
        if (!excused(reader, set.table, e)) throw e;
      }
    }
  }
  return sets;
}

export function emptySet(match: Match, set: SetProfile, rows: number): MemorySet {
  const empty = uncountedSet(
    {
      id: `${match.profile.id}:${set.table}`,
      profile: match.profile.id,
      role: set.role,
      title: set.title,
      table: set.table,
      primary: set.primary === true,
    },
    rows,
  );
  return set.supersede === undefined
    ? empty
    : { ...empty, supersede: { rule: supersedeText(set.supersede), digest: setDigest(set) } };
}

async function plainSet(
  reader: Reader,
  match: Match,
  set: SetProfile,
  table: StoredTable,
  now: Date,
  file: string,
  removal: SnapshotOptions['removal'],
): Promise<MemorySet> {
  const { db, step } = reader;
  const rows = countRows(db, table.name);
  const base = {
    ...emptySet(match, set, rows),
    ...(set.readOnly === undefined ? {} : { readOnly: set.readOnly }),
  };
  const from = `${quoted(table.name)} AS t`;
  if (removal !== undefined) {
    await step(`${set.title}: expiry`);
    const spaces = removal.namespaces && set.namespace !== undefined;
    return {
      ...base,
      namespaces: spaces ? namespaceCounts(reader, set, refSql(set.namespace as ColumnRef), from) : null,
      ttl: ttlFacts(reader, set, from, now),
      ages: removal.ages ? ageFacts(reader, set, from, now) : null,
      overQuota: overQuota(reader, set),
      ...orphans(reader, set),
    };
  }
  const deleted = deletedSql(set);
  const means = meanBytes(reader, set, table, rows);
  await step(`${set.title}: namespaces`);
  const namespaces = set.namespace === undefined ? null : namespaceCounts(reader, set, refSql(set.namespace), from);
  await step(`${set.title}: expiry and ages`);
  return {
    ...base,
    ...means,
    softDeleted:
      deleted === null ? null : numberOr(one(db, `SELECT count(*) AS n FROM ${from} WHERE ${deleted}`)['n'], null),
    namespaces,
    breakdowns: (set.breakdowns ?? []).map((ref) => breakdown(reader, columnRefText(ref), refSql(ref), from)),
    vectors: vectorFacts(reader, set, table, namespaces, file),
    ttl: ttlFacts(reader, set, from, now),
    ages: ageFacts(reader, set, from, now),
    overQuota: overQuota(reader, set),
    ...orphans(reader, set),
  };
}

/** Rows of dependent tables that have lost their row, where the store itself is known to leave such. */
function orphans(reader: Reader, set: SetProfile): Pick<MemorySet, 'orphans'> {
  const { db, catalog } = reader;
  const count = (sql: string): number => numberOr(one(db, sql)['n'], 0);
  const counted = (set.dependents ?? [])
    .filter((d) => d.orphans === true)
    .flatMap((d) => {
      if (d.how === 'vec0') return [{ table: d.table, rows: countVec0Orphans(count, catalog, set, d) }];
      if (!catalog.stored.some((t) => t.name === d.table)) return [];
      return [
        {
          table: d.table,
          rows: count(`SELECT count(*) AS n FROM ${quoted(d.table)} AS c WHERE ${orphanCondition(set, d.on, 'c')}`),
        },
      ];
    });
  return counted.length === 0 ? {} : { orphans: counted };
}

/** A vec0 table itself: its rows and partition keys through the shadow tables. */
function vec0Set(reader: Reader, match: Match, set: SetProfile, file: string): MemorySet {
  const rowids = `${set.table}_rowids`;
  const rows = reader.catalog.stored.some((t) => t.name === rowids) ? countRows(reader.db, rowids) : 0;
  const definition = reader.catalog.catalog.tables.find((t) => t.name === set.table);
  const key = definition?.columns.find((c) => c.type === 'PARTITION KEY')?.name;
  const from = `(SELECT c.partition00 AS k FROM ${quoted(rowids)} AS r JOIN ${quoted(`${set.table}_chunks`)} AS c ON c.chunk_id = r.chunk_id) AS t`;
  return {
    ...emptySet(match, set, rows),
    namespaces: key === undefined ? null : namespaceCounts(reader, { ...set, namespace: { column: key } }, 't.k', from),
    vectors: vectorFacts(reader, set, undefined, null, file),
  };
}

function meanBytes(
  reader: Reader,
  set: SetProfile,
  table: StoredTable,
  rows: number,
): Pick<MemorySet, 'textBytes' | 'metadataBytes' | 'namespaceBytes'> {
  const bytes = (x: string): string => `coalesce(octet_length(${x}), 0)`;
  const text = set.text?.map((r) => bytes(refSql(r))).join(' + ');
  const metadata = set.metadata === undefined ? undefined : bytes(refSql({ column: set.metadata }));
  const namespace = set.namespace === undefined ? undefined : bytes(refSql(set.namespace));
  const r = one(
    reader.db,
    `SELECT avg(${text ?? 'NULL'}) AS text, avg(${metadata ?? 'NULL'}) AS metadata, avg(${namespace ?? 'NULL'}) AS namespace
     FROM ${measuredRows(table, rows)}`,
  );
  return {
    textBytes: numberOr(r['text'], null),
    metadataBytes: numberOr(r['metadata'], null),
    namespaceBytes: numberOr(r['namespace'], null),
  };
}

function namespaceCounts(reader: Reader, set: SetProfile, x: string, from: string): NamespaceCounts {
  const { db } = reader;
  const top = all(
    db,
    `SELECT substr(CAST(ns AS TEXT), 1, ${NAME_LENGTH}) AS ns, length(CAST(ns AS TEXT)) AS length, n
     FROM (SELECT ${x} AS ns, count(*) AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${TOP})`,
  );
  const classes = all(
    db,
    `SELECT k, count(*) AS namespaces, sum(n) AS rows FROM (
       SELECT CASE WHEN n < 10 THEN 1 WHEN n < 100 THEN 10 WHEN n < 1000 THEN 100 WHEN n < 10000 THEN 1000
         WHEN n < 100000 THEN 10000 WHEN n < 1000000 THEN 100000 ELSE 1000000 END AS k, n
       FROM (SELECT count(*) AS n FROM ${from} GROUP BY ${x})) GROUP BY k ORDER BY k`,
  ).map((c) => ({ from: Number(c['k']), namespaces: Number(c['namespaces']), rows: Number(c['rows']) }));
  return {
    column: set.namespace === undefined ? '' : columnRefText(set.namespace),
    distinct: classes.reduce((a, c) => a + c.namespaces, 0),
    top: top.map((r): NamespaceCount => {
      const namespace = typeof r['ns'] === 'string' ? r['ns'] : null;
      const length = numberOr(r['length'], 0);
      const label = namespace === null ? undefined : labelOf(reader, set, namespace);
      return {
        namespace,
        rows: Number(r['n']),
        ...(length > NAME_LENGTH ? { length } : {}),
        ...(label === undefined || label === namespace ? {} : { label }),
      };
    }),
    classes,
  };
}

function labelOf(reader: Reader, set: SetProfile, namespace: string): string | undefined {
  const l = set.namespaceLabel;
  if (l === undefined || !reader.catalog.stored.some((t) => t.name === l.table)) return undefined;
  const r = one(
    reader.db,
    `SELECT substr(${quoted(l.name)}, 1, ${NAME_LENGTH}) AS x FROM ${quoted(l.table)} WHERE ${quoted(l.id)} = ?`,
    [namespace],
  );
  return typeof r['x'] === 'string' ? r['x'] : undefined;
}

function breakdown(reader: Reader, column: string, x: string, from: string): Breakdown {
  const values = all(
    reader.db,
    `SELECT substr(CAST(v AS TEXT), 1, ${NAME_LENGTH}) AS v, n FROM (SELECT ${x} AS v, count(*) AS n FROM ${from} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${TOP})`,
  ).map((r) => ({ value: typeof r['v'] === 'string' ? r['v'] : null, rows: Number(r['n']) }));
  const listed = values.reduce((a, v) => a + v.rows, 0);
  const total = numberOr(one(reader.db, `SELECT count(*) AS n FROM ${from}`)['n'], listed);
  return { column, values, otherRows: total - listed };
}

function ttlFacts(reader: Reader, set: SetProfile, from: string, now: Date): TtlFacts | null {
  if (set.ttl === undefined) return null;
  const { never, expires } = expirySql(set.ttl);
  const r = one(
    reader.db,
    `SELECT total(e <= :now) AS expired, total(e > :now) AS live, total(raw IS NULL) AS never,
       total(raw IS NOT NULL AND e IS NULL) AS unreadable, total(e > :now AND e <= :now + ${DAY}) AS day,
       total(e > :now AND e <= :now + ${7 * DAY}) AS week, min(CASE WHEN e > :now THEN e END) AS next,
       min(CASE WHEN e <= :now THEN e END) AS oldest
     FROM (SELECT ${never} AS raw, ${expires} AS e FROM ${from} ${ONCE_A_ROW})`,
    { now: now.getTime() / 1000 },
  );
  return {
    rule: ttlText(set.ttl),
    expired: Number(r['expired']),
    live: Number(r['live']),
    never: Number(r['never']),
    unreadable: Number(r['unreadable']),
    withinDay: Number(r['day']),
    withinWeek: Number(r['week']),
    next: isoOf(r['next']),
    oldestExpired: isoOf(r['oldest']),
  };
}

function ageFacts(reader: Reader, set: SetProfile, from: string, now: Date): AgeFacts | null {
  const created = set.created;
  const format = created === undefined ? null : timeFormat(reader.db, set.table, created);
  if (created === undefined || format === null) return null;
  // Buckets: younger than 1, 7, 30, … days, each row in the first that holds it; then older.
  const bounds = [...AGE_DAYS.map((d) => d * DAY), Number.MAX_SAFE_INTEGER];
  const buckets = bounds.map((b, i) => `total(a >= ${i === 0 ? 0 : bounds[i - 1]} AND a < ${b}) AS b${i}`).join(', ');
  const r = one(
    reader.db,
    `SELECT min(e) AS oldest, max(e) AS newest, total(a < 0) AS future, total(e IS NULL) AS unreadable, ${buckets}
     FROM (SELECT e, :now - e AS a FROM (SELECT ${secondsSql(refSql(created.column), format)} AS e FROM ${from} ${ONCE_A_ROW}))`,
    { now: now.getTime() / 1000 },
  );
  return {
    column: columnRefText(created.column),
    oldest: isoOf(r['oldest']),
    newest: isoOf(r['newest']),
    buckets: bounds.map((_, i) => ({ days: AGE_DAYS[i] ?? null, rows: Number(r[`b${i}`]) })),
    future: Number(r['future']),
    unreadable: Number(r['unreadable']),
  };
}

function overQuota(reader: Reader, set: SetProfile): MemorySet['overQuota'] {
  const q = set.quota;
  if (q === undefined || set.namespace === undefined || !reader.catalog.stored.some((t) => t.name === q.table))
    return [];
  return all(
    reader.db,
    `SELECT substr(ns, 1, ${NAME_LENGTH}) AS ns, quota, n FROM (
       SELECT q.${quoted(q.namespace)} AS ns, q.${quoted(q.limit)} AS quota,
         (SELECT count(*) FROM ${quoted(set.table)} AS t WHERE ${refSql(set.namespace)} = q.${quoted(q.namespace)}) AS n
       FROM ${quoted(q.table)} AS q) WHERE n > quota ORDER BY n - quota DESC LIMIT ${TOP}`,
  ).map((r) => ({ namespace: String(r['ns']), rows: Number(r['n']), quota: Number(r['quota']) }));
}
