import { expect, it } from 'vitest';
import { openSession } from '../../../src/adapters/postgres/session.ts';
import { vectorArray } from '../../../src/adapters/postgres/vector-rows.ts';
import { Target } from '../../../src/store/index.ts';
import { freshDatabase } from '../../servers/fresh-database.ts';
import { count, sql } from './pg-store.ts';

it('vectors arrive as they were, in their order', async () => {
  const url = await freshDatabase();
  await sql(url, 'CREATE EXTENSION vector');
  const type = await count(url, "SELECT 'vector'::regtype::oid");
  const rows = [
    [1, -2.5, 0],
    [0.1, 1e-20, 3e20],
  ];
  let i = 0;
  const array = vectorArray(type, 2, 3, () => Float32Array.from(rows[i++] ?? []));
  const session = await openSession(Target.parse(url), { mode: 'write', purpose: 'test' });
  try {
    const found = await session.query<{ at: number; v: string }>(
      'SELECT at::int, v::text AS v FROM unnest($1::public.vector[]) WITH ORDINALITY AS u (v, at) ORDER BY at',
      [array],
    );
    expect(found).toEqual([
      { at: 1, v: '[1,-2.5,0]' },
      { at: 2, v: '[0.1,1e-20,3e+20]' },
    ]);
  } finally {
    await session.close();
  }
});
