/**
 * Every input of a workload, as data: flag, config key, unit, range, default with its reason. Flags, the config reader,
 * `--help` and the docs are made from this table, so an input cannot exist in one of them only.
 */
import { OPERATING_PARAMETERS } from './operating-parameters.ts';
import type { Parameter } from './parameter.ts';
import { STORE_PARAMETERS } from './store-parameters.ts';

export type { Parameter, ParameterDefault, ParameterKind } from './parameter.ts';

export const PARAMETERS: readonly Parameter[] = [...STORE_PARAMETERS, ...OPERATING_PARAMETERS];

/** The parameter of that id. @throws Error for an id that is not in the table: a slip in our code, not the user's. */
export function parameter(id: string): Parameter {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`no workload parameter is called ${id}`);
  return found;
}

const BY_ID: ReadonlyMap<string, Parameter> = byId(PARAMETERS);

function byId(parameters: readonly Parameter[]): Map<string, Parameter> {
  const found = new Map<string, Parameter>();
  for (const p of parameters) found.set(p.id, p);
  return found;
}
