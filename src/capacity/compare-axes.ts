/** What a comparison varies: `--vary dims=384,768`, each parameter with its values; several multiply. */
import { InputError, nearest } from '../quantity/index.ts';
import { type Draft, draftFrom, ENGINE_IDS, mergeDrafts, PARAMETERS } from '../workload/index.ts';

/** One parameter and the values it takes in turn. */
export interface Axis {
  /** Parameter id: "engine", "dims", "type", "m", … */
  readonly parameter: string;
  readonly values: readonly (number | string)[];
}

/** One combination of values, by parameter id. */
export type Settings = Readonly<Record<string, number | string>>;

/** More rows than this are no table any more. */
export const MOST_COMBINATIONS = 200;

const VARIABLE: readonly string[] = PARAMETERS.filter((p) => p.kind !== 'word' || p.id === 'system').map((p) => p.id);

/** What a named system puts below every other input, and above: by the value that varies. */
export type SystemDrafts = ReadonlyMap<string, { readonly below: Draft; readonly above: Draft }>;

/**
 * The axes that were asked for, in that order; every engine where no engine was named.
 * @param given the texts of --vary
 * @param base the workload so far: what a flag says cannot be varied as well
 * @throws InputError for an unknown parameter or value, one given twice, or more combinations than a table holds
 */
export function readAxes(given: readonly string[], base: Draft): Axis[] {
  const axes: Axis[] = [];
  for (const text of given) {
    const axis = readAxis(text);
    if (axes.some((a) => a.parameter === axis.parameter)) {
      throw new InputError('contradiction', `--vary ${axis.parameter} is given twice; list its values in one`);
    }
    if (base.inputs[axis.parameter]?.from === 'flag') {
      throw new InputError(
        'contradiction',
        `--vary ${axis.parameter} contradicts --${axis.parameter}; give one of them`,
      );
    }
    axes.push(axis);
  }
  // A system runs on the engine that it runs on.
  const named =
    axes.some((a) => a.parameter === 'engine' || a.parameter === 'system') || base.inputs['engine'] !== undefined;
  const all: Axis[] = named ? axes : [{ parameter: 'engine', values: ENGINE_IDS }, ...axes];
  const count = all.reduce((product, a) => product * a.values.length, 1);
  if (count > MOST_COMBINATIONS) {
    throw new InputError(
      'too-many-combinations',
      `--vary: ${all.map((a) => `${a.values.length} ${a.parameter}`).join(' × ')} are ${count} combinations; at most ${MOST_COMBINATIONS} are compared`,
      'name the engines: --vary engine=pgvector,qdrant',
    );
  }
  return all;
}

function readAxis(text: string): Axis {
  const at = text.indexOf('=');
  const parameter = text.slice(0, at).trim();
  const words = at < 1 ? [] : listOf(text.slice(at + 1));
  if (words.length === 0) {
    throw new InputError('bad-vary', `--vary: "${text}" is not PARAMETER=VALUE,VALUE, e.g. dims=384,768`);
  }
  if (!VARIABLE.includes(parameter)) {
    const near = nearest(parameter, VARIABLE);
    throw new InputError(
      'unknown-parameter',
      `--vary: "${parameter}" is not a parameter that can be varied${near === undefined ? '' : `; did you mean ${near}?`}`,
      'every workload flag with a number or a choice can: engine, type, index, dims, m, ram, …',
    );
  }
  const values = words.map((word) => {
    const input = draftFrom({ [parameter]: word }, 'flag', () => `--vary ${parameter}`).inputs[parameter];
    return (input as NonNullable<typeof input>).value;
  });
  return { parameter, values: [...new Set(values)] };
}

/** Values between commas: a number takes none inside, "1024" and not "1,024". */
function listOf(text: string): string[] {
  return text
    .split(',')
    .map((w) => w.trim())
    .filter((w) => w !== '');
}

/** Every combination of the axes' values, the last axis fastest. */
export function combinations(axes: readonly Axis[]): Settings[] {
  return axes.reduce<Settings[]>(
    (rows, axis) => rows.flatMap((row) => axis.values.map((value) => ({ ...row, [axis.parameter]: value }))),
    [{}],
  );
}

/** The base draft with one combination over it. */
export function withSettings(base: Draft, settings: Settings, systems?: SystemDrafts): Draft {
  const inputs = Object.fromEntries(
    Object.entries(settings).map(([id, value]) => [id, { value, from: 'flag' as const, where: `--vary ${id}` }]),
  );
  const over = { inputs, with: [], without: [] };
  const system = systems?.get(String(settings['system']));
  return system === undefined ? mergeDrafts(base, over) : mergeDrafts(system.below, base, over, system.above);
}
