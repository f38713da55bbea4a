/**
 * Which processes have locks on a store now, from /proc/locks: the one way to see them without taking a lock oneself.
 * Byte ranges: https://sqlite.org/walformat.html section 2.3.1 (the -shm: byte 120 the writer, 123 to 127 readers) and
 * os_unix.c (the file: 2^30 pending, 2^30 + 1 reserved, 510 bytes from 2^30 + 2 shared).
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync, statSync } from 'node:fs';

export interface LockHolders {
  readonly writers: readonly number[];
  readonly readers: readonly number[];
}

const WAL_WRITER = 120;
const WAL_READERS = [123, 127] as const;
const PENDING = 2 ** 30;

/** undefined where the system does not tell. */
export function lockHolders(path: string): LockHolders | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  const writers = new Set<number>();
  const readers = new Set<number>();
  const file = inodeOf(path);
  const shm = inodeOf(`${path}-shm`);
  for (const line of text.split('\n')) {
    // "1: POSIX  ADVISORY  WRITE 1234 08:01:262152 1073741825 1073741825"; a waiting one has "->" after its number.
    const found =
      /^\d+: (?:POSIX|OFDLCK)\s+ADVISORY\s+(READ|WRITE)\s+(-?\d+)\s+[0-9a-f]+:[0-9a-f]+:(\d+)\s+(\d+)\s+(\d+|EOF)/.exec(
        line,
      );
    if (found === null) continue;
    const [, kind, pidText, inode, fromText, toText] = found as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const pid = Number(pidText);
    const from = Number(fromText);
    const to = toText === 'EOF' ? Number.MAX_SAFE_INTEGER : Number(toText);
    if (pid === process.pid || (inode !== shm && inode !== file) || !hasOpen(pid, path)) continue;
    if (inode === shm) {
      if (kind === 'WRITE' && from <= WAL_WRITER && to >= WAL_WRITER) writers.add(pid);
      if (kind === 'READ' && from <= WAL_READERS[1] && to >= WAL_READERS[0]) readers.add(pid);
    } else if (from >= PENDING) {
      (kind === 'WRITE' ? writers : readers).add(pid);
    }
  }
  return { writers: [...writers], readers: [...readers].filter((p) => !writers.has(p)) };
}

function inodeOf(path: string): string | undefined {
  const s = statSync(path, { throwIfNoEntry: false, bigint: true });
  return s?.ino.toString();
}

/** Inode numbers are unique on one device only. False when the process is seen to have other files open; true when it cannot be seen. */
function hasOpen(pid: number, path: string): boolean {
  try {
    const real = realpathSync(path);
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`).startsWith(real));
  } catch {
    return true;
  }
}
