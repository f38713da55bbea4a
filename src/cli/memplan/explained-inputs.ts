/** What `memplan explain` explains: the workload that flags, memplan.yaml or a store give, or the README's where none does. */
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { gatherConfig, gatherInputs, type Inputs } from './inputs.ts';

const EXAMPLE = { n: '10M', dims: '1536' };

/** One of these says what is to be planned; a file that --config names has to. */
const DESCRIBES = ['n', 'users', 'from', 'config'] as const;

/** The inputs, and what stderr is told of them. @throws InputError, StoreError */
export async function explainedInputs(
  options: Options,
  runtime: Runtime,
): Promise<{ readonly inputs: Inputs; readonly notes: readonly string[] }> {
  const { inputs: written } = (await gatherConfig(options, runtime)).draft;
  if (DESCRIBES.some((o) => options[o] !== undefined || written[o] !== undefined)) {
    const inputs = await gatherInputs(options, runtime);
    return { inputs, notes: [...inputs.notes, ...inputs.ofSystem] };
  }
  // What the file does say (its dims, its m) holds for the example, too.
  const missing = Object.fromEntries(Object.entries(EXAMPLE).filter(([o]) => written[o] === undefined));
  const inputs = await gatherInputs({ ...missing, ...options }, runtime);
  const taken = Object.keys(missing).map((o) => `--${o} ${String(options[o] ?? missing[o])}`);
  return { inputs, notes: [...inputs.notes, `no workload given: this is for ${taken.join(' ')}`] };
}
