/**
 * What a whole audit takes without a database in the way: rows are made as they are asked for, so that memory is the audit's own.
 * `tsx bench/dedup-audit.ts [rows] [namespaces] [dims]`; one row in ten repeats another one of its namespace.
 */
import { createHash } from 'node:crypto';
import { auditSet, setReport } from '../src/dedup/index.ts';
import { openVectorPairs } from '../src/parallel/open-vector-pairs.ts';
import { type ScanRow, type Store, uncountedSet } from '../src/store/index.ts';

const [ROWS = 1_000_000, NAMESPACES = 10_000, DIMS = 384] = process.argv.slice(2).map(Number);
const TENTH = 10;

function directionOf(row: number, into: Float32Array): Float32Array {
  let state = Math.imul(row + 1, 0x9e3779b1) | 1;
  for (let i = 0; i < into.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    into[i] = state / 2 ** 31;
  }
  return into;
}

/** Row i repeats the row before it in its namespace when i ends in 7 there: a third each the same, typed otherwise, near. */
function made(row: number): ScanRow {
  const inNamespace = Math.floor(row / NAMESPACES);
  const repeats = inNamespace % TENTH === 7;
  const model = repeats ? row - NAMESPACES : row;
  const vector = directionOf(model, new Float32Array(DIMS));
  const text = `memory ${model}: ${(model * 2654435761) % 4294967296} was told in the morning, and again at lunch; what came of it is written down elsewhere`;
  const way = repeats ? row % 3 : 0;
  if (way === 2) for (let i = 0; i < DIMS; i++) vector[i] = (vector[i] as number) + 0.1 * Math.sin(row + i);
  return {
    id: String(row),
    namespace: `tenant-${row % NAMESPACES}`,
    text: way === 1 ? text.toUpperCase() : way === 2 ? `${text} now` : text,
    vector,
    created: 1.7e12 + row * 1000,
  };
}

const store = {
  async *scan({ keys }: { readonly keys?: readonly string[] }): AsyncGenerator<ScanRow> {
    if (keys !== undefined) for (const key of keys) yield made(Number(key));
    else for (let row = 0; row < ROWS; row++) yield made(row);
  },
} as unknown as Store;

const head = { id: 'made:rows', profile: 'made', role: 'memory', title: 'rows', table: 'rows', primary: true } as const;
const seconds = (): string => {
  const { user, system } = process.cpuUsage();
  return `${((performance.now() - begun) / 1000).toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} CPU s`;
};
let begun = performance.now();
for (let row = 0; row < ROWS; row++) made(row);
console.log(`rows made alone: ${seconds()}`);
begun = performance.now();
let phase = '';
const audit = await auditSet(store, uncountedSet(head, ROWS), {
  openVectors: () => openVectorPairs({}),
  sha256: (bytes) => createHash('sha256').update(bytes).digest('hex'),
  seed: 1,
  threshold: 0.95,
  onProgress: (p) => {
    if (p.phase === phase) return;
    phase = p.phase;
    console.log(`${p.phase} begins at ${seconds()}, resident ${Math.round(process.memoryUsage.rss() / 1e6)} MB`);
  },
});
const { set } = setReport(audit);
console.log(`report at ${seconds()}`);
console.log(set.levels, set.rate.redundancy.value, set.how);
console.log(`peak resident ${Math.round(process.resourceUsage().maxRSS / 1000)} MB`);
