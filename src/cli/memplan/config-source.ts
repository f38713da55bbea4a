/** The text of memplan.yaml. Workload and budgets ask for it apart, and a pipe (`--config /dev/stdin`) gives its text once. */
import { statSync } from 'node:fs';
import { textOfNamedFile } from '../text-of-file.ts';

/** Larger than any config: what is named by mistake is not read into memory. */
const MAX_BYTES = 1 << 20;

const piped = new Map<string, string>();

/** @throws InputError when it cannot be read, or is larger than 1 MiB */
export function configSource(path: string): string {
  const kept = piped.get(path);
  if (kept !== undefined) return kept;
  const pipe = isPipe(path);
  const text = textOfNamedFile(path, {
    where: `--config ${path}`,
    what: 'config file',
    mostBytes: MAX_BYTES,
    code: 'config-unreadable',
  });
  if (pipe) piped.set(path, text);
  return text;
}

/** What cannot be looked at is told when it is read. */
function isPipe(path: string): boolean {
  try {
    return statSync(path).isFIFO();
  } catch {
    return false;
  }
}
