/** memctl: what a live store is. Declarations only; each verb's work is in the file it loads. */
import type { CommandDeclaration } from '../command.ts';
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
    flags: '--input <FILE>',
    summary: 'a report or snapshot saved with --json, instead of a store',
    group: 'Store:',
  },
];

const COMMANDS: readonly CommandDeclaration[] = [
  {
    name: 'stats',
    summary: 'what the store holds and takes: memories, namespaces, ages, bytes by structure',
    arguments: '[store]',
    options: [
      ...STORE_OPTIONS,
      { flags: '--explain', summary: 'with --json, how every expected size was computed', group: 'Output:' },
    ],
    formats: ['table', 'json'],
    examples: ['memctl stats sqlite:brain.db', 'memctl stats sqlite:brain.db --json'],
    load: async () => (await import('./stats.ts')).action,
  },
  {
    name: 'detect',
    summary: 'which memory system and tables were recognised, on what evidence',
    arguments: '[store]',
    options: STORE_OPTIONS,
    formats: ['table', 'json'],
    examples: ['memctl detect sqlite:brain.db', 'MEMCTL_STORE=sqlite:brain.db memctl detect'],
    load: async () => (await import('./detect.ts')).action,
  },
];

runProcess((runtime) =>
  runProgram(
    {
      name: 'memctl',
      summary: 'What a live memory store holds and takes.',
      version: VERSION,
      commands: COMMANDS,
      examples: ['memctl stats sqlite:brain.db', 'memctl detect sqlite:brain.db'],
    },
    runtime,
  ),
);
