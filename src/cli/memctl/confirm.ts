/** On a terminal, nothing is changed before the store's name was typed; elsewhere the caps are what holds. */
import { printable } from '../../quantity/index.ts';
import { StoreError } from '../../store/index.ts';
import type { Runtime } from '../runtime.ts';

/** Several stores are worked on at once; their questions are not asked at once. */
let turn: Promise<unknown> = Promise.resolve();

/** @throws StoreError (exit 5) when something else was typed; the signal's reason when it was interrupted */
export async function confirm(name: string, what: string, yes: boolean, runtime: Runtime): Promise<void> {
  const { ask } = runtime;
  if (yes || ask === undefined) return;
  // Listening begins before the question: an unanswered Ctrl-C must not end in a dead terminal.
  const { signal } = runtime;
  const mine = turn.then(async () => {
    signal.throwIfAborted();
    const typed = await ask(`${what} Type ${printable(name)} to go on: `);
    signal.throwIfAborted();
    if (typed?.trim() === name) return;
    throw new StoreError(
      'not-confirmed',
      `${name}: nothing was changed; ${typed === null || typed.trim() === '' ? 'no name was typed' : 'what was typed is not its name'}`,
      '--yes goes on without asking',
      5,
    );
  });
  turn = mine.catch(() => undefined);
  await mine;
}
