/** `memctl demo`: a store to try every verb on. */
import { resolve } from 'node:path';
import type { DemoStore } from '../../adapters/sqlite/demo-store.ts';
import { formatBytes, formatCount } from '../../quantity/index.ts';
import type { Action, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';

const DEFAULT_FILE = './memctl-demo.db';

export interface DemoReport {
  readonly schemaVersion: 1;
  readonly kind: 'demo-report';
  readonly generatedAt: string;
  readonly store: DemoStore;
  readonly try: readonly { readonly command: string; readonly shows: string }[];
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const given = args[0] ?? DEFAULT_FILE;
    const { makeDemoStore } = await import('../../adapters/sqlite/demo-store.ts');
    const store = await makeDemoStore(resolve(runtime.cwd, given.replace(/^sqlite:/, '')), {
      now: runtime.now,
      force: options['force'] === true,
    });
    const address = `sqlite:${given.replace(/^sqlite:/, '')}`;
    const report: DemoReport = {
      schemaVersion: 1,
      kind: 'demo-report',
      generatedAt: runtime.now.toISOString(),
      store,
      try: tries(address, store),
    };
    return { exit: EXIT.done, render: (view) => render(report, address, view) };
  },
};

function tries(address: string, s: DemoStore): DemoReport['try'] {
  const n = formatCount;
  return [
    {
      command: `memctl stats ${address}`,
      shows: `${n(s.entries)} cached answers, ${n(s.memories)} memories, bytes by structure`,
    },
    { command: `memctl hot ${address}`, shows: `${s.hot.namespace} holds ${n(s.hot.rows)} of them` },
    {
      command: `memctl bloat ${address}`,
      shows: `${n(s.vectors)} vectors in ${n(s.vectorSlots)} slots, free pages, a log`,
    },
    {
      command: `memctl dedup ${address}`,
      shows: `${n(s.exactDuplicates)} answers stored twice word for word, ${n(s.nearDuplicates)} nearly (expired ones counted)`,
    },
    {
      command: `memctl vacuum ${address} --dry-run`,
      shows: `${n(s.expired)} expired, ${n(s.orphans)} vectors without a memory`,
    },
    // Before the purge, which gives space back by itself and would leave nothing to it.
    { command: `memctl compact ${address}`, shows: 'the vectors packed, the file rebuilt' },
    {
      command: `memctl vacuum ${address} --quotas --archive ./kept`,
      shows: `${s.overQuota.namespace} over its quota too, and every row kept for undo`,
    },
    { command: 'memctl runs', shows: 'what was done' },
    { command: 'memctl undo last', shows: 'every row of the purge put back' },
  ];
}

function render(report: DemoReport, address: string, view: View): string {
  if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  const s = report.store;
  const n = formatCount;
  const width = Math.max(...report.try.map((t) => t.command.length));
  const wide = view.columns >= width + 24;
  const lines = [
    `  ${address}: a demo store of ${formatBytes(s.bytes)}, and a log of ${formatBytes(s.logBytes)}`,
    '',
    `  A semantic cache (mneme): ${n(s.entries)} answers in ${n(s.namespaces)} namespaces, ${n(s.hot.rows)} of them in ${s.hot.namespace};`,
    `  ${n(s.expired)} have expired, ${n(s.exactDuplicates)} repeat another word for word and ${n(s.nearDuplicates)} nearly (expired ones counted); ${s.overQuota.namespace} holds ${n(s.overQuota.rows)} of ${n(s.overQuota.quota)}.`,
    `  A memory service (mcp-memory-service): ${n(s.memories)} memories, ${n(s.softDeleted)} of them marked deleted and ${n(s.repeatedMemories)} said twice;`,
    `  sqlite-vec keeps ${n(s.vectors)} vectors in ${n(s.vectorSlots)} slots, ${n(s.orphans)} of them without their memory.`,
    `  ${formatBytes(s.freeBytes)} of free pages. Made by a seed; dates are counted from now.`,
    '',
    '  TRY',
    ...report.try.flatMap((t) =>
      wide ? [`  ${t.command.padEnd(width)}   ${t.shows}`] : [`  ${t.command}`, `      ${t.shows}`],
    ),
  ];
  return `${lines.join('\n')}\n`;
}
