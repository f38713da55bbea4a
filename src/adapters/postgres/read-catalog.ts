/** The catalog in a few queries, whatever the number of tables. */
import type { Catalog, CatalogTable, CatalogTrigger } from '../../store/index.ts';
import { groupBy } from './group-by.ts';
import type { PgSession } from './session.ts';

/** pg_class.relkind: table, partitioned table, view, materialised view, foreign table. */
export type RelationKind = 'r' | 'p' | 'v' | 'm' | 'f';

export interface PgTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  /** The partitioned table this one is a part of; null when it stands alone. */
  readonly parent: number | null;
  /** An extension's own table. */
  readonly owned: boolean;
  /** Column name → type as format_type writes it. */
  readonly columns: ReadonlyMap<string, string>;
  /** The same as a cast takes it: with its schema where it is no type of the server's own. */
  readonly castTypes: ReadonlyMap<string, string>;
  /** Whether this role may read every column, and whether it may look into the schema at all. */
  readonly readable: boolean;
  readonly usable: boolean;
  readonly rowSecurity: boolean;
}

export interface PgExtension {
  readonly version: string;
  readonly schema: string;
}

export interface PgCatalog {
  readonly catalog: Catalog;
  readonly tables: readonly PgTable[];
  readonly extensions: ReadonlyMap<string, PgExtension>;
  /** By schema and name, names without case where no exact one fits; without a schema, the first of that name. */
  table(schema: string | null | undefined, name: string): PgTable | undefined;
}

const SYSTEM = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
/** Columns are read for this many tables at a time. */
const CHUNK = 1_000;

interface RelationRow {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly kind: RelationKind;
  readonly parent: number | null;
  readonly owned: boolean;
  readonly selectable: boolean;
  readonly usable: boolean;
  readonly secured: boolean;
}

interface ColumnRow {
  readonly oid: number;
  readonly name: string;
  readonly type: string;
  readonly cast: string;
  readonly required: boolean;
  readonly key: number;
}

export async function readCatalog(session: PgSession): Promise<PgCatalog> {
  const relations = await session.query<RelationRow>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind,
       (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE c.relispartition AND i.inhrelid = c.oid LIMIT 1) AS parent,
       EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
         AND d.objid = c.oid AND d.deptype = 'e') AS owned,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable, pg_catalog.has_table_privilege(c.oid, 'SELECT') AS selectable,
       pg_catalog.row_security_active(c.oid) AS secured
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't' AND ${SYSTEM}
     ORDER BY n.nspname, c.relname`,
  );
  const columns = await readColumns(
    session,
    relations.map((r) => r.oid),
  );
  // Definitions need a lock on the table; where somebody holds it exclusively, names must do.
  const defined = await session.attempt(async () => ({
    indexes: await readIndexes(session, true),
    triggers: await readTriggers(session, true),
  }));
  const { indexes, triggers } =
    'ok' in defined
      ? defined.ok
      : { indexes: await readIndexes(session, false), triggers: await readTriggers(session, false) };
  const extensions = await readExtensions(session);
  const catalogTables: CatalogTable[] = [];
  const tables: PgTable[] = [];
  for (const r of relations) {
    const own = columns.get(r.oid) ?? [];
    tables.push({
      oid: r.oid,
      schema: r.schema,
      name: r.name,
      kind: r.kind,
      parent: r.parent,
      owned: r.owned,
      columns: new Map(own.map((c) => [c.name, c.type])),
      castTypes: new Map(own.map((c) => [c.name, c.cast])),
      readable: r.selectable && r.usable,
      usable: r.usable,
      rowSecurity: r.secured,
    });
    // Detection reads a partitioned table once, as the whole.
    if (r.owned || r.parent !== null) continue;
    catalogTables.push({
      name: r.name,
      schema: r.schema,
      kind: r.kind === 'v' ? 'view' : 'table',
      module: null,
      columns: own.map((c) => ({
        name: c.name,
        type: c.type.toUpperCase(),
        notNull: c.required,
        primaryKey: c.key,
      })),
      shadows: [],
      indexes: (indexes.get(r.oid) ?? []).map(({ name, method, definition }) => ({ name, method, definition })),
    });
  }
  return {
    catalog: { scheme: 'postgres', tables: catalogTables, triggers },
    tables,
    extensions,
    table: finder(tables),
  };
}

function finder(tables: readonly PgTable[]): PgCatalog['table'] {
  const byName = new Map<string, PgTable[]>();
  for (const t of tables) {
    const key = t.name.toLowerCase();
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [t]);
    else same.push(t);
  }
  return (schema, name) => {
    const same = (byName.get(name.toLowerCase()) ?? []).filter((t) => schema == null || t.schema === schema);
    return same.find((t) => t.name === name) ?? same[0];
  };
}

async function readColumns(session: PgSession, oids: readonly number[]): Promise<Map<number, ColumnRow[]>> {
  const found = new Map<number, ColumnRow[]>();
  for (let i = 0; i < oids.length; i += CHUNK) {
    const rows = await session.query<Omit<ColumnRow, 'cast'>>(
      `SELECT a.attrelid AS oid, a.attname::text AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
         a.attnotnull AS required, coalesce(pg_catalog.array_position(k.conkey, a.attnum), 0) AS key
       FROM pg_catalog.pg_attribute a
       LEFT JOIN pg_catalog.pg_constraint k ON k.conrelid = a.attrelid AND k.contype = 'p'
       WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
       ORDER BY a.attrelid, a.attnum`,
      [oids.slice(i, i + CHUNK)],
    );
    const typed = rows.map((r) => ({ ...r, type: bareType(r.type), cast: r.type }));
    for (const [oid, own] of groupBy(typed, (r) => r.oid)) found.set(oid, own);
  }
  return found;
}

/** With an empty search_path a type outside pg_catalog is written with its schema: public.vector(1536). */
export const bareType = (type: string): string => type.replace(/^(?:"(?:[^"]|"")+"|[^".(]+)\./, '');

interface IndexName {
  readonly oid: number;
  readonly name: string;
  readonly method: string;
  readonly definition: string;
}

async function readIndexes(session: PgSession, defined: boolean): Promise<Map<number, IndexName[]>> {
  const rows = await session.query<IndexName>(
    `SELECT i.indrelid AS oid, c.relname::text AS name, m.amname::text AS method,
       ${defined ? 'pg_catalog.pg_get_indexdef(i.indexrelid)' : "''"} AS definition
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_am m ON m.oid = c.relam JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE ${SYSTEM} AND NOT c.relispartition ORDER BY i.indrelid, c.relname`,
  );
  return groupBy(rows, (r) => r.oid);
}

async function readTriggers(session: PgSession, defined: boolean): Promise<CatalogTrigger[]> {
  return await session.query<CatalogTrigger>(
    `SELECT t.tgname::text AS name, c.relname::text AS table, ${defined ? 'pg_catalog.pg_get_triggerdef(t.oid)' : "''"} AS definition
     FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE NOT t.tgisinternal AND ${SYSTEM} ORDER BY 2, 1 LIMIT 5000`,
  );
}

async function readExtensions(session: PgSession): Promise<Map<string, PgExtension>> {
  const rows = await session.query<{ name: string; version: string; schema: string }>(
    `SELECT e.extname::text AS name, e.extversion AS version, n.nspname::text AS schema
     FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace`,
  );
  return new Map(rows.map(({ name, version, schema }) => [name, { version, schema }]));
}
