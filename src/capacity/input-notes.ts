/**
 * What was asked for and changes nothing: flags that the engine has no use for, a calibration without it. Said, so that nobody
 * takes an answer for one that heeded them.
 */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import { engineById, engineOf } from '../engines/index.ts';
import { isInputError, leaf, type Quantity } from '../quantity/index.ts';
import { parameter, type Workload } from '../workload/index.ts';
import { uncalibrated } from './calibration-notes.ts';
import { inputName } from './capacity-json.ts';

/**
 * Parameters of which each engine uses some. Those that the tier's checks read besides the plan (RAM, cores, namespaces, every
 * objective) are not among them.
 */
const OF_AN_ENGINE = [
  'm',
  'ef-construction',
  'ef-search',
  'lists',
  'probes',
  'chunk-size',
  'storage',
  'duplicate-rate',
  'lexical',
  'distinct-terms',
  'terms-per-memory',
  'edges-per-memory',
  'revisions-per-memory',
  'outbox-backlog',
  'hot-share',
  'build-memory',
] as const;

/**
 * Notes on the inputs of an answer by this engine.
 * @param beside parameters that the question has nothing to do with, but for choosing an engine where none is named
 * @param reads parameters of an engine that the question itself reads, whatever the engine
 */
export function inputNotes(
  w: Workload,
  engine: Engine,
  { beside = [], reads = [] }: { readonly beside?: readonly string[]; readonly reads?: readonly string[] } = {},
): string[] {
  const named = w.engine !== undefined;
  const idle = named ? beside.filter((id) => given(w, id)) : [];
  return [
    ...(w.calibration === undefined ? [] : uncalibrated(w.calibration, [engine])),
    ...unusedNotes(w, engine, [...idle, ...reads]),
    ...notUsed(idle, `the engine is named, and nothing else here rests on ${idle.length === 1 ? 'it' : 'them'}`),
  ];
}

/** The part of them that is about flags the engine has no use for. */
export function unusedNotes(w: Workload, engine: Engine, except: readonly string[] = []): string[] {
  return changesNothing(
    unusedBy(engine, w).filter((id) => !except.includes(id)),
    `figure of ${engine.title}`,
  );
}

export interface EngineOfWorkload {
  readonly w: Workload;
  readonly engine: Engine;
}

/**
 * The same of a comparison: an engine without constants of its own, and flags that none of them has a use for.
 * @param varied parameters whose values stand in the rows
 */
export function inputNotesOfAll(all: readonly EngineOfWorkload[], varied: ReadonlySet<string>): string[] {
  const [first, ...others] = all;
  if (first === undefined) return [];
  const { calibration } = first.w;
  const engines = [...new Map(all.map(({ engine }) => [engine.title, engine])).values()];
  const unused = unusedBy(first.engine, first.w).filter(
    (id) => !varied.has(id) && others.every(({ engine, w }) => unusedBy(engine, w).includes(id)),
  );
  return [
    ...(calibration === undefined ? [] : uncalibrated(calibration, engines)),
    ...changesNothing(unused, 'figure of any row'),
  ];
}

/** The engine that a report of this workload names. */
export const engineOfReport = (w: Workload, id: string): Engine => engineOf(w) ?? engineById(id);

/** The sentence for flags that change nothing; none for none. */
export function notUsed(ids: readonly string[], because: string): string[] {
  return ids.length === 0 ? [] : [`${flags(ids)} ${ids.length === 1 ? 'is' : 'are'} not used: ${because}`];
}

/** An engine may know the parameter, and no figure here rest on it: there is no model of every engine's time. */
const changesNothing = (ids: readonly string[], figure: string): string[] =>
  ids.length === 0 ? [] : [`${flags(ids)} ${ids.length === 1 ? 'changes' : 'change'} no ${figure}`];

function flags(ids: readonly string[]): string {
  const all = ids.map((id) => `--${id}`);
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

/** Only what was typed: memplan.yaml is for all verbs and engines, and a store is what it is. */
const given = (w: Workload, id: string): boolean => w.origin[id] === 'flag';

/** The parameters given by flag that no figure of the engine's plan rests on, whatever their value. */
export function unusedBy(engine: Engine, w: Workload): string[] {
  const asked = OF_AN_ENGINE.filter((id) => given(w, id));
  if (asked.length === 0) return [];
  const held = w as unknown as Readonly<Record<string, unknown>>;
  const inputs = inputsOf(engine.plan(w));
  // What a formula takes is used, and no other plan need be made to see it.
  const unsure = asked.filter((id) => !inputs.has(held[inputName(id)]));
  if (unsure.length === 0) return [];
  const plan = figuresOf(engine, w);
  return unsure.filter((id) =>
    extremes(w, id).every((other) => plan !== undefined && figuresOf(engine, other) === plan),
  );
}

/** Every quantity that a plan shows or computes with. */
function inputsOf(plan: EnginePlan): ReadonlySet<unknown> {
  const seen = new Set<unknown>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null || seen.has(node)) return;
    seen.add(node);
    if (isQuantity(node)) Object.values(node.inputs).forEach(walk);
    else for (const [key, inner] of Object.entries(node)) if (key !== ECHO) walk(inner);
  };
  walk(plan);
  return seen;
}

/** The workload with the least and with the largest value that the parameter may have; for a word, with each other one. */
function extremes(w: Workload, id: string): Workload[] {
  const p = parameter(id);
  const name = inputName(id);
  const held = (w as unknown as Readonly<Record<string, unknown>>)[name];
  const others =
    p.choices === undefined
      ? [p.min, p.max].map((v) => leaf(p.summary, v, p.unit))
      : p.choices.filter((c) => c !== held);
  return others.map((other) => ({ ...w, [name]: other }));
}

/** Everything that a plan says, as one text to compare; undefined where the value is refused, which is to use it. */
function figuresOf(engine: Engine, w: Workload): string | undefined {
  try {
    return JSON.stringify(engine.plan(w), (key, v: unknown) =>
      key === ECHO ? undefined : isQuantity(v) ? [v.value, v.low, v.high] : v,
    );
  } catch (e) {
    // A figure beyond the finite numbers is a RangeError.
    if (isInputError(e) || e instanceof RangeError) return undefined;
    throw e;
  }
}

/** Of what was asked: a plan repeats it also where nothing follows from it. */
const ECHO = 'efSearch';

const isQuantity = (v: unknown): v is Quantity =>
  typeof v === 'object' && v !== null && 'basis' in v && 'low' in v && 'inputs' in v;
