/** What memplan writes plans for a named system beside what its own tables log on a real PostgreSQL, relation by relation. */
import type pg from 'pg';
import { imagesPerMemory } from '../src/capacity/writes-log.ts';
import { type WriteSettings, writeSettings } from '../src/capacity/writes-settings.ts';
import { vectorIndex, type WrittenStructure } from '../src/capacity/writes-structures.ts';
import { tableWrites } from '../src/capacity/writes-tables.ts';
import type { EnginePlan } from '../src/engines/index.ts';
import type { SystemTables } from '../src/engines/pg-table.ts';
import { leaf } from '../src/quantity/index.ts';
import { systemByName, systemDraft } from '../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts, type Workload } from '../src/workload/index.ts';
import type { Flags } from '../test/capacity/plan-from-flags.ts';
import { fillPostgres } from '../test/systems/filled-postgres.ts';
import type { PostgresSystem } from '../test/systems/postgres-systems.ts';
import { type Compared, NO_WISHES } from './writes-comparison.ts';
import { loggedByOwner, logPosition } from './writes-store.ts';

export interface SystemCompared {
  /** Bytes of log a memory without images, and bytes of images a memory, by `table part`. */
  readonly records: readonly Compared[];
  readonly images: readonly Compared[];
  /** Bytes of log a memory. */
  readonly commit: number;
}

interface Stage {
  readonly table: string;
  readonly columns: string;
  readonly rows: number;
  /** Written as the system does. */
  readonly upserts: boolean;
}

/**
 * Fills the system's tables with every index in place, sets a checkpoint, inserts `more` memories one transaction each, and merges
 * the pending lists. Images are there when the server runs with full_page_writes.
 * @param client of an empty database
 */
export async function systemCompared(
  client: pg.Client,
  s: PostgresSystem,
  filled: number,
  more: number,
): Promise<SystemCompared> {
  await client.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
  const store = await fillPostgres(client, s, filled + more);
  const share = filled / (filled + more);
  const stages = await staged(client, s);
  await client.query(`TRUNCATE ${s.tables.join(', ')} CASCADE`);
  for (const [i, t] of stages.entries()) await client.query(insertOf(t, i, 1, Math.round(t.rows * share)));
  for (const t of s.tables) await client.query(`VACUUM (ANALYZE) ${t}`);
  await client.query('CHECKPOINT');
  const from = await logPosition(client);
  const done = stages.map((t) => Math.round(t.rows * share));
  for (let k = 1; k <= more; k++) {
    const inserts: string[] = [];
    for (const [i, t] of stages.entries()) {
      const upTo = Math.round(t.rows * share + (t.rows * (1 - share) * k) / more);
      if (upTo > (done[i] as number)) inserts.push(insertOf(t, i, (done[i] as number) + 1, upTo));
      done[i] = upTo;
    }
    await client.query(`BEGIN; ${inserts.join('; ')}; COMMIT`);
  }
  for (const name of await ginIndexes(client, s.tables))
    await client.query('SELECT gin_clean_pending_list($1)', [name]);
  const logged = await loggedByOwner(client, from, await logPosition(client));
  const flags = { ...store.flags, ...store.terms };
  const after = planned(s, flags, filled + more, more);
  // A page that is made after the checkpoint is logged by its records alone.
  const before = planned(s, flags, filled, more);
  const between = leaf('memories', more, 'rows');
  const known = new Set(after.map(([id]) => id));
  // Of two graphs the one that no table of the preset names is the plan's own, over the memories.
  const nameOf = (relation: string): string => {
    const [kind, index] = relation.split(' ') as [string, string | undefined];
    if (kind === 'hnsw' || kind === 'ivfflat') return known.has(String(index)) ? String(index) : 'vector-index';
    // Rows of tables that no preset plans, locked by foreign keys: planned with the rows that refer to them.
    return known.has(relation) || relation === 'commit' || relation === 'other' ? relation : 'other tables';
  };
  const measured = (id: string, of: 'bytes' | 'images'): number => {
    let total = 0;
    for (const [relation, l] of logged) if (nameOf(relation) === id) total += l[of];
    return total / more;
  };
  const elsewhere = (of: 'bytes' | 'images'): Compared => ({
    id: 'other tables',
    planned: 0,
    measured: measured('other tables', of),
  });
  return {
    records: [
      ...after.map(([id, x]) => ({ id, planned: x.log.value, measured: measured(id, 'bytes') })),
      elsewhere('bytes'),
    ],
    images: [
      ...before.map(([id, x]) => ({
        id,
        planned: imagesPerMemory(x, between).value,
        measured: measured(id, 'images'),
      })),
      elsewhere('images'),
    ],
    commit: measured('commit', 'bytes'),
  };
}

/** The rows of each table aside, in the order they came; rows that refer to another table's in the order of those. */
async function staged(client: pg.Client, s: PostgresSystem): Promise<Stage[]> {
  const { tables } = s;
  const planned = systemByName(s.system).engine?.tables?.of(workloadOf(s, { dims: s.dims }, 1)) ?? [];
  const out: Stage[] = [];
  for (const [i, table] of tables.entries()) {
    const { rows: keys } = await client.query<{ parent: string; same: string }>(
      `SELECT c.confrelid::regclass::text AS parent, string_agg('t.' || quote_ident(a.attname) || ' = p.' || quote_ident(b.attname), ' AND ') AS same
       FROM pg_constraint c, unnest(c.conkey, c.confkey) AS k (child, parent)
         JOIN pg_attribute a ON a.attnum = k.child JOIN pg_attribute b ON b.attnum = k.parent
       WHERE c.contype = 'f' AND c.conrelid = $1::regclass AND a.attrelid = c.conrelid AND b.attrelid = c.confrelid GROUP BY c.oid, c.confrelid`,
      [table],
    );
    const parent = keys.find((k) => tables.indexOf(k.parent) >= 0 && tables.indexOf(k.parent) < i);
    const from =
      parent === undefined
        ? `${table} t`
        : `${table} t JOIN stage_${tables.indexOf(parent.parent)} p ON ${parent.same}`;
    const order = parent === undefined ? 't.ctid' : 'p.stage_row';
    await client.query(
      `CREATE TEMP TABLE stage_${i} AS SELECT row_number() OVER (ORDER BY ${order}) AS stage_row, t.* FROM ${from}`,
    );
    await client.query(`CREATE INDEX ON stage_${i} (stage_row)`);
    const { rows } = await client.query<{ columns: string; rows: string }>(
      `SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns, (SELECT count(*) FROM stage_${i}) AS rows
       FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`,
      [table],
    );
    const upserts = planned.some((t) => t.name === table && t.upserts === true);
    out.push({ table, columns: String(rows[0]?.columns), rows: Number(rows[0]?.rows), upserts });
  }
  return out;
}

const insertOf = (t: Stage, i: number, from: number, to: number): string =>
  `INSERT INTO ${t.table} (${t.columns}) OVERRIDING SYSTEM VALUE SELECT ${t.columns} FROM stage_${i} WHERE stage_row BETWEEN ${from} AND ${to} ORDER BY stage_row${t.upserts ? ' ON CONFLICT DO NOTHING' : ''}`;

async function ginIndexes(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
     WHERE a.amname = 'gin' AND i.indrelid = ANY (SELECT t::regclass FROM unnest($1::text[]) t)`,
    [tables],
  );
  return rows.map((r) => r.name);
}

function workloadOf(s: PostgresSystem, flags: Flags, n: number): Workload {
  const draft = mergeDrafts(
    systemDraft(s.system),
    draftFrom({ ...flags, n, system: s.system }, 'flag', (id) => `--${id}`),
  );
  return completeWorkload(draft);
}

/** Structures by the relation they are. A list is merged once, after all of the rows. */
function planned(s: PostgresSystem, flags: Flags, n: number, more: number): [string, WrittenStructure][] {
  const w = workloadOf(s, flags, n);
  const engine = systemByName(s.system).engine as NonNullable<ReturnType<typeof systemByName>['engine']>;
  const tables = engine.tables as SystemTables;
  const plan: EnginePlan = engine.plan(w);
  const stored = tables.asStored(w);
  const limited = (bytes: number): WriteSettings => writeSettings(w, { ...NO_WISHES, pendingLimit: bytes });
  const out: [string, WrittenStructure][] = tables.of(w).flatMap((t) => {
    const perMemory = t.rows.value / w.memories.value;
    const [once] = tableWrites([t], stored, limited(2 ** 22), undefined);
    const list = once?.pending[0]?.plan.listBytes.value ?? 2 ** 22;
    const [written] = tableWrites([t], stored, limited(Math.max(1, more * perMemory * list)), undefined);
    return (written?.structures ?? []).map((x): [string, WrittenStructure] => [
      x.id === 'table' || x.id === 'toast' ? `${t.name} ${x.id}` : x.id,
      x,
    ]);
  });
  if (tables.vectorIndex) for (const x of vectorIndex(stored, plan.index)) out.unshift([x.id, x]);
  return out;
}
