/** Redis gives memory back by itself; where the allocator holds it fragmented, active defragmentation can move it. */
import { DEFRAG_HELPS_FROM } from '../expectation/index.ts';
import type { Snapshot } from '../store/index.ts';
import type { BloatReport } from './bloat.ts';
import { type Decisions, leftAlone } from './decisions.ts';

export function redisCompaction(report: BloatReport, snapshot: Snapshot, { actions, left }: Decisions): void {
  for (const s of report.structures) {
    const facts = snapshot.structures.find((x) => x.id === s.id)?.facts;
    if (facts?.kind !== 'allocator' || s.state !== 'bloated') {
      left.push(leftAlone(s));
      continue;
    }
    if (facts.activeDefrag === null) {
      const why = /jemalloc/.test(facts.allocator)
        ? 'whether it may defragment cannot be seen: CONFIG GET is refused here'
        : `${facts.allocator} cannot defragment while it runs: a restart gives the memory back`;
      left.push({ structure: s.id, why, act: true });
    } else if ((facts.allocatorRatio ?? 0) < DEFRAG_HELPS_FROM) {
      left.push({
        structure: s.id,
        why: 'the allocator itself is not fragmented: only a restart gives the rest back',
        act: true,
      });
    } else {
      actions.push({
        id: `active-defrag:${s.id}`,
        kind: 'active-defrag',
        structure: s.id,
        title: 'let the server defragment its memory until it has settled, then put the setting back',
        order: 50,
        lock: 'none',
        // It runs in the background at the server's own pace.
        seconds: null,
        diskNeeded: 0,
        reclaims: s.reclaimable?.value ?? null,
        statement: 'CONFIG SET activedefrag yes',
      });
    }
  }
}
