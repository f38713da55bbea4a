/** One connection to one server. Every command goes through `refusal` first; nothing else talks to the driver. */
import { StoreError } from '../../store/index.ts';
import { refusal } from './allowed-commands.ts';
import type { Client } from './driver.ts';
import type { ServerInfo } from './info.ts';

export type Argument = string | number | Buffer;
export type Command = readonly [name: string, ...args: Argument[]];

/** Replies in flight at once: 100 is where reading hashes was fastest and memory stayed low (ioredis 6, Redis 7). */
const IN_FLIGHT = 100;

export class NodeConnection {
  readonly name: string;
  readonly #client: Client;
  readonly #mode: 'read' | 'write';
  readonly #permanent: readonly string[];
  readonly #translate: (e: unknown) => unknown;
  readonly #signal: AbortSignal | undefined;
  readonly #onLost: () => void;
  /** INFO as last read. */
  info: ServerInfo;

  constructor(
    client: Client,
    name: string,
    info: ServerInfo,
    o: {
      readonly mode: 'read' | 'write';
      /** Patterns of keys without a TTL; grows as profiles are recognised. */
      readonly permanent: readonly string[];
      readonly translate: (e: unknown) => unknown;
      readonly signal: AbortSignal | undefined;
      /** Told when a command found the connection gone. */
      readonly onLost: () => void;
    },
  ) {
    this.#client = client;
    this.name = name;
    this.info = info;
    this.#mode = o.mode;
    this.#permanent = o.permanent;
    this.#translate = o.translate;
    this.#signal = o.signal;
    this.#onLost = o.onLost;
  }

  /** True when looking at a key cannot delete it. */
  get inert(): boolean {
    return this.info.expires === 0 || this.info.replica;
  }

  #admit(command: Command): void {
    this.#signal?.throwIfAborted();
    const [name, ...args] = command;
    const why = refusal(name, args, { mode: this.#mode, inert: this.inert, permanent: this.#permanent });
    if (why !== undefined) throw new StoreError('store-read-mode', `${this.name}: ${why}`);
  }

  /** One command; replies as text. @throws StoreError */
  async call(...command: Command): Promise<unknown> {
    const [reply] = await this.many([command]);
    if (reply instanceof Error) throw this.#translate(reply);
    return reply;
  }

  /** One command; undefined where the server or the role does not have it, with the error handed to `missing`. */
  async attempt(missing: (e: Error) => boolean, ...command: Command): Promise<unknown> {
    const [reply] = await this.many([command]);
    if (!(reply instanceof Error)) return reply;
    if (missing(reply)) return undefined;
    throw this.#translate(reply);
  }

  /**
   * Many commands, pipelined. An error reply stands in the place of its reply, as the server's own Error.
   * @param buffers replies as bytes instead of text
   * @throws StoreError when the connection is lost
   */
  async many(commands: readonly Command[], buffers = false): Promise<unknown[]> {
    const replies: unknown[] = [];
    for (let i = 0; i < commands.length; i += IN_FLIGHT) {
      const pipeline = this.#client.pipeline();
      for (const command of commands.slice(i, i + IN_FLIGHT)) {
        this.#admit(command);
        const [name, ...args] = command;
        if (buffers) pipeline.callBuffer(name, ...args);
        else pipeline.call(name, ...args);
      }
      let results: [Error | null, unknown][] | null;
      try {
        results = await pipeline.exec();
      } catch (e) {
        this.#onLost();
        throw this.#translate(e);
      }
      for (const [error, reply] of results ?? []) {
        if (error !== null && error.name !== 'ReplyError') {
          this.#onLost();
          throw this.#translate(error);
        }
        replies.push(error ?? reply);
      }
    }
    return replies;
  }

  disconnect(): void {
    this.#client.disconnect();
  }
}
