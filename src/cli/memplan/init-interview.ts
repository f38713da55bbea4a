/** The interview of `memplan init`: one question at a time, checked when it is answered, with the estimate after each. */
import { estimate } from '../../capacity/estimate.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { formatBytes, formatMoney, formatQuantity, isInputError, sum } from '../../quantity/index.ts';
import type { Answer } from '../../workload/config-text.ts';
import { completeWorkload, type Draft, draftFrom, mergeDrafts, PARAMETERS, parameter } from '../../workload/index.ts';
import { QUESTIONS, type Question } from './init-questions.ts';
import { gatherSystem } from './inputs.ts';

/** What was read from a store, and what was answered. */
export interface Said {
  readonly store: Draft;
  readonly answers: Draft;
  /** Answers as they were typed, by parameter. */
  readonly typed?: Readonly<Record<string, string>>;
}

export interface Terminal {
  ask(question: string): Promise<string | null>;
  write(text: string): void;
  readonly now: Date;
}

/** @returns undefined when Ctrl-C or the end of the input answered: nothing is to be written then */
export async function interview(said: Said, t: Terminal): Promise<Said | undefined> {
  let now = said;
  t.write('\n  Enter keeps what stands in [brackets]; Ctrl-C writes nothing.\n');
  for (const question of QUESTIONS) {
    const draft = await wholeDraft(now);
    if (question.unless?.(draft) === true) continue;
    const next = await one(question, now, draft, t);
    if (next === null) return undefined;
    now = next;
  }
  return now;
}

/** Asks until the answer can be used. */
async function one(q: Question, said: Said, draft: Draft, t: Terminal): Promise<Said | null> {
  t.write(`\n${q.why.replaceAll(/(.{1,76})(?:\s|$)/g, '  $1\n')}`);
  for (;;) {
    const standing = shown(q.id, draft);
    const typed = await t.ask(`  ${q.asks}${standing === '' ? '' : ` [${standing}]`}: `);
    if (typed === null) return null;
    const text = typed.trim();
    if (text === '') {
      if (q.id !== 'n' || standing !== '') return said;
      t.write('  A count is needed, e.g. 1M.\n');
      continue;
    }
    try {
      const next: Said = {
        store: said.store,
        answers: mergeDrafts(
          said.answers,
          draftFrom({ [q.id]: text }, 'config', () => q.asks),
        ),
        typed: { ...said.typed, [q.id]: text },
      };
      const after = await wholeDraft(next);
      if (after.inputs['n'] !== undefined) t.write(`  ${soFar(estimate(completeWorkload(after), { now: t.now }))}\n`);
      return next;
    } catch (e) {
      if (!isInputError(e)) throw e;
      t.write(`  ${e.message}${e.hint === undefined ? '' : `\n  ${e.hint}`}\n`);
    }
  }
}

/** What is known, with the system's own values below. @throws InputError */
export async function wholeDraft(said: Said): Promise<Draft> {
  const system = await gatherSystem(said.answers);
  return mergeDrafts(system.below, said.store, said.answers, system.above);
}

/** What stands for a question before it is answered: an answer, the store's figure, the system's, a default; '' for none. */
function shown(id: string, draft: Draft): string {
  const value = draft.inputs[id]?.value ?? parameter(id).default?.value ?? (id === 'type' ? 'float32' : undefined);
  return value === undefined ? '' : written(id, value);
}

/** A value as it can be typed again. */
function written(id: string, value: number | string): string {
  if (typeof value === 'string') return value;
  const { kind } = parameter(id);
  if (kind === 'duration') return `${value}s`;
  if (kind === 'money') return `$${value}`;
  if (kind !== 'bytes') return String(value);
  return value % 2 ** 30 === 0 && value > 0 ? `${value / 2 ** 30}GiB` : `${value}B`;
}

/** What belongs into the file: answers as typed, figures of the store as numbers. */
export function answersOf(said: Said): Answer[] {
  const inputs = { ...said.store.inputs, ...said.answers.inputs };
  return PARAMETERS.flatMap((p) => {
    const input = inputs[p.id];
    if (input === undefined) return [];
    return [{ id: p.id, text: said.typed?.[p.id] ?? written(p.id, input.value) }];
  });
}

/** What the named system sets, as it can be typed; its engine goes without saying. */
export function standingIn(draft: Draft): Record<string, string> {
  const set = Object.entries(draft.inputs).filter(([id, input]) => input.from === 'system' && id !== 'engine');
  return Object.fromEntries(set.map(([id, input]) => [id, written(id, input.value)]));
}

/** "So far: pgvector, 8.36 GiB on disk, 4.7 GiB in RAM, ≈ $177 a month". */
export function soFar(report: CapacityReport): string {
  const monthly = report.cost.monthly.map((l) => l.usd);
  const [first, ...rest] = monthly;
  const money = first === undefined ? '' : `, ≈ ${formatMoney(sum('cost a month', first, ...rest).value)} a month`;
  const disk = report.totals.disk.value === 0 ? '' : `${formatQuantity(report.totals.disk)} on disk, `;
  const fits = report.tier.fits ? '' : ' (which does not hold it)';
  return `So far: ${report.engine.title}${fits}: ${disk}${formatBytes(report.totals.resident.value)} in RAM${money}`;
}
