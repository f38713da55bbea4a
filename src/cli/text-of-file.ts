/** Text of a file that a user named: never more than a limit, in the encodings that shells and editors write, or why not. */
import { isUtf8 } from 'node:buffer';
import { closeSync, openSync, readSync } from 'node:fs';
import { formatBytes, InputError } from '../quantity/index.ts';

const CHUNK_BYTES = 64 * 1024;

/** What a file that cannot be read is called, and how it is refused. */
export interface NamedFile {
  /** How the user named it: "--input report.json". */
  readonly where: string;
  /** What is read from it: "report", "config file". */
  readonly what: string;
  /** More is no such file: what is named by mistake is not read into memory. */
  readonly mostBytes: number;
  /** Of the InputError. */
  readonly code: string;
  readonly hint?: string | undefined;
}

/** @throws InputError in one sentence when it cannot be read */
export function textOfNamedFile(path: string, file: NamedFile): string {
  try {
    return textOfFile(path, file.mostBytes);
  } catch (e) {
    throw new InputError(file.code, `${file.where}: ${whyUnreadable(e, file)}`, file.hint);
  }
}

/** Why `textOfFile` threw, without the name of the file: "there is no such file". */
export function whyUnreadable(e: unknown, { what, mostBytes }: Pick<NamedFile, 'what' | 'mostBytes'>): string {
  const code = String((e as NodeJS.ErrnoException).code);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return 'there is no such file';
    case 'EISDIR':
      return 'that is a directory';
    case 'EACCES':
    case 'EPERM':
      return 'there is no permission to read it';
    case 'EFBIG':
      return `that is no ${what}, it is larger than ${formatBytes(mostBytes)}`;
    case 'EILSEQ':
      return 'that is no text in UTF-8';
    default:
      return `it cannot be read (${code})`;
  }
}

/**
 * Stops at the limit, so that a device that never ends is refused and not read until memory is full. UTF-8, or UTF-16 with its
 * mark, which is what `> report.json` writes in Windows PowerShell 5; the mark is no part of the text.
 *
 * @throws the system's error, with its code; EFBIG beyond the limit, EILSEQ where the bytes are no text
 */
export function textOfFile(path: string, mostBytes: number): string {
  const full: Buffer[] = [];
  // Not zeroed: what is not read into is never looked at, nor is there then a page of memory behind it.
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let taken = 0;
  let bytes = 0;
  const fd = openSync(path, 'r');
  try {
    for (;;) {
      const read = readSync(fd, chunk, taken, CHUNK_BYTES - taken, null);
      if (read === 0) break;
      taken += read;
      bytes += read;
      if (bytes > mostBytes) {
        throw Object.assign(new Error(`${path} is larger than ${mostBytes} bytes`), { code: 'EFBIG' });
      }
      if (taken < CHUNK_BYTES) continue;
      full.push(chunk);
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      taken = 0;
    }
  } finally {
    closeSync(fd);
  }
  const rest = chunk.subarray(0, taken);
  return decoded(full.length === 0 ? rest : Buffer.concat([...full, rest]), path);
}

function decoded(bytes: Buffer, path: string): string {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (big && bytes.length % 2 === 0) bytes.swap16();
  if (!little && !big && !isUtf8(bytes)) {
    throw Object.assign(new Error(`${path} is not UTF-8`), { code: 'EILSEQ' });
  }
  const text = little || big ? bytes.toString('utf16le') : bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
