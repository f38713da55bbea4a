/**
 * How often the interval of `memctl dedup --sample` covers the redundancy that an audit of everything finds, over 200 made stores:
 * `tsx bench/dedup-sample.ts [stores]`. Tidy and cluttered ones, even and skewed namespaces, small and large clusters; half of
 * them with a budget that leaves room for some of the namespaces alone.
 */
import { auditSet, setReport } from '../src/dedup/index.ts';
import { openVectorPairs } from '../src/parallel/open-vector-pairs.ts';
import { madeRows } from '../test/dedup/made-rows.ts';
import { memorySet, rowStore, sha256 } from '../test/dedup/row-store.ts';

const STORES = Number(process.argv[2] ?? 200);
const ROWS = 3000;
const SAMPLE = 250;
const BUDGET = 700;
const REPEATS = [0, 0.005, 0.03, 0.1, 0.3, 0.6, 0.9, 0.97];
const NAMESPACES = [12, 60, 300];
const SKEWS = [1, 2, 4];

interface Tally {
  runs: number;
  covered: number;
  twins: number;
  width: number;
  read: number;
}
const none = (): Tally => ({ runs: 0, covered: 0, twins: 0, width: 0, read: 0 });
const byWay = new Map<string, Tally>();

for (let i = 0; i < STORES; i++) {
  const rows = madeRows({
    rows: ROWS,
    namespaces: NAMESPACES[i % NAMESPACES.length] as number,
    dims: 16,
    repeats: REPEATS[i % REPEATS.length] as number,
    skew: SKEWS[Math.floor(i / 3) % SKEWS.length] as number,
    seed: 1000 + i,
  });
  const set = memorySet(rows);
  const o = { openVectors: () => openVectorPairs({ threads: 1 }), sha256, seed: i, threshold: 0.93 };
  const whole = setReport(await auditSet(rowStore(rows), set, o)).set.rate;
  const budget = i % 2 === 0 ? 1e6 : BUDGET;
  const report = setReport(await auditSet(rowStore(rows), set, { ...o, sample: { rows: SAMPLE, budget } })).set;
  const covers = (of: 'redundancy' | 'withTwin'): number =>
    Number(report.rate[of].low <= whole[of].value + 1e-12 && whole[of].value <= report.rate[of].high + 1e-12);
  for (const way of ['all', i % 2 === 0 ? 'rows' : 'namespaces']) {
    const tally = byWay.get(way) ?? none();
    byWay.set(way, tally);
    tally.runs++;
    tally.covered += covers('redundancy');
    tally.twins += covers('withTwin');
    tally.width += report.rate.redundancy.high - report.rate.redundancy.low;
    tally.read += report.rows / ROWS;
  }
}
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
for (const [way, t] of byWay)
  console.log(
    `${way.padEnd(10)} ${t.runs} stores: redundancy covered in ${percent(t.covered / t.runs)}, rows with a twin in ${percent(t.twins / t.runs)}; mean width ${percent(t.width / t.runs)}, rows read ${percent(t.read / t.runs)}`,
  );
const all = byWay.get('all') ?? none();
process.exitCode = all.covered / all.runs >= 0.94 && all.twins / all.runs >= 0.94 ? 0 : 1;
