/**
 * Runs of memplan that the build makes: between them they use the formulas that the bundles hold compiled, and compile what a
 * start compiles. Each verb as its documentation shows it, and where a flag leads to other code, with that flag.
 */
import { join } from 'node:path';

export interface BuildRun {
  /** The verb, and the name of the file under src/cli/memplan/ that holds its action. */
  readonly verb: string;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
}

/**
 * @param root folder of package.json
 * @param scratch a file that `init` may write
 */
export function buildRuns(root: string, scratch: string): BuildRun[] {
  const gate = join(root, 'fixtures/gate/pass');
  const baseline = join(gate, 'baseline.json');
  const workload = { n: '10M', dims: '1536' };
  const run = (verb: string, options: BuildRun['options'], ...args: string[]): BuildRun => ({ verb, args, options });
  return [
    run('estimate', workload),
    run('estimate', { n: '2M', dims: '1024', type: 'halfvec', ram: '32GiB', 'slo-p99': '20ms' }),
    run('estimate', { n: '5M', dims: '768', 'writes-per-day': '100k', 'queries-per-second': '50', users: '20k' }),
    run('gate', { config: join(gate, 'memplan.yaml'), baseline }),
    run('compare', workload),
    run('diff', { n: '12M', dims: '1536' }, baseline),
    run('diff', {}, baseline, baseline),
    run('explain', workload, 'vector-index'),
    run('explain', {}),
    run('explain', { compare: true, ...workload }),
    run('explain', { article: true }),
    run('forecast', { ...workload, 'growth-per-day': '20k' }),
    run('forecast', {
      users: '50k',
      'memories-per-user': '40',
      'writes-per-day': '30k',
      ttl: '180d',
      'dedup-rate': '20%',
    }),
    run('reembed', { ...workload, 'to-model': 'text-embedding-3-large' }),
    run('reembed', { n: '100M', 'to-model': 'voyage-3.5', 'writes-per-day': '1M', batch: true }),
    run('shard', workload),
    run('shard', { n: '200M', users: '2M', shards: '4', to: '6', 'writes-per-day': '5M' }),
    run('cache', { ...workload, 'queries-per-second': '200' }),
    run('cache', workload),
    run('place', { n: '1M', 'item-bytes': '64kB', 'queries-per-second': '50' }),
    run('place', workload),
    run('writes', { ...workload, 'writes-per-day': '1M', 'queries-per-second': '50' }),
    run('prices', {}),
    run('selftest', {}),
    run('init', { yes: true, n: '1M', dims: '768', force: true, output: scratch }),
  ];
}

/** The run as a command line. */
export function commandLine(r: BuildRun): string[] {
  const flags = Object.entries(r.options).flatMap(([name, v]) => (v === true ? [`--${name}`] : [`--${name}`, v]));
  return [r.verb, ...r.args, ...flags];
}
