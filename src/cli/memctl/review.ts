/** `--review`: a report as a file to decide in, or cluster by cluster on the terminal. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DedupReport } from '../../dedup/dedup-report.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
import type { Options } from '../command.ts';
import { paint } from '../paint.ts';
import { layoutColumns, type Runtime, wantsColor } from '../runtime.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { writeOutput } from './output-file.ts';
import { type Review, type ReviewEntry, readReview, reviewEntries, reviewText } from './review-file.ts';
import { reviewOnTerminal } from './review-terminal.ts';

/** Larger than a review of a million rows: what is named by mistake is not read into memory. */
const MAX_BYTES = 2 ** 28;

export interface Reviewing {
  readonly entries: readonly ReviewEntry[];
  /** Where the decisions are. */
  readonly file: string | null;
  readonly notes: readonly string[];
  /** Questions were asked. */
  readonly asked: boolean;
  /** The exit code where it was interrupted. */
  readonly exit?: number;
}

/** @param again how the next command names the store: address and flags */
export async function reviewed(
  report: DedupReport,
  where: { readonly file: string } | 'terminal',
  again: string,
  options: Options,
  runtime: Runtime,
): Promise<Reviewing> {
  const entries = reviewEntries(report);
  const open = entries.filter((e) => e.decision === 'undecided').length;
  if (where !== 'terminal') {
    writeOutput('--review', where.file, reviewText(report, entries, again));
    const how = `${applying(report, again)} --review ${where.file} carries out what is accepted there`;
    return {
      entries,
      file: where.file,
      asked: false,
      notes: [`${formatCount(open)} to decide and ${formatCount(entries.length - open)} accepted beforehand: ${how}`],
    };
  }
  if (open === 0) return { entries, file: null, asked: true, notes: [nothingOpen(entries.length, report, again)] };
  return await asked(report, again, options, runtime);
}

/** With `--delete` where its rows can only be removed. */
function applying({ sets }: DedupReport, again: string): string {
  const found = sets.filter((s) => s.clusterCount > 0);
  const removed = found.length > 0 && found.every((s) => s.remedy === 'delete');
  return `memctl dedup ${again} --apply${removed ? ' --delete' : ''}`;
}

function nothingOpen(accepted: number, report: DedupReport, again: string): string {
  return accepted === 0
    ? 'nothing is twice, so there is nothing to decide'
    : `nothing needs a decision: ${applying(report, again)} carries out the ${formatCount(accepted)} that need none`;
}

async function asked(report: DedupReport, again: string, options: Options, runtime: Runtime): Promise<Reviewing> {
  const { ask, stderr, env } = runtime;
  if (ask === undefined) throw new InputError('no-terminal', '--review without a file needs a terminal');
  // Listening begins before the first question: Ctrl-C must not lose what was decided.
  const { signal } = runtime;
  const flag = options['color'] === true ? true : options['no-color'] === true ? false : undefined;
  const result = await reviewOnTerminal({
    entries: reviewEntries(report),
    columns: layoutColumns(stderr),
    paint: paint(wantsColor(stderr, env, flag)),
    write: (text) => stderr.write(text),
    ask: async (question) => {
      if (signal.aborted) return null;
      const line = await ask(question);
      return signal.aborted ? null : line;
    },
  });
  const file = freeName(report, runtime);
  writeOutput('--review', file, reviewText(report, result.entries, again));
  const count = (decision: string): string => formatCount(result.entries.filter((e) => e.decision === decision).length);
  const said = `${count('accept')} accepted, ${count('reject')} rejected, ${count('undecided')} undecided: ${file}`;
  const next = `${applying(report, again)} --review ${file} carries out what is accepted`;
  return {
    entries: result.entries,
    file,
    asked: true,
    notes: [said, next],
    ...(runtime.interrupted === undefined ? {} : { exit: runtime.interrupted }),
  };
}

/** Beside where the user stands; never over another one. */
function freeName(report: DedupReport, { cwd, now }: Pick<Runtime, 'cwd' | 'now'>): string {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const name = report.store.name.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, 60);
  for (let n = 1; ; n++) {
    const file = resolve(cwd, `dedup-review-${name}-${stamp}${n === 1 ? '' : `-${n}`}.yaml`);
    if (!existsSync(file)) return file;
  }
}

/** @throws InputError */
export function reviewFrom(file: string, shown: string): Review {
  const text = textOfNamedFile(file, {
    where: `--review ${shown}`,
    what: 'review file',
    mostBytes: MAX_BYTES,
    code: 'review-file',
    hint: existsSync(file) ? undefined : 'memctl dedup STORE --review FILE writes one',
  });
  return readReview(text, `--review ${shown}`);
}
