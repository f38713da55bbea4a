/** `memplan init`: an interview, or flags with --yes, that ends in a commented memplan.yaml. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { estimate } from '../../capacity/estimate.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { InputError } from '../../quantity/index.ts';
import { jsonText } from '../../render/written-number.ts';
import { configText } from '../../workload/config-text.ts';
import { completeWorkload, EMPTY_DRAFT } from '../../workload/index.ts';
import type { Action, Outcome } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import type { Runtime } from '../runtime.ts';
import { writeWholeFile } from '../whole-file.ts';
import { answersOf, interview, type Said, soFar, standingIn, wholeDraft } from './init-interview.ts';
import { otherSections } from './init-sections.ts';
import { draftFromFlags } from './workload-options.ts';

const DEFAULT_FILE = 'memplan.yaml';
/** From the bundle in dist/ and from this file alike: the package's own folder is one or three above. */
const SCHEMA = 'schema/memplan.schema.json';

export const action: Action = {
  async execute(_args, options, runtime): Promise<Outcome> {
    const file = String(options['output'] ?? DEFAULT_FILE);
    const path = isAbsolute(file) ? file : join(runtime.cwd, file);
    const flags = draftFromFlags(options);
    if (flags.with.length + flags.without.length > 0 || options['price'] !== undefined) {
      throw new InputError(
        'init-flag',
        'init writes inputs; add components (with:, without:) and prices: to the file by hand',
      );
    }
    // Asked for early: Ctrl-C then ends the question and not the process.
    const { signal } = runtime;
    const asked = options['yes'] === true ? undefined : runtime.ask;
    if (asked === undefined && options['yes'] !== true) {
      throw new InputError(
        'no-terminal',
        'init asks its questions on a terminal; without one give --yes and the answers as flags, e.g. memplan init --yes --n 1M --dims 768',
      );
    }
    const from = options['from'];
    const store =
      from === undefined ? undefined : await (await import('./from-store.ts')).readFromStore(String(from), runtime);
    const said: Said = { store: store?.draft ?? EMPTY_DRAFT, answers: flags };
    const write = (text: string): void => runtime.stderr.write(text);

    if (existsSync(path) && options['force'] !== true) {
      const answer = asked === undefined ? undefined : await asked(`${file} is there already. Write over it? [y/N] `);
      if (answer === undefined) {
        throw new InputError(
          'file-exists',
          `${file} is there already; give --force to write over it, or --output FILE`,
        );
      }
      if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
        return { exit: runtime.interrupted ?? EXIT.done, notes: [`${file} stays as it is`], render: () => '' };
      }
    }
    const finished = asked === undefined ? said : await interview(said, { ask: asked, write, now: runtime.now });
    if (finished === undefined || signal.aborted) {
      return { exit: runtime.interrupted ?? EXIT.usage, notes: ['nothing was written'], render: () => '' };
    }

    const whole = await wholeDraft(finished);
    // What cannot be planned must not be written: every contradiction is said here.
    runtime.expectShort?.();
    const report = estimate(completeWorkload(whole), { now: runtime.now });
    const workload = configText(answersOf(finished), {
      schema: schemaFor(runtime),
      standing: standingIn(whole),
      about: [
        ...(from === undefined ? [] : [`Counts and sizes as memplan init read them from ${String(from)}.`]),
        'Lines with a # are the defaults: take the # away to set them.',
      ],
    });
    writeWhole(path, `${workload}${otherSections(report).join('\n')}\n`);
    return {
      exit: EXIT.done,
      notes: [...(store?.notes ?? []), ...(whole.inputs['system'] === undefined ? (store?.ofSystem ?? []) : [])],
      render: (view) =>
        view.format === 'json'
          ? jsonText(document(file, finished, report, view.now))
          : `\n  ${file} is written.\n  ${soFar(report)}\n\n  memplan estimate${file === DEFAULT_FILE ? '' : ` --config ${file}`} shows all of it.\n`,
    };
  },
};

function document(file: string, said: Said, report: CapacityReport, now: Date): object {
  const inputs = Object.fromEntries(answersOf(said).map((a) => [a.id, a.text]));
  return {
    schemaVersion: 1,
    kind: 'init-report',
    generatedAt: now.toISOString(),
    file,
    inputs,
    engine: report.engine.id,
    fits: report.tier.fits,
  };
}

/** Beside the project the path of the installed schema stays true for everybody; else it is this machine's. */
function schemaFor(runtime: Runtime): string {
  const found = ['..', '../../..'].map((up) => join(import.meta.dirname, up, SCHEMA)).find((p) => existsSync(p));
  if (found === undefined) return `memplan/${SCHEMA}`;
  const beside = relative(runtime.cwd, found);
  return beside.startsWith('..') || isAbsolute(beside) ? found : `./${beside.replaceAll('\\', '/')}`;
}

/** The whole file or none of it: Ctrl-C between two writes leaves the old one. */
function writeWhole(path: string, text: string): void {
  try {
    writeWholeFile(path, text);
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    throw new InputError('output-unwritable', `--output ${path}: cannot be written (${String(code)})`);
  }
}
