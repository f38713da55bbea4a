/** The entry of a worker thread: answers each task with what the solver makes of it, in order. */
import { parentPort } from 'node:worker_threads';
import { pairSolver } from '../dedup/pair-solver.ts';
import type { Joined, Nearest, PairTask } from '../dedup/pair-task.ts';

const solve = pairSolver();
parentPort?.on('message', (task: PairTask) => {
  try {
    const answer = solve(task);
    const moved =
      task.kind === 'join'
        ? buffersOf(answer as Joined)
        : task.kind === 'nearest'
          ? [(answer as Nearest).nearest.buffer]
          : [];
    parentPort?.postMessage({ answer }, moved as ArrayBuffer[]);
  } catch (error) {
    parentPort?.postMessage({ answer: null, error });
  }
});

const buffersOf = (joined: Joined): ArrayBufferLike[] => [
  joined.a.buffer,
  joined.b.buffer,
  ...(joined.similarity === null ? [] : [joined.similarity.buffer]),
];
