/** `--no-content`: a dedup report with ids, figures and reasons, and not a word of a memory. */
import type { DedupMember, DedupReport, DedupSet } from '../../dedup/dedup-report.ts';

export function withoutContent(report: DedupReport): DedupReport {
  return { ...report, sets: report.sets.map(bareSet) };
}

function bareSet(s: DedupSet): DedupSet {
  return {
    ...s,
    clusters: s.clusters.map((c) => ({ ...c, survivor: bare(c.survivor), members: c.members.map(bare) })),
    least: s.least.map(({ a, b }) => ({ a: bare(a), b: bare(b) })),
    repeated: s.repeated.map(({ text: _text, ...r }) => r),
    across: s.across === null ? null : s.across.map(({ text: _text, ...a }) => a),
  };
}

/** What a guard found is a piece of the text. */
function bare({ text: _text, ...m }: DedupMember): DedupMember {
  return { ...m, guards: m.guards.map((g) => ({ code: g.code, a: '', b: '' })) };
}
