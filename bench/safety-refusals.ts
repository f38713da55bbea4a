/** Who cannot see or write: each is named with what settles it, and never told that there is nothing to do. */
import pg from 'pg';
import type { Finding } from './safety-findings.ts';
import { COMPACT, VACUUM } from './safety-kills.ts';
import { type Ended, memctl, said } from './safety-program.ts';
import type { SafetyStore, Truth } from './safety-stores.ts';

interface Case {
  readonly what: string;
  readonly url: string;
  readonly args: readonly string[];
  /** The exit code that docs/exit-codes.md gives it. */
  readonly exits: readonly number[];
  /** What settles it has to be named. */
  readonly names: RegExp;
  /** What the store says to the statement alone, and to no question before it. */
  readonly onlyRun?: true;
}

const REASSURING = /nothing to do|\b0 of [\d,]+ .*expired|\b0 expired/;

async function refused(store: SafetyStore, c: Case, before: Truth): Promise<{ broken: string[]; exit: string }> {
  const broken: string[] = [];
  const room = { url: c.url, folder: store.folder };
  let exit = '';
  for (const more of c.onlyRun === true ? [[]] : [[], ['--dry-run']]) {
    for (const args of [c.args, c.args.filter((a) => a !== '--json')]) {
      const ended: Ended = await memctl(room, ...args, ...more);
      exit = String(ended.exit);
      const line = [...args, ...more].join(' ');
      const text = `${ended.stdout}${ended.stderr}`;
      if (!c.exits.includes(ended.exit ?? -1)) broken.push(`${line}: ${said(ended)}`);
      if (!c.names.test(text)) broken.push(`${line}: what settles it (${c.names.source}) is not named: ${said(ended)}`);
      if (REASSURING.test(text)) broken.push(`${line}: it is reassuring: ${REASSURING.exec(text)?.[0]}`);
    }
  }
  const after = await store.truth();
  if (after.rows !== before.rows) broken.push(`${before.rows - after.rows} rows went`);
  return { broken, exit };
}

/** @param store on PostgreSQL, with expired rows and room to give back @param others its standby's and its pooler's URL */
export async function refusals(
  store: SafetyStore,
  others: { standby: string | undefined; pooler: string | undefined },
): Promise<Finding[]> {
  const client = new pg.Client({ connectionString: store.url });
  await client.connect();
  const suffix = new URL(store.url).pathname.replaceAll(/\W/g, '').slice(-8);
  const tenant = `tenant_${suffix}`;
  const monitor = `monitor_${suffix}`;
  const as = (role: string): string => {
    const url = new URL(store.url);
    url.username = role;
    url.password = 'x';
    return url.href;
  };
  const findings: Finding[] = [];
  const before = await store.truth();
  const judge = async (c: Case): Promise<void> => {
    const { broken, exit } = await refused(store, c, before);
    findings.push({ what: `${c.what}: ${c.args[0]}`, seen: `exit ${exit}, named with what settles it`, broken });
  };
  try {
    await client.query(`CREATE ROLE ${tenant} LOGIN PASSWORD 'x'; CREATE ROLE ${monitor} LOGIN PASSWORD 'x'`);
    await client.query(
      `GRANT USAGE ON SCHEMA mneme TO ${tenant}; GRANT SELECT, DELETE, UPDATE ON ALL TABLES IN SCHEMA mneme TO ${tenant}`,
    );
    await client.query(`GRANT pg_monitor TO ${monitor}`);
    await client.query('ALTER TABLE mneme.entries ENABLE ROW LEVEL SECURITY');
    const grants = /BYPASSRLS|GRANT |row.level security|policy/i;
    await judge({
      what: 'role behind row-level security',
      url: as(tenant),
      args: VACUUM,
      exits: [3, 4, 5],
      names: grants,
    });
    await client.query('ALTER TABLE mneme.entries DISABLE ROW LEVEL SECURITY');
    await judge({
      what: 'role with pg_monitor alone',
      url: as(monitor),
      args: VACUUM,
      exits: [3, 4, 5],
      names: /GRANT /i,
    });
    await judge({
      what: 'role with pg_monitor alone',
      url: as(monitor),
      args: COMPACT,
      exits: [3, 4, 5],
      names: /GRANT |owner/i,
    });
    await judge({
      what: 'role that does not own the table',
      onlyRun: true,
      url: as(tenant),
      args: COMPACT,
      exits: [3, 4, 5],
      names: /GRANT |owner/i,
    });
    if (others.standby !== undefined)
      for (const args of [VACUUM, COMPACT])
        await judge({ what: 'standby', url: others.standby, args, exits: [5], names: /primary/ });
    if (others.pooler !== undefined)
      for (const args of [VACUUM, COMPACT])
        await judge({
          what: 'PgBouncer, pool_mode=transaction',
          url: others.pooler,
          args,
          exits: [5],
          names: /server itself|own port|session (pool|mode)/,
        });
  } finally {
    await client.query('ALTER TABLE mneme.entries DISABLE ROW LEVEL SECURITY');
    for (const role of [tenant, monitor]) {
      await client.query(`DROP OWNED BY ${role}`).catch(() => undefined);
      await client.query(`DROP ROLE IF EXISTS ${role}`);
    }
    await client.end();
  }
  return findings;
}
