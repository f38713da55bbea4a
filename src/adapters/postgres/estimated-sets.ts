/** The rows a profile calls memories, by catalog and statistics alone: no table is read. */
import type { MemorySet, VectorFacts } from '../../store/index.ts';
import { vectorType } from './index-structures.ts';
import { emptySet, hiddenOf, type SetContext } from './memory-sets.ts';
import { quoted } from './quoting.ts';
import type { PgSet } from './reading.ts';
import { vectorPlace } from './vector-facts.ts';

/** Rows looked at for the width of a vector whose column declares none. */
const LOOKED_AT = 100;

export async function estimatedSets(context: SetContext): Promise<MemorySet[]> {
  const sets: MemorySet[] = [];
  for (const s of context.reading.sets) {
    const table = context.reading.catalog.table(s.relation.schema, s.relation.name);
    if (table === undefined) continue;
    context.step(`${s.match.profile.title}: ${s.set.title}`);
    const hidden = hiddenOf(table, context.session.role);
    if (hidden !== null) {
      const why = table.readable ? `${hidden.why.split(':')[0]}; nothing of it was counted` : hidden.why;
      sets.push({ ...emptySet(s), hidden: { ...hidden, why } });
      continue;
    }
    const looked = await context.session.attempt(async () => await estimated(context, s));
    if ('ok' in looked) sets.push(looked.ok);
    else {
      const { schema, name } = s.relation;
      const why = looked.refused === '55P03' ? 'it is locked by someone else' : looked.why;
      sets.push({ ...emptySet(s), hidden: { why: `nothing of ${schema}.${name} was counted: ${why}` } });
    }
  }
  return sets;
}

async function estimated(context: SetContext, s: PgSet): Promise<MemorySet> {
  const { session } = context;
  const vectors = await widths(context, s);
  const [size] = await session.query<{ bytes: number }>(
    `WITH RECURSIVE tree AS (
       SELECT $1::oid AS oid UNION ALL SELECT i.inhrelid FROM tree JOIN pg_catalog.pg_inherits i ON i.inhparent = tree.oid)
     SELECT coalesce(sum(pg_catalog.pg_relation_size(oid)), 0)::bigint AS bytes FROM tree`,
    [s.relation.oid],
  );
  // Of an empty table that was never analysed the planner supposes ten pages.
  if (Number(size?.bytes ?? 0) === 0) return { ...emptySet(s), vectors, rowsFrom: 'the table has no page' };
  const [plan] = await session.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (FORMAT JSON) SELECT FROM ${s.relation.quoted} AS t`,
  );
  const [told] = JSON.parse(plan?.['QUERY PLAN'] ?? '[]') as { Plan?: { 'Plan Rows'?: number } }[];
  return { ...emptySet(s), rows: told?.Plan?.['Plan Rows'] ?? 0, vectors, rowsFrom: "the planner's estimate" };
}

/** Kind and width of the vectors by their type; how many there are is not known. */
async function widths(context: SetContext, s: PgSet): Promise<VectorFacts | null> {
  const v = s.set.vectors;
  if (v?.where === 'elsewhere') return { where: 'elsewhere', name: v.name, rows: null, dims: null, scalar: null };
  const place = vectorPlace(context, s);
  if (place === null) return null;
  const facts = { where: 'column' as const, name: place.name, rows: null };
  if (!/^(vector|halfvec|sparsevec|bit)\b/.test(place.type)) return { ...facts, dims: null, scalar: null };
  const { scalar, dims } = vectorType(place.type);
  if (scalar === 'sparsevec') return { ...facts, dims, scalar: null };
  if (dims !== null || scalar === 'bit' || !place.table.readable) return { ...facts, dims, scalar };
  const schema = quoted(context.reading.catalog.extensions.get('vector')?.schema ?? 'public');
  const [r] = await context.session.query<{ dims: number | null }>(
    `SELECT max(${schema}.vector_dims(x)) AS dims FROM (SELECT v.${quoted(place.column)} AS x
     FROM ${quoted(place.table.schema)}.${quoted(place.table.name)} AS v LIMIT ${LOOKED_AT}) AS s`,
  );
  return { ...facts, dims: r?.dims ?? null, scalar };
}
