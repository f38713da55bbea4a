/** Time of one whole estimate, tier and all, over random sound workloads: `npx tsx bench/throughput.ts [count]`. */
import fc from 'fast-check';
import { reportFrom } from '../test/capacity/plan-from-flags.ts';
import { soundFlags } from '../test/capacity/random-flags.ts';

const WARM_UP = 300;

const count = Number(process.argv[2] ?? 1000);
const workloads = fc.sample(soundFlags, { numRuns: count + WARM_UP, seed: 1 });
for (const flags of workloads.slice(0, WARM_UP)) reportFrom(flags);

const cpu = process.cpuUsage();
const wall = performance.now();
for (const flags of workloads.slice(WARM_UP)) reportFrom(flags);
const spent = process.cpuUsage(cpu);
const cpuMs = (spent.user + spent.system) / 1000;
const wallMs = performance.now() - wall;
console.log(
  `${count} estimates: ${cpuMs.toFixed(0)} ms CPU, ${wallMs.toFixed(0)} ms wall; ${((cpuMs / count) * 1000).toFixed(0)} µs CPU an estimate`,
);
