/** Files that a verb was asked to write: plans, pairs, decisions. Their owner's alone, for they hold what the store holds. */
import { writeFileSync } from 'node:fs';
import { StoreError } from '../../store/index.ts';

/**
 * @param flag as the user gave it: "--output"
 * @throws StoreError (exit 5) when it cannot be written
 */
export function writeOutput(flag: string, file: string, text: string): void {
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    throw new StoreError('output-failed', `${flag} ${file}: it cannot be written (${code})`, undefined, 5);
  }
}
