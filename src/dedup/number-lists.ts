/** Lists of numbers in flat arrays: what belongs to each class, and pairs with a value. */

/** Members by class, as one array and where each class begins in it. */
export class Membership {
  readonly #start: Uint32Array;
  readonly #member: Uint32Array;

  /** @param classOf class of each member, 0 up to `classes`; negative for members of none */
  constructor(classes: number, members: number, classOf: (member: number) => number) {
    this.#start = new Uint32Array(classes + 1);
    for (let i = 0; i < members; i++) {
      const c = classOf(i);
      if (c >= 0) this.#start[c + 1] = (this.#start[c + 1] as number) + 1;
    }
    for (let c = 0; c < classes; c++) this.#start[c + 1] = (this.#start[c + 1] as number) + (this.#start[c] as number);
    this.#member = new Uint32Array(this.#start[classes] as number);
    const next = this.#start.slice();
    for (let i = 0; i < members; i++) {
      const c = classOf(i);
      if (c < 0) continue;
      this.#member[next[c] as number] = i;
      next[c] = (next[c] as number) + 1;
    }
  }

  get classes(): number {
    return this.#start.length - 1;
  }

  size(c: number): number {
    return (this.#start[c + 1] as number) - (this.#start[c] as number);
  }

  /** A view, in ascending order. */
  of(c: number): Uint32Array {
    return this.#member.subarray(this.#start[c] as number, this.#start[c + 1] as number);
  }
}

/** Pairs that grow. */
export class PairList {
  a: Uint32Array = new Uint32Array(1024);
  b: Uint32Array = new Uint32Array(1024);
  value: Float64Array = new Float64Array(1024);
  length = 0;

  push(a: number, b: number, value: number): void {
    if (this.length === this.a.length) this.#grow();
    this.a[this.length] = a;
    this.b[this.length] = b;
    this.value[this.length] = value;
    this.length++;
  }

  /** Drops every pair whose value is below. */
  keepFrom(least: number): void {
    let kept = 0;
    for (let i = 0; i < this.length; i++) {
      if ((this.value[i] as number) < least) continue;
      this.a[kept] = this.a[i] as number;
      this.b[kept] = this.b[i] as number;
      this.value[kept] = this.value[i] as number;
      kept++;
    }
    this.length = kept;
  }

  /** Each pair once, the smaller number first, in the order of their numbers; the first value given stays. */
  unique(): PairList {
    const order = Float64Array.from({ length: this.length }, (_, i) => i).sort((x, y) => this.#compare(x, y) || x - y);
    const out = new PairList();
    for (const i of order) {
      const a = Math.min(this.a[i] as number, this.b[i] as number);
      const b = Math.max(this.a[i] as number, this.b[i] as number);
      const last = out.length - 1;
      if (last < 0 || out.a[last] !== a || out.b[last] !== b) out.push(a, b, this.value[i] as number);
    }
    return out;
  }

  #compare(x: number, y: number): number {
    const [xa, xb] = [this.a[x] as number, this.b[x] as number];
    const [ya, yb] = [this.a[y] as number, this.b[y] as number];
    return Math.min(xa, xb) - Math.min(ya, yb) || Math.max(xa, xb) - Math.max(ya, yb);
  }

  #grow(): void {
    const size = this.a.length * 2;
    const grown = <T extends Uint32Array | Float64Array>(into: T, from: T): T => {
      into.set(from);
      return into;
    };
    this.a = grown(new Uint32Array(size), this.a);
    this.b = grown(new Uint32Array(size), this.b);
    this.value = grown(new Float64Array(size), this.value);
  }
}

/** Undirected pairs with a value, found from either side. */
export class PairGraph {
  readonly #start: Uint32Array;
  readonly #to: Uint32Array;
  readonly #value: Float64Array;

  constructor(points: number, pairs: PairList) {
    const ends = 2 * pairs.length;
    const order = new Float64Array(ends);
    this.#start = new Uint32Array(points + 1);
    this.#to = new Uint32Array(ends);
    this.#value = new Float64Array(ends);
    for (let i = 0; i < pairs.length; i++) {
      for (const p of [pairs.a[i] as number, pairs.b[i] as number])
        this.#start[p + 1] = (this.#start[p + 1] as number) + 1;
    }
    for (let p = 0; p < points; p++) this.#start[p + 1] = (this.#start[p + 1] as number) + (this.#start[p] as number);
    const next = this.#start.slice();
    const put = (from: number, to: number, pair: number): void => {
      order[next[from] as number] = to * 2 ** 22 + pair;
      next[from] = (next[from] as number) + 1;
    };
    for (let i = 0; i < pairs.length; i++) {
      put(pairs.a[i] as number, pairs.b[i] as number, i);
      put(pairs.b[i] as number, pairs.a[i] as number, i);
    }
    for (let p = 0; p < points; p++) order.subarray(this.#start[p], this.#start[p + 1]).sort();
    for (let i = 0; i < ends; i++) {
      const pair = (order[i] as number) % 2 ** 22;
      this.#to[i] = ((order[i] as number) - pair) / 2 ** 22;
      this.#value[i] = pairs.value[pair] as number;
    }
  }

  /** Points tied to this one, ascending. */
  of(point: number): Uint32Array {
    return this.#to.subarray(this.#start[point] as number, this.#start[point + 1] as number);
  }

  values(point: number): Float64Array {
    return this.#value.subarray(this.#start[point] as number, this.#start[point + 1] as number);
  }

  /** Value of a pair; undefined where the two are no pair. */
  get(a: number, b: number): number | undefined {
    let low = this.#start[a] as number;
    let high = (this.#start[a + 1] as number) - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const to = this.#to[middle] as number;
      if (to === b) return this.#value[middle];
      if (to < b) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}

/** Pairs beyond this number cannot be told apart in a graph: 22 bits of the key that it sorts by. */
export const MOST_GRAPH_PAIRS: number = 2 ** 22 - 1;
