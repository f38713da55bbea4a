/** Many short texts in few large buffers: a text takes its UTF-8 bytes and 12 more, a third of what strings take. */
import { uint32Column } from './columns.ts';

const BUFFER = 1 << 20;
/** UTF-8 bytes that one UTF-16 unit takes at the most. */
const WORST = 3;

export class TextArena {
  readonly #buffers: Uint8Array[] = [];
  readonly #buffer = uint32Column();
  readonly #start = uint32Column();
  readonly #length = uint32Column();
  readonly #encoder = new TextEncoder();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #used = 0;

  /** @returns the number by which `get` finds it: 0, 1, 2, … */
  add(text: string): number {
    if (this.#buffers.length === 0 || this.#used + text.length * WORST > BUFFER) {
      this.#buffers.push(new Uint8Array(Math.max(BUFFER, text.length * WORST)));
      this.#used = 0;
    }
    const into = this.#buffers.at(-1) as Uint8Array;
    const { written } = this.#encoder.encodeInto(text, into.subarray(this.#used));
    this.#buffer.push(this.#buffers.length - 1);
    this.#start.push(this.#used);
    this.#length.push(written);
    this.#used += written;
    return this.#length.length - 1;
  }

  get(at: number): string {
    const start = this.#start.get(at);
    return this.#decoder.decode(
      (this.#buffers[this.#buffer.get(at)] as Uint8Array).subarray(start, start + this.#length.get(at)),
    );
  }
}
