/** Dedup reports made by hand, with the real types: what renderers and the review are tried on. */
import {
  type DedupCluster,
  type DedupMember,
  type DedupReport,
  type DedupSet,
  LEVELS,
  type Level,
} from '../../src/dedup/dedup-report.ts';

const hex = (n: number): string => n.toString(16).padStart(32, '0');

export function member(id: string, text: string, o: Partial<DedupMember> = {}): DedupMember {
  return {
    id,
    key: id,
    level: 'identical',
    similarity: 1,
    overlap: 1,
    verdict: 'merge',
    guards: [],
    why: null,
    text,
    created: '2026-03-01T09:00:00.000Z',
    digest: hex(Number.parseInt(id.replace(/\D/g, ''), 10) || 0),
    ...o,
  };
}

export function cluster(members: readonly DedupMember[], o: Partial<DedupCluster> = {}): DedupCluster {
  const survivor = members[0] as DedupMember;
  return {
    id: survivor.key,
    namespace: 'support-bot',
    kind: 'note',
    size: members.length,
    diameter: 0.04,
    verdict: members.every((m) => m.verdict === 'merge') ? 'merge' : 'review',
    survivor,
    survivorWhy: 'newest',
    members: members.slice(1),
    ...o,
  };
}

const noLevels = Object.fromEntries(LEVELS.map((l) => [l, 0])) as Record<Level, number>;

export function dedupSet(clusters: readonly DedupCluster[], o: Partial<DedupSet> = {}): DedupSet {
  const going = clusters.flatMap((c) => c.members.filter((m) => m.key !== c.survivor.key));
  const levels = { ...noLevels };
  for (const m of going) levels[m.level]++;
  const rows = o.rows ?? 1000;
  const exactly = (value: number) => ({ value, low: value, high: value });
  return {
    set: 'mneme:entries',
    profile: 'mneme',
    title: 'cached answers',
    table: 'entries',
    rows,
    of: rows,
    skipped: { inactive: 0, empty: 0, vectorless: 0 },
    groups: 3,
    method: 'whole',
    how: 'every row with every other of its namespace and kind, exactly',
    sampled: null,
    threshold: { value: 0.95, from: 'given', calibration: null },
    rate: { redundancy: exactly(going.length / rows), withTwin: exactly((going.length + clusters.length) / rows) },
    levels,
    clusterCount: clusters.length,
    mergeable: going.filter((m) => m.verdict === 'merge').length,
    review: going.filter((m) => m.verdict === 'review').length,
    clusters,
    namespaces: [],
    days: [],
    repeated: [],
    least: [],
    across: null,
    ...o,
  };
}

export function dedupReport(sets: readonly DedupSet[], o: Partial<DedupReport> = {}): DedupReport {
  return {
    schemaVersion: 1,
    kind: 'dedup-report',
    generatedAt: '2026-11-21T00:00:00.000Z',
    store: {
      name: 'brain.db',
      scheme: 'sqlite',
      address: 'sqlite:brain.db',
      engine: 'SQLite',
      fingerprint: 'f00d',
      takenAt: '2026-11-21T00:00:00.000Z',
    },
    sets,
    dividend: null,
    notes: [],
    ...o,
  };
}

/** One cluster that goes by itself, and one that differs in a number. */
export const TWO_CLUSTERS: readonly DedupCluster[] = [
  cluster([
    member('11', 'Priya prefers dark mode in the editor'),
    member('12', 'PRIYA prefers  dark mode in the editor', { level: 'normalised' }),
    member('13', 'Priya prefers dark mode in her editor', { level: 'near', similarity: 0.971, overlap: 0.75 }),
  ]),
  cluster([
    member('21', 'Omar ordered 3 licences on 1 March 2026'),
    member('22', 'Omar ordered 4 licences on 1 March 2026', {
      level: 'near',
      similarity: 0.968,
      overlap: 0.86,
      verdict: 'review',
      guards: [{ code: 'number', a: '3', b: '4' }],
    }),
  ]),
];
