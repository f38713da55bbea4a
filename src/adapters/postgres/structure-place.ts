/** The table or index behind a structure id ("btree:public.memories_pkey"), as it is now. */
import { quoted } from './quoting.ts';
import type { PgSession } from './session.ts';

export interface Place {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly quoted: string;
  /** pg_class.relkind. */
  readonly kind: string;
  /** Access method of an index; null for a table. */
  readonly method: string | null;
  /** The table of an index, or the table itself. */
  readonly table: number;
  readonly tableQuoted: string;
  readonly valid: boolean;
  /** All bytes of an index; of a table those of heap and TOAST. */
  readonly bytes: number;
  /** Role that owns the table. */
  readonly owner: string;
  /** Whether this role owns it (or may act as its owner). */
  readonly owned: boolean;
  /** Whether this role may VACUUM and ANALYZE it. */
  readonly maintained: boolean;
}

/** @param structure `kind:schema.name` @returns undefined when it is not there */
export async function placeOf(session: PgSession, structure: string): Promise<Place | undefined> {
  const name = structure.slice(structure.indexOf(':') + 1);
  const maintain = session.serverVersion >= 170_000 ? "pg_catalog.has_table_privilege(t.oid, 'MAINTAIN')" : 'false';
  const [r] = await session.query<Omit<Place, 'quoted' | 'tableQuoted'> & { tschema: string; tname: string }>(
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, m.amname::text AS method,
       t.oid AS table, tn.nspname::text AS tschema, t.relname::text AS tname, coalesce(i.indisvalid, true) AS valid,
       CASE WHEN i.indexrelid IS NULL THEN pg_catalog.pg_table_size(c.oid)
         ELSE pg_catalog.pg_relation_size(c.oid) END AS bytes,
       pg_catalog.pg_get_userbyid(t.relowner)::text AS owner, pg_catalog.pg_has_role(t.relowner, 'USAGE') AS owned,
       pg_catalog.pg_has_role(t.relowner, 'USAGE') OR ${maintain} OR pg_catalog.pg_has_role(
         (SELECT d.datdba FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()), 'USAGE')
         AS maintained
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam AND i.indexrelid IS NOT NULL
     JOIN pg_catalog.pg_class t ON t.oid = coalesce(i.indrelid, c.oid)
     JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace
     WHERE n.nspname || '.' || c.relname = $1 AND c.relkind IN ('r', 'p', 'm', 'i', 'I')`,
    [name],
  );
  if (r === undefined) return undefined;
  const { tschema, tname, ...place } = r;
  return {
    ...place,
    quoted: `${quoted(r.schema)}.${quoted(r.name)}`,
    tableQuoted: `${quoted(tschema)}.${quoted(tname)}`,
  };
}

/** What an interrupted REINDEX CONCURRENTLY leaves: index.c and indexcmds.c of PostgreSQL, ChooseRelationName. */
const LEFTOVER = /_cc(new|old)\d*$/;

export interface Invalid {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly quoted: string;
  readonly method: string;
  readonly table: number;
  /** Named like a leftover, and nobody is building it. */
  readonly leftover: boolean;
  /** The index of the same table that was being rebuilt, by the name; null where there is none. */
  readonly of: string | null;
}

/** A name that had to be cut for the suffix is this long. */
const NAME_BYTES = 63;

/** Indexes that no query uses. @param table only those of this table */
export async function invalidIndexes(session: PgSession, table?: number): Promise<Invalid[]> {
  const rows = await session.query<Omit<Invalid, 'quoted' | 'leftover' | 'of'> & { busy: boolean; siblings: string[] }>(
    // A builder holds ShareUpdateExclusiveLock on the table from beginning to end; pg_locks shows it to everybody, while
    // pg_stat_progress_create_index hides the sessions of others from an ordinary role.
    `SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, m.amname::text AS method, i.indrelid AS table,
       (SELECT pg_catalog.array_agg(s.relname::text ORDER BY s.relname)::text[] FROM pg_catalog.pg_index o
         JOIN pg_catalog.pg_class s ON s.oid = o.indexrelid WHERE o.indrelid = i.indrelid) AS siblings,
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
         WHERE p.index_relid = i.indexrelid OR p.relid = i.indrelid)
       OR EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' AND l.relation = i.indrelid
         AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
         AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock') AND l.granted
         AND l.pid <> pg_catalog.pg_backend_pid()) AS busy
     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_am m ON m.oid = c.relam
     WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname <> 'pg_toast' ${table === undefined ? '' : 'AND i.indrelid = $1'}
     ORDER BY n.nspname, c.relname`,
    table === undefined ? [] : [table],
  );
  return rows.map(({ busy, siblings, ...r }) => ({
    ...r,
    of: rebuilt(r.name, siblings),
    quoted: `${quoted(r.schema)}.${quoted(r.name)}`,
    leftover: LEFTOVER.test(r.name) && !busy,
  }));
}

/** `_ccnew`, `_ccold` and a number are put after the name; one that then is too long loses its end (makeObjectName, indexcmds.c). */
function rebuilt(name: string, siblings: readonly string[]): string | null {
  const base = name.replace(LEFTOVER, '');
  if (base === name) return null;
  const cut = Buffer.byteLength(name) >= NAME_BYTES - 3;
  return (
    siblings.find((s) => s === base) ??
    (cut ? siblings.find((s) => s !== name && s.startsWith(base) && !LEFTOVER.test(s)) : undefined) ??
    null
  );
}
