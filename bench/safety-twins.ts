/** Stores in which every text stands up to five times, filled and looked at by other means than memctl's own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Room, random } from './safety-program.ts';

/** One row as far as merging is concerned. */
export interface Memory {
  readonly id: string;
  /** Namespace or kind, and the text without case and blanks: rows that are alike in it are the same memory. */
  readonly said: string;
  /** Whether a search of the store's own software finds it. */
  readonly active: boolean;
  /** The id that the row itself names as the one that stays for it; null where the store has no such column, or it is empty. */
  readonly stays: string | null;
}

export interface TwinStore extends Room, AsyncDisposable {
  /** As the figures name it. */
  readonly what: string;
  /** Flags of dedup beside `--apply`. */
  readonly flags: readonly string[];
  /** Flags by which the store is read: of undo as well. */
  readonly reading: readonly string[];
  memories(): Promise<Memory[]>;
  /** Every row of every table or key, whole, vectors bit by bit; sorted. Without counters that a change raises. */
  dump(): Promise<string[]>;
  /** What is wrong with the store itself. */
  faults(): Promise<string[]>;
  /** Lets the time go by in which the lock of a run that was killed lapses. */
  lapse(): Promise<void>;
  /** What the engine does by itself in time: dead rows of earlier rounds make the next ones slower. */
  rest(): Promise<void>;
  close(): Promise<void>;
}

export interface Twin {
  /** From 1. */
  readonly n: number;
  readonly group: number;
  readonly text: string;
  readonly vector: Float32Array;
  /** Which of its twins, from 0. */
  readonly copy: number;
}

/** Namespaces, or kinds. */
const GROUPS = 7;
/** Text k stands 1 + k mod 5 times: three times on average. */
const COPIES = 5;

/** Twins lie far from each other; they differ in case and blanks, and their vectors in nothing. */
export function twins(texts: number, dims: number): Twin[] {
  const found: Twin[] = [];
  for (let copy = 0; copy < COPIES; copy++)
    for (let k = 0; k < texts; k++) {
      if (copy > k % COPIES) continue;
      const text = `The lock of door ${k} opens with key ${(k * 7919) % 99_991}`;
      const worded = [text, text.toUpperCase(), text.toLowerCase(), text.replaceAll(' ', '  '), ` ${text}\t`];
      const chance = random(k + 1);
      const vector = Float32Array.from({ length: dims }, () => chance() * 2 - 1);
      found.push({ n: found.length + 1, group: k % GROUPS, text: worded[copy] as string, vector, copy });
    }
  return found;
}

export const bytesOf = (v: Float32Array): Buffer => Buffer.from(v.buffer, v.byteOffset, v.byteLength);

export const saidBy = (group: unknown, text: unknown): string =>
  `${String(group)}: ${String(text).toLowerCase().trim().replaceAll(/\s+/g, ' ')}`;

export interface Folder {
  readonly folder: string;
  readonly remove: () => void;
}

export function newFolder(): Folder {
  const folder = mkdtempSync(join(tmpdir(), 'memctl-twins-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
