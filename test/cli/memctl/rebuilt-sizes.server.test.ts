/** A GIN index rebuilt once by memctl is measured ever after: by bloat, by compact and by vacuum. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BloatReport } from '../../../src/checks/index.ts';
import type { Action, Options, View } from '../../../src/cli/command.ts';
import { action as bloat } from '../../../src/cli/memctl/bloat.ts';
import { action as compact } from '../../../src/cli/memctl/compact.ts';
import { openHistory } from '../../../src/cli/memctl/history.ts';
import { action as vacuum } from '../../../src/cli/memctl/vacuum.ts';
import type { Runtime } from '../../../src/cli/runtime.ts';
import type { MaintenancePlan, RunReport } from '../../../src/maintenance/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { jsonView } from '../memplan/quiet-runtime.ts';

const ROWS = 20_000;
const INDEX = 'gin:public.notes_value';

const folder = mkdtempSync(join(tmpdir(), 'memctl-rebuilt-'));
const sink = { write: (): void => undefined, isTTY: false, columns: undefined };
const runtime: Runtime = {
  argv: [],
  env: { MEMCTL_STATE_DIR: folder },
  now: new Date(),
  stdout: sink,
  stderr: sink,
  cwd: folder,
  signal: new AbortController().signal,
  interrupted: undefined,
};
const view: View = jsonView(new Date());

let url: string;
let client: pg.Client;
beforeAll(async () => {
  url = await freshDatabase();
  client = new pg.Client(url);
  await client.connect();
  await client.query(`CREATE TABLE notes(id int PRIMARY KEY, value jsonb) WITH (autovacuum_enabled = off);
    INSERT INTO notes SELECT i, jsonb_build_object('text', md5(i::text), 'user', i % 50) FROM generate_series(1, ${ROWS}) i;
    CREATE INDEX notes_value ON notes USING gin (value) WITH (fastupdate = off);`);
  await client.query('VACUUM ANALYZE notes');
});
afterAll(async () => {
  await client.end();
});

async function ran<T>(action: Action, options: Options): Promise<T> {
  const outcome = await action.execute([url], options, runtime);
  return JSON.parse(await outcome.render(view)) as T;
}
const gin = async (): Promise<BloatReport['structures'][number] | undefined> =>
  (await ran<BloatReport>(bloat, {})).structures.find((s) => s.id === INDEX);

describe('the size of a GIN index', () => {
  it('is unknown until memctl has rebuilt it, and is then remembered with the rows of its table', async () => {
    expect(await gin()).toMatchObject({ state: 'unmeasured', unmeasured: { settle: expect.stringContaining(INDEX) } });
    const report = await ran<RunReport>(compact, { structure: INDEX });
    expect(report).toMatchObject({ state: 'done', exit: 0 });
    const rebuilt = report.actions.find((a) => a.id === `reindex:${INDEX}`);
    expect(rebuilt).toMatchObject({ state: 'done', reusable: null });
    const history = await openHistory(runtime);
    if (typeof history === 'string') throw new Error(history);
    const [[id, seen] = []] = history.latest(report.store.fingerprint, 'rebuilt');
    history.close();
    expect([id, seen?.document]).toEqual([INDEX, { bytes: rebuilt?.bytesAfter, rows: ROWS }]);
    expect(await gin()).toMatchObject({ state: 'ok', expected: { value: rebuilt?.bytesAfter } });
  });

  it('tells when it is worn, to each verb that gives space back', async () => {
    for (let i = 0; i < 6; i++) {
      await client.query(`UPDATE notes SET value = value || jsonb_build_object('text', md5((id * 7 + ${i})::text))`);
      // Its changes reach the server's counters up to a second later, and would be counted as made after ANALYZE.
      await client.query('SELECT pg_stat_force_next_flush()');
      await client.query('VACUUM ANALYZE notes');
    }
    const worn = await gin();
    expect(worn?.percent?.low).toBeGreaterThan(30);
    const options = { 'dry-run': true, 'min-bytes': '1MiB' };
    for (const action of [compact, vacuum]) {
      const plan = await ran<MaintenancePlan>(action, options);
      expect(plan.actions.map((a) => a.id)).toContain(`reindex:${INDEX}`);
    }
    const report = await ran<RunReport>(compact, { 'min-bytes': '1MiB' });
    const [reindex] = report.actions.filter((a) => a.id === `reindex:${INDEX}`);
    expect(reindex?.givenBack).toBeGreaterThan(2 ** 20);
    expect(await gin()).toMatchObject({ state: 'ok' });
  });
});
