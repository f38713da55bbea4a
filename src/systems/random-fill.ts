/**
 * How full the leaves of a B-tree are after so many keys came in random order. A full leaf splits in half; leaves that began
 * together fill and split together, so the fill swings around ln 2 and settles there only after many splits. The mean is the
 * fringe analysis of A. C. Yao (On random 2-3 trees, Acta Informatica 9, 1978), here for any capacity: the expected number of
 * leaves with i keys, c(i), follows dc(i)/d ln n = (i - 1) c(i - 1) - i c(i), and a split makes two of half the keys.
 */

/** Steps are this share of the shortest time in which a leaf takes a key. */
const STEP = 0.25;
/** The swing is below a thousandth after so many capacities, for the capacities of index pages. */
const SETTLED = 2 ** 14;

const known = new Map<string, number>();

/**
 * @param keys how many keys came
 * @param capacity keys that a full leaf holds, at least 2
 * @returns keys over places for keys in the leaves, 0.5 to 1 once the root has split
 */
export function randomFill(keys: number, capacity: number): number {
  const b = Math.max(2, Math.floor(capacity));
  if (keys <= b) return Math.max(0, keys) / b;
  const n = Math.min(keys, SETTLED * b);
  const id = `${Math.round(n)} ${b}`;
  let fill = known.get(id);
  if (fill === undefined) {
    fill = fillAfter(n, b);
    known.set(id, fill);
  }
  return fill;
}

/** Expected fill after n random keys, from the first split on. */
function fillAfter(n: number, b: number): number {
  const low = Math.floor((b + 1) / 2);
  const count = new Float64Array(b + 2);
  count[low] = 1;
  count[b + 1 - low] = (count[b + 1 - low] as number) + 1;
  const end = Math.log(n / (b + 1));
  const steps = Math.max(1, Math.ceil((end * b) / STEP));
  const dt = end / steps;
  for (let s = 0; s < steps; s++) {
    const split = b * (count[b] as number) * dt;
    for (let i = b; i > 1; i--) {
      count[i] = (count[i] as number) + dt * ((i - 1) * (count[i - 1] as number) - i * (count[i] as number));
    }
    count[low] = (count[low] as number) + split;
    count[b + 1 - low] = (count[b + 1 - low] as number) + split;
  }
  let leaves = 0;
  let keys = 0;
  count.forEach((c, i) => {
    leaves += c;
    keys += i * c;
  });
  // The keys that the steps counted, not n: what a step is too coarse for cancels out.
  return keys / (b * leaves);
}
