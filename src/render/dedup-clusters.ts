/** Clusters of duplicates with their texts side by side, and what speaks against merging them. */
import type { DedupCluster, DedupMember, DedupSet, PairExample } from '../dedup/dedup-report.ts';
import type { Guard } from '../dedup/guards.ts';
import { formatCount, formatPercent, printable } from '../quantity/index.ts';
import { width, wrap } from './columns.ts';
import type { DedupView } from './dedup-report.ts';
import { sideBySide, textLines } from './text-block.ts';

/** Narrower than this two columns say nothing: texts then stand below each other. */
const BESIDE_FROM = 60;
const GAP = 3;
const INDENT = 4;
/** Members of one cluster whose texts are shown, and lines of each, unless everything is asked for. */
const MEMBERS = 3;
const TEXT_LINES = 3;
/** Of what a guard found: enough to see the difference. */
const GUARD_CELLS = 24;

export function clusterLines(s: DedupSet, top: number, view: DedupView): string[] {
  const { clusters, clusterCount: all } = s;
  if (clusters.length === 0) return [];
  const shown = clusters.slice(0, top);
  const more = all - shown.length;
  return [
    `  ${view.paint.head('CLUSTERS')}`,
    ...shown.flatMap((c, i) => oneCluster(c, i + 1, s.remedy, view)),
    ...(more > 0
      ? [view.paint.faint(`  and ${formatCount(more)} more (--top ${formatCount(all).replaceAll(',', '')})`), '']
      : []),
  ];
}

function oneCluster(c: DedupCluster, number: number, remedy: DedupSet['remedy'], view: DedupView): string[] {
  const { width: columns, paint, verbose } = view;
  const going = c.members.filter((m) => m.key !== c.survivor.key);
  const shown = verbose === true ? going : going.slice(0, MEMBERS);
  const facts = [
    `${formatCount(c.size)} rows`,
    ...(c.namespace === null ? [] : [printable(c.namespace)]),
    ...(c.kind === null || c.kind === '' ? [] : [printable(c.kind)]),
    ...(c.diameter === null || c.diameter === 0 ? [] : [`diameter ${c.diameter.toFixed(3)}`]),
    verdictText(c, going, remedy, view),
  ];
  return [
    ...wrap(`${number}. ${facts.join(' · ')}`, columns, 2, INDENT),
    ...pairBlock(
      { title: `stays: ${printable(c.survivor.id)} (${c.survivorWhy})`, member: c.survivor },
      shown.map((m) => ({ title: memberTitle(m), member: m })),
      view,
    ),
    ...(going.length > shown.length
      ? [
          paint.faint(
            `${' '.repeat(INDENT)}and ${formatCount(going.length - shown.length)} more ${going.length - shown.length === 1 ? 'row' : 'rows'} (--verbose)`,
          ),
        ]
      : []),
    '',
  ];
}

/** What can become of the rows that go: "can be merged", "667 can be merged, 1 needs a review". */
function verdictText(
  c: DedupCluster,
  going: readonly DedupMember[],
  remedy: DedupSet['remedy'],
  { paint }: DedupView,
): string {
  if (remedy === 'none') return c.verdict === 'merge' ? 'the same' : paint.bad('to be looked at');
  const done = remedy === 'delete' ? 'can be removed' : 'can be merged';
  if (c.verdict === 'merge') return paint.good(done);
  const review = going.filter((m) => m.verdict === 'review').length;
  const merge = going.length - review;
  if (merge === 0) return paint.bad(going.length === 1 ? 'needs a review' : 'all need a review');
  return `${paint.good(`${formatCount(merge)} ${done}`)}, ${paint.bad(`${formatCount(review)} ${review === 1 ? 'needs' : 'need'} a review`)}`;
}

interface Block {
  readonly title: string;
  readonly member: DedupMember;
}

/** The one that stays on the left, the others on the right below each other; without texts the titles alone. */
function pairBlock(left: Block, right: readonly Block[], view: DedupView): string[] {
  const { width: columns, paint } = view;
  const room = columns - INDENT;
  const pad = ' '.repeat(INDENT);
  const hasText = left.member.text !== undefined || right.some((r) => r.member.text !== undefined);
  if (!hasText || columns < BESIDE_FROM) {
    return [left, ...right].flatMap((b, i) => [
      ...titleOf(b, room).map((l) => pad + (i === 0 ? paint.strong(l) : l)),
      ...textOf(b.member, room).map((l) => pad + l),
      ...(i === 0 ? [] : against(b.member, columns, INDENT)),
    ]);
  }
  const cells = Math.floor((room - GAP) / 2);
  const leftLines = [...titleOf(left, cells).map(paint.strong), ...textOf(left.member, cells)];
  const rightLines = right.flatMap((b) => [
    ...titleOf(b, cells).map(paint.strong),
    ...textOf(b.member, cells),
    ...against(b.member, cells, 0),
  ]);
  return sideBySide(leftLines, rightLines, cells, GAP).map((l) => (pad + l).trimEnd());
}

/** Ids are long, and are what people look for: whole, as far as these lines go. */
const TITLE_LINES = 5;
const titleOf = (b: Block, cells: number): string[] => textLines(b.title, cells, TITLE_LINES);

const textOf = (m: DedupMember, cells: number): string[] =>
  m.text === undefined ? [] : m.text === '' ? ['(empty)'] : textLines(m.text, cells, TEXT_LINES);

/** "near 0.953, overlap 0.80: 4711". */
function memberTitle(m: DedupMember): string {
  return `${levelText(m)}: ${printable(m.id)}`;
}

export function levelText(m: DedupMember): string {
  const similar = m.level === 'near' && m.similarity !== null ? ` ${m.similarity.toFixed(3)}` : '';
  const overlap =
    (m.level === 'near' || m.level === 'vector') && m.overlap !== null
      ? `, ${formatPercent(Math.round(m.overlap * 100) / 100)} of the words`
      : '';
  return `${m.level}${similar}${overlap}`;
}

function against(m: DedupMember, columns: number, indent: number): string[] {
  const why = reviewWhy(m);
  return why === '' ? [] : wrap(`review: ${why}`, columns, indent, indent + 2).map((l) => cutTo(l, columns));
}

/** A guard may quote one long word: an address. */
const cutTo = (line: string, columns: number): string =>
  width(line) <= columns ? line : (textLines(line, columns, 1)[0] ?? '');

/** What speaks against merging, in words; empty where nothing does. */
export function reviewWhy(m: DedupMember): string {
  return [...m.guards.map(guardText), ...(m.why === null || m.why === '' ? [] : [printable(m.why)])].join('; ');
}

/** `number "3" / "4"`; the code alone where the contents are left out. */
export function guardText(g: Guard): string {
  if (g.a === '' && g.b === '') return g.code;
  const side = (s: string): string => (s === '' ? 'none' : `"${textLines(s, GUARD_CELLS, 1)[0] ?? ''}"`);
  return `${g.code} ${side(g.a)} / ${side(g.b)}`;
}

export function leastLines(pairs: readonly PairExample[], top: number, view: DedupView): string[] {
  if (pairs.length === 0) return [];
  return [
    `  ${view.paint.head('LEAST SIMILAR PAIRS')}${view.width < BESIDE_FROM ? '' : view.paint.faint('  flagged; are they the same memory?')}`,
    ...pairs
      .slice(0, top)
      .flatMap((p) =>
        pairBlock({ title: printable(p.a.id), member: p.a }, [{ title: memberTitle(p.b), member: p.b }], view),
      ),
    '',
  ];
}
