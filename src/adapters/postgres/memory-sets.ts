/** The rows a profile calls memories, counted. Every result is bounded, whatever the table holds. */
import { setDigest, supersedeText } from '../../profiles/index.ts';
import { formatCount } from '../../quantity/index.ts';
import { type MemorySet, type SnapshotOptions, uncountedSet } from '../../store/index.ts';
import { refSql } from './expression-sql.ts';
import { groupedCounts } from './grouped-counts.ts';
import { orphanCounts } from './orphans.ts';
import { literal, quoted } from './quoting.ts';
import type { PgTable } from './read-catalog.ts';
import type { PgReading, PgSet } from './reading.ts';
import type { PgSession } from './session.ts';
import {
  ageColumns,
  agesOf,
  computedOnce,
  removalColumns,
  removalTtl,
  resolvedTime,
  timeItems,
  ttlColumns,
  ttlOf,
} from './set-times.ts';
import { vectorFacts } from './vector-facts.ts';

/** Rows that mean sizes are taken from; a larger table is sampled by pages. */
const MEASURED_ROWS = 20_000;
const NAME_LENGTH = 120;
const TOP = 20;
const SAMPLE_SEED = 1;

export interface SetContext {
  readonly session: PgSession;
  readonly reading: PgReading;
  readonly now: Date;
  readonly step: (what: string) => void;
  /** Only what decides about removing rows is read. */
  readonly removal?: NonNullable<SnapshotOptions['removal']>;
}

export async function readMemorySets(context: SetContext): Promise<MemorySet[]> {
  const sets: MemorySet[] = [];
  for (const s of context.reading.sets) {
    const table = context.reading.catalog.table(s.relation.schema, s.relation.name);
    if (table === undefined) continue;
    context.step(`${s.match.profile.title}: ${s.set.title}`);
    const hidden = hiddenOf(table, context.session.role);
    if (hidden !== null && !table.readable) {
      sets.push({ ...emptySet(s), hidden });
      continue;
    }
    const counted = await context.session.attempt(async () => await countedSet(context, s, table));
    if ('ok' in counted) sets.push({ ...counted.ok, ...(hidden === null ? {} : { hidden }) });
    else sets.push({ ...emptySet(s), hidden: refused(counted.refused, counted.why, s, context.session.role) });
  }
  return sets;
}

/** Why the counts of a set cannot be whole for this role; null when they are. */
export function hiddenOf(table: PgTable, role: string): NonNullable<MemorySet['hidden']> | null {
  const name = `${quoted(table.schema)}.${quoted(table.name)}`;
  if (!table.readable) {
    const usage = table.usable ? '' : `GRANT USAGE ON SCHEMA ${quoted(table.schema)} TO ${quoted(role)}; `;
    return {
      why: `the role ${role} may not read ${table.schema}.${table.name}; nothing of it was counted`,
      grant: `${usage}GRANT SELECT ON ${name} TO ${quoted(role)}`,
    };
  }
  if (table.rowSecurity) {
    return {
      why: `row-level security is active on ${table.schema}.${table.name} for the role ${role}: only the rows that its policies show are counted`,
      grant: `ALTER ROLE ${quoted(role)} BYPASSRLS`,
    };
  }
  return null;
}

/** A refusal in the middle: a lock, a policy that fails, a function without a grant. Nothing is then claimed of the set. */
function refused(code: string, why: string, s: PgSet, role: string): NonNullable<MemorySet['hidden']> {
  const name = `${s.relation.schema}.${s.relation.name}`;
  if (code === '55P03') return { why: `${name} is locked by someone else; nothing of it was counted` };
  if (code === '42501') {
    return {
      why: `the role ${role} may not read all that ${name} needs (${why}); nothing of it was counted`,
      grant: `GRANT SELECT ON ALL TABLES IN SCHEMA ${quoted(s.relation.schema)} TO ${quoted(role)}`,
    };
  }
  return { why: `the server refused to count ${name}: ${why}` };
}

export function emptySet(s: PgSet): MemorySet {
  const { set, match, relation } = s;
  const empty = uncountedSet(
    {
      id: s.id,
      profile: match.profile.id,
      role: set.role,
      title: set.title,
      table: relation.name,
      schema: relation.schema,
      primary: set.primary === true,
      ...(set.readOnly === undefined ? {} : { readOnly: set.readOnly }),
    },
    0,
  );
  return set.supersede === undefined
    ? empty
    : { ...empty, supersede: { rule: supersedeText(set.supersede), digest: setDigest(set) } };
}

async function countedSet(context: SetContext, s: PgSet, table: PgTable): Promise<MemorySet> {
  const { session, now } = context;
  const { set, relation } = s;
  const { removal } = context;
  const created = removal?.ages === false ? null : await resolvedTime(session, set.created, relation, 't');
  // Everything that needs no grouping, in one pass.
  const counts = [
    'count(*) AS rows',
    ...(set.softDeleted === undefined ? [] : ['count(*) FILTER (WHERE deleted) AS soft']),
    ...(removal === undefined ? ttlColumns(set, now) : removalColumns(set, relation, now)),
    ...ageColumns(created, now),
  ];
  const items = [
    ...(set.softDeleted === undefined
      ? []
      : [`${deletedSql(set.softDeleted, set.deletedValue, relation.columns)} AS deleted`]),
    ...timeItems(set, relation, created),
  ];
  const [totals] = await session.query<Record<string, number | null>>(
    `SELECT ${counts.join(', ')} FROM (SELECT ${items.join(', ')} FROM ${relation.quoted} AS t
       ${computedOnce(set, relation) ? 'OFFSET 0' : ''}) AS s`,
  );
  const rows = Number(totals?.['rows'] ?? 0);
  context.step(`${set.title}: namespaces and breakdowns of ${formatCount(rows)} rows`);
  if (removal !== undefined) {
    const spaces = removal.namespaces ? await groupedCounts(context, s, rows) : { namespaces: null };
    const lost = await orphanCounts(context, s);
    return {
      ...emptySet(s),
      rows,
      namespaces: spaces.namespaces,
      ttl: removalTtl(set, totals ?? {}, now),
      ages: agesOf(created, totals ?? {}),
      overQuota: await overQuota(context, s),
      ...(lost === undefined ? {} : { orphans: lost }),
    };
  }
  const groups = await groupedCounts(context, s, rows);
  context.step(`${set.title}: sizes and vectors`);
  const orphans = await orphanCounts(context, s);
  return {
    ...emptySet(s),
    rows,
    softDeleted: set.softDeleted === undefined ? null : Number(totals?.['soft'] ?? 0),
    ...groups,
    ...(await meanBytes(session, s, table, rows)),
    vectors: await vectorFacts(context, s),
    ttl: ttlOf(set, totals ?? {}),
    ages: agesOf(created, totals ?? {}),
    overQuota: await overQuota(context, s),
    ...(orphans === undefined ? {} : { orphans }),
  };
}

/** Whether a row is marked deleted: the profile's value; without one "true" of a boolean, else anything but NULL. */
export function deletedSql(
  column: string,
  value: string | undefined,
  columns: ReadonlyMap<string, string>,
  alias = 't',
): string {
  const x = refSql({ column }, alias);
  if (value !== undefined) return `${x}::pg_catalog.text = ${literal(value)}`;
  return columns.get(column) === 'boolean' ? x : `${x} IS NOT NULL`;
}

/** Pages at random where the table is large: about MEASURED_ROWS rows, the same ones as long as the table stays. */
function sampleClause(table: PgTable, rows: number): string {
  const sampled = rows > 2 * MEASURED_ROWS && ['r', 'p', 'm'].includes(table.kind);
  if (!sampled) return '';
  const percent = Math.max(0.001, (100 * MEASURED_ROWS) / rows);
  return ` TABLESAMPLE SYSTEM (${percent.toFixed(4)}) REPEATABLE (${SAMPLE_SEED})`;
}

async function meanBytes(
  session: PgSession,
  s: PgSet,
  table: PgTable,
  rows: number,
): Promise<Pick<MemorySet, 'textBytes' | 'metadataBytes' | 'namespaceBytes'>> {
  const { set, relation } = s;
  const bytes = (x: string): string => `coalesce(pg_catalog.octet_length(${x}::pg_catalog.text), 0)`;
  const mean = (x: string | undefined): string => (x === undefined ? 'NULL::float8' : `avg(${x})::float8`);
  const text = set.text?.map((r) => bytes(refSql(r))).join(' + ');
  const metadata = set.metadata === undefined ? undefined : bytes(refSql({ column: set.metadata }));
  const namespace = set.namespace === undefined ? undefined : bytes(refSql(set.namespace));
  if (rows === 0 || (text ?? metadata ?? namespace) === undefined) {
    return { textBytes: null, metadataBytes: null, namespaceBytes: null };
  }
  const measure = async (sample: string): Promise<Record<string, number | null>> => {
    const source =
      sample === ''
        ? `(SELECT * FROM ${relation.quoted} LIMIT ${2 * MEASURED_ROWS})`
        : `${relation.quoted} AS t${sample}`;
    const [r] = await session.query<Record<string, number | null>>(
      `SELECT ${mean(text)} AS text, ${mean(metadata)} AS metadata, ${mean(namespace)} AS namespace, count(*) AS n
       FROM ${sample === '' ? `${source} AS t` : source}`,
    );
    return r ?? {};
  };
  let r = await measure(sampleClause(table, rows));
  // A bloated table may have sampled pages without a row.
  if (Number(r['n'] ?? 0) === 0) r = await measure('');
  return { textBytes: r['text'] ?? null, metadataBytes: r['metadata'] ?? null, namespaceBytes: r['namespace'] ?? null };
}

async function overQuota(context: SetContext, s: PgSet): Promise<MemorySet['overQuota']> {
  const { set, relation } = s;
  const q = set.quota;
  const limits = q && context.reading.catalog.table(relation.schema, q.table);
  if (q === undefined || limits === undefined || !limits.readable || set.namespace === undefined) return [];
  const kept = `${quoted(limits.schema)}.${quoted(limits.name)}`;
  // Without a quota there is nothing to exceed; a parallel plan would count all rows before it found that out.
  if ((await context.session.query(`SELECT 1 FROM ${kept} LIMIT 1`)).length === 0) return [];
  const rows = await context.session.query<{ ns: string; quota: number; n: number }>(
    `SELECT pg_catalog.left(q.ns, ${NAME_LENGTH}) AS ns, q.quota, c.n FROM (
       SELECT x.${quoted(q.namespace)}::pg_catalog.text AS ns, x.${quoted(q.limit)}::float8 AS quota
       FROM ${kept} AS x) AS q
     JOIN (SELECT ${refSql(set.namespace)}::pg_catalog.text AS ns, count(*) AS n FROM ${relation.quoted} AS t GROUP BY 1) AS c
       ON c.ns = q.ns
     WHERE c.n > q.quota ORDER BY c.n - q.quota DESC, 1 LIMIT ${TOP}`,
  );
  return rows.map((r) => ({ namespace: r.ns, rows: Number(r.n), quota: Number(r.quota) }));
}
