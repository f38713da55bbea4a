/** The archive of a run: every row that was removed or changed, as it was, one a line, on disk before the store commits. */
import { InputError } from '../quantity/index.ts';
import type { RemovedRow } from '../store/index.ts';

/** A removed row and the batch it went with: a batch that was rolled back left its rows in the store. */
export interface ArchivedRow extends RemovedRow {
  readonly action: string;
  readonly batch: number;
}

export interface ArchiveHead {
  readonly archive: 1;
  readonly run: string;
  readonly store: { readonly address: string; readonly fingerprint: string };
}

export function archiveLine(row: ArchivedRow): string {
  const { action, batch, place, values, changed } = row;
  const written = changed === undefined ? {} : { changed };
  return `${JSON.stringify({ action, batch, place, values, ...written })}\n`;
}

/** @returns null for a torn line (its batch was never committed). @throws InputError when the line is something else */
export function readArchiveLine(line: string, where: string): ArchivedRow | null {
  let row: Partial<ArchivedRow> | null;
  try {
    row = JSON.parse(line) as Partial<ArchivedRow> | null;
  } catch {
    return null;
  }
  const whole =
    typeof row?.action === 'string' &&
    typeof row.batch === 'number' &&
    typeof row.place === 'string' &&
    typeof row.values === 'object' &&
    (row.changed === undefined || typeof row.changed === 'object');
  if (!whole) throw new InputError('not-an-archive', `${where}: this is not the archive of a run`);
  return row as ArchivedRow;
}

/** @throws InputError when the file is no archive, or one of another run */
export function readArchiveHead(line: string, run: string, where: string): ArchiveHead {
  let head: Partial<ArchiveHead> | null = null;
  try {
    head = JSON.parse(line) as Partial<ArchiveHead>;
  } catch {
    // Said below.
  }
  if (head?.archive !== 1) throw new InputError('not-an-archive', `${where}: this is not the archive of a run`);
  if (head.run !== run) throw new InputError('not-an-archive', `${where}: this is the archive of run ${head.run}`);
  return head as ArchiveHead;
}
