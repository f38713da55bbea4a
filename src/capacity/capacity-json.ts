/** The JSON contract of a capacity report; the other renderers read it, so a saved report prints like a fresh one. */
import type { BuildPlan, Component } from '../engines/engine.ts';
import type { Cliff } from '../layouts/layout.ts';
import {
  type Currency,
  type Quantity,
  type QuantityJson,
  shownCurrency,
  toJson,
  weakestLeaves,
  workedOut,
} from '../quantity/index.ts';
import { type From, PARAMETERS, type Parameter, type Workload } from '../workload/index.ts';
import type { Observed } from './observed.ts';
import type { Advice, CapacityReport, Comparison, ConstraintCheck, CostLine, RejectedTier } from './report.ts';

export interface WorkloadInputJson {
  readonly value: number | string | readonly string[] | null;
  readonly from: From | null;
  readonly unit?: string;
}

export interface ComponentJson {
  readonly id: string;
  readonly title: string;
  readonly disk: QuantityJson;
  readonly resident: QuantityJson;
  readonly perMemory: QuantityJson;
  /** Inputs nobody confirmed that this size rests on, by flag name. */
  readonly assumes: readonly string[];
  readonly docs: string;
}

export interface CostLineJson {
  readonly id: string;
  readonly title: string;
  readonly usd: QuantityJson;
  readonly note?: string;
}

export interface CheckJson {
  readonly id: string;
  readonly title: string;
  readonly verdict: ConstraintCheck['verdict'];
  readonly because: string;
  readonly actual: QuantityJson | null;
  readonly limit: QuantityJson | null;
  readonly flipsAt: number | null;
}

export interface CapacityJson {
  readonly schemaVersion: 1;
  readonly kind: 'capacity-report';
  readonly generatedAt: string;
  readonly workload: Readonly<Record<string, WorkloadInputJson>>;
  readonly engine: string;
  readonly engineTitle: string;
  readonly index: Readonly<Record<string, string | number | null>>;
  readonly machines: QuantityJson;
  readonly headline: readonly string[];
  readonly components: readonly ComponentJson[];
  readonly totals: Readonly<
    Record<'disk' | 'resident' | 'rebuildPeak' | 'diskToProvision' | 'ramToProvision', QuantityJson>
  >;
  readonly build: {
    readonly seconds: QuantityJson | null;
    readonly memory: QuantityJson | null;
    readonly memoryPlanned: QuantityJson | null;
    readonly spillsAtRows: QuantityJson | null;
    readonly stockSpillsAtRows: QuantityJson | null;
    readonly spills: boolean;
    readonly workers: QuantityJson | null;
    readonly settings: readonly string[];
    readonly error: string | null;
    readonly note: string | null;
  };
  readonly query: {
    readonly p50: QuantityJson | null;
    readonly p99: QuantityJson | null;
    readonly efSearch: number | null;
    readonly work: QuantityJson | null;
    readonly refused: string | null;
    readonly note: string | null;
    readonly recallNote: string;
  };
  readonly cost: {
    readonly oneOff: readonly CostLineJson[];
    readonly monthly: readonly CostLineJson[];
    readonly pricesAsOf: string;
    readonly priceWarnings: readonly string[];
    /** What money is written in where it stands in a sentence; figures are in US dollars. Null: in them, too. */
    readonly currency: Currency | null;
  };
  readonly tier: {
    readonly id: string;
    readonly level: number | null;
    readonly fits: boolean;
    readonly checks: readonly CheckJson[];
    readonly reasons: readonly string[];
    readonly unchecked: readonly string[];
    readonly leaveWhen: readonly string[];
    readonly failureModes: readonly string[];
    readonly rejected: readonly RejectedTier[];
    readonly flipsAt: { readonly rows: number; readonly constraint: string } | null;
  };
  readonly cliffs: readonly Cliff[];
  readonly advice: readonly Advice[];
  readonly comparison: readonly Comparison[];
  readonly notes: readonly string[];
  /** Expected against actual of the store that --from named; null without one. */
  readonly observed: Observed | null;
}

/**
 * What is told beside the figures is asked of the report when it is read: a diff and a table read less than a document holds.
 * @param generatedAt the clock, passed in
 * @param tree true to send along how every figure was computed (`--explain`)
 */
export function capacityJson(report: CapacityReport, generatedAt: Date, tree = false): CapacityJson {
  const json = (q: Quantity): QuantityJson => toJson(q, tree);
  const maybe = (q: Quantity | undefined): QuantityJson | null => (q === undefined ? null : json(q));
  const { totals, tier, query, cost } = report;
  return {
    schemaVersion: 1,
    kind: 'capacity-report',
    generatedAt: generatedAt.toISOString(),
    workload: workloadJson(report.workload),
    engine: report.engine.id,
    engineTitle: report.engine.title,
    index: indexJson(report),
    machines: json(report.machines),
    get headline() {
      return report.headline;
    },
    components: report.components.map((c) => componentJson(c, report, json)),
    totals: {
      disk: json(totals.disk),
      resident: json(totals.resident),
      rebuildPeak: json(totals.rebuildPeak),
      diskToProvision: json(totals.diskToProvision),
      ramToProvision: json(totals.ramToProvision),
    },
    build: buildJson(report.build, maybe),
    query: {
      p50: maybe(query.p50),
      p99: maybe(query.p99),
      efSearch: query.efSearch?.value ?? null,
      work: maybe(query.work),
      refused: query.refused ?? null,
      note: query.note ?? null,
      recallNote: query.recallNote,
    },
    cost: {
      oneOff: cost.oneOff.map((l) => costJson(l, json)),
      monthly: cost.monthly.map((l) => costJson(l, json)),
      pricesAsOf: cost.pricesAsOf,
      priceWarnings: cost.priceWarnings,
      currency: shownCurrency() ?? null,
    },
    tier: {
      id: tier.id,
      level: tier.level ?? null,
      fits: tier.fits,
      checks: tier.checks.map((c) => ({
        id: c.id,
        title: c.title,
        verdict: c.verdict,
        because: c.because,
        actual: maybe(c.actual),
        limit: maybe(c.limit),
        flipsAt: c.flipsAt ?? null,
      })),
      get reasons() {
        return tier.reasons;
      },
      get unchecked() {
        return tier.unchecked;
      },
      leaveWhen: tier.leaveWhen,
      failureModes: tier.failureModes,
      get rejected() {
        return tier.rejected;
      },
      flipsAt: tier.flipsAt ?? null,
    },
    get cliffs() {
      return report.cliffs;
    },
    get advice() {
      return report.advice;
    },
    get comparison() {
      return report.comparison;
    },
    notes: report.notes,
    observed: report.observed ?? null,
  };
}

function componentJson(c: Component, report: CapacityReport, json: (q: Quantity) => QuantityJson): ComponentJson {
  return {
    id: c.id,
    title: c.title,
    disk: json(c.disk),
    resident: json(c.resident),
    perMemory: json(perMemory(c, report)),
    assumes: assumptions(c.disk),
    docs: c.docs,
  };
}

/** Bytes of a component per memory: on disk, or in memory for structures that live there and take more. */
function perMemory(c: Component, report: CapacityReport): Quantity {
  const whole = c.resident.value > c.disk.value ? c.resident : c.disk;
  const n = report.workload.memories.value;
  return workedOut(
    `${c.title}, per memory`,
    whole.value / n,
    whole.unit,
    whole.low / n,
    whole.high / n,
    whole.basis,
    'size / N',
    { size: whole, N: report.workload.memories },
    whole.source,
  );
}

/** Flags whose value nobody gave and on which the figure rests. */
function assumptions(q: Quantity): string[] {
  if (q.basis !== 'assumed') return [];
  const resting = new Set<string>();
  for (const leaf of weakestLeaves(q)) resting.add(leaf.name);
  const flags: string[] = [];
  for (let i = 0; i < PARAMETERS.length; i++) {
    const { summary, id } = PARAMETERS[i] as Parameter;
    if (resting.has(summary)) flags.push(id);
  }
  return flags;
}

function buildJson(b: BuildPlan, maybe: (q: Quantity | undefined) => QuantityJson | null): CapacityJson['build'] {
  return {
    seconds: maybe(b.seconds),
    memory: maybe(b.memory),
    memoryPlanned: maybe(b.memoryPlanned),
    spillsAtRows: maybe(b.spillsAtRows),
    stockSpillsAtRows: maybe(b.stockSpillsAtRows),
    spills: b.spills,
    workers: maybe(b.workers),
    settings: b.settings,
    error: b.error ?? null,
    note: b.note ?? null,
  };
}

function costJson(line: CostLine, json: (q: Quantity) => QuantityJson): CostLineJson {
  const { id, title, note } = line;
  const usd = json(line.usd);
  return note === undefined ? { id, title, usd } : { id, title, usd, note };
}

/** Parameter id → camelCase key of the workload: "ef-construction" is efConstruction, "n" is memories. */
const RENAMED: Readonly<Record<string, string>> = {
  n: 'memories',
  dims: 'dimensions',
  type: 'scalar',
  'index-type': 'indexScalar',
};
/** The JSON name of a parameter: "dimensions" for "dims". */
export function inputName(id: string): string {
  const renamed = RENAMED[id];
  if (renamed !== undefined) return renamed;
  let name = id;
  // By hand: the first use of a regular expression costs more than all the names do here.
  for (let at = name.indexOf('-'); at >= 0; at = name.indexOf('-', at)) {
    name = `${name.slice(0, at)}${name.charAt(at + 1).toUpperCase()}${name.slice(at + 2)}`;
  }
  return name;
}

/** Every input of a workload under its JSON name, with its value and where it came from. */
export function workloadJson(workload: Workload): CapacityJson['workload'] {
  const w = workload as unknown as Record<string, Quantity | string | undefined>;
  // A table from the start: an object would change its shape with each of its thirty inputs, and become one on the way.
  const out: Record<string, WorkloadInputJson> = Object.create(null);
  for (let i = 0; i < PARAMETERS.length; i++) {
    const { id } = PARAMETERS[i] as Parameter;
    const origin = workload.origin[id];
    if (origin === undefined) continue;
    const name = inputName(id);
    const held = w[name];
    if (held === undefined) continue;
    out[name] =
      typeof held === 'string' ? { value: held, from: origin } : { value: held.value, unit: held.unit, from: origin };
  }
  const calibrationFrom = workload.origin['calibration'];
  if (workload.calibration !== undefined && calibrationFrom !== undefined) {
    out['calibration'] = { value: workload.calibration.file, from: calibrationFrom };
  }
  out['components'] = { value: workload.components, from: null };
  return out;
}

function indexJson(report: CapacityReport): CapacityJson['index'] {
  const w = report.workload;
  const graph = ['hnsw', 'diskann', 'vector-set'].includes(report.index);
  const lists = ['ivfflat', 'ivf-sq8', 'ivf-pq'].includes(report.index);
  return {
    kind: report.index,
    scalar: w.indexScalar,
    ...(graph ? { m: w.m.value, efConstruction: w.efConstruction.value, efSearch: w.efSearch.value } : {}),
    ...(lists ? { lists: report.lists?.value ?? null, probes: report.probes?.value ?? null } : {}),
  };
}
