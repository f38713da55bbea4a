/** Runs many join tasks with the crew kept busy, and gives what they found in the order of the tasks, whatever the threads. */
import type { Joined, JoinPlan, PairCrew } from './pair-task.ts';
import type { RectangleBatch } from './rectangles.ts';

let plans = 0;

/** Opens a plan, runs all batches under it, forgets it. `pairs`: how many pairs are settled by this answer. */
export async function* joinAnswers(
  crew: PairCrew,
  what: JoinPlan,
  batches: Iterable<RectangleBatch>,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly joined: Joined; readonly pairs: number }> {
  yield* withPlan(crew, what, async function* (plan) {
    const source = batches[Symbol.iterator]();
    const flying: { readonly batch: RectangleBatch; readonly answer: Promise<Joined> }[] = [];
    while (true) {
      while (flying.length < 2 * crew.threads) {
        const next = source.next();
        if (next.done === true) break;
        const batch = next.value;
        const answer = crew.run({ kind: 'join', plan, rectangles: batch.rectangles, cursor: null });
        answer.catch(() => {});
        flying.push({ batch, answer });
      }
      const first = flying.shift();
      if (first === undefined) return;
      let joined = await unlessAborted(first.answer, signal);
      while (joined.cursor !== null) {
        yield { joined, pairs: 0 };
        const { cursor } = joined;
        joined = await unlessAborted(
          crew.run({ kind: 'join', plan, rectangles: first.batch.rectangles, cursor }),
          signal,
        );
      }
      yield { joined, pairs: first.batch.pairs };
    }
  });
}

/** Opens a plan on all threads, and forgets it when the generator ends, however it ends. */
export async function* withPlan<T>(
  crew: PairCrew,
  what: JoinPlan,
  body: (plan: number) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const plan = plans++;
  crew.tell({ kind: 'open', plan, what });
  try {
    yield* body(plan);
  } finally {
    crew.tell({ kind: 'forget', plan });
  }
}

/** Rejects with the signal's reason as soon as it is aborted. */
export async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  signal.throwIfAborted();
  answer.catch(() => {});
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
