/** A capacity report as Markdown: for a design review or a pull request. */
import type { CapacityJson } from '../../capacity/capacity-json.ts';
import {
  currencyNote,
  formatCount,
  formatInterval,
  formatQuantity,
  formatShortCount,
  shownCurrency,
  UNKNOWN,
} from '../../quantity/index.ts';
import { indexTitle } from './table.ts';

/** The report as Markdown, with its final newline. */
export function capacityMarkdown(r: CapacityJson): string {
  const w = r.workload;
  const lines = [
    `## ${formatCount(Number(w['memories']?.value))} memories × ${formatCount(Number(w['dimensions']?.value))} ${String(w['scalar']?.value)}`,
    '',
    `${r.engineTitle}, ${indexTitle(r)}. ${r.headline.join(' ')}`,
    '',
    '| component | disk | resident | per memory | basis |',
    '|---|---:|---:|---:|---|',
    ...r.components.map((c) => {
      const cell = (q: typeof c.disk): string => (q.value === 0 ? UNKNOWN : formatQuantity(q));
      const basis = c.assumes.length > 0 ? `${c.disk.basis}: ${c.assumes.join(', ')}` : c.disk.basis;
      return `| ${cellText(c.title)} | ${cell(c.disk)} | ${cell(c.resident)} | ${formatQuantity(c.perMemory)} | ${basis} |`;
    }),
    `| **total** | **${formatQuantity(r.totals.disk)}** | **${formatQuantity(r.totals.resident)}** | | rebuild + ${formatQuantity(r.totals.rebuildPeak)} |`,
    '',
    `- **Provision**: disk ${formatQuantity(r.totals.diskToProvision)}, RAM ${formatQuantity(r.totals.ramToProvision)}`,
  ];
  if (r.build.error !== null) lines.push(`- **Build**: ${cellText(r.build.error)}`);
  else if (r.build.seconds !== null)
    lines.push(
      `- **Build**: ≈ ${formatInterval(r.build.seconds)}${r.build.memory === null ? '' : `, memory ${formatQuantity(r.build.memory)}`}`,
    );
  if (r.query.refused !== null) lines.push(`- **Query**: no latency given: ${cellText(r.query.refused)}`);
  else if (r.query.p50 !== null)
    lines.push(
      `- **Query**: p50 ${formatQuantity(r.query.p50)}, p99 ${formatQuantity(r.query.p99)} (${formatInterval(r.query.p99)})`,
    );
  const money = [...r.cost.oneOff, ...r.cost.monthly].map((l) => `${formatQuantity(l.usd)} ${l.title}`);
  const note = currencyNote(shownCurrency());
  if (money.length > 0)
    lines.push(
      `- **Cost** (prices as of ${r.cost.pricesAsOf}${note === undefined ? '' : `, ${note}`}): ${money.join('; ')}`,
    );
  lines.push(`- **Tier**: ${r.tier.fits ? 'fits' : 'does not fit'}: ${r.tier.reasons.join('; ')}`);
  for (const x of r.tier.rejected) {
    lines.push(
      `  - not ${x.title}: ${cellText(x.because)}${x.holdsUpTo === undefined || x.holdsUpTo < 1 ? '' : ` (holds up to ${formatShortCount(x.holdsUpTo)})`}`,
    );
  }
  if (r.build.settings.length > 0) lines.push('', '```sql', ...r.build.settings, '```');
  if (r.advice.length > 0) lines.push('', ...r.advice.map((a) => `> ${a.message}`));
  return `${lines.join('\n')}\n`;
}

const cellText = (text: string): string => text.replaceAll('|', '\\|');
