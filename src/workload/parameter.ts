/** One input as data, and the few shapes that inputs come in. */
import type { Unit } from '../quantity/index.ts';

export type ParameterKind = 'count' | 'bytes' | 'duration' | 'money' | 'ratio' | 'decimal' | 'choice' | 'word';

export interface ParameterDefault {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
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
  readonly choices?: readonly string[];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly default?: ParameterDefault;
}

export const assumed = (value: number, low: number, high: number, source: string): ParameterDefault => ({
  value,
  low,
  high,
  basis: 'assumed',
  source,
});
export const setting = (value: number, source: string): ParameterDefault => ({ value, basis: 'exact', source });

export const GiB: number = 2 ** 30;
export const HOUR: number = 3600;

type Row = Omit<Parameter, 'group'>;
export const group = (name: Parameter['group'], rows: readonly Row[]): Parameter[] =>
  // The rows are written for this call: they are given their group, not copied.
  rows.map((row) => Object.assign(row, { group: name }));
export const choice = (
  id: string,
  placeholder: string,
  summary: string,
  choices: readonly string[],
  aliases?: Readonly<Record<string, string>>,
): Row => ({
  id,
  kind: 'choice',
  placeholder,
  summary,
  unit: 'count',
  min: 0,
  max: 0,
  choices,
  ...(aliases === undefined ? {} : { aliases }),
});

/** A word that another room checks: the model of a price. */
export const word = (id: string, placeholder: string, summary: string): Row => ({
  id,
  kind: 'word',
  placeholder,
  summary,
  unit: 'count',
  min: 0,
  max: 0,
});

/** A trillion memories is 100 per living person: beyond it is a slip of the suffix. */
export const MAX_ROWS: number = 1e12;

/** A memory of more than a MiB is a document that nobody embeds whole: beyond it is a slip of the unit. */
export const MAX_TEXT_BYTES: number = 2 ** 20;
