/** What changed between two capacity reports: figures, verdicts and inputs, those that changed by a threshold or more. */
import { derive, fromJson, leaf, type Quantity, type QuantityJson, revised, sum } from '../quantity/index.ts';
import type { CapacityJson } from './capacity-json.ts';

export type DiffGroup = 'size' | 'ram' | 'build' | 'latency' | 'money' | 'tier';

/** One figure that changed. */
export interface DiffFigure {
  /** As `memplan explain` names it: "totals.disk", "build.seconds", "cost.storage". */
  readonly id: string;
  readonly group: DiffGroup;
  readonly title: string;
  /** Undefined where that report has no such figure, or does not know it. */
  readonly before: Quantity | undefined;
  readonly after: Quantity | undefined;
  /** Of the values, against the one before; undefined where there is nothing to divide by. */
  readonly change: Quantity<'ratio'> | undefined;
  /** The two intervals overlap: the change is smaller than what is known about either. */
  readonly overlap: boolean;
  readonly better: boolean | undefined;
}

/** A verdict, a name or an input that is not what it was. */
export interface DiffValue {
  readonly id: string;
  readonly title: string;
  readonly before: string | number | null;
  readonly after: string | number | null;
  readonly unit: string | null;
}

export interface DiffReport {
  readonly kind: 'diff-report';
  readonly before: { readonly name: string; readonly generatedAt: string; readonly engine: string };
  readonly after: { readonly name: string; readonly generatedAt: string; readonly engine: string };
  /** Least relative change that counts. */
  readonly threshold: number;
  readonly changed: boolean;
  readonly figures: readonly DiffFigure[];
  /** Engine, index, tier, whether it fits, and every check whose verdict is another. */
  readonly verdicts: readonly DiffValue[];
  readonly inputs: readonly DiffValue[];
  /** Figures that both have and that changed by less than the threshold, or not at all. */
  readonly unchanged: number;
}

export interface Named {
  /** How the report is called to the reader: its file, or "the workload as it is now". */
  readonly name: string;
  readonly report: CapacityJson;
}

/** @param threshold least relative change that counts, e.g. 0.01; 0 counts every change */
export function diff(before: Named, after: Named, threshold: number): DiffReport {
  const compared = figures(before.report, after.report);
  const changedFigures = compared.filter((f) => counts(f, threshold));
  const verdicts = verdictsOf(before.report, after.report);
  const inputs = inputsOf(before.report, after.report, threshold);
  const head = ({ name, report }: Named): DiffReport['before'] => ({
    name,
    generatedAt: report.generatedAt,
    engine: report.engineTitle,
  });
  return {
    kind: 'diff-report',
    before: head(before),
    after: head(after),
    threshold,
    changed: changedFigures.length + verdicts.length + inputs.length > 0,
    figures: changedFigures,
    verdicts,
    inputs,
    unchanged: compared.length - changedFigures.length,
  };
}

function counts(f: DiffFigure, threshold: number): boolean {
  if (f.before === undefined || f.after === undefined) return true;
  if (f.before.unit === f.after.unit && f.before.value === f.after.value) return false;
  return f.change === undefined || Math.abs(f.change.value) >= threshold;
}

interface Sided {
  readonly group: DiffGroup;
  readonly title: string;
  readonly quantity: Quantity;
}

function figures(before: CapacityJson, after: CapacityJson): DiffFigure[] {
  const a = figuresIn(before);
  const b = figuresIn(after);
  const ids = [...new Set([...a.keys(), ...b.keys()])];
  return ids.map((id) => {
    const [x, y] = [a.get(id), b.get(id)];
    const { group, title } = (y ?? x) as Sided;
    return { id, group, title, ...between(x?.quantity, y?.quantity, id === 'tier.flipsAt') };
  });
}

/** @param more a larger figure is the better one */
function between(
  before: Quantity | undefined,
  after: Quantity | undefined,
  more: boolean,
): Pick<DiffFigure, 'before' | 'after' | 'change' | 'overlap' | 'better'> {
  if (before === undefined || after === undefined) {
    return { before, after, change: undefined, overlap: false, better: undefined };
  }
  if (before.unit !== after.unit) return { before, after, change: undefined, overlap: false, better: undefined };
  const rises = after.value > before.value;
  return {
    before,
    after,
    change:
      before.value === 0
        ? undefined
        : derive('change', 'ratio', '(after - before) / before', { after: point(after), before: point(before) }),
    overlap: before.low <= after.high && after.low <= before.high,
    better: after.value === before.value ? undefined : rises === more,
  };
}

/** The same model stands behind both figures and errs on the same side in both: the change is that of the values. */
const point = (q: Quantity): Quantity => revised(q, { low: q.value, high: q.value });

/** Every figure of a report that a reader would ask about, by the name it has in `memplan explain`. */
function figuresIn(r: CapacityJson): Map<string, Sided> {
  const found = new Map<string, Sided>();
  const put = (id: string, group: DiffGroup, title: string, json: QuantityJson | null | undefined): void => {
    if (json !== null && json !== undefined) found.set(id, { group, title, quantity: named(title, fromJson(json)) });
  };
  put('totals.disk', 'size', 'on disk', r.totals.disk);
  put('totals.rebuildPeak', 'size', 'rebuild beside it', r.totals.rebuildPeak);
  put('totals.diskToProvision', 'size', 'disk to provision', r.totals.diskToProvision);
  for (const c of r.components) put(`${c.id}.disk`, 'size', c.title, c.disk);
  put('totals.resident', 'ram', 'resident in RAM', r.totals.resident);
  put('totals.ramToProvision', 'ram', 'RAM to provision', r.totals.ramToProvision);
  put('machines', 'ram', 'machines', r.machines);
  put('build.seconds', 'build', 'index build', r.build.seconds);
  put('build.memory', 'build', 'build memory', r.build.memory);
  put('query.p50', 'latency', 'p50', r.query.p50);
  put('query.p99', 'latency', 'p99', r.query.p99);
  money(r, put);
  if (r.tier.flipsAt !== null) {
    const rows = leaf('rows up to which it holds', r.tier.flipsAt.rows, 'rows', { basis: 'assumed' });
    found.set('tier.flipsAt', { group: 'tier', title: 'holds up to', quantity: rows });
  }
  return found;
}

type Put = (id: string, group: DiffGroup, title: string, json: QuantityJson | null | undefined) => void;

/** The month's sum first, then every line. */
function money(r: CapacityJson, put: Put): void {
  const [first, ...rest] = r.cost.monthly.map((l) => named(l.title, fromJson(l.usd)));
  if (first !== undefined) put('cost.monthly', 'money', 'money a month', sum('money a month', first, ...rest));
  for (const line of [...r.cost.monthly, ...r.cost.oneOff]) put(`cost.${line.id}`, 'money', line.title, line.usd);
}

const named = (name: string, q: Quantity): Quantity => revised(q, { name });

function verdictsOf(a: CapacityJson, b: CapacityJson): DiffValue[] {
  const told: DiffValue[] = [];
  const put = (id: string, title: string, before: DiffValue['before'], after: DiffValue['after']): void => {
    if (before !== after) told.push({ id, title, before, after, unit: null });
  };
  put('engine', 'engine', a.engineTitle, b.engineTitle);
  put('index.kind', 'index', a.index['kind'] ?? null, b.index['kind'] ?? null);
  put('tier.level', 'tier', a.tier.level, b.tier.level);
  put('tier.fits', 'holds', yes(a.tier.fits), yes(b.tier.fits));
  const ids = [...new Set([...a.tier.checks, ...b.tier.checks].map((c) => c.id))];
  for (const id of ids) {
    const [x, y] = [a, b].map((r) => r.tier.checks.find((c) => c.id === id));
    put(`tier.${id}`, (y ?? x)?.title ?? id, x?.verdict ?? null, y?.verdict ?? null);
  }
  return told;
}

const yes = (holds: boolean): string => (holds ? 'yes' : 'no');

/** Inputs of another value; numbers by the threshold, as figures are. Where an input came from is not compared. */
function inputsOf(a: CapacityJson, b: CapacityJson, threshold: number): DiffValue[] {
  const ids = [...new Set([...Object.keys(a.workload), ...Object.keys(b.workload)])];
  return ids.flatMap((id) => {
    const [x, y] = [a.workload[id], b.workload[id]];
    const [before, after] = [flat(x?.value), flat(y?.value)];
    if (before === after) return [];
    if (typeof before === 'number' && typeof after === 'number' && before !== 0) {
      if (Math.abs(after / before - 1) < threshold) return [];
    }
    return [{ id, title: id, before, after, unit: y?.unit ?? x?.unit ?? null }];
  });
}

function flat(value: unknown): string | number | null {
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'number' || typeof value === 'string' ? value : null;
}
