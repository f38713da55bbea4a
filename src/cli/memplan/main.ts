/** memplan: what a memory store should take. Declarations only; each verb's work is in the file it loads. */
import type { CommandDeclaration } from '../command.ts';
import { runProcess } from '../process-runtime.ts';
import { runProgram } from '../program.ts';
import { VERSION } from '../version.ts';
import { action as estimateAction } from './estimate.ts';
import { WORKLOAD_OPTIONS } from './workload-options.ts';

const EXPLAIN = {
  flags: '--explain',
  summary: 'how every figure was computed: formula, numbers, result, source',
  group: 'Output:',
};

const COMMANDS: readonly CommandDeclaration[] = [
  {
    name: 'estimate',
    summary: 'size, RAM, build, query, cost and recommended tier for one workload',
    options: [
      ...WORKLOAD_OPTIONS,
      EXPLAIN,
      { flags: '--input <FILE>', summary: 'print a report saved with --json again', group: 'Where inputs come from:' },
    ],
    formats: ['table', 'json', 'ndjson', 'csv', 'markdown'],
    examples: [
      'memplan estimate --n 10M --dims 1536',
      'memplan estimate --n 2M --dims 1024 --type halfvec --ram 32GiB --slo-p99 20ms',
      'memplan estimate --from sqlite:brain.db --format markdown',
    ],
    load: async () => estimateAction,
  },
  {
    name: 'explain',
    summary: 'one figure of the report: formula, numbers, source, down to the leaves',
    arguments: '[figure]',
    options: WORKLOAD_OPTIONS,
    formats: ['table', 'json'],
    examples: [
      'memplan explain vector-index --n 10M --dims 1536',
      'memplan explain build.seconds --n 1M',
      'memplan explain',
    ],
    load: async () => (await import('./explain.ts')).action,
  },
  {
    name: 'selftest',
    summary: 'predicts the shipped table of real measured sizes and prints the error by engine',
    options: [{ flags: '--rows', summary: 'every row, not only the summary', group: 'Output:' }],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memplan selftest', 'memplan selftest --rows --format csv > errors.csv'],
    load: async () => (await import('./selftest.ts')).action,
  },
];

runProcess((runtime) =>
  runProgram(
    {
      name: 'memplan',
      summary: 'What a memory store should take: size, RAM, build and query time, money, tier.',
      version: VERSION,
      commands: COMMANDS,
      examples: ['memplan estimate --n 10M --dims 1536', 'memplan estimate --from sqlite:brain.db'],
    },
    runtime,
  ),
);
