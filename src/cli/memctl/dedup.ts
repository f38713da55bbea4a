/** `memctl dedup`: how much of a store is the same memory twice; with --apply, what is, is superseded. */
import { existsSync } from 'node:fs';
import type { DedupReport } from '../../dedup/dedup-report.ts';
import { InputError } from '../../quantity/index.ts';
import type { Action, Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { applyDuplicates, reviewFileOf } from './dedup-apply.ts';
import { auditStore } from './dedup-audit.ts';
import { type DedupFlags, dedupFlags } from './dedup-flags.ts';
import { savedDedup } from './dedup-saved.ts';
import { type MaintenanceDocument, renderMaintenance } from './maintain.ts';
import { byWholePath, namedStore } from './named-store.ts';
import { readJson, snapshotOfStore } from './open-target.ts';
import { writeOutput } from './output-file.ts';
import { overStores, type StoreOutcome, savedOutcome } from './over-stores.ts';
import { progressOn } from './progress.ts';
import { storeAgain } from './reading-flags.ts';
import { type Reviewing, reviewed } from './review.ts';
import { openChoice, type StoreChoice, storeChoices } from './stores.ts';

interface AuditOutcome extends StoreOutcome<DedupReport> {
  readonly reviewing?: Reviewing;
  /** How the next command names the store. */
  readonly again?: string;
}

/** The audit of one store, and what was decided about it. @throws InputError, StoreError */
export async function dedupOf(
  chosen: StoreChoice,
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
): Promise<AuditOutcome> {
  const choice = byWholePath(chosen, runtime.cwd);
  const { now, cwd, env, signal } = runtime;
  const audited = await (async () => {
    using progress = progressOn(runtime, options, choice.name);
    await using store = await openChoice(choice, 'read', { cwd, env, signal });
    const wish = { sections: ['profiles', 'memories'], removal: { ages: false, namespaces: false } } as const;
    const snapshot = await snapshotOfStore(store, choice, wish, { now, cwd, env, signal, onProgress: progress.step });
    return await auditStore({ store, choice, snapshot, flags, runtime, progress, dividend: true });
  })();
  if (flags.output !== null) writeOutput('--output', flags.output, audited.pairs());
  const notes =
    flags.output === null
      ? []
      : [`the pairs are in ${flags.output}; memctl dedup --input ${flags.output} --threshold X looks at them again`];
  const again = storeAgain(audited.report.store.address, options, choice);
  return { ...(await concluded(audited.report, again, flags, options, runtime, notes)), again };
}

/** With what was asked for besides: decisions, a gate, texts left out. */
async function concluded(
  report: DedupReport,
  again: string,
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
  notes: readonly string[],
): Promise<AuditOutcome> {
  const exit = dedupExit(report, flags.failOnRate);
  if (flags.review === null) return { report, exit, notes };
  const reviewing = await reviewed(report, flags.review, again, options, runtime);
  return { report, exit, notes: [...notes, ...reviewing.notes], reviewing };
}

/** 1 when the rate is above the bar for certain; 3 when something asked for is missing, and the note says which. */
export function dedupExit(report: DedupReport, failOnRate: number | null): number {
  if (failOnRate !== null && report.sets.some((s) => s.rate.redundancy.low > failOnRate)) return EXIT.breached;
  return report.notes.some((n) => n.level === 'unmeasured') ? EXIT.partial : EXIT.done;
}

export const action: Action = {
  async execute(args, options, runtime): Promise<Outcome> {
    const flags = dedupFlags(options, args, runtime);
    if (flags.review !== null && flags.review !== 'terminal' && !flags.apply && existsSync(flags.review.file))
      throw new InputError(
        'review-exists',
        `--review ${String(options['review'])}: the file exists, and decisions may be in it`,
        'carry them out with --apply, or name another file',
      );
    if (flags.apply) return await applied(args, flags, options, runtime);
    if (flags.input !== null) return await again(flags.input, flags, options, runtime);
    await refuseSeveral(args, flags, options, runtime);
    let reviewing: Reviewing | undefined;
    const calls = new Map<DedupReport, string>();
    const one = async (choice: StoreChoice): Promise<StoreOutcome<DedupReport>> => {
      const outcome = await dedupOf(choice, flags, options, runtime);
      reviewing = outcome.reviewing;
      if (outcome.again !== undefined) calls.set(outcome.report, outcome.again);
      return outcome;
    };
    const outcome = await overStores(args, options, runtime, { one, render: rendererOf(flags, calls) });
    return withReview(outcome, reviewing);
  },
};

/** What was decided on the terminal is the answer; the report before it was seen cluster by cluster. */
function withReview(outcome: Outcome, reviewing: Reviewing | undefined): Outcome {
  if (reviewing === undefined || !reviewing.asked) return outcome;
  return {
    ...outcome,
    exit: reviewing.exit ?? outcome.exit,
    render: (view) => (view.format === 'table' ? '' : outcome.render(view)),
  };
}

/** What one file is for, several stores cannot share. */
async function refuseSeveral(
  args: readonly string[],
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
): Promise<void> {
  const single = flags.review !== null ? '--review' : flags.output !== null ? '--output' : null;
  if (single === null) return;
  const { length } = await storeChoices(args, options, runtime);
  if (length > 1)
    throw new InputError('several-stores', `${single}: ${length} stores were named, and it is about one at a time`);
}

/** `--input`: saved pairs under another threshold, or a saved report rendered again. */
async function again(file: string, flags: DedupFlags, options: Options, runtime: Runtime): Promise<Outcome> {
  let reviewing: Reviewing | undefined;
  const saved = savedOutcome(file, runtime, {
    read: (document) => {
      const report = savedDedup(document, file, flags);
      return { report, exit: dedupExit(report, flags.failOnRate) };
    },
    render: rendererOf(flags),
  });
  if (flags.review !== null) {
    const report = savedDedup(readJson(file, runtime.cwd), file, flags);
    reviewing = await reviewed(report, flags.review, storeAgain(report.store.address, options), options, runtime);
    return withReview({ ...saved, notes: reviewing.notes }, reviewing);
  }
  return saved;
}

async function applied(
  args: readonly string[],
  flags: DedupFlags,
  options: Options,
  runtime: Runtime,
): Promise<Outcome> {
  const decided = reviewFileOf(flags, options);
  // A file of decisions says of which store they are.
  const named =
    args.length === 0 && decided !== null ? await namedStore(decided.store.address, options, runtime) : undefined;
  if (decided !== null || flags.input !== null || flags.review !== null || flags.output !== null) {
    const { length } = named === undefined ? await storeChoices(args, options, runtime) : [named];
    if (length > 1)
      throw new InputError('several-stores', `--apply: ${length} stores were named, and the file is about one`);
  }
  const one = (choice: StoreChoice): Promise<StoreOutcome<MaintenanceDocument>> =>
    applyDuplicates(choice, decided, flags, options, runtime);
  if (named === undefined) return await overStores(args, options, runtime, { one, render: renderMaintenance });
  const { report, exit, notes } = await one(named);
  return { exit, ...(notes === undefined ? {} : { notes }), render: (view) => renderMaintenance(report, view) };
}

/** @param calls how the next command names the store of a report, where its address is not enough */
function rendererOf(
  flags: DedupFlags,
  calls: ReadonlyMap<DedupReport, string> = new Map(),
): (report: DedupReport, view: View) => Promise<string> {
  return async (whole, view) => {
    const report = flags.content ? whole : (await import('./without-content.ts')).withoutContent(whole);
    if (view.format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
    const top = flags.top === null ? {} : { top: flags.top };
    if (view.format === 'csv') return (await import('../../render/dedup-table.ts')).dedupCsv(report);
    if (view.format === 'markdown')
      return (await import('../../render/dedup-table.ts')).dedupMarkdown(report, flags.top ?? undefined);
    const { renderDedupReport } = await import('../../render/dedup-report.ts');
    const { paint } = await import('../paint.ts');
    const { columns, color, verbose } = view;
    const call = calls.get(whole);
    const again = call === undefined ? {} : { again: call };
    return renderDedupReport(report, { width: columns, paint: paint(color), verbose, ...again, ...top });
  };
}
