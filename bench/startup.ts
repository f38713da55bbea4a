/**
 * Start-up of the programs as whole processes, CPU time, against `node -e 0` in the same run. Rounds are interleaved, so that a
 * machine that drifts drifts for all of them; the median of the ratios is what is quoted.
 *
 *     npx tsx bench/startup.ts [rounds]
 */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root: string = join(dirname(fileURLToPath(import.meta.url)), '..');
const memplan: string = join(root, 'bin', 'memplan.cjs');
const rounds: number = Number(process.argv[2] ?? 20);

const workload: readonly string[] = ['estimate', '--n', '10M', '--dims', '1536'];
const runs: Readonly<Record<string, readonly string[]>> = {
  'node -e 0': ['-e', '0'],
  'memplan estimate --json': [memplan, ...workload, '--json'],
  'memplan estimate': [memplan, ...workload],
  'memplan --help': [memplan, '--help'],
};

/** CPU seconds (user and system) of one finished child, from the kernel's own accounting. */
function cpuSeconds(args: readonly string[]): number {
  const { NODE_EXTRA_CA_CERTS: _unused, ...env } = process.env;
  const child = spawnSync(
    '/bin/bash',
    ['-c', 'TIMEFORMAT="%U %S"; time "$@" >/dev/null 2>&1', 'bash', process.execPath, ...args],
    { env, encoding: 'utf8' },
  );
  const [user, system] = child.stderr.trim().split(/\s+/).slice(-2).map(Number) as [number, number];
  return user + system;
}

const median = (list: readonly number[]): number =>
  [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] as number;

const seen = new Map<string, number[]>(Object.keys(runs).map((name) => [name, []]));
for (let i = 0; i < rounds; i++)
  for (const [name, args] of Object.entries(runs)) seen.get(name)?.push(cpuSeconds(args));

const base = seen.get('node -e 0') as number[];
for (const [name, list] of seen) {
  const ratios = list.map((s, i) => s / (base[i] as number));
  console.log(
    `${name.padEnd(26)} ${(median(list) * 1000).toFixed(1).padStart(7)} ms CPU   ${median(ratios).toFixed(2)} × node -e 0`,
  );
}
