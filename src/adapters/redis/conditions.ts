/** What the guard must know of a Redis server before anything is changed. */
import type { Action, Blocker, Conditions, VersionRule } from '../../store/index.ts';
import { numberIn, replicasOf, type ServerInfo } from './info.ts';
import type { RedisSet } from './recognise.ts';
import type { RedisSession } from './session.ts';

export async function redisConditions(
  session: RedisSession,
  actions: readonly Action[],
  setOf: (id: string) => Promise<RedisSet>,
): Promise<Conditions> {
  await session.refresh();
  const infos = session.nodes.map((n) => n.info);
  const versionRules: VersionRule[] = [];
  for (const action of actions) {
    if (action.kind !== 'purge') continue;
    const set = await setOf(action.set);
    const policy = infos[0]?.fields.get('maxmemory_policy') ?? 'noeviction';
    if (
      set.set.roster !== undefined &&
      policy !== 'noeviction' &&
      infos.some((i) => (numberIn(i, 'maxmemory') ?? 0) > 0)
    ) {
      versionRules.push({
        actions: [action.id],
        effect: 'warn',
        message: `maxmemory-policy ${policy} evicts entries without their side keys; what a purge mends will break again (noeviction does not)`,
      });
    }
  }
  const lags = infos.flatMap((i) => replicasOf(i).map((r) => r.lag ?? 0));
  return {
    readOnly: infos.map(readOnlyWhy).find((why) => why !== null) ?? null,
    pooled: null,
    freeDisk: null,
    freeDiskWhy: 'a Redis store is held in memory',
    blockers: infos.flatMap(savingNow),
    invalidIndexes: [],
    versionRules,
    visibility: [],
    replicaLagSeconds: lags.length === 0 ? null : Math.max(...lags),
  };
}

function readOnlyWhy(info: ServerInfo): string | null {
  if (info.replica) return `it is a replica of ${info.fields.get('master_host') ?? 'another server'}; use the primary`;
  if (info.loading) return 'it is still loading its data';
  if (
    /failover/.test(info.fields.get('master_failover_state') ?? '') &&
    info.fields.get('master_failover_state') !== 'no-failover'
  )
    return 'a failover is under way';
  return null;
}

/** A fork shares its pages with the server until one of the two writes: what is removed meanwhile costs memory first. */
function savingNow(info: ServerInfo): Blocker[] {
  const running: [string, string, string][] = [
    ['rdb_bgsave_in_progress', 'rdb_current_bgsave_time_sec', 'a background save'],
    ['aof_rewrite_in_progress', 'aof_current_rewrite_time_sec', 'a rewrite of the append-only file'],
  ];
  return running
    .filter(([flag]) => info.fields.get(flag) === '1')
    .map(([, seconds, what]) => ({
      kind: 'background-save' as const,
      subject: null,
      seconds: numberIn(info, seconds),
      message: `the server runs ${what}; what is removed meanwhile takes memory before it gives any back`,
    }));
}
