/** One input as data, and the few shapes that inputs come in. */
import type { Unit } from '../quantity/index.ts';

export type ParameterKind = 'count' | 'bytes' | 'duration' | 'money' | 'ratio' | 'decimal' | 'choice' | 'word';

export interface ParameterDefault {
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
  /** `exact` where the default is the engine's own setting, `assumed` where it is our guess about the workload. */
  readonly basis: 'exact' | 'assumed';
  readonly source: string;
}

export interface Parameter {
  /** Flag without its dashes, and key in the config file's `workload` section. */
  readonly id: string;
  readonly kind: ParameterKind;
  readonly placeholder: string;
  readonly summary: string;
  readonly group: 'workload' | 'index' | 'text' | 'traffic' | 'money' | 'machine';
  readonly unit: Unit;
  /** Inclusive range in the parameter's unit; for choices unused. */
  readonly min: number;
  readonly max: number;
  readonly choices?: readonly string[] | undefined;
  readonly aliases?: Readonly<Record<string, string>> | undefined;
  readonly default?: ParameterDefault | undefined;
}

/** A guess with its interval, a guess without one, and an engine's own setting. One literal for all: see `row`. */
export const assumed = (value: number, low: number, high: number, source: string): ParameterDefault =>
  byDefault(value, 'assumed', source, low, high);
export const guess = (value: number, source: string): ParameterDefault => byDefault(value, 'assumed', source);
export const setting = (value: number, source: string): ParameterDefault => byDefault(value, 'exact', source);

function byDefault(
  value: number,
  basis: ParameterDefault['basis'],
  source: string,
  low?: number,
  high?: number,
): ParameterDefault {
  return { value, low, high, basis, source };
}

export const GiB: number = 2 ** 30;
export const HOUR: number = 3600;

/** A parameter that `group` has yet to put under its heading. */
type Row = Omit<Parameter, 'group'> & { group: Parameter['group'] };

/**
 * One row of the table. Every start makes all of them, before anything has been compiled: one literal that is run fifty times is
 * a tenth of the work of fifty literals.
 */
function row(
  kind: ParameterKind,
  id: string,
  placeholder: string,
  summary: string,
  unit: Unit,
  min: number,
  max: number,
  choices: readonly string[] | undefined,
  aliases: Readonly<Record<string, string>> | undefined,
  fallback: ParameterDefault | undefined,
): Row {
  return { id, kind, placeholder, summary, group: 'workload', unit, min, max, choices, aliases, default: fallback };
}

/** @param min and `max` inclusive, in `unit` */
export const number = (
  kind: Exclude<ParameterKind, 'choice' | 'word'>,
  id: string,
  placeholder: string,
  summary: string,
  unit: Unit,
  min: number,
  max: number,
  fallback?: ParameterDefault,
): Row => row(kind, id, placeholder, summary, unit, min, max, undefined, undefined, fallback);

export const choice = (
  id: string,
  placeholder: string,
  summary: string,
  choices: readonly string[],
  aliases?: Readonly<Record<string, string>>,
): Row => row('choice', id, placeholder, summary, 'count', 0, 0, choices, aliases, undefined);

/** A word that another room checks: the model of a price. */
export const word = (id: string, placeholder: string, summary: string): Row =>
  row('word', id, placeholder, summary, 'count', 0, 0, undefined, undefined, undefined);

/** The rows are written for this call: they are given their heading, not copied. */
export function group(name: Parameter['group'], rows: readonly Row[]): readonly Parameter[] {
  for (let i = 0; i < rows.length; i++) (rows[i] as Row).group = name;
  return rows;
}

/** A trillion memories is 100 per living person: beyond it is a slip of the suffix. */
export const MAX_ROWS: number = 1e12;

/** A memory of more than a MiB is a document that nobody embeds whole: beyond it is a slip of the unit. */
export const MAX_TEXT_BYTES: number = 2 ** 20;
