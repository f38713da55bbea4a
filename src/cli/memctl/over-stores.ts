/** One verb over one store or several: bounded parallel, a verdict each, and never a sum that hides a dead one. */
import { InputError } from '../../quantity/index.ts';
import type { Options, Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Runtime } from '../runtime.ts';
import { readJson, savedOr } from './open-target.ts';
import { type StoreChoice, storeChoices } from './stores.ts';

export interface StoreOutcome<R> {
  readonly report: R;
  readonly exit: number;
  readonly notes?: readonly string[];
}

export interface StoreVerb<R> {
  /** Everything for one store. @throws InputError, StoreError */
  one(choice: StoreChoice, runtime: Runtime): Promise<StoreOutcome<R>>;
  render(report: R, view: View): Promise<string>;
}

/** What a verb over several stores prints as JSON. */
export interface ShardsReport<R> {
  readonly schemaVersion: 1;
  readonly kind: 'shards-report';
  readonly generatedAt: string;
  readonly shards: readonly ShardVerdict<R>[];
}

export interface ShardVerdict<R> {
  readonly name: string;
  readonly address: string;
  readonly exit: number;
  readonly report: R | null;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
}

/** Stores worked on at the same time: enough to hide their latency, too few to look like an attack. */
export const PARALLEL = 4;

/** @param options beside the verb's own: `profile`, `map`, `config`, `parallel` */
export async function overStores<R>(
  args: readonly string[],
  options: Options,
  runtime: Runtime,
  verb: StoreVerb<R>,
): Promise<Outcome> {
  const choices = await storeChoices(args, options, runtime);
  const [only, ...more] = choices;
  if (only !== undefined && more.length === 0) {
    const { report, exit, notes } = await verb.one(only, runtime);
    return { exit, ...(notes === undefined ? {} : { notes }), render: (view) => verb.render(report, view) };
  }
  const notes: string[] = [];
  const verdicts = await bounded(choices, PARALLEL, async (choice): Promise<ShardVerdict<R>> => {
    const head = { name: choice.name, address: choice.target.address };
    try {
      const outcome = await verb.one(choice, runtime);
      notes.push(...(outcome.notes ?? []).map((n) => `${choice.name}: ${n}`));
      return { ...head, exit: outcome.exit, report: outcome.report, error: null };
    } catch (e) {
      const failure = failureOf(e);
      // A bug is a bug whatever the other stores say.
      if (failure === undefined) throw e;
      return { ...head, exit: failure.exit, report: null, error: errorOf(failure) };
    }
  });
  return {
    exit: worst(verdicts.map((v) => v.exit)),
    notes,
    render: (view) => renderVerdicts(verdicts, verb, view),
  };
}

/**
 * What a verb wrote with --json, rendered again: the report of one store, or that of several.
 * @param read the report of one store out of a document, with its exit code. @throws InputError for any other document
 */
export function savedOutcome<R>(
  file: string,
  runtime: Pick<Runtime, 'cwd'>,
  verb: { read(document: unknown): { readonly report: R; readonly exit: number }; render: StoreVerb<R>['render'] },
): Outcome {
  const document = readJson(file, runtime.cwd);
  const several = document as Partial<ShardsReport<unknown>> | null;
  if (typeof several !== 'object' || several === null || several.kind !== 'shards-report') {
    const { report, exit } = verb.read(document);
    return { exit, render: (view) => savedOr(file, () => verb.render(report, view)) };
  }
  if (several.schemaVersion !== 1 || !Array.isArray(several.shards)) {
    throw new InputError(
      'input-file',
      `--input ${file}: this report over several stores is of another version than 1, or incomplete`,
    );
  }
  const verdicts = several.shards.map((v): ShardVerdict<R> => {
    if (v.report === null) return { ...v, report: null };
    return { ...v, ...verb.read(v.report) };
  });
  return {
    exit: worst(verdicts.map((v) => v.exit)),
    render: (view) => savedOr(file, () => renderVerdicts(verdicts, verb, view)),
  };
}

function errorOf(f: Failure): NonNullable<ShardVerdict<unknown>['error']> {
  return { code: f.code, message: f.message, hint: f.hint ?? null };
}

/**
 * The exit code of several: their own where they agree; partial (3) where some gave an answer or did their work and others
 * could not be reached or were refused; else the gravest.
 */
export function worst(exits: readonly number[]): number {
  if (new Set(exits).size <= 1) return exits[0] ?? EXIT.done;
  const stopped: readonly number[] = [EXIT.usage, EXIT.unreachable, EXIT.refused];
  if (exits.some((e) => stopped.includes(e))) return EXIT.partial;
  const order: readonly number[] = [EXIT.done, EXIT.breached, EXIT.partial];
  return exits.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a));
}

/** Runs `work` over all items, at most `limit` at a time, results in the order of the items. */
export async function bounded<T, U>(items: readonly T[], limit: number, work: (item: T) => Promise<U>): Promise<U[]> {
  const results: U[] = new Array<U>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as T);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
  return results;
}

async function renderVerdicts<R>(
  verdicts: readonly ShardVerdict<R>[],
  verb: Pick<StoreVerb<R>, 'render'>,
  view: View,
): Promise<string> {
  if (view.format === 'json') {
    const document: ShardsReport<R> = {
      schemaVersion: 1,
      kind: 'shards-report',
      generatedAt: view.now.toISOString(),
      shards: verdicts,
    };
    return `${JSON.stringify(document, null, 2)}\n`;
  }
  const { printable } = await import('../../quantity/index.ts');
  const paints = (await import('../paint.ts')).paint(view.color);
  const parts: string[] = [];
  for (const v of verdicts) {
    if (v.report === null) continue;
    const title = view.format === 'table' ? `\n  ${paints.head(printable(`${v.name} · ${v.address}`))}\n` : '';
    parts.push(`${title}${await verb.render(v.report, view)}`);
  }
  if (view.format !== 'table') return parts.join('\n');
  const { renderColumns, wrap } = await import('../../render/columns.ts');
  const failed = verdicts.filter((v) => v.error !== null);
  const lines = [
    '',
    ...renderColumns(
      verdicts.map((v) => [printable(v.name), verdictText(v.exit), printable(v.error?.code ?? '')]),
      {
        head: ['STORE', 'VERDICT', ''],
        align: ['left', 'left', 'left'],
        width: view.columns,
        indent: 2,
        paintHead: paints.head,
      },
    ),
    ...failed.flatMap((v) => wrap(printable(`${v.name}: ${v.error?.message}`), view.columns, 2, 4)),
    ...(failed.length === 0
      ? []
      : ['', `  ${failed.length} of ${verdicts.length} stores gave no answer: no figure below speaks for them.`]),
  ];
  return `${lines.join('\n')}\n${parts.join('')}`;
}

function verdictText(exit: number): string {
  const texts: Readonly<Record<number, string>> = {
    [EXIT.done]: 'done',
    [EXIT.breached]: 'a bar is broken',
    [EXIT.usage]: 'wrong input',
    [EXIT.partial]: 'partial',
    [EXIT.unreachable]: 'not reached',
    [EXIT.refused]: 'refused',
  };
  return texts[exit] ?? `exit ${exit}`;
}
