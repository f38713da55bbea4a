/** What stands at a path before SQLite is asked: file, header, side files. Format: https://sqlite.org/fileformat2.html */
import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatBytes, formatCount, InputError } from '../../quantity/index.ts';
import { StoreError, type Target } from '../../store/index.ts';

export interface FileState {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
  readonly modifiedMs: number;
  readonly inode: string;
  readonly pageSize: number;
  /** The header says write-ahead log: readers need the side files -wal and -shm. */
  readonly wal: boolean;
  /** Bytes of the side files; null where there is none. */
  readonly walBytes: number | null;
  readonly shm: boolean;
  readonly journalBytes: number | null;
}

const MAGIC = 'SQLite format 3\0';
const HEADER_BYTES = 100;

/**
 * @throws InputError when there is no SQLite file at the path
 * @throws StoreError when this role may not read it, or it is cut off
 */
export function fileState(target: Target): FileState {
  const path = resolve(target.reveal());
  const stats = statOf(path, target);
  if (stats.isDirectory()) {
    throw new InputError('store-is-directory', `${target}: this is a directory, not a SQLite file`);
  }
  if (!stats.isFile()) throw new InputError('store-not-a-file', `${target}: this is not a regular file`);
  if (path !== path.trim()) {
    throw new InputError('store-address', `${target}: the SQLite driver cannot open a path that ends in a blank`);
  }
  if (stats.size === 0) {
    throw new InputError('store-empty', `${target}: the file is empty (0 bytes); nothing was ever written to it`);
  }
  const header = headerOf(path, target);
  const raw = header.readUInt16BE(16);
  const pageSize = raw === 1 ? 65_536 : raw;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw new StoreError(
      'store-corrupt',
      `${target}: the header is damaged: a page size of ${pageSize} does not exist`,
    );
  }
  const walBytes = sizeOf(`${path}-wal`);
  refuseTruncated(target, header, stats.size, pageSize, walBytes);
  return {
    path,
    bytes: stats.size,
    modifiedMs: stats.mtimeMs,
    inode: `${stats.dev}:${stats.ino}`,
    pageSize,
    wal: header[19] === 2,
    walBytes,
    shm: sizeOf(`${path}-shm`) !== null,
    journalBytes: sizeOf(`${path}-journal`),
  };
}

function statOf(path: string, target: Target): Stats {
  try {
    return statSync(path);
  } catch (e) {
    throw ioError(e, target);
  }
}

function headerOf(path: string, target: Target): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  let read = 0;
  try {
    const fd = openSync(path, 'r');
    try {
      read = readSync(fd, header, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(fd);
    }
  } catch (e) {
    throw ioError(e, target);
  }
  const start = header.subarray(0, Math.min(read, MAGIC.length)).toString('latin1');
  if (start !== MAGIC.slice(0, start.length)) {
    throw new InputError(
      'store-not-sqlite',
      looksRandom(header.subarray(0, read))
        ? `${target}: this is not a plain SQLite database; it is encrypted (e.g. SQLCipher) or another binary format`
        : `${target}: this is not a SQLite database: it does not begin with "SQLite format 3"`,
    );
  }
  if (read < HEADER_BYTES) {
    throw new StoreError('store-truncated', `${target}: the file ends inside its header, after ${read} bytes`);
  }
  return header;
}

/** Encrypted pages look like noise: most bytes are no printable ASCII. Zeroes and text are something else. */
function looksRandom(bytes: Buffer): boolean {
  const odd = bytes.filter((b) => b >= 0x7f || (b < 0x20 && b !== 0 && b !== 9 && b !== 10 && b !== 13)).length;
  return bytes.length > 0 && odd / bytes.length > 0.4;
}

/** A copy that was cut off. With a WAL the file may rightly be shorter than its header says. */
function refuseTruncated(t: Target, header: Buffer, bytes: number, pageSize: number, wal: number | null): void {
  const pages = header.readUInt32BE(28);
  const counted = header.readUInt32BE(24) === header.readUInt32BE(92);
  if (!counted || pages === 0 || (wal ?? 0) > 0 || bytes >= pages * pageSize) return;
  throw new StoreError(
    'store-truncated',
    `${t}: the file is cut off: its header counts ${formatCount(pages)} pages, ${formatBytes(pages * pageSize)}, and it has ${formatBytes(bytes)}`,
    'copy it again, or restore a backup',
  );
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** A failed system call on the path, in a sentence. */
export function ioError(e: unknown, target: Target): Error {
  const code = (e as NodeJS.ErrnoException).code;
  switch (code) {
    case 'ENOENT':
      return new InputError('store-not-found', `${target}: there is no such file`);
    case 'ENOTDIR':
      return new InputError('store-not-found', `${target}: a part of the path is a file, not a directory`);
    case 'ENAMETOOLONG':
      return new InputError('store-not-found', 'STORE: the path is longer than the file system allows');
    case 'ELOOP':
      return new InputError('store-not-found', `${target}: the path is a symbolic link to itself`);
    case 'EACCES':
    case 'EPERM':
      return new StoreError('store-permission', `${target}: this role may not read the file (permission denied)`);
    default:
      return new StoreError('store-unreadable', `${target}: the file cannot be read (${code ?? String(e)})`);
  }
}
