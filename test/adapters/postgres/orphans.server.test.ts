import { beforeAll, describe, expect, it } from 'vitest';
import { orphanCounts } from '../../../src/adapters/postgres/orphans.ts';
import { readSets } from '../../../src/adapters/postgres/reading.ts';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import type { Dependent } from '../../../src/profiles/index.ts';
import { Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { sql } from './pg-store.ts';

let url = '';
beforeAll(async () => {
  url = await freshDatabase();
  await sql(
    url,
    'CREATE EXTENSION vector',
    'CREATE TABLE facts (id int PRIMARY KEY, embedding vector(2))',
    `INSERT INTO facts SELECT i, '[1,2]' FROM generate_series(1, 500) AS i`,
    'CREATE TABLE links (fact bigint, name text, meta json)',
    `INSERT INTO links SELECT i, i::text, json_build_object('fact', i) FROM generate_series(491, 510) AS i`,
    `INSERT INTO links VALUES (NULL, NULL, '{}')`,
  );
});

/** Orphans among the links, joined as the dependent says. */
async function orphans(on: Dependent['on'], more: Partial<Dependent> = { orphans: true }): Promise<unknown> {
  const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'test' });
  try {
    const reading = await readSets(session);
    const own = reading.sets.find((s) => s.id === 'generic:public.facts');
    if (own === undefined) throw new Error('no set');
    const set = { ...own.set, dependents: [{ table: 'links', on, how: 'delete' as const, ...more }] };
    return await orphanCounts({ session, reading, now: new Date(), step: () => undefined }, { ...own, set });
  } finally {
    await session.close();
  }
}

describe('orphans', () => {
  it.each<[string, Dependent['on']]>([
    ['numbers of another width', { fact: 'id' }],
    ['numbers as text', { name: 'id' }],
    ['a member of a JSON column', { 'meta->fact': 'id' }],
  ])('%s: ten links point nowhere, one names nothing', async (_, on) => {
    expect(await orphans(on)).toEqual([{ table: 'links', rows: 10 }]);
  });

  it('are counted only where the store leaves some', async () => {
    expect(await orphans({ fact: 'id' }, {})).toBeUndefined();
  });
});
