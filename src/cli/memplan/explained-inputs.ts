/** What `memplan explain` explains: the workload that was given, or the README's where none was. */
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { gatherInputs, type Inputs } from './inputs.ts';

const EXAMPLE = { n: '10M', dims: '1536' };

/** The inputs, and what stderr is told of them. @throws InputError, StoreError */
export async function explainedInputs(
  options: Options,
  runtime: Runtime,
): Promise<{ readonly inputs: Inputs; readonly notes: readonly string[] }> {
  const described = ['n', 'users', 'from', 'config'].some((o) => options[o] !== undefined);
  const inputs = await gatherInputs(described ? options : { ...EXAMPLE, ...options }, runtime);
  const notes = [...inputs.notes, ...(described ? [] : ['no workload given: this is for --n 10M --dims 1536'])];
  return { inputs, notes };
}
