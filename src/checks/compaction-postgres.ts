/**
 * PostgreSQL: an index is given back by REINDEX CONCURRENTLY, a table only by what blocks everybody, so a table is vacuumed
 * and its free room left to new rows. REINDEX of vector indexes stands before VACUUM.
 */
import { bareName, qualified } from '../expectation/index.ts';
import { formatBytes, formatCount, formatPercent, formatSeconds } from '../quantity/index.ts';
import type {
  BtreeFacts,
  GinFacts,
  HeapFacts,
  HnswFacts,
  IvfflatFacts,
  OtherIndexFacts,
  ReclaimAction,
  Snapshot,
  Structure,
} from '../store/index.ts';
import type { BloatReport, BloatStructure } from './bloat.ts';
import { DEAD_SHARE } from './bloat-thresholds.ts';
import { type CompactionOptions, type Decisions, leftAlone } from './decisions.ts';
import { hnswBuildSeconds, hnswRepairSeconds, reindexSeconds, vacuumSeconds } from './rebuild-time.ts';

type IndexFacts = BtreeFacts | GinFacts | HnswFacts | IvfflatFacts | OtherIndexFacts;

/** Repair must cost this many times a rebuild: a rebuild also takes disk and a second pass over the table. */
const REPAIR_WORTH_REBUILDING = 2;

const PAGE_BYTES = 8192;
/** What REINDEX CONCURRENTLY leaves when it is interrupted. */
const LEFTOVER = /_cc(new|old)\d*$/;
/** From this size on, what was never analysed is analysed, so that it can be judged. */
const WORTH_ANALYSING_BYTES = 2 ** 20;
/** A pending list this near its limit is merged by the next insert that hits it, which then waits. */
const PENDING_SHARE = 0.5;

export function postgresCompaction(
  report: BloatReport,
  snapshot: Snapshot,
  options: CompactionOptions,
  decisions: Decisions,
): void {
  const byId = new Map(snapshot.structures.map((s) => [s.id, s]));
  /** Tables with a rebuilt index: their dead tuples go in the same run. */
  const touched = new Set<string>();
  const heaps: { s: BloatStructure; structure: Structure; facts: HeapFacts }[] = [];
  for (const s of report.structures) {
    const structure = byId.get(s.id);
    const facts = structure?.facts;
    if (structure === undefined || facts == null) {
      decisions.left.push(leftAlone(s));
    } else if (facts.kind === 'heap') heaps.push({ s, structure, facts });
    else if (isIndex(facts)) {
      const done = index(s, facts, options, decisions);
      if (done && s.table !== null) touched.add(bareName(facts.schema, s.table));
    } else decisions.left.push(leftAlone(s));
  }
  for (const { s, structure, facts } of heaps) {
    table(s, structure, facts, touched.has(bareName(facts.schema, s.table ?? s.name)), snapshot, decisions);
  }
}

const isIndex = (f: { readonly kind: string }): f is IndexFacts =>
  ['btree', 'gin', 'hnsw', 'ivfflat', 'other-index'].includes(f.kind);

/** @returns whether the index is rebuilt */
function index(s: BloatStructure, f: IndexFacts, options: CompactionOptions, { actions, left }: Decisions): boolean {
  const name = qualified(f.schema, s.name);
  if (!f.valid) {
    if (!LEFTOVER.test(bareName(f.schema, s.name))) {
      left.push({
        structure: s.id,
        why: `it is invalid and serves no query: REINDEX INDEX CONCURRENTLY ${name}, or drop it`,
        act: true,
      });
      return false;
    }
    actions.push({
      ...base('drop-invalid-index', s, 15),
      title: `drop ${s.name}: an interrupted REINDEX CONCURRENTLY left it, and every write still maintains it`,
      lock: 'schema',
      seconds: 1,
      diskNeeded: 0,
      reclaims: s.actual?.value ?? null,
      statement: `DROP INDEX CONCURRENTLY ${name}`,
    });
    return false;
  }
  if (f.kind === 'gin') pending(s, f, name, actions);
  const reserve = f.kind === 'hnsw' ? reserved(s, f, options) : 0;
  if (options.asked === s.id && f.kind === 'gin' && s.state === 'unmeasured') {
    actions.push(unseenGin(s, name));
    return true;
  }
  if (s.state !== 'bloated' || f.kind === 'other-index') {
    left.push(leftAlone(s));
    return false;
  }
  if (reserve > 0 && (s.reclaimable?.low ?? 0) <= reserve) {
    left.push({
      structure: s.id,
      why: `the vectors expected until the next run reuse its deleted elements (${formatBytes(reserve)})`,
    });
    return false;
  }
  if (s.confidence === 'low' && f.kind !== 'gin') {
    const table = qualified(f.schema, s.table ?? '');
    actions.push(analyze(s, table));
    left.push({ structure: s.id, why: `the statistics are old: ANALYZE ${table} first, then judge again` });
    return false;
  }
  const size = s.expected?.high ?? s.actual?.value ?? 0;
  actions.push({
    ...base('reindex', s, 20),
    title: `rebuild ${s.name}: ${formatBytes(s.reclaimable?.low ?? 0)} come back at the least (${formatPercent((s.percent?.low ?? 0) / 100)})`,
    lock: 'schema',
    seconds: rebuildSeconds(f, s),
    diskNeeded: size,
    reclaims: s.reclaimable?.value ?? null,
    statement: `REINDEX INDEX CONCURRENTLY ${name}`,
  });
  return true;
}

/** Nothing tells how full a GIN index is but its size right after a rebuild: whoever names it has it rebuilt. */
function unseenGin(s: BloatStructure, name: string): ReclaimAction {
  const bytes = s.actual?.value ?? 0;
  return {
    ...base('reindex', s, 20),
    title: `rebuild ${s.name}, as was asked: what comes back nobody can tell before, and its size then is remembered`,
    lock: 'schema',
    seconds: reindexSeconds('gin', bytes),
    diskNeeded: bytes,
    reclaims: null,
    statement: `REINDEX INDEX CONCURRENTLY ${name}`,
  };
}

function rebuildSeconds(f: IndexFacts, s: BloatStructure): number | null {
  const bytes = s.expected?.value ?? 0;
  if (f.kind === 'hnsw') return f.elements === null || f.dims === null ? null : hnswBuildSeconds(f.elements, f.dims);
  return f.kind === 'other-index' ? null : reindexSeconds(f.kind, bytes);
}

/** Bytes of an HNSW index that the expected inserts will fill again. */
function reserved(s: BloatStructure, f: HnswFacts, { expectedInserts = 0 }: CompactionOptions): number {
  if (f.elements === null || f.elements === 0 || s.expected === null) return 0;
  return (expectedInserts * s.expected.value) / f.elements;
}

function pending(s: BloatStructure, f: GinFacts, name: string, actions: ReclaimAction[]): void {
  const bytes = (f.pendingPages ?? 0) * PAGE_BYTES;
  if (bytes < PENDING_SHARE * f.pendingLimitBytes || bytes === 0) return;
  actions.push({
    ...base('gin-clean-pending', s, 40),
    title: `merge the pending list of ${s.name} (${formatBytes(bytes)}), which every search reads to its end`,
    lock: 'schema',
    seconds: reindexSeconds('gin', bytes),
    diskNeeded: bytes,
    // Into the index's own free pages.
    reclaims: 0,
    statement: `SELECT gin_clean_pending_list('${name.replaceAll("'", "''")}'::regclass)`,
  });
}

function table(
  s: BloatStructure,
  structure: Structure,
  f: HeapFacts,
  touched: boolean,
  snapshot: Snapshot,
  { actions, left }: Decisions,
): void {
  const name = qualified(f.schema, s.name);
  const never =
    f.statistics.state === 'never' &&
    (structure.rows === null || (s.expected === null && (s.actual?.value ?? 0) >= WORTH_ANALYSING_BYTES));
  const dead = s.deadShare ?? 0;
  if (s.state === 'dead' || touched) {
    const graph = graphRepair(s, f, dead, snapshot, actions);
    actions.push({
      ...base('vacuum', s, 30),
      title:
        s.state === 'dead'
          ? `vacuum ${s.name}: ${formatPercent(dead)} of its rows are dead; their room goes to new rows, not to the disk`
          : `vacuum ${s.name} after its indexes were rebuilt`,
      lock: 'schema',
      seconds: vacuumSeconds(s.actual?.value ?? 0) + graph,
      diskNeeded: 0,
      reclaims: 0,
      statement: `VACUUM (ANALYZE) ${name}`,
    });
  } else if (never) actions.push(analyze(s, name));
  if (s.state === 'bloated') {
    left.push({
      structure: s.id,
      why: `new rows use its free room; only VACUUM FULL (blocks everybody) or pg_repack would give ${formatBytes(s.reclaimable?.low ?? 0)} back to the disk`,
      act: true,
    });
  } else if (s.state !== 'dead' && !touched && !never) left.push(leftAlone(s));
}

/**
 * Seconds that VACUUM spends on HNSW graphs of the table that are not rebuilt before it. A graph whose repair takes longer
 * than building it anew is rebuilt, however small: VACUUM searches the neighbours of every deleted element again, and
 * then has a fresh index with nothing to repair.
 */
function graphRepair(
  s: BloatStructure,
  f: HeapFacts,
  dead: number,
  snapshot: Snapshot,
  actions: ReclaimAction[],
): number {
  if (dead < DEAD_SHARE.warn) return 0;
  let seconds = 0;
  for (const x of snapshot.structures) {
    const g = x.facts;
    if (g?.kind !== 'hnsw' || g.elements === null || g.dims === null || x.table === null) continue;
    if (bareName(f.schema, x.table) !== bareName(f.schema, s.table ?? s.name) || g.schema !== f.schema) continue;
    if (actions.some((a) => a.kind === 'reindex' && a.structure === x.id)) continue;
    const deleted = (g.elements * dead) / Math.max(0.01, 1 - dead);
    const repair = hnswRepairSeconds(deleted, g.elements, g.dims);
    const rebuild = hnswBuildSeconds(g.elements, g.dims);
    if (!g.valid || repair < REPAIR_WORTH_REBUILDING * rebuild) {
      seconds += repair;
      continue;
    }
    const name = qualified(g.schema, x.name);
    actions.push({
      id: `reindex:${x.id}`,
      kind: 'reindex',
      structure: x.id,
      order: 20,
      title: `rebuild ${x.name} (about ${formatSeconds(rebuild)}): VACUUM would repair its graph around ${formatCount(Math.round(deleted))} deleted elements for about ${formatSeconds(repair)}`,
      lock: 'schema',
      seconds: rebuild,
      diskNeeded: x.bytes,
      reclaims: null,
      statement: `REINDEX INDEX CONCURRENTLY ${name}`,
    });
  }
  return seconds;
}

function analyze(s: BloatStructure, table: string): ReclaimAction {
  return {
    ...base('analyze', s, 10),
    title: `analyse ${table}: what is known of it is too old or missing`,
    lock: 'schema',
    seconds: 2,
    diskNeeded: 0,
    reclaims: 0,
    statement: `ANALYZE ${table}`,
  };
}

function base<K extends ReclaimAction['kind']>(
  kind: K,
  s: BloatStructure,
  order: number,
): { id: string; kind: K; structure: string; order: number } {
  return { id: `${kind}:${s.id}`, kind, structure: s.id, order };
}
