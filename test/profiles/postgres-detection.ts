/** Detection in a database of its own on the real server. */
import pg from 'pg';
import { expect } from 'vitest';
import { readSets } from '../../src/adapters/postgres/reading.ts';
import { openSession } from '../../src/adapters/postgres/session.ts';
import type { Match } from '../../src/profiles/index.ts';
import { type ProfileMap, Target } from '../../src/store/index.ts';
import { freshDatabase } from '../servers/fresh-database.ts';

export interface Found {
  readonly matches: readonly Match[];
  readonly unrecognised: readonly string[];
}

export async function database(load: (run: (sql: string) => Promise<void>) => Promise<void>): Promise<string> {
  const url = await freshDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await load(async (sql) => {
      await client.query(sql);
    });
  } finally {
    await client.end();
  }
  return url;
}

export async function detected(url: string, o: { profile?: string; map?: ProfileMap } = {}): Promise<Found> {
  const session = await openSession(Target.parse(url), { mode: 'read', purpose: 'detection test' });
  try {
    return await readSets(session, o);
  } finally {
    await session.close();
  }
}

export const made = async (sql: string, o: { profile?: string; map?: ProfileMap } = {}): Promise<Found> =>
  await detected(await database(async (run) => await run(sql)), o);

/** "schema.table" → profile, for every table that a match owns. */
export function owners(found: Found): Record<string, string> {
  const pairs = found.matches.flatMap((m) => m.tables.map((t) => [`${m.schema}.${t}`, m.profile.id] as const));
  expect(new Set(pairs.map(([t]) => t)).size, 'a table belongs to one system').toBe(pairs.length);
  return Object.fromEntries(pairs);
}

export const only = (found: Found, id: string): Match => {
  const hits = found.matches.filter((m) => m.profile.id === id);
  expect(hits.map((m) => m.profile.id)).toEqual([id]);
  return hits[0] as Match;
};
