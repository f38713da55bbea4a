/** A shard report as a page. */
import type { ReportJson } from '../../capacity/report-json.ts';
import type { ShardReport } from '../../capacity/shard.ts';
import {
  formatCount,
  formatPercent,
  formatQuantity,
  formatShortCount,
  type QuantityJson,
  UNKNOWN,
} from '../../quantity/index.ts';
import { type Page, type Paragraph, shownAs, type Table } from './sectioned.ts';

type Json = ReportJson<ShardReport>;

export function shardPage(r: Json): Page {
  return {
    title: `${formatCount(r.memories.value)} memories over shards of pgvector`,
    headline: r.headline,
    sections: [
      constraints(r),
      balance(r),
      moves(r),
      timeline(r),
      { label: 'MIGRATION', lines: migration(r) },
      { label: 'SETTLED', lines: settled(r), verbose: true },
      { label: 'REBUILD', lines: rebuild(r) },
      { label: 'FAN-OUT', lines: fanOut(r) },
      { label: 'OUTBOX', lines: outbox(r) },
      { label: 'NOTES', lines: r.notes },
    ],
    legend:
      '≈ uncertain · --verbose sets what the seed article says of each day beside what is done · --explain shows every term',
  };
}

const short = (q: QuantityJson | null): string => (q === null ? UNKNOWN : formatShortCount(q.value));

function constraints(r: Json): Table {
  return {
    id: 'constraints',
    head: ['CONSTRAINT', 'SHARDS', 'RANGE', 'ONE HOLDS', 'BECAUSE'],
    align: ['left', 'right', 'right', 'right', 'left'],
    rows: r.constraints.map((c) => [
      c.id === r.binding ? `${c.title} (binds)` : c.title,
      c.hopeless ? 'none' : c.shards,
      c.shards === null || c.shards.low === c.shards.high
        ? ''
        : `${formatCount(c.shards.low)}-${formatCount(c.shards.high)}`,
      shownAs(c.holds, formatShortCount),
      c.because,
    ]),
    shrink: 4,
    drop: [2, 4],
  };
}

function balance(r: Json): Paragraph {
  const b = r.balance;
  if (b === null) return { label: 'BALANCE', lines: [] };
  const f = b.fullest;
  const holds = r.holds;
  const over =
    holds !== null && b.fullestRows.value > holds.value ? `, more than the ${short(holds)} a shard holds` : '';
  const enough = b.shardsForFullest !== null && b.shardsForFullest.value <= r.target.value;
  return {
    label: 'BALANCE',
    lines: [
      `fullest of ${formatCount(r.target.value)} shards ≈ ${f.value.toFixed(2)} × the mean (${f.low.toFixed(2)}-${f.high.toFixed(2)}): ${short(b.fullestRows)} memories${over}`,
      `${formatCount(b.namespaces.value)} namespaces, the largest ${short(b.largestNamespace)} (${b.how})`,
      ...(b.tooLarge.value > 0
        ? [`${formatCount(b.tooLarge.value)} of them larger than a shard: no number of shards makes those fit`]
        : b.shardsForFullest === null
          ? ['within eight times as many shards the fullest does not fit']
          : enough
            ? []
            : [`so that the fullest fits, too: ${formatCount(b.shardsForFullest.value)} shards`]),
    ],
  };
}

function moves(r: Json): Table {
  const s = r.target.value;
  return {
    id: 'moves',
    title: `when shard ${formatCount(s + 1)} is added to ${formatCount(s)}:`,
    head: ['ROUTING', 'MOVES', 'RANGE', 'MEMORIES', 'FULLEST', 'IT MUST KNOW'],
    align: ['left', 'right', 'right', 'right', 'right', 'left'],
    rows: r.schemes.map((x) => [
      x.title,
      shownAs(x.moved, formatPercent),
      x.moved.low === x.moved.high ? '' : `${formatPercent(x.moved.low)} to ${formatPercent(x.moved.high)}`,
      shownAs(x.memories, formatShortCount),
      shownAs(x.fullest, (f) => `${f.toFixed(2)} ×`),
      x.state,
    ]),
    shrink: 0,
    drop: [2, 5, 4, 3],
  };
}

/** What there is holds it all: a move is told for whoever wants one more, and nobody has to. */
const unasked = (r: Json): boolean => r.needed !== null && r.needed.value <= r.shards.value;

function timeline(r: Json): Table {
  return {
    id: 'timeline',
    title: `from ${formatCount(r.shards.value)} to ${formatCount(r.target.value)} shards${unasked(r) ? ', were it done all the same' : ''}:`,
    head: ['DAY', 'DATE', 'WHAT'],
    align: ['right', 'left', 'left'],
    rows: r.migration.steps.map((s) => [
      s.fromDay === s.toDay ? String(s.fromDay) : `${s.fromDay}-${s.toDay}`,
      s.from,
      s.title,
    ]),
    shrink: 2,
  };
}

function migration(r: Json): string[] {
  const m = r.migration;
  const time =
    m.copying === null || m.rate === null
      ? ''
      : ` in ${formatQuantity(m.copying)} at ${formatQuantity(m.rate)}${m.fits === false ? ', longer than three weeks' : ''}`;
  return [
    `${short(m.memories)} memories (${formatPercent(m.moved.value)}) are copied${time}; ${formatQuantity(m.twice)} of disk stand twice until the clean-up`,
  ];
}

function settled(r: Json): string[] {
  return r.migration.steps.map(
    (s) => `day ${s.fromDay}: the article says "${s.article}"${s.settled === null ? '' : `; here: ${s.settled}`}`,
  );
}

function rebuild(r: Json): string[] {
  const b = r.rebuild;
  if (b.refused !== null) return [b.refused];
  const memory =
    b.memory === null
      ? ''
      : `, maintenance_work_mem ${formatQuantity(b.memory)}${b.buildsPerMachine === null ? '' : `: ${formatCount(b.buildsPerMachine.value)} at once on one machine`}`;
  const choice = b.choices.map(
    (c) =>
      `${formatCount(c.atOnce.value)} at a time: ${formatCount(c.windows.value)} ${c.windows.value === 1 ? 'night' : 'nights'}`,
  );
  return [
    `one shard ${formatQuantity(b.seconds)} in a window of ${formatQuantity({ ...b.window, basis: 'exact' })}${memory}`,
    `every shard: ${choice.join('; ')}`,
  ];
}

function fanOut(r: Json): string[] {
  const f = r.fanOut;
  const slower = `${formatPercent(f.slower.value)} of queries over all ${formatCount(f.shards.value)} shards wait longer than the p99 of one`;
  if (f.p50 === null || f.p99 === null || f.oneP50 === null || f.oneP99 === null) {
    return [`${slower}; no latency is given: the shard has none`];
  }
  return [
    `p50 ${formatQuantity(f.oneP50)} → ${formatQuantity(f.p50)}, p99 ${formatQuantity(f.oneP99)} → ${formatQuantity(f.p99)} over ${formatCount(f.shards.value)} shards; ${slower}. The work is ${formatCount(f.shards.value)} times as much, the wait is not`,
  ];
}

function outbox(r: Json): string[] {
  const o = r.outbox;
  const rate = (q: QuantityJson): string => `${Number(q.value.toPrecision(3))} rows/s`;
  const lines: string[] = [];
  if (o.writes !== null && o.depth !== null) {
    lines.push(
      `${rate(o.writes)} at the peak: ${short(o.depth)} queued${o.bytes === null ? '' : ` (${formatQuantity(o.bytes)})`} after the vector side was away for ${formatQuantity({ ...o.recovery, basis: 'exact' })}`,
    );
  }
  if (o.drain !== null && o.drainTime !== null) {
    lines.push(`drained in ${formatQuantity(o.drainTime)} at ${rate(o.drain)}`);
  }
  const full = o.tolerates === null ? '' : `, after ${formatQuantity(o.tolerates)} of outage`;
  lines.push(
    `${o.slowAt === null ? '' : `slow the writers from ${short(o.slowAt)} queued; `}refuse writes from ${short(o.refuseAt)}${o.slowAt === null ? ' queued' : ''}${full}`,
  );
  return [...lines, ...o.notes];
}
