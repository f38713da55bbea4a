/** Text of a file that a user named: never more than a limit, and in the encodings that shells and editors write. */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;

/**
 * Stops at the limit, so that a device that never ends is refused and not read until memory is full. UTF-8, or UTF-16 with its
 * mark, which is what `> report.json` writes in Windows PowerShell 5; the mark is no part of the text.
 *
 * @throws the system's error, with its code; EFBIG beyond the limit
 */
export function textOfFile(path: string, mostBytes: number): string {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const fd = openSync(path, 'r');
  try {
    for (;;) {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const read = readSync(fd, chunk);
      if (read === 0) break;
      bytes += read;
      if (bytes > mostBytes) {
        throw Object.assign(new Error(`${path} is larger than ${mostBytes} bytes`), { code: 'EFBIG' });
      }
      chunks.push(chunk.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
  return decoded(Buffer.concat(chunks));
}

function decoded(bytes: Buffer): string {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  const big = bytes[0] === 0xfe && bytes[1] === 0xff;
  if (big && bytes.length % 2 === 0) bytes.swap16();
  const text = little || big ? bytes.toString('utf16le') : bytes.toString('utf8');
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}
