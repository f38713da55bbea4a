/** Rows of dependent tables that have lost their parent. */
import type { Dependent } from '../../profiles/index.ts';
import type { MemorySet } from '../../store/index.ts';
import { typeFamily } from './expression-sql.ts';
import type { SetContext } from './memory-sets.ts';
import { literal, quoted } from './quoting.ts';
import type { PgTable } from './read-catalog.ts';
import type { PgRelation, PgSet } from './reading.ts';

export async function orphanCounts(context: SetContext, s: PgSet): Promise<MemorySet['orphans']> {
  const found: { table: string; rows: number }[] = [];
  for (const d of s.set.dependents ?? []) {
    const child = context.reading.catalog.table(s.relation.schema, d.table);
    if (d.orphans !== true || child === undefined || !child.readable || child.rowSecurity) continue;
    context.step(`${d.table}: rows without a parent`);
    const [r] = await context.session.query<{ n: number }>(
      `SELECT count(*) AS n FROM ${quoted(child.schema)}.${quoted(child.name)} AS d WHERE ${orphanSql(d, child, s.relation)}`,
    );
    found.push({ table: d.table, rows: Number(r?.n ?? 0) });
  }
  return (s.set.dependents ?? []).some((d) => d.orphans === true) ? found : undefined;
}

/** Whether a row of the child (alias d) names a parent that is not there. A child that names none is no orphan. */
export function orphanSql(d: Dependent, child: Pick<PgTable, 'columns'>, parent: PgRelation): string {
  const named = Object.keys(d.on).map((c) => `${childSql(c)} IS NOT NULL`);
  return `${named.join(' AND ')} AND NOT EXISTS (SELECT FROM ${parent.quoted} AS t WHERE ${joinSql(d, child, parent)})`;
}

/** The join of child (alias d) and parent (alias t); as text where their types are of different kinds. */
export function joinSql(d: Dependent, child: Pick<PgTable, 'columns'>, parent: PgRelation): string {
  return Object.entries(d.on)
    .map(([c, p]) => {
      const childType = c.includes('->') ? 'text' : (child.columns.get(c) ?? '');
      const parentType = parent.columns.get(p) ?? '';
      const x = `t.${quoted(p)}`;
      return sameKind(childType, parentType)
        ? `${x} = ${childSql(c)}`
        : `${x}::pg_catalog.text = ${childSql(c)}::pg_catalog.text`;
    })
    .join(' AND ');
}

/** A column, or a member of a JSON column: "metadata->message_id". */
export function childSql(key: string, alias = 'd'): string {
  const [column = '', member] = key.split('->');
  const x = `${alias}.${quoted(column)}`;
  return member === undefined ? x : `(${x}::pg_catalog.jsonb ->> ${literal(member)})`;
}

function sameKind(a: string, b: string): boolean {
  const family = typeFamily(a);
  return a === b || (family === typeFamily(b) && family !== 'other');
}
