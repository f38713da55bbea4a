/** memctl: what a live store is, and closing the gap. Declarations only; each verb's work is in the file it loads. */
import type { CommandDeclaration, Load } from '../command.ts';
import { plainVerb } from '../plain-verb.ts';
import { runProcess } from '../process-runtime.ts';
import { runProgram } from '../program.ts';
import { VERSION } from '../version.ts';

const STORE_OPTIONS = [
  {
    flags: '--profile <NAME>',
    summary: 'take the store for this memory system instead of detecting it',
    group: 'Store:',
  },
  {
    flags: '--map <FILE>',
    summary: 'which columns of which tables mean what, for a system that no profile knows',
    group: 'Store:',
  },
  {
    flags: '--config <FILE>',
    summary: 'stores by name and what vacuum may remove, default memctl.yaml',
    group: 'Store:',
  },
];

const INPUT_OPTION = {
  flags: '--input <FILE>',
  summary: 'a report or snapshot saved with --json, instead of a store',
  group: 'Store:',
};

/** What every verb has that changes a store. */
const CHANGE_OPTIONS = [
  { flags: '--dry-run', summary: 'print what would be done; not one byte is changed', group: 'Safety:' },
  { flags: '--yes', summary: 'on a terminal, go on without asking', group: 'Safety:' },
  {
    flags: '--ledger <DIR>',
    summary: 'where runs are written down, default ~/.local/state/memctl/runs',
    group: 'Safety:',
  },
];

const CAP_OPTIONS = [
  { flags: '--max-delete <N>', summary: 'refuse to remove more rows than this', group: 'Safety:' },
  {
    flags: '--max-delete-pct <PERCENT>',
    summary: 'refuse to remove more than this share of a kind of rows, default 50',
    group: 'Safety:',
  },
  {
    flags: '--archive <DIR>',
    summary: 'keep every removed row there, so that memctl undo can put it back',
    group: 'Safety:',
  },
];

const PLAN_OPTION = {
  flags: '-o, --output <FILE>',
  summary: 'save the maintenance plan for memctl apply, and change nothing',
  group: 'Safety:',
};

/** For verbs that take the store from a plan or from the ledger. */
const NAMED_STORE_OPTION = {
  flags: '--store <STORE>',
  summary: 'the store, where its address alone does not open it (a password)',
  group: 'Store:',
};

const COMMANDS: readonly CommandDeclaration[] = [
  {
    name: 'stats',
    summary: 'what the store holds and takes: memories, namespaces, ages, bytes by structure',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      INPUT_OPTION,
      { flags: '--no-history', summary: 'neither compare with the last run nor remember this one', group: 'Output:' },
      { flags: '--explain', summary: 'with --json, how every expected size was computed', group: 'Output:' },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memctl stats sqlite:brain.db', 'memctl stats sqlite:brain.db --json'],
  },
  {
    name: 'detect',
    summary: 'which memory system and tables were recognised, on what evidence',
    arguments: '[store...]',
    options: [...STORE_OPTIONS, INPUT_OPTION],
    formats: ['table', 'json'],
    examples: ['memctl detect sqlite:brain.db', 'MEMCTL_STORE=sqlite:brain.db memctl detect'],
  },
  {
    name: 'hot',
    summary: 'namespaces by count, bytes, growth and share; which have earned an index of their own',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      INPUT_OPTION,
      { flags: '--no-history', summary: 'neither compare with the last run nor remember this one', group: 'Output:' },
      { flags: '--approx', summary: 'statistics and sampling instead of counting every row', group: 'Counting:' },
      { flags: '--exact', summary: 'count every row (the default)', group: 'Counting:' },
      { flags: '--seed <N>', summary: 'seed of the sampling, default 1', group: 'Counting:' },
      { flags: '--top <N>', summary: 'namespaces listed by name, default 20', group: 'Counting:' },
      {
        flags: '--threshold <ROWS>',
        summary: 'rows from which a namespace has earned an index of its own, default 100K',
        group: 'Counting:',
      },
      {
        flags: '--since <FILE>',
        summary: 'an earlier hot report saved with --json: growth is computed against it',
        group: 'Counting:',
      },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memctl hot sqlite:brain.db', 'memctl hot postgres://app@db/memories --approx --threshold 50K'],
  },
  {
    name: 'bloat',
    summary: 'what every structure takes, what it would take rebuilt, and how sure that is',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      INPUT_OPTION,
      {
        flags: '--exact',
        summary: 'read whole indexes where the engine offers it (pgstattuple, page samples)',
        group: 'Measuring:',
      },
      {
        flags: '--min-percent <PERCENT>',
        summary: 'share that must be reclaimable before a structure counts as bloated, default by kind',
        group: 'Measuring:',
      },
      {
        flags: '--min-bytes <SIZE>',
        summary: 'bytes that must be reclaimable as well, default 10 MiB',
        group: 'Measuring:',
      },
      {
        flags: '--fail-on <LEVEL>',
        summary: 'exit 1 when a structure is bloated at this level or above: warn or crit',
        group: 'Output:',
      },
      { flags: '--explain', summary: 'with --json, how every expected size was computed', group: 'Output:' },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: ['memctl bloat sqlite:brain.db', 'memctl bloat postgres://app@db/memories --exact --fail-on crit'],
  },
  {
    name: 'vacuum',
    summary: 'removes what has expired, and what exceeds configured quotas, caps or ages; then gives the space back',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      { flags: '--quotas', summary: 'enforce the quotas that the store itself keeps', group: 'What goes:' },
      { flags: '--no-compact', summary: 'remove rows only, reclaim nothing', group: 'What goes:' },
      ...CAP_OPTIONS,
      ...CHANGE_OPTIONS,
      PLAN_OPTION,
    ],
    formats: ['table', 'json'],
    examples: [
      'memctl vacuum sqlite:brain.db --dry-run',
      'memctl vacuum sqlite:brain.db --archive removed/',
      'memctl vacuum postgres://app@db/memories --max-delete 100K -o plan.json',
    ],
  },
  {
    name: 'compact',
    summary: 'gives space back: nothing, VACUUM, REINDEX or a rebuild, decided for each structure',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      { flags: '--exact', summary: 'read whole indexes before judging them', group: 'What is done:' },
      { flags: '--structure <ID>', summary: 'this structure alone, as memctl bloat names it', group: 'What is done:' },
      {
        flags: '--min-bytes <SIZE>',
        summary: 'bytes that must come back before anything is done, default by kind',
        group: 'What is done:',
      },
      ...CHANGE_OPTIONS,
      PLAN_OPTION,
    ],
    formats: ['table', 'json'],
    examples: ['memctl compact sqlite:brain.db --dry-run', 'memctl compact postgres://app@db/memories --exact'],
  },
  {
    name: 'dedup',
    summary: 'how much is the same memory twice, with evidence; --apply supersedes it, undo takes it back',
    arguments: '[store...]',
    options: [
      ...STORE_OPTIONS,
      {
        flags: '--input <FILE>',
        summary: 'pairs saved with --output, under another threshold, or a saved report, instead of a store',
        group: 'Store:',
      },
      {
        flags: '--threshold <COSINE>',
        summary: "least similarity of near duplicates, default calibrated on the store's own pairs",
        group: 'Comparing:',
      },
      { flags: '--sample <ROWS>', summary: 'the rate alone, from so many random rows', group: 'Comparing:' },
      { flags: '--seed <N>', summary: 'seed of the sampling and the calibration, default 1', group: 'Comparing:' },
      {
        flags: '--keep <POLICY>',
        summary:
          'which row stays: policy (pinned, confidence, use, newest), newest, oldest, longest, shortest, most-used',
        group: 'Comparing:',
      },
      {
        flags: '--set <ID>',
        summary: 'these kinds of rows, comma-separated, as memctl stats names them',
        group: 'Comparing:',
      },
      {
        flags: '--across-namespaces',
        summary: 'also list texts that stand in several namespaces; they are never merged',
        group: 'Comparing:',
      },
      {
        flags: '--push-down',
        summary: "let the store's own vector index find the neighbours; what it misses is missed",
        group: 'Comparing:',
      },
      {
        flags: '--review [FILE]',
        summary: 'write the clusters to a file to decide in; without FILE, ask one by one',
        group: 'Deciding:',
      },
      {
        flags: '--apply',
        summary: 'supersede what needs no review, or with --review what is accepted there',
        group: 'Deciding:',
      },
      {
        flags: '--delete',
        summary: 'remove the rows instead, where no way to supersede them is known',
        group: 'Deciding:',
      },
      ...CAP_OPTIONS,
      ...CHANGE_OPTIONS,
      {
        flags: '-o, --output <FILE>',
        summary: 'save the pairs to look at them again with --input; with --apply the maintenance plan',
        group: 'Output:',
      },
      { flags: '--top <N>', summary: 'clusters shown, default 5', group: 'Output:' },
      { flags: '--no-content', summary: 'ids and figures, not a word of a memory', group: 'Output:' },
      {
        flags: '--fail-on-rate <PERCENT>',
        summary: 'exit 1 when more than this share is redundant for certain',
        group: 'Output:',
      },
    ],
    formats: ['table', 'json', 'csv', 'markdown'],
    examples: [
      'memctl dedup sqlite:brain.db',
      'memctl dedup postgres://app@db/memories --sample 2000',
      'memctl dedup sqlite:brain.db --review decisions.yaml',
      'memctl dedup sqlite:brain.db --apply --dry-run',
    ],
  },
  {
    name: 'apply',
    summary: 'carries out a saved maintenance plan, as it was reviewed or not at all',
    arguments: '<plan>',
    options: [NAMED_STORE_OPTION, ...STORE_OPTIONS, ...CAP_OPTIONS, ...CHANGE_OPTIONS],
    formats: ['table', 'json'],
    examples: ['memctl apply plan.json', 'memctl apply plan.json --dry-run'],
  },
  {
    name: 'undo',
    summary: 'puts back the rows that a run removed, from its archive',
    arguments: '<run>',
    options: [
      NAMED_STORE_OPTION,
      ...STORE_OPTIONS,
      { flags: '--archive <DIR>', summary: 'where the removed rows are, when they were moved', group: 'Safety:' },
      ...CHANGE_OPTIONS,
    ],
    formats: ['table', 'json'],
    examples: ['memctl undo last', 'memctl undo 20261121T104213123Z-8f3a --dry-run'],
  },
  {
    name: 'runs',
    summary: 'the ledger: what was done to which store, when, and how it ended',
    arguments: '[run]',
    options: [
      {
        flags: '--ledger <DIR>',
        summary: 'where runs are written down, default ~/.local/state/memctl/runs',
        group: 'Output:',
      },
    ],
    formats: ['table', 'json'],
    examples: ['memctl runs', 'memctl runs last'],
  },
  {
    name: 'demo',
    summary: 'makes a small SQLite store with something for every verb to find',
    arguments: '[file]',
    options: [{ flags: '--force', summary: 'write over a file that is no demo store', group: 'Output:' }],
    formats: ['table', 'json'],
    examples: ['memctl demo', 'memctl demo /tmp/try.db'],
  },
];

const ACTIONS: Readonly<Record<string, Load>> = {
  stats: async () => (await import('./stats.ts')).action,
  detect: async () => (await import('./detect.ts')).action,
  hot: async () => (await import('./hot.ts')).action,
  bloat: async () => (await import('./bloat.ts')).action,
  vacuum: async () => (await import('./vacuum.ts')).action,
  compact: async () => (await import('./compact.ts')).action,
  dedup: async () => (await import('./dedup.ts')).action,
  apply: async () => (await import('./apply.ts')).action,
  undo: async () => (await import('./undo.ts')).action,
  runs: async () => (await import('./runs.ts')).action,
  demo: async () => (await import('./demo.ts')).action,
};

runProcess((runtime) =>
  runProgram(
    {
      name: 'memctl',
      plain(verb) {
        const c = COMMANDS.find(({ name }) => name === verb);
        return c === undefined ? undefined : plainVerb(c);
      },
      load: (verb) => (ACTIONS[verb] as Load)(),
      declare: () => ({
        summary: 'What a live memory store is, and closing the gap to what it should be.',
        version: VERSION,
        commands: COMMANDS,
        examples: [
          'memctl stats sqlite:brain.db',
          'memctl bloat postgres://app@db/memories',
          'memctl vacuum sqlite:brain.db --dry-run',
        ],
      }),
    },
    runtime,
  ),
);
