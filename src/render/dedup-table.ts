/** A dedup report as CSV (a line for each row of a cluster) and as Markdown (for an issue or a wiki). */
import type { DedupCluster, DedupMember, DedupReport, DedupSet } from '../dedup/dedup-report.ts';
import { formatBytes, formatCount, formatMoney, formatPercent, printable } from '../quantity/index.ts';
import { csvLine } from './csv.ts';
import { activeText, decisionText, plural, rateText, redundantRows } from './dedup-answer.ts';
import { guardText, levelText, reviewWhy } from './dedup-clusters.ts';
import { DEFAULT_TOP, LEVEL_TEXT } from './dedup-report.ts';
import { oneLine } from './text-block.ts';

const CSV_HEAD = [
  'store',
  'set',
  'cluster',
  'namespace',
  'kind',
  'size',
  'diameter',
  'cluster_verdict',
  'key',
  'id',
  'survives',
  'level',
  'similarity',
  'overlap',
  'verdict',
  'guards',
  'why',
  'created',
  'text',
] as const;

export function dedupCsv(report: DedupReport): string {
  const line = (s: DedupSet, c: DedupCluster, m: DedupMember): string => {
    const survives = m.key === c.survivor.key;
    return csvLine([
      report.store.name,
      s.set,
      c.id,
      c.namespace,
      c.kind,
      c.size,
      decimals(c.diameter),
      c.verdict,
      m.key,
      m.id,
      survives ? 1 : 0,
      survives ? null : m.level,
      survives ? null : decimals(m.similarity),
      survives ? null : decimals(m.overlap),
      survives ? null : m.verdict,
      m.guards.map(guardText).join('; '),
      survives ? c.survivorWhy : m.why,
      m.created ?? null,
      m.text === undefined ? null : spreadsheetText(m.text),
    ]);
  };
  return (
    csvLine([...CSV_HEAD]) +
    report.sets.flatMap((s) => s.clusters.flatMap((c) => rowsOf(c).map((m) => line(s, c, m)))).join('')
  );
}

/** Vectors of 32-bit numbers bear no more than six. */
const decimals = (value: number | null): number | null => (value === null ? null : Number(value.toFixed(6)));

/** One line, and no formula: a spreadsheet would compute a text that begins like one (OWASP, CSV injection). */
const spreadsheetText = (text: string): string => oneLine(text).replace(/^[=+\-@]/, "'$&");

/** The one that stays first, once. */
const rowsOf = (c: DedupCluster): DedupMember[] => [c.survivor, ...c.members.filter((m) => m.key !== c.survivor.key)];

/**
 * What Markdown would read as its own, and what a table cell cannot hold. A comment behind "@" and "#" keeps GitHub from
 * calling people and linking issues: it looks for those after Markdown was read, where a backslash is gone.
 */
function cell(text: string): string {
  return oneLine(text)
    .replaceAll(/[&<>]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : '&amp;'))
    .replaceAll(/[\\`*_{}[\]|~$]/g, (c) => `\\${c}`)
    .replaceAll(/[@#](?=\w)/g, (c) => `${c}<!-- -->`)
    .replaceAll(/\bhttps?:/g, (scheme) => scheme.replace(':', '&#58;'));
}

const plain = (text: string): string => printable(text).replaceAll('|', '\\|');

export function dedupMarkdown(report: DedupReport, top: number = DEFAULT_TOP): string {
  const { dividend: d } = report;
  const lines = [
    `## Duplicates in ${cell(report.store.name)}`,
    '',
    ...report.sets.flatMap((s) => setMarkdown(s, top)),
    ...(d === null
      ? []
      : [
          `**Dividend**, planned as a fresh store: ${formatBytes(d.bytes.now)} → ${formatBytes(d.bytes.then)} on disk, ${formatBytes(d.ram.now)} → ${formatBytes(d.ram.then)} of RAM${
            d.moneyPerMonth === null || d.moneyPerMonth.now === 0
              ? ''
              : `, ${formatMoney(d.moneyPerMonth.now).replace('$', '\\$')} → ${formatMoney(d.moneyPerMonth.then).replace('$', '\\$')} a month`
          }; ${d.tier.now === d.tier.then ? `on ${cell(d.tier.now)} either way` : `tier ${cell(d.tier.now)} → ${cell(d.tier.then)}`}.`,
          '',
        ]),
    ...report.notes.filter((n) => n.level !== 'info').map((n) => `- ${n.level}: ${cell(n.message)}`),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function setMarkdown(s: DedupSet, top: number): string[] {
  const levels = (Object.keys(LEVEL_TEXT) as (keyof typeof LEVEL_TEXT)[]).filter((l) => s.levels[l] > 0);
  const shown = s.clusters.slice(0, top);
  return [
    `### ${cell(s.title)} (\`${plain(s.set).replaceAll('`', "'")}\`)`,
    '',
    `${rateText(s.rate.redundancy)} of ${activeText(s)} rows ${s.remedy === 'none' ? 'say what another one says' : 'could go'}; ${rateText(s.rate.withTwin)} have a twin.${redundantRows(s) === 0 ? '' : ` Of ${formatCount(redundantRows(s))} found: ${decisionText(s)}.`}`,
    '',
    ...(levels.length === 0
      ? []
      : [
          '| level | rows | tied by |',
          '| --- | ---: | --- |',
          ...levels.map((l) => `| ${l} | ${formatCount(s.levels[l])} | ${LEVEL_TEXT[l]} |`),
          '',
        ]),
    ...(shown.length === 0
      ? []
      : [
          `| cluster | row | tie | text | review |`,
          '| ---: | --- | --- | --- | --- |',
          ...shown.flatMap((c, i) =>
            rowsOf(c).map((m) => {
              const stays = m.key === c.survivor.key;
              const tie = stays ? `stays: ${c.survivorWhy}` : levelText(m);
              return `| ${stays ? i + 1 : ''} | ${cell(m.id)} | ${cell(tie)} | ${cell(m.text ?? '')} | ${stays ? '' : cell(reviewWhy(m))} |`;
            }),
          ),
          '',
          ...(s.clusterCount > shown.length
            ? [`and ${plural(s.clusterCount - shown.length, 'more cluster', 'more clusters')}.`, '']
            : []),
        ]),
    ...(s.namespaces.length > 1 && s.sampled === null
      ? [
          '| namespace | rows | redundant | share |',
          '| --- | ---: | ---: | ---: |',
          ...s.namespaces
            .filter((n) => n.redundant > 0)
            .slice(0, 20)
            .map(
              (n) =>
                `| ${cell(n.namespace ?? '(none)')} | ${formatCount(n.rows)} | ${formatCount(n.redundant)} | ${formatPercent(n.redundant / n.rows)} |`,
            ),
          '',
        ]
      : []),
  ];
}
