/** A file that a run leaves behind: the whole of it or what was there before. */
import { chmodSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/**
 * Written beside and moved into place. A link stays a link to the file that is then a new one; the old one's mode is kept. What is
 * no file, such as /dev/stdout or a named pipe, is written to and never replaced.
 *
 * @throws the system's error, with its code; nothing is then changed, and nothing is left beside
 */
export function writeWholeFile(path: string, text: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) {
    writeFileSync(path, text);
    return;
  }
  const target = there === undefined ? path : realpathSync(path);
  const beside = `${target}.${process.pid}.new`;
  try {
    writeFileSync(beside, text);
    if (there !== undefined) chmodSync(beside, there.mode & 0o777);
    renameSync(beside, target);
  } catch (e) {
    rmSync(beside, { force: true });
    throw e;
  }
}
