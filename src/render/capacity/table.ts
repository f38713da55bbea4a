/** A capacity report on one screen: the answer first, what to do last. */
import type { CapacityJson, CheckJson, ComponentJson, CostLineJson } from '../../capacity/capacity-json.ts';
import {
  currencyNote,
  formatBytes,
  formatCount,
  formatInterval,
  formatMoney,
  formatPercent,
  formatQuantity,
  formatShortCount,
  isApproximate,
  shownCurrency,
  UNKNOWN,
} from '../../quantity/index.ts';
import { renderColumns, width, wrap } from '../columns.ts';
import type { Paint } from '../paint.ts';

export interface ScreenOptions {
  readonly columns: number;
  readonly paint: Paint;
  /** Every check, rejected tier, cliff, comparison and note, not only what decides. */
  readonly verbose: boolean;
}

/** The report as text, with its final newline. */
export function capacityScreen(r: CapacityJson, options: ScreenOptions): string {
  const p = options.paint;
  const sections: string[][] = [
    title(r, options),
    r.headline.flatMap((s) => wrap(s, options.columns, 2)),
    components(r, p, options),
    facts(r, p, options),
    tier(r, p, options),
    observed(r, p, options),
    labelled(
      'ADVICE',
      r.advice.map((a) => a.message),
      p,
      options,
    ),
  ];
  if (options.verbose) {
    sections.push(
      labelled('CLIFFS', cliffLines(r), p, options),
      labelled(
        'OTHERS',
        r.comparison.map((c) => `${c.title}: ${c.says}. ${c.ours}`),
        p,
        options,
      ),
      labelled('NOTES', [...r.notes, r.query.recallNote, ...r.cost.priceWarnings], p, options),
    );
  }
  sections.push(legend(r, p, options));
  const body = sections.filter((s) => s.length > 0).map((s) => s.join('\n'));
  return `\n${body.join('\n\n')}\n`;
}

function title(r: CapacityJson, options: ScreenOptions): string[] {
  const w = r.workload;
  const text = `${formatCount(Number(w['memories']?.value))} ${w['memories']?.value === 1 ? 'memory' : 'memories'} × ${formatCount(Number(w['dimensions']?.value))} ${String(w['scalar']?.value)}, ${r.engineTitle} ${indexTitle(r)}`;
  return wrap(text, options.columns, 2);
}

/** "HNSW (m 16, ef_construction 64)". */
export function indexTitle(r: CapacityJson): string {
  const { kind, m, efConstruction, lists, scalar } = r.index;
  const name =
    String(kind) === 'flat'
      ? 'by exact scan'
      : String(kind)
          .toUpperCase()
          .replace('IVFFLAT', 'IVFFlat')
          .replace('DISKANN', 'DiskANN')
          .replace('VECTOR-SET', 'vector set');
  const over = scalar !== r.workload['scalar']?.value ? ` over ${String(scalar)}` : '';
  const settings =
    m !== undefined
      ? ` (m ${m}, ef_construction ${efConstruction})`
      : lists
        ? ` (${formatCount(Number(lists))} lists)`
        : '';
  return `${name}${over}${settings}`;
}

function components(r: CapacityJson, p: Paint, options: ScreenOptions): string[] {
  const wide = options.columns >= 72;
  const head = wide ? ['COMPONENT', 'DISK', 'RESIDENT', 'PER MEMORY', 'BASIS'] : ['COMPONENT', 'DISK', 'RESIDENT'];
  const rows = r.components.map((c) => row(c, wide));
  rows.push(['total', formatQuantity(r.totals.disk), formatQuantity(r.totals.resident), ...(wide ? ['', ''] : [])]);
  const lines = renderColumns(rows, {
    head,
    align: ['left', 'right', 'right', 'right', 'left'],
    width: options.columns,
    indent: 2,
    shrink: wide ? 4 : 0,
    paintHead: p.head,
  });
  const last = lines.length - 1;
  lines[last] = p.strong(lines[last] as string);
  return lines;
}

function row(c: ComponentJson, wide: boolean): string[] {
  const cell = (q: ComponentJson['disk']): string => (q.value === 0 ? UNKNOWN : formatQuantity(q));
  const short = [c.title, cell(c.disk), cell(c.resident)];
  return wide ? [...short, formatQuantity(c.perMemory), basis(c)] : short;
}

/** An assumed size names the first flag that would firm it up. */
function basis(c: ComponentJson): string {
  if (c.disk.value === 0) return c.resident.basis;
  if (c.disk.basis !== 'assumed' || c.assumes.length === 0) return c.disk.basis;
  const more = c.assumes.length > 1 ? ` +${c.assumes.length - 1}` : '';
  return `≈ ${c.assumes[0]}${more}`;
}

function facts(r: CapacityJson, p: Paint, options: ScreenOptions): string[] {
  const said = (label: string, sentences: readonly (string | undefined)[]): string[] => {
    const text = sentences.filter((s) => s !== undefined && s !== '').join(' · ');
    return text === '' ? [] : labelled(label, [text], p, options);
  };
  return [
    ...said('PROVISION', provisionFacts(r)),
    ...labelled(
      'BUILD',
      [
        buildFacts(r)
          .filter((s) => s !== undefined && s !== '')
          .join(' · '),
        ...settings(r, options),
      ],
      p,
      options,
    ),
    ...said('QUERY', queryFacts(r)),
    ...labelled('COST', costFacts(r), p, options),
  ];
}

function provisionFacts(r: CapacityJson): string[] {
  const { diskToProvision, ramToProvision, rebuildPeak } = r.totals;
  const machines = r.machines.value;
  const each = machines > 1 ? ` on ${formatCount(machines)} machines` : '';
  return [
    `disk ${formatQuantity(diskToProvision)} (a rebuild takes ${formatQuantity(rebuildPeak)} beside it, 20 % stays free)`,
    `RAM ${formatQuantity(ramToProvision)}${each}`,
  ];
}

function buildFacts(r: CapacityJson): (string | undefined)[] {
  const b = r.build;
  if (b.error !== null) return [b.error];
  if (b.seconds === null && b.memory === null) return [b.note ?? undefined];
  const workers = b.workers === null ? '' : ` on ${formatCount(b.workers.value)} processes`;
  const each = r.machines.value > 1 ? ' a machine' : '';
  return [
    b.seconds === null
      ? undefined
      : `≈ ${formatInterval(b.seconds)}${workers}${each}${kept(r, 'build-window', 'window')}`,
    b.memory === null
      ? undefined
      : `needs ${b.settings.length > 0 ? 'maintenance_work_mem ' : ''}${formatQuantity(b.memory)}${b.settings.length > 0 ? '' : ' of memory'}${each}${spill(r)}`,
    b.note ?? undefined,
  ];
}

/** ", within the 8 h window": the limit that a figure is held to, beside the figure. */
function kept(r: CapacityJson, id: string, what: string): string {
  const check = r.tier.checks.find((c) => c.id === id);
  if (check === undefined || check.limit === null || check.verdict === 'unknown') return '';
  return `, ${check.verdict === 'fits' ? 'within' : 'beyond'} the ${formatQuantity({ ...check.limit, basis: 'exact' })} ${what}`;
}

/** The statements to paste before the build; the index itself, and what else there is to know, with --verbose. */
function settings(r: CapacityJson, options: ScreenOptions): string[] {
  const { settings: all } = r.build;
  if (options.verbose) return [...all];
  const set = all.filter((s) => s.startsWith('SET '));
  const container = all.find((s) => s.includes('--shm-size'))?.match(/--shm-size=\S+/)?.[0];
  return container === undefined ? set : [...set, `in a container also ${container}`];
}

function spill(r: CapacityJson): string {
  const b = r.build;
  if (b.spills && b.spillsAtRows !== null && b.memoryPlanned !== null) {
    return `, and with ${formatQuantity(b.memoryPlanned)} spills at ${formatShortCount(b.spillsAtRows.value)} rows`;
  }
  if (b.stockSpillsAtRows !== null)
    return `; the stock 64 MB spills at ${formatShortCount(b.stockSpillsAtRows.value)} rows`;
  return '';
}

function queryFacts(r: CapacityJson): (string | undefined)[] {
  const q = r.query;
  if (q.refused !== null) return [q.refused.startsWith('no latency') ? q.refused : `no latency given: ${q.refused}`];
  if (q.p50 === null || q.p99 === null) return [q.note ?? 'no latency model for this engine'];
  const ef = q.efSearch === null ? '' : ` at ef_search ${q.efSearch}`;
  return [
    `p50 ${formatQuantity(q.p50)} (${formatInterval(q.p50)}), p99 ${formatQuantity(q.p99)} (${formatInterval(q.p99)})${ef}, in RAM${kept(r, 'p99', 'objective')}`,
    q.note ?? undefined,
  ];
}

/** Money once and money a month, a line each, and the month's sum. */
function costFacts(r: CapacityJson): string[] {
  const line = (l: CostLineJson): string => `${formatQuantity(l.usd).replace('/month', '')} ${l.title}`;
  const { oneOff, monthly } = r.cost;
  const lines: string[] = [];
  if (oneOff.length > 0) lines.push(`once: ${oneOff.map(line).join(', ')}`);
  if (monthly.length > 0) {
    const about = monthly.some((l) => isApproximate(l.usd)) ? '≈ ' : '';
    const total =
      monthly.length > 1 ? `${about}${formatMoney(monthly.reduce((sum, l) => sum + l.usd.value, 0))}: ` : '';
    const machine = monthly.some((l) => l.id.startsWith('compute')) ? '' : '; what it runs on is not counted';
    lines.push(`a month: ${total}${monthly.map(line).join(', ')}${machine}`);
  }
  return lines;
}

function tier(r: CapacityJson, p: Paint, options: ScreenOptions): string[] {
  const t = r.tier;
  const level = t.level === null ? r.engineTitle : `tier ${t.level}`;
  const open = t.unchecked.length > 0 ? ', as far as it could be checked' : '';
  const verdict = t.fits ? p.good(`${level} fits${open}`) : p.bad(`${level} does not fit`);
  const deciding = (c: CheckJson): boolean =>
    c.verdict === 'breaks' || c.id === t.flipsAt?.constraint || c.id === 'ram';
  const checks = options.verbose ? t.checks : t.checks.filter(deciding);
  const lines = [`${verdict}: ${checks.map((c) => c.because).join('; ')}`, ...t.unchecked];
  if (t.flipsAt !== null) {
    const which = t.checks.find((c) => c.id === t.flipsAt?.constraint)?.title ?? t.flipsAt.constraint;
    lines.push(
      `${t.fits ? 'it holds' : 'it would hold'} up to ${formatShortCount(t.flipsAt.rows)} memories; what gives way then: ${which}`,
    );
  }
  const lower = t.rejected.filter((x) => options.verbose || x.level < (t.level ?? 0));
  for (const x of lower) {
    const by = x.by === undefined ? '' : `, by ${x.by}`;
    const holds =
      x.holdsUpTo === undefined || x.holdsUpTo < 1 ? '' : ` (holds up to ${formatShortCount(x.holdsUpTo)}${by})`;
    lines.push(`not ${x.title}: ${x.because}${holds}`);
  }
  if (options.verbose) {
    lines.push(...t.leaveWhen.map((s) => `leave when ${s}`), ...t.failureModes.map((s) => `fails by ${s}`));
  }
  return labelled('TIER', lines, p, options);
}

/** A difference below this is rounding to pages. */
const WORTH_A_ROW = 0.02;
/** More rows than this are for --verbose. */
const MOST_OBSERVED = 12;

/** Expected against actual of the store the workload was read from, largest structure first. */
function observed(r: CapacityJson, p: Paint, options: ScreenOptions): string[] {
  const o = r.observed;
  if (o === null) return [];
  const byBytes = [...o.structures].sort((a, b) => (b.actual ?? 0) - (a.actual ?? 0));
  const shown = options.verbose ? byBytes : byBytes.slice(0, MOST_OBSERVED);
  const rows = shown.map((s) => [
    s.name,
    s.actual === null ? UNKNOWN : formatBytes(s.actual),
    s.expected === null ? UNKNOWN : formatBytes(s.expected),
    difference(s.difference),
    s.note ?? '',
  ]);
  const lines = wrap(`what ${o.store} takes, beside what a fresh load of the same rows would:`, options.columns, 2);
  lines.push(
    ...renderColumns(rows, {
      head: ['STRUCTURE', 'ACTUAL', 'EXPECTED', 'DIFFERENCE', ''],
      align: ['left', 'right', 'right', 'right', 'left'],
      width: options.columns,
      indent: 2,
      shrink: rows.some((row) => row[4] !== '') ? 4 : 0,
      paintHead: p.head,
    }),
  );
  const more = byBytes.length - shown.length;
  if (more > 0) lines.push(`  and ${formatCount(more)} smaller ones (--verbose)`);
  return lines;
}

function difference(share: number | null): string {
  if (share === null) return UNKNOWN;
  if (Math.abs(share) < WORTH_A_ROW) return 'as expected';
  return `${share > 0 ? '+' : '-'}${formatPercent(Math.abs(share))}`;
}

function cliffLines(r: CapacityJson): string[] {
  return r.cliffs.map(
    (c) =>
      `${c.parameter} ${formatCount(c.at)}: ${formatCount(c.before)} → ${formatCount(c.after)} ${c.unit} a ${c.per}`,
  );
}

function legend(r: CapacityJson, p: Paint, options: ScreenOptions): string[] {
  const inputs = [...new Set(r.components.flatMap((c) => c.assumes))];
  const named = inputs.slice(0, 3).map((id) => `--${id}`);
  const firm = named.length > 0 ? `≈ uncertain; ${named.join(', ')} would firm it up · ` : '';
  const old = r.cost.priceWarnings.length > 0 ? ', some older than 90 days (--verbose)' : '';
  const money = currencyNote(shownCurrency());
  const rate = money === undefined ? '' : ` · ${money}`;
  const priced = r.cost.oneOff.length + r.cost.monthly.length > 0;
  const prices = priced ? `prices as of ${r.cost.pricesAsOf}${old}${rate} · ` : '';
  const text = `${firm}${prices}memplan explain ${r.components[0]?.id ?? 'vector-index'} shows every term`;
  return wrap(text, options.columns, 2).map(p.faint);
}

const LABEL = 12;

/** A label in capitals and its lines beside it, wrapped under each other. */
function labelled(label: string, lines: readonly string[], p: Paint, options: ScreenOptions): string[] {
  return lines.flatMap((text, i) => {
    const wrapped = wrap(text, options.columns, LABEL, LABEL);
    if (i > 0) return wrapped;
    const [first = '', ...rest] = wrapped;
    const head = `  ${label}`;
    return [`${p.head(head)}${' '.repeat(Math.max(1, LABEL - width(head)))}${first.trimStart()}`, ...rest];
  });
}
