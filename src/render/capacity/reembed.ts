/** A change of model as a page: money, steps with their days, room while both stand, dimensions, other models. */
import type { ModelRow, ReembedReport } from '../../capacity/reembed.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import {
  formatBytes,
  formatCount,
  formatQuantity,
  formatShortCount,
  type QuantityJson,
  UNKNOWN,
} from '../../quantity/index.ts';
import type { Cell, Page, Paragraph, Section } from './sectioned.ts';

type Json = ReportJson<ReembedReport>;
type Storage = NonNullable<Json['storage']>;

const LIMIT_WORDS: Readonly<Record<string, string>> = {
  'tokens-per-minute': 'tokens a minute',
  'requests-per-minute': 'requests a minute',
  concurrency: 'in flight',
  'batch-window': 'batch window',
};

const wordOf = (binds: string | null): string => (binds === null ? UNKNOWN : (LIMIT_WORDS[binds] ?? binds));

/** The report as a page; every format prints this one. */
export function reembedPage(r: Json): Page {
  const sections: Section[] = [steps(r), ...exits(r), money(r), limits(r)];
  if (r.storage !== null) sections.push(phases(r.storage), ...room(r.storage));
  sections.push(models(r), shadow(r));
  if (r.notes.length > 0) sections.push({ label: 'NOTES', lines: r.notes });
  return {
    title: `${formatShortCount(r.memories.value)} memories ${change(r)}${r.batch ? ', by batches' : ''}, ${r.engineTitle}`,
    headline: r.headline,
    sections,
    legend: `≈ uncertain; --tokens, now ${formatCount(r.tokens.value)} a memory, moves money and time · --explain shows every term`,
  };
}

/** What changes: the model, or the dimensions where it stays. */
function change({ fromModel, toModel, storage: s }: Json): string {
  if (fromModel !== toModel) return `from ${fromModel} to ${toModel}`;
  return s === null || s.from.dimensions === s.to.dimensions
    ? `embedded again with ${toModel}`
    : `of ${toModel} from ${formatCount(s.from.dimensions)} to ${formatCount(s.to.dimensions)} dimensions`;
}

function steps(r: Json): Section {
  return {
    id: 'schedule',
    head: ['STEP', 'FROM', 'AT THE LATEST', 'TAKES'],
    align: ['left', 'left', 'left', 'right'],
    rows: r.schedule.steps.map((s): Cell[] => [s.title, s.start, s.latest, s.seconds]),
    shrink: 0,
    drop: [2],
  };
}

/** What a step does and when it is over: longer than a cell. */
function exits(r: Json): Paragraph[] {
  return [
    { label: 'DONE WHEN', lines: r.schedule.steps.map((s) => `${s.title}: ${s.exit}`) },
    { label: 'STEPS', lines: r.schedule.steps.map((s) => `${s.title}: ${s.does}`), verbose: true },
  ];
}

function money(r: Json): Section {
  const rows = r.money.oneOff.map((l): Cell[] => [l.id, l.usd, l.title]);
  rows.push(['total', r.money.total, monthly(r)]);
  return {
    id: 'money',
    head: ['MONEY', 'ONCE', 'FOR'],
    align: ['left', 'right', 'left'],
    rows,
    shrink: 2,
    drop: [2],
  };
}

function monthly(r: Json): string {
  const { monthlyNow, monthlyAfter } = r.money;
  if (monthlyNow === null || monthlyAfter === null) return '';
  return `then ${formatQuantity(monthlyAfter)} for new memories, now ${formatQuantity(monthlyNow)}`;
}

function limits(r: Json): Section {
  return {
    id: 'limits',
    head: ['LIMIT', 'ALONE', 'BINDS'],
    align: ['left', 'right', 'left'],
    rows: r.backfill.limits.map((l): Cell[] => [l.title, l.seconds, l.id === r.backfill.binds ? 'yes' : '']),
    shrink: 0,
  };
}

function phases(s: Storage): Section {
  return {
    id: 'storage',
    head: ['STORE', 'DISK', 'RESIDENT'],
    align: ['left', 'right', 'right'],
    rows: s.phases.map((p): Cell[] => [p.title, p.disk, p.resident]),
    shrink: 0,
  };
}

const perVector = (q: QuantityJson | null): string => (q === null ? UNKNOWN : formatQuantity(q));

function room(s: Storage): Paragraph[] {
  const { from, to } = s;
  const over =
    to.indexScalar === from.indexScalar
      ? ''
      : `, indexed as ${to.indexScalar}: more than 2,000 dimensions are too many for an index of ${from.indexScalar}`;
  const indexed =
    from.perVector === null && to.perVector === null
      ? 'there is no vector index'
      : `${perVector(from.perVector)} to ${perVector(to.perVector)} of index a vector`;
  const lines = [`${formatCount(from.dimensions)} to ${formatCount(to.dimensions)} dimensions: ${indexed}${over}`];
  if (from.machines.value !== to.machines.value) {
    lines.push(
      `${formatCount(from.machines.value)} machines today, ${formatCount(to.machines.value)} with the new model alone`,
    );
  }
  for (const c of s.cliffs) {
    lines.push(
      `${formatCount(c.at)} dimensions are a step: ${formatCount(c.before)} to ${formatCount(c.after)} ${c.unit} a ${c.per}`,
    );
  }
  const out: Paragraph[] = [{ label: 'VECTORS', lines }];
  if (s.build.seconds !== null) {
    const memory =
      s.build.memory === null ? '' : `, with ${formatQuantity(s.build.memory)} of memory beside the old index`;
    out.push({
      label: 'NEW INDEX',
      lines: [
        `${formatQuantity(s.build.seconds)} to build${s.to.machines.value > 1 ? ' on each machine' : ''}${memory}`,
      ],
    });
  }
  const back = [
    `${s.rollback.value === 0 ? 'the old vectors, which are on no disk,' : `${formatBytes(s.rollback.value)} of old vectors and their index`} stay, and new memories go on getting an old vector: without it the way back loses them`,
  ];
  out.push({ label: 'WAY BACK', lines: back });
  if (s.inPlace !== null) {
    out.push({
      label: 'WRITING',
      lines: [
        `an UPDATE of every row takes ${formatQuantity(s.inPlace)}, as it enters the old index again; a table of its own does not`,
      ],
    });
  }
  return out;
}

function models(r: Json): Section {
  return {
    id: 'models',
    title: 'The same change with other models, at list price, as a batch, and at the limits that are known:',
    head: ['MODEL', 'PROVIDER', 'DIMS', 'COST', 'BATCH', 'TIME', 'BINDS', 'INDEX'],
    align: ['left', 'left', 'right', 'right', 'right', 'right', 'left', 'right'],
    rows: r.models.map((m: Json['models'][number] | ModelRow): Cell[] => [
      m.id,
      m.provider ?? null,
      formatCount(m.dimensions),
      (m.usd ?? null) as QuantityJson | null,
      (m.batchUsd ?? null) as QuantityJson | null,
      (m.seconds ?? null) as QuantityJson | null,
      wordOf(m.binds ?? null),
      (m.index ?? null) as QuantityJson | null,
    ]),
    shrink: 0,
    cut: 'middle',
    drop: [1, 6, 4, 7, 2],
  };
}

function shadow(r: Json): Paragraph {
  const { shadow: s } = r.schedule;
  return {
    label: 'SHADOW',
    lines: [
      `Jaccard divergence above ${s.alert} of the top ${formatCount(s.topK)}: fewer than ${formatCount(s.leastShared.value)} shared. ${formatCount(s.queries.value)} compared queries give the mean to ±0.05.`,
    ],
  };
}
