/** Rows of certain namespaces as a condition that an index on the column can serve. */
import { InputError } from '../../quantity/index.ts';
import { refSql, refType, typeFamily } from './expression-sql.ts';
import { literal } from './quoting.ts';
import type { PgSet } from './reading.ts';

const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;
const INTEGER = /^-?\d{1,18}$/;

/** Type to which names are cast, and which of them can be: another one is no namespace of this column. */
function comparable(type: string): { readonly cast: string; readonly fits: (name: string) => boolean } | undefined {
  if (type === 'uuid') return { cast: 'pg_catalog.uuid', fits: (n) => UUID.test(n) };
  const family = typeFamily(type);
  if (family === 'integer') return { cast: 'pg_catalog.int8', fits: (n) => INTEGER.test(n) };
  return family === 'text' ? { cast: 'pg_catalog.text', fits: () => true } : undefined;
}

/**
 * Condition over the table as `t`; "" for all rows. COPY takes no parameters, so names are literals.
 * @throws InputError when the set has no namespaces
 */
export function namespacesSql(s: PgSet, namespaces: readonly (string | null)[] | undefined): string {
  if (namespaces === undefined) return '';
  const { namespace } = s.set;
  if (namespace === undefined) {
    if (namespaces.includes(null)) return '';
    throw new InputError('no-namespace', `${s.set.title} (${s.relation.schema}.${s.relation.name}) have no namespace`);
  }
  const x = refSql(namespace);
  const direct = comparable(refType(namespace, s.relation.columns));
  const named = namespaces.filter((n) => n !== null && (direct?.fits(n) ?? true)) as string[];
  const either = [
    ...(named.length === 0
      ? []
      : [
          `${direct === undefined ? `${x}::pg_catalog.text` : x} = ANY (ARRAY[${named.map(literal).join(', ')}]::${direct?.cast ?? 'pg_catalog.text'}[])`,
        ]),
    ...(namespaces.includes(null) ? [`${x} IS NULL`] : []),
  ];
  return either.length === 0 ? 'false' : `(${either.join(' OR ')})`;
}
