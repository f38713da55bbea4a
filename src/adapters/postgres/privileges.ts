/** Which measuring functions this role may call, and what would make it so. */
import type { Withheld } from '../../store/index.ts';
import { quoted } from './quoting.ts';
import type { PgCatalog } from './read-catalog.ts';
import type { PgSession } from './session.ts';

export type MeasuringFunction =
  | 'pgstattuple'
  | 'pgstattuple_approx'
  | 'pgstatindex'
  | 'pgstatginindex'
  | 'pg_freespace'
  | 'get_raw_page';

const EXTENSION_OF: Readonly<Record<MeasuringFunction, string>> = {
  pgstattuple: 'pgstattuple',
  pgstattuple_approx: 'pgstattuple',
  pgstatindex: 'pgstattuple',
  pgstatginindex: 'pgstattuple',
  pg_freespace: 'pg_freespacemap',
  get_raw_page: 'pageinspect',
};

export interface Privileges {
  readonly role: string;
  readonly superuser: boolean;
  /** The function's name with its schema, when this role may call it. */
  can(f: MeasuringFunction): string | undefined;
  /** Why it may not, and what settles it. */
  withheld(f: MeasuringFunction, what: string): Withheld;
}

export async function readPrivileges(session: PgSession, catalog: PgCatalog): Promise<Privileges> {
  const rows = await session.query<{ name: string; schema: string; allowed: boolean }>(
    `SELECT p.proname::text AS name, n.nspname::text AS schema,
       bool_and(pg_catalog.has_function_privilege(p.oid, 'EXECUTE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')) AS allowed
     FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
     JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'
     JOIN pg_catalog.pg_extension e ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.oid = d.refobjid
     WHERE e.extname = ANY ($1::text[]) AND p.proname = ANY ($2::text[]) GROUP BY 1, 2`,
    [[...new Set(Object.values(EXTENSION_OF))], Object.keys(EXTENSION_OF)],
  );
  const [server] = await session.query<{ superuser: string; offered: readonly string[] }>(
    `SELECT pg_catalog.current_setting('is_superuser') AS superuser,
       ARRAY(SELECT name::text FROM pg_catalog.pg_available_extensions WHERE name = ANY ($1::text[])) AS offered`,
    [[...new Set(Object.values(EXTENSION_OF))]],
  );
  const superuser = server?.superuser === 'on';
  const found = new Map(rows.map((r) => [r.name, r]));
  const allowed = (f: MeasuringFunction): boolean =>
    found.get(f)?.allowed === true && (f !== 'get_raw_page' || superuser);
  return {
    role: session.role,
    superuser,
    can: (f) => (allowed(f) ? `${quoted(found.get(f)?.schema ?? '')}.${quoted(f)}` : undefined),
    withheld: (f, what) => {
      const extension = EXTENSION_OF[f];
      if (!catalog.extensions.has(extension)) {
        return server?.offered.includes(extension) === true
          ? { what, why: `the extension ${extension} is not installed`, grant: `CREATE EXTENSION ${extension}` }
          : { what, why: `the server does not offer the extension ${extension}` };
      }
      if (f === 'get_raw_page') return { what, why: 'only a superuser may read raw pages (pageinspect)' };
      return {
        what,
        why: `the role ${session.role} may not call ${f}`,
        grant: `GRANT pg_stat_scan_tables TO ${quoted(session.role)}`,
      };
    },
  };
}
