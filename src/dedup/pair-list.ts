/** A list of pairs that grows. */
import type { JoinCursor, Joined } from './pair-task.ts';

export class PairList {
  size = 0;
  private a: Uint32Array = new Uint32Array(1024);
  private b: Uint32Array = new Uint32Array(1024);
  private similarity: Float64Array = new Float64Array(1024);

  push(a: number, b: number, similarity: number): void {
    if (this.size === this.a.length) {
      this.a = longer(this.a, new Uint32Array(2 * this.size));
      this.b = longer(this.b, new Uint32Array(2 * this.size));
      this.similarity = longer(this.similarity, new Float64Array(2 * this.size));
    }
    this.a[this.size] = a;
    this.b[this.size] = b;
    this.similarity[this.size++] = similarity;
  }

  done(verified: boolean, cursor: JoinCursor | null): Joined {
    const n = this.size;
    const similarity = verified ? this.similarity.slice(0, n) : null;
    return { a: this.a.slice(0, n), b: this.b.slice(0, n), similarity, cursor };
  }
}

function longer<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
