/** Versions known to corrupt or to misbehave in an action: one table, judged by a pure function. */
import type { VersionRule } from '../../store/index.ts';
import type { PgSession } from './session.ts';

type Version = readonly number[];

export async function extensionVersion(session: PgSession, name: string): Promise<Version | null> {
  const [r] = await session.query<{ version: string }>(
    'SELECT extversion AS version FROM pg_catalog.pg_extension WHERE extname = $1',
    [name],
  );
  return r === undefined ? null : versionOf(r.version);
}

export function versionOf(text: string): Version {
  return (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number);
}

/** False for null: what is not there has no faults. */
export function olderThan(version: Version | null, than: Version): boolean {
  if (version === null) return false;
  for (let i = 0; i < than.length; i++) {
    const difference = (version[i] ?? 0) - (than[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/**
 * @param server server_version_num @param vector version of pgvector, null without it
 * @param hnsw whether one of the tables of the actions has an HNSW index
 */
export function versionRules(server: number, serverText: string, vector: Version | null, hnsw: boolean): VersionRule[] {
  const rules: VersionRule[] = [];
  if (server >= 140_000 && server < 140_004)
    rules.push({
      actions: ['reindex'],
      effect: 'refuse',
      message: `PostgreSQL ${serverText} can corrupt an index that is rebuilt concurrently; 14.4 mends it (release notes of 14.4)`,
    });
  if (server < 120_000)
    rules.push({
      actions: ['reindex'],
      effect: 'refuse',
      message: `PostgreSQL ${serverText} has no REINDEX CONCURRENTLY; it came with 12`,
    });
  if (!hnsw || vector === null) return rules;
  const installed = vector.join('.');
  if (olderThan(vector, [0, 8, 2]))
    rules.push({
      actions: ['reindex'],
      effect: 'warn',
      message: `pgvector ${installed} can overflow a buffer when workers build an HNSW index in parallel (fixed in 0.8.2, changelog); it is built without workers`,
    });
  if (olderThan(vector, [0, 8, 3]))
    rules.push({
      actions: ['vacuum'],
      effect: 'warn',
      message: `pgvector ${installed} can corrupt an HNSW index that is vacuumed while rows are inserted (fixed in 0.8.3, changelog): rebuild the index before the vacuum, and update the extension`,
    });
  else if (olderThan(vector, [0, 8, 4]))
    rules.push({
      actions: ['vacuum'],
      effect: 'warn',
      message: `pgvector ${installed} may report "hnsw graph not repaired" in a vacuum (fixed in 0.8.4, changelog): rebuild the index then`,
    });
  return rules;
}
