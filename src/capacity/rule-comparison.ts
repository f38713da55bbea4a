/** The same question to everybody: published sizing rules beside our layouts, and beside a live store where there is one. */
import { DOCUMENTED_RULES, type VectorLoad } from '../engines/documented/index.ts';
import { ENGINES } from '../engines/index.ts';
import { hnswlib } from '../layouts/hnswlib.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { vec0 } from '../layouts/vec0.ts';
import { derive, formatBytes, formatPercent, InputError, leaf, nearest, type Quantity } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import type { Observed } from './observed.ts';
import type { CapacityReport } from './report.ts';
import { LOSSY_RULES, RULE_GAPS } from './rule-gaps.ts';

export interface RuleRow {
  /** kebab-case: `qdrant-rule`, `ours-pgvector`, `store`. */
  readonly id: string;
  /** `store` is what a live store takes, `ours` a layout of this program, `rule` what somebody publishes. */
  readonly kind: 'store' | 'ours' | 'rule';
  readonly title: string;
  /** The rule is for codes smaller than the float32 vectors: it answers another recall, too. */
  readonly lossy: boolean;
  /** Bytes in memory by the rule; of a store, bytes of its vector structures. */
  readonly memory: Quantity<'B'>;
  readonly perVector: Quantity<'B'>;
  /** Bytes on disk, where the rule says something about them. */
  readonly disk: Quantity<'B'> | undefined;
  /** Share by which it is off the row that `reference` names: 0.01 is 1 %. */
  readonly againstOurs: Quantity<'ratio'>;
  /** Share by which it is off the store; absent without a store that can be compared. */
  readonly againstStore: Quantity<'ratio'> | undefined;
  /** The rule as text: what was evaluated. */
  readonly formula: string | undefined;
  readonly source: string;
  readonly leavesOut: string;
}

export interface RulesReport {
  readonly kind: 'rules-report';
  readonly vectors: Quantity<'rows'>;
  readonly dimensions: Quantity<'dimensions'>;
  readonly m: Quantity<'count'>;
  /** Id of the row of ours that the rules are held against. */
  readonly reference: string;
  readonly headline: readonly string[];
  readonly rows: readonly RuleRow[];
  readonly notes: readonly string[];
}

/** Kinds of structures that hold nothing but vectors: their bytes can be held against a rule. */
const VECTOR_STRUCTURES = /^(hnsw|ivfflat|vec0):/;

/** Id of the row that is the estimate's own vector index. */
const PLAN = 'ours';

type Size = { readonly memory: Quantity<'B'>; readonly disk: Quantity<'B'> | undefined };
interface Candidate extends Size {
  readonly id: string;
  readonly kind: RuleRow['kind'];
  readonly title: string;
  readonly source: string;
  readonly leavesOut: string;
}

/**
 * @param plan what `estimate` says of the same workload: its vector index is what the rules are held against
 * @param observed what a live store takes, where the workload was read from one
 * @throws InputError when there is nothing to compare
 */
export function compareRules(w: Workload, plan: CapacityReport, observed?: Observed): RulesReport {
  const load: VectorLoad = { vectors: w.memories, dimensions: w.dimensions, m: w.m };
  if (w.memories.value < 1) {
    throw new InputError('no-vectors', 'there is no memory to compare rules for; give --n from 1');
  }
  const ours = ourSizes(load, plan);
  // Rules are for float32: a plan of other vectors stands beside them, but is not what they are held against.
  const reference = (w.scalar === 'float32' ? ours[0] : ours.find((c) => c.id !== PLAN)) ?? (ours[0] as Candidate);
  const notes: string[] = ['Every rule is for float32 vectors and one copy; what each leaves out is in its row.'];
  if (w.scalar !== 'float32') notes.push(`The workload has ${w.scalar} vectors; the rules were asked for float32.`);
  const store = observed === undefined ? undefined : storeSize(w, observed, notes);
  const rules: Candidate[] = DOCUMENTED_RULES.map((rule) => {
    const { memory, disk } = rule.size(load);
    return {
      id: rule.id,
      kind: 'rule',
      title: rule.title,
      memory,
      disk,
      source: rule.source,
      leavesOut: RULE_GAPS[rule.id] ?? '',
    };
  });
  const rows = [...(store === undefined ? [] : [store]), ...ours, ...rules].map((c) =>
    rowOf(c, load, reference, store),
  );
  return {
    kind: 'rules-report',
    vectors: w.memories,
    dimensions: w.dimensions,
    m: w.m,
    reference: reference.id,
    headline: headline(rows, reference, store),
    rows,
    notes,
  };
}

/** The row a person asks for by its id. @throws InputError when there is none of that name */
export function ruleRow(report: RulesReport, id: string): RuleRow {
  const found = report.rows.find((r) => r.id === id);
  if (found !== undefined) return found;
  const ids = report.rows.map((r) => r.id);
  const near = nearest(id, ids);
  throw new InputError(
    'unknown-rule',
    `"${id}" is not a rule of this comparison${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${ids.join(', ')}`,
  );
}

function ourSizes(load: VectorLoad, plan: CapacityReport): Candidate[] {
  const held = plan.workload.scalar;
  const { vectors: rows, dimensions: dims, m } = load;
  const title = (id: string): string => ENGINES.find((e) => e.id === id)?.title ?? id;
  const candidates: Candidate[] = [];
  const index = plan.components.find((c) => c.id === 'vector-index');
  if (index !== undefined && index.resident.value > 0) {
    candidates.push({
      id: PLAN,
      kind: 'ours',
      title: `ours: ${index.title} (${plan.engine.title})`,
      source: `docs/${index.docs}.md`,
      leavesOut: 'the other components of the estimate',
      memory: index.resident,
      disk: index.disk,
    });
  }
  const put = (engine: string, what: string, source: string, leavesOut: string, size: () => Size): void => {
    if (held === 'float32' && plan.engine.id.endsWith(engine) && candidates.length > 0) return;
    try {
      candidates.push({
        id: `ours-${engine}`,
        kind: 'ours',
        title: `ours: ${title(engine)}, ${what}`,
        source,
        leavesOut,
        ...size(),
      });
    } catch (e) {
      // More dimensions or links than this engine takes: the others still answer.
      if (!(e instanceof InputError)) throw e;
    }
  };
  put('pgvector', 'HNSW pages', pgvectorHnsw.source, 'table and TOAST, dead space after deletes', () => {
    const size = pgvectorHnsw.size({ rows, dims, type: 'vector', m });
    return { memory: size.resident, disk: size.disk };
  });
  put('hnswlib', 'in the process', hnswlib.source, 'room for max_elements beyond the rows there are', () => {
    const size = hnswlib.size({ rows, dims, m });
    return { memory: size.resident, disk: size.disk };
  });
  put('sqlite-vec', 'chunks, no graph', vec0.source, 'it scans: there is no graph to hold', () => {
    const size = vec0.size({ rows, dims, type: 'float' });
    return { memory: size.disk, disk: size.disk };
  });
  if (candidates.length === 0)
    throw new InputError('no-layout', 'no layout of ours takes these dimensions and m; nothing can be compared');
  return candidates;
}

/** The store's own vector structures, if the workload is still the store's. */
function storeSize(w: Workload, observed: Observed, notes: string[]): Candidate | undefined {
  if (w.origin['n'] !== 'store' || w.origin['dims'] !== 'store') {
    notes.push(
      'The store is not compared: --n or --dims was given, so the rules answer another question than it does.',
    );
    return undefined;
  }
  const held = observed.structures.filter((s) => VECTOR_STRUCTURES.test(s.id) && s.actual !== null);
  if (held.length === 0) {
    notes.push(`${observed.store} has no structure that holds nothing but vectors, so no rule can be held against it.`);
    return undefined;
  }
  const bytes = leaf(
    'vector structures of the store',
    held.reduce((all, s) => all + (s.actual ?? 0), 0),
    'B',
    {
      basis: 'measured',
      source: held.map((s) => s.name).join(', '),
    },
  );
  return {
    id: 'store',
    kind: 'store',
    title: `the store: ${held.map((s) => s.name).join(', ')}`,
    memory: bytes,
    disk: bytes,
    source: observed.store,
    leavesOut: 'tables and other indexes; dead space is in it',
  };
}

const off = (name: string, a: Quantity, b: Quantity): Quantity<'ratio'> =>
  derive(name, 'ratio', 'rule / reference - 1', { rule: a, reference: b });

function rowOf(c: Candidate, load: VectorLoad, reference: Candidate, store: Candidate | undefined): RuleRow {
  return {
    id: c.id,
    kind: c.kind,
    title: c.title,
    lossy: LOSSY_RULES.has(c.id),
    memory: c.memory,
    perVector: derive('bytes a vector', 'B', 'memory / N', { memory: c.memory, N: load.vectors }),
    disk: c.disk,
    againstOurs: off('off our layout', c.memory, reference.memory),
    againstStore: store === undefined ? undefined : off('off the store', c.memory, store.memory),
    formula: c.memory.formula,
    source: c.source,
    leavesOut: c.leavesOut,
  };
}

function headline(rows: readonly RuleRow[], reference: Candidate, store: Candidate | undefined): string[] {
  const rules = rows.filter((r) => r.kind === 'rule' && !r.lossy);
  const lossy = rows.filter((r) => r.kind === 'rule' && r.lossy).length;
  const truth = store ?? reference;
  const error = (r: RuleRow): number => (r.againstStore ?? r.againstOurs).value;
  const errors = rules.map(error);
  const percent = (share: number): string => `${share >= 0 ? '+' : '-'}${formatPercent(Math.abs(share))}`;
  const whose = store === undefined ? 'our layout' : 'the store';
  const lines = [
    `${rules.length} published rules for float32 vectors lie between ${percent(Math.min(...errors))} and ${percent(Math.max(...errors))} of the ${formatBytes(truth.memory.value)} of ${whose}; ${lossy} more are for smaller codes.`,
  ];
  if (store !== undefined) {
    const own = rows.find((r) => r.id === reference.id);
    if (own !== undefined) lines.push(`Ours: ${percent(error(own))}.`);
  }
  return lines;
}
