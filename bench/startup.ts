/**
 * Start-up of every verb of memplan as a whole process, CPU time (user and system, all threads), against `node -e 0` in the
 * same run. Each sample is a few processes in a row, and stands beside a sample of `node -e 0` taken just before it, so that a
 * machine that drifts drifts for both; the ratio of the medians is what is quoted, with the lower quartile beside it, which
 * other work on the machine disturbs less.
 *
 *     npx tsx bench/startup.ts [rounds] [verb...]
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildRuns, commandLine } from '../build-runs.ts';

const root: string = join(dirname(fileURLToPath(import.meta.url)), '..');
const memplan: string = join(root, 'bin', 'memplan.cjs');
const [rounds = '20', ...only]: readonly string[] = process.argv.slice(2);
const scratch: string = join(tmpdir(), `memplan-startup-${process.pid}.yaml`);

/** bash tells milliseconds; several processes to a sample make it fractions of one. */
const PROCESSES_A_SAMPLE = 4;
/** What a start may cost, in starts of Node itself: for programs, and for people, who get a table drawn. */
const BARS = { json: 1.5, table: 2 } as const;

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly bar: number;
  readonly cpu: number[];
  readonly base: number[];
}

/** The first run of each verb, and of `explain` every kind: what its documentation shows first. */
function cases(): Case[] {
  const seen = new Set<string>();
  return buildRuns(root, scratch).flatMap((r) => {
    const kind = ['compare', 'article'].find((flag) => r.verb === 'explain' && r.options[flag] === true);
    const name = kind === undefined ? r.verb : `${r.verb} --${kind}`;
    if (seen.has(name) || (only.length > 0 && !only.includes(r.verb))) return [];
    seen.add(name);
    const line = [memplan, ...commandLine(r)];
    return [
      { name: `${name} --json`, args: [...line, '--json'], bar: BARS.json, cpu: [], base: [] },
      { name, args: line, bar: BARS.table, cpu: [], base: [] },
    ];
  });
}

/** CPU seconds of one process, by the kernel's own accounting of finished children. */
function cpuSeconds(args: readonly string[]): number {
  const { NODE_EXTRA_CA_CERTS: _unused, ...env } = process.env;
  const loop = `for ((i = 0; i < ${PROCESSES_A_SAMPLE}; i++)); do "$@" >/dev/null 2>&1 || exit 9; done`;
  const script = `TIMEFORMAT="%3U %3S"; time { ${loop}; }`;
  const child = spawnSync('/bin/bash', ['-c', script, 'bash', process.execPath, ...args], { env, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`failed: ${args.join(' ')}`);
  const [user, system] = child.stderr.trim().split(/\s+/).slice(-2).map(Number) as [number, number];
  return (user + system) / PROCESSES_A_SAMPLE;
}

const quantile = (list: readonly number[], share: number): number =>
  [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * share)] as number;

const all: readonly Case[] = cases();
for (let i = 0; i < Number(rounds); i++) {
  for (const c of all) {
    c.base.push(cpuSeconds(['-e', '0']));
    c.cpu.push(cpuSeconds(c.args));
  }
}
rmSync(scratch, { force: true });

const base: readonly number[] = all.flatMap((c) => c.base);
console.log(`node -e 0: ${(quantile(base, 0.5) * 1000).toFixed(1)} ms CPU, ${process.version}, ${rounds} rounds`);
let over = 0;
for (const { name, cpu, base: beside, bar } of all) {
  const ratio = quantile(cpu, 0.5) / quantile(beside, 0.5);
  const low = quantile(cpu, 0.25) / quantile(beside, 0.25);
  if (ratio > bar) over++;
  const ms = (quantile(cpu, 0.5) * 1000).toFixed(1).padStart(6);
  const verdict = ratio > bar ? `over ${bar.toFixed(1)} by ${(ratio - bar).toFixed(2)}` : `within ${bar.toFixed(1)}`;
  console.log(`${name.padEnd(24)} ${ms} ms   ${ratio.toFixed(2)} (lower quartile ${low.toFixed(2)})   ${verdict}`);
}
console.log(over === 0 ? 'all within their bars' : `${over} of ${all.length} over their bars`);
