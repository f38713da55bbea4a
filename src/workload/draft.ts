/** Inputs gathered from several places before they become a workload. */
import { InputError, nearest } from '../quantity/index.ts';
import type { Calibration } from './calibration.ts';
import { OPTIONAL_COMPONENTS, type OptionalComponent } from './choices.ts';
import { PARAMETERS, parameter } from './parameters.ts';
import { readParameter } from './read.ts';
import type { SystemInUse } from './system.ts';
import type { From } from './workload.ts';

/** One input, read and with its origin. Measured ones may carry an interval. */
export interface DraftInput {
  readonly value: number | string;
  readonly from: From;
  /** How to name the place to the user: "--n", "memplan.yaml: workload.n", "sqlite:brain.db". */
  readonly where: string;
  readonly low?: number;
  readonly high?: number;
}

export interface Draft {
  readonly inputs: Readonly<Record<string, DraftInput>>;
  readonly with: readonly OptionalComponent[];
  readonly without: readonly OptionalComponent[];
  /** The named system's own tables; absent where none was named, or it has the usual ones. */
  readonly system?: SystemInUse;
  /** Constants of the user's own host, and who named the file that holds them. */
  readonly calibration?: { readonly profile: Calibration; readonly from: From };
}

export const EMPTY_DRAFT: Draft = { inputs: {}, with: [], without: [] };

/** Raw texts by parameter id → draft. Ids that are not parameters are ignored: they are other options. */
export function draftFrom(raw: Readonly<Record<string, unknown>>, from: From, where: (id: string) => string): Draft {
  const inputs: Record<string, DraftInput> = {};
  for (const p of PARAMETERS) {
    const text = raw[p.id];
    if (text === undefined) continue;
    inputs[p.id] = { value: readParameter(p, String(text), where(p.id)), from, where: where(p.id) };
  }
  const list = (key: string): OptionalComponent[] => {
    const text = raw[key];
    return text === undefined
      ? []
      : readComponents(Array.isArray(text) ? text.map(String) : String(text).split(','), where(key));
  };
  return { inputs, with: list('with'), without: list('without') };
}

function readComponents(words: readonly string[], where: string): OptionalComponent[] {
  return words
    .map((w) => w.trim())
    .filter((w) => w !== '')
    .map((word) => {
      const found = OPTIONAL_COMPONENTS.find((c) => c === word);
      if (found !== undefined) return found;
      const near = nearest(word, OPTIONAL_COMPONENTS);
      throw new InputError(
        'unknown-component',
        `${where}: "${word}" is not a component that can be switched${near === undefined ? '' : `; did you mean ${near}?`}`,
        `one of ${OPTIONAL_COMPONENTS.join(', ')}`,
      );
    });
}

/** Later drafts beat earlier ones, input by input; a component named by a later draft overrides the earlier switch. */
export function mergeDrafts(...drafts: readonly Draft[]): Draft {
  const inputs: Record<string, DraftInput> = {};
  let on: OptionalComponent[] = [];
  let off: OptionalComponent[] = [];
  let system: SystemInUse | undefined;
  let calibration: Draft['calibration'];
  for (const d of drafts) {
    Object.assign(inputs, d.inputs);
    system = d.system ?? system;
    calibration = d.calibration ?? calibration;
    const both = d.with.find((c) => d.without.includes(c));
    if (both !== undefined)
      throw new InputError('contradiction', `--with ${both} contradicts --without ${both}; give one of them`);
    on = [...on.filter((c) => !d.without.includes(c)), ...d.with];
    off = [...off.filter((c) => !d.with.includes(c)), ...d.without];
  }
  return {
    inputs,
    with: on,
    without: off,
    ...(system === undefined ? {} : { system }),
    ...(calibration === undefined ? {} : { calibration }),
  };
}

/** Values measured on a live store → draft. @throws InputError when the store's figure is outside what can be planned */
export function draftFromStore(
  fields: Readonly<Record<string, { readonly value: number | string; readonly low?: number; readonly high?: number }>>,
  where: string,
): Draft {
  const inputs: Record<string, DraftInput> = {};
  for (const [id, field] of Object.entries(fields)) {
    const p = parameter(id);
    if (typeof field.value === 'number' && (field.value < p.min || field.value > p.max)) {
      throw new InputError(
        'store-out-of-range',
        `${where}: its ${p.summary} is ${field.value}, outside what can be planned (${p.min} to ${p.max}); give --${id}`,
      );
    }
    inputs[id] = { ...field, from: 'store', where };
  }
  return { inputs, with: [], without: [] };
}
