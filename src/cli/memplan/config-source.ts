/** The text of memplan.yaml. Workload and budgets ask for it apart, and a pipe (`--config /dev/stdin`) gives its text once. */
import { statSync } from 'node:fs';
import { textOfFile } from '../text-of-file.ts';

/** Larger than any config: what is named by mistake is not read into memory. */
const MAX_BYTES = 1 << 20;

const piped = new Map<string, string>();

/** @throws the system's error, with its code; EFBIG beyond 1 MiB */
export function configSource(path: string): string {
  const kept = piped.get(path);
  if (kept !== undefined) return kept;
  const pipe = statSync(path).isFIFO();
  const text = textOfFile(path, MAX_BYTES);
  if (pipe) piped.set(path, text);
  return text;
}
