/** memplan: what a memory store should take. Each verb's work is in the file it loads; what the verbs declare is in commands.ts. */
import type { Load } from '../command.ts';
import { runProcess } from '../process-runtime.ts';
import { type Program, runProgram } from '../program.ts';
import { VERSION } from '../version.ts';
import { plainVerbOf } from './plain-verbs.ts';

const ACTIONS: Readonly<Record<string, Load>> = {
  estimate: async () => (await import('./estimate.ts')).action,
  compare: async () => (await import('./compare.ts')).action,
  diff: async () => (await import('./diff.ts')).action,
  explain: async () => (await import('./explain.ts')).action,
  forecast: async () => (await import('./forecast.ts')).action,
  gate: async () => (await import('./gate.ts')).action,
  calibrate: async () => (await import('./calibrate.ts')).action,
  selftest: async () => (await import('./selftest.ts')).action,
  shard: async () => (await import('./shard.ts')).action,
  cache: async () => (await import('./cache.ts')).action,
  place: async () => (await import('./place.ts')).action,
  writes: async () => (await import('./writes.ts')).action,
  reembed: async () => (await import('./reembed.ts')).action,
  prices: async () => (await import('./prices.ts')).action,
  init: async () => (await import('./init.ts')).action,
};

const MEMPLAN: Program = {
  name: 'memplan',
  plain: plainVerbOf,
  load: (verb) => (ACTIONS[verb] as Load)(),
  async declare() {
    const { COMMANDS } = await import('./commands.ts');
    return {
      summary: 'What a memory store should take: size, RAM, build and query time, money, tier.',
      version: VERSION,
      commands: COMMANDS,
      examples: ['memplan estimate --n 10M --dims 1536', 'memplan estimate --from sqlite:brain.db'],
    };
  },
};

runProcess((runtime) => runProgram(MEMPLAN, runtime), true);
