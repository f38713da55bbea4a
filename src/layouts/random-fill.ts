/**
 * How full the leaves of a B-tree are after so many keys came in random order. A full leaf splits in half; leaves that began
 * together fill and split together, so the fill swings around ln 2 and settles there only after many splits. The mean is the
 * fringe analysis of A. C. Yao (On random 2-3 trees, Acta Informatica 9, 1978), here for any capacity: the expected number of
 * leaves with i keys, c(i), follows dc(i)/d ln n = (i - 1) c(i - 1) - i c(i), and a split makes two of half the keys.
 */

/** Steps are this share of the shortest time in which a leaf takes a key. */
const STEP = 0.25;
/** The fill is noted after so many steps, and a straight line drawn between two notes. */
const NOTED = 4;
/** The swing is below a thousandth after so many capacities, for the capacities of index pages. */
const SETTLED = 2 ** 14;

/** The history of leaves of one capacity, followed as far as anybody asked. */
interface History {
  /** c(i) now. */
  readonly count: Float64Array;
  /** Fill at the times 0, NOTED steps, 2 NOTED steps, …; time is ln n from the first split on. */
  readonly fills: number[];
}

const histories = new Map<number, History>();

/**
 * @param keys how many keys came
 * @param capacity keys that a full leaf holds, at least 2
 * @returns keys over places for keys in the leaves, 0.5 to 1 once the root has split
 */
export function randomFill(keys: number, capacity: number): number {
  const b = Math.max(2, Math.floor(capacity));
  if (keys <= b) return Math.max(0, keys) / b;
  const time = Math.max(0, Math.log(Math.min(keys, SETTLED * b) / (b + 1)));
  const at = (time * b) / (STEP * NOTED);
  const before = Math.floor(at);
  const { fills } = followed(b, before + 1);
  const [low, high] = [fills[before] as number, fills[before + 1] as number];
  return low + (high - low) * (at - before);
}

/** The history up to so many notes. */
function followed(b: number, notes: number): History {
  const low = Math.floor((b + 1) / 2);
  let history = histories.get(b);
  if (history === undefined) {
    const count = new Float64Array(b + 2);
    count[low] = 1;
    count[b + 1 - low] = (count[b + 1 - low] as number) + 1;
    history = { count, fills: [fillOf(count, b)] };
    histories.set(b, history);
  }
  const { count, fills } = history;
  const dt = STEP / b;
  while (fills.length <= notes) {
    for (let s = 0; s < NOTED; s++) {
      const split = b * (count[b] as number) * dt;
      for (let i = b; i > 1; i--) {
        count[i] = (count[i] as number) + dt * ((i - 1) * (count[i - 1] as number) - i * (count[i] as number));
      }
      count[low] = (count[low] as number) + split;
      count[b + 1 - low] = (count[b + 1 - low] as number) + split;
    }
    fills.push(fillOf(count, b));
  }
  return history;
}

function fillOf(count: Float64Array, b: number): number {
  let leaves = 0;
  let keys = 0;
  count.forEach((c, i) => {
    leaves += c;
    keys += i * c;
  });
  // The keys that the steps counted, not n: what a step is too coarse for cancels out.
  return keys / (b * leaves);
}
