/** A store report as text: the answer first, then memories, namespaces, expiry, bytes, and what stands out. */
import type { StoreReport } from '../capacity/store-report.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds, printable, UNKNOWN } from '../quantity/index.ts';
import type { Breakdown, MemorySet, NamespaceCount, Note } from '../store/index.ts';
import { renderColumns, wrap } from './columns.ts';
import type { Paint } from './paint.ts';
import { structureLines } from './store-structures.ts';
import { shortNames } from './structure-names.ts';

export interface StoreView {
  readonly width: number;
  readonly paint: Paint;
  /** Every structure and namespace instead of the largest. */
  readonly verbose?: boolean;
}

const TOP_NAMESPACES = 5;
const TOP_VALUES = 6;
const DAY_MS = 86_400_000;

/** @returns lines joined by newlines, with a final one */
export function renderStoreReport(report: StoreReport, view: StoreView): string {
  const lines = [
    '',
    ...answer(report, view),
    ...growth(report, view),
    '',
    ...memories(report, view),
    ...namespaces(report, view),
    ...breakdowns(report, view),
    ...expiry(report, view),
    ...ages(report, view),
    ...structureLines(report, view),
    ...standsOut(report, view),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function answer(report: StoreReport, { width, paint }: StoreView): string[] {
  const { store, sections } = report;
  const what = sections.profiles.length === 0 ? 'no known memory system' : profilesText(sections.profiles);
  const wanted = sections.memories.filter(
    (m) => (m.primary && m.hidden === undefined) || (m.role === 'memory' && m.rows > 0),
  );
  // Beside sets that hold something, empty ones are no answer.
  const filled = wanted.filter((m) => m.rows > 0);
  const held = (filled.length > 0 ? filled : wanted.slice(0, 1))
    .map((m) => `${rowsText(m)} ${m.title}${vectorText(m)}`)
    .join(', ');
  const total = sections.storage.totalBytes;
  const free = sections.storage.freeBytes ?? 0;
  const freeText = total !== null && free > 0 ? `, ${formatPercent(free / total)} of it free pages` : '';
  return [
    ...wrap(`${paint.strong(printable(store.name))}: ${what}`, width, 2),
    '',
    ...wrap(
      `${held}${held === '' ? '' : ' in '}${total === null ? 'an unknown size' : formatBytes(total)}${freeText}.`,
      width,
      2,
    ),
  ];
}

/** Each system once, however many stores of it a database holds. */
function profilesText(profiles: StoreReport['sections']['profiles']): string {
  const stores = new Map<string, number>();
  for (const { title, version } of profiles) {
    const text = `${title}${version === null ? '' : ` (schema ${printable(version)})`}`;
    stores.set(text, (stores.get(text) ?? 0) + 1);
  }
  return [...stores].map(([text, n]) => (n === 1 ? text : `${text} (${formatCount(n)} stores)`)).join(' and ');
}

/** Tables of the sets, with their schema where it is not the usual one or another schema has a table of that name. */
function tablesOf({ sections }: StoreReport): (m: MemorySet) => string {
  const whole = (m: MemorySet): string => (m.schema === undefined ? m.table : `${m.schema}.${m.table}`);
  const short = shortNames(sections.memories.filter((m) => m.schema !== undefined).map(whole));
  return (m) => (m.schema === undefined ? m.table : short(whole(m)));
}

/** What changed since the last look; nothing on the first. */
function growth({ growth: g, sections }: StoreReport, { width, paint }: StoreView): string[] {
  // A report saved by an earlier release has no such member.
  if (g == null) return [];
  const titles = new Map(sections.memories.map((m) => [m.id, m.title]));
  const moved = g.sets.filter((s) => s.rows !== 0);
  const parts = moved.map(
    (s) =>
      `${signed(s.rows, formatCount)} ${titles.get(s.set) ?? s.set}${s.rowsPerDay === null ? '' : ` (${signed(Math.round(s.rowsPerDay), formatCount)} a day)`}`,
  );
  if (moved.length === 0) parts.push('no change in rows');
  if (g.bytes !== null && g.bytes !== 0) parts.push(signed(g.bytes, formatBytes));
  return wrap(
    `Since ${g.since.slice(0, 16).replace('T', ' ')} UTC (${formatSeconds(g.days * 86_400)}): ${printable(parts.join(', '))}.`,
    width,
    2,
  ).map(paint.faint);
}

const signed = (n: number, format: (n: number) => string): string => `${n < 0 ? '-' : '+'}${format(Math.abs(n))}`;

function vectorText(set: MemorySet): string {
  const v = set.vectors;
  if (v === null || v.dims === null) return '';
  return ` × ${formatCount(v.dims)} ${v.scalar ?? ''}`;
}

/** Hidden rows (row-level security, a missing grant) make a count the least there is, and no count at all where it is 0. */
function rowsText(m: MemorySet): string {
  if (m.hidden === undefined) return formatCount(m.rows);
  return m.rows === 0 ? UNKNOWN : `>= ${formatCount(m.rows)}`;
}

function memories(report: StoreReport, { width, paint }: StoreView): string[] {
  const sets = report.sections.memories;
  if (sets.length === 0) return [];
  const table = tablesOf(report);
  const rows = sets.map((m) => [
    table(m),
    m.title,
    rowsText(m),
    m.textBytes === null ? UNKNOWN : formatBytes(m.textBytes),
    m.metadataBytes === null ? UNKNOWN : formatBytes(m.metadataBytes),
    m.vectors?.rows == null ? UNKNOWN : formatCount(m.vectors.rows),
  ]);
  return [
    ...renderColumns(
      rows.map((r) => r.map(printable)),
      {
        head: ['MEMORIES', 'WHAT', 'ROWS', 'TEXT', 'METADATA', 'VECTORS'],
        align: ['left', 'left', 'right', 'right', 'right', 'right'],
        width,
        shrink: 1,
        drop: [4, 3],
        indent: 2,
        paintHead: paint.head,
      },
    ),
    '',
  ];
}

function namespaces(report: StoreReport, { width, paint, verbose }: StoreView): string[] {
  const table = tablesOf(report);
  return report.sections.memories.flatMap((set) => {
    const spaces = set.namespaces;
    // One table is enough where every set of a system is divided alike.
    if (spaces === null || spaces.distinct === 0 || (!set.primary && verbose !== true)) return [];
    const shown = spaces.top.slice(0, verbose ? spaces.top.length : TOP_NAMESPACES);
    const rows = shown.map((n) => [
      n.label === undefined ? nameOf(n) : `${nameOf(n)} (${n.label})`,
      formatCount(n.rows),
      formatPercent(n.rows / Math.max(1, set.rows)),
    ]);
    const rest = spaces.distinct - shown.length;
    const restRows = set.rows - shown.reduce((a, n) => a + n.rows, 0);
    if (rest > 0)
      rows.push([`${formatCount(rest)} more`, formatCount(restRows), formatPercent(restRows / Math.max(1, set.rows))]);
    const classes = spaces.classes.map((c) => `${formatCount(c.namespaces)} of ${classText(c.from)}`).join(', ');
    return [
      ...renderColumns(
        rows.map((r) => r.map(printable)),
        {
          head: ['NAMESPACE', 'ROWS', 'SHARE'],
          align: ['left', 'right', 'right'],
          width,
          indent: 2,
          paintHead: paint.head,
        },
      ),
      ...wrap(
        `${formatCount(spaces.distinct)} in ${printable(table(set))}.${printable(spaces.column)}: ${classes} rows`,
        width,
        2,
      ).map(paint.faint),
      '',
    ];
  });
}

const nameOf = (n: NamespaceCount): string =>
  n.namespace === null
    ? '(none)'
    : `${n.namespace}${n.length === undefined ? '' : `… (${formatCount(n.length)} characters)`}`;

const classText = (from: number): string =>
  from >= 1_000_000 ? '1,000,000+' : `${formatCount(from)}-${formatCount(from * 10 - 1)}`;

function breakdowns(report: StoreReport, { width }: StoreView): string[] {
  const table = tablesOf(report);
  const lines = report.sections.memories.flatMap((set) =>
    set.breakdowns
      .filter((b) => b.values.length > 1 || (b.values.length === 1 && b.values[0]?.value !== null && set.primary))
      .flatMap((b) => wrap(`${printable(table(set))} by ${printable(b.column)}: ${valuesText(b)}`, width, 2, 4)),
  );
  return lines.length === 0 ? [] : [...lines, ''];
}

function valuesText(b: Breakdown): string {
  const shown = b.values.slice(0, TOP_VALUES);
  const rest = b.otherRows + b.values.slice(TOP_VALUES).reduce((a, v) => a + v.rows, 0);
  const listed = shown.map((v) => `${v.value === null ? '(none)' : printable(v.value)} ${formatCount(v.rows)}`);
  return [...listed, ...(rest > 0 ? [`others ${formatCount(rest)}`] : [])].join(', ');
}

function expiry(report: StoreReport, { width, paint }: StoreView): string[] {
  const sets = report.sections.memories.filter((m) => m.ttl !== null && m.rows > 0);
  if (sets.length === 0) return [];
  const now = Date.parse(report.store.takenAt);
  const table = tablesOf(report);
  const rows = sets.map((m) => {
    const t = m.ttl as NonNullable<MemorySet['ttl']>;
    return [
      table(m),
      formatCount(t.expired),
      formatCount(t.live),
      formatCount(t.never),
      t.next === null ? UNKNOWN : `in ${formatSeconds((Date.parse(t.next) - now) / 1000)}`,
    ];
  });
  const rules = sets.map((m) => `${printable(table(m))} expires when ${printable(m.ttl?.rule ?? '')}`);
  const unreadable = sets.flatMap((m) =>
    m.ttl !== null && m.ttl.unreadable > 0
      ? [`${formatCount(m.ttl.unreadable)} expiry times in ${printable(table(m))} cannot be read`]
      : [],
  );
  return [
    ...renderColumns(
      rows.map((r) => r.map(printable)),
      {
        head: ['EXPIRY', 'EXPIRED', 'WILL EXPIRE', 'NEVER', 'NEXT'],
        align: ['left', 'right', 'right', 'right', 'right'],
        width,
        indent: 2,
        paintHead: paint.head,
      },
    ),
    ...[...rules, ...unreadable].flatMap((r) => wrap(r, width, 2, 4)).map(paint.faint),
    '',
  ];
}

function ages(report: StoreReport, { width, paint }: StoreView): string[] {
  const sets = report.sections.memories.filter((m) => m.rows > 0);
  const timed = sets.filter((m) => m.ages !== null && m.ages.oldest !== null);
  const now = Date.parse(report.store.takenAt);
  const table = tablesOf(report);
  const age = (iso: string | null | undefined): string =>
    iso == null
      ? UNKNOWN
      : Date.parse(iso) > now
        ? 'in the future'
        : `${Math.floor((now - Date.parse(iso)) / DAY_MS)} d`;
  const rows = timed.map((m) => {
    const counts = (m.ages?.buckets ?? []).map((b) => formatCount(b.rows));
    return [table(m), ...counts, age(m.ages?.newest), age(m.ages?.oldest)];
  });
  const days = timed[0]?.ages?.buckets.map((b) => (b.days === null ? 'OLDER' : `<${b.days} D`)) ?? [];
  const untimed = sets.filter((m) => m.ages === null && m.primary).map((m) => printable(table(m)));
  if (rows.length === 0 && untimed.length === 0) return [];
  return [
    ...(rows.length === 0
      ? []
      : renderColumns(
          rows.map((r) => r.map(printable)),
          {
            head: ['AGE', ...days, 'NEWEST', 'OLDEST'],
            align: ['left', ...days.map(() => 'right' as const), 'right', 'right'],
            width,
            drop: [days.length + 1],
            indent: 2,
            paintHead: paint.head,
          },
        )),
    ...(untimed.length === 0
      ? []
      : wrap(
          `Ages of ${untimed.join(', ')} are not available: no column of ${untimed.length === 1 ? 'it' : 'them'} is known to be a time; where there is one, --map can name it.`,
          width,
          2,
        )),
    '',
  ];
}

function standsOut(report: StoreReport, { width, paint }: StoreView): string[] {
  const { sections, notes } = report;
  const items: string[] = [];
  const short = shortNames(sections.structures.map((s) => s.name));
  const table = tablesOf(report);
  for (const r of sections.redundantIndexes) {
    const why =
      r.why === 'is-the-rowid'
        ? `repeats the rowid of ${short(r.coveredBy)}`
        : r.why === 'prefix'
          ? `is the beginning of ${short(r.coveredBy)}`
          : `is a copy of ${short(r.coveredBy)}`;
    items.push(`${short(r.name)} ${why}${r.bytes === null ? '' : ` (${formatBytes(r.bytes)})`}`);
  }
  for (const m of sections.memories) {
    for (const q of m.overQuota)
      items.push(`${q.namespace} holds ${formatCount(q.rows)} of the ${formatCount(q.quota)} its quota allows`);
    if (m.softDeleted !== null && m.softDeleted > 0)
      items.push(`${formatCount(m.softDeleted)} rows of ${table(m)} are marked deleted and still there`);
    if (m.vectors?.mixed !== undefined)
      items.push(`${m.vectors.name} holds vectors of ${m.vectors.mixed.length} lengths`);
  }
  for (const s of sections.structures)
    if (s.kind === 'vec0' && s.note !== undefined) items.push(`${s.name}: ${s.note}`);
  if (sections.unrecognised.length > 0) {
    const names = sections.unrecognised.slice(0, 8).map(shortNames(sections.unrecognised)).join(', ');
    const more = sections.unrecognised.length > 8 ? ` and ${sections.unrecognised.length - 8} more` : '';
    items.push(`tables of no known memory system: ${names}${more}`);
  }
  items.push(...notes.map(noteText));
  if (items.length === 0) return [];
  return [paint.head('  NOTED'), ...items.flatMap((i) => wrap(printable(i), width, 2, 4)), ''];
}

const noteText = (n: Note): string => (n.level === 'info' ? n.message : `${n.level}: ${n.message}`);
