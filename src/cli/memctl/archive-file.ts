/** The archive of a run as a file: written beside the ledger's events, read by undo. */
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type ArchivedRow,
  type ArchiveHead,
  archiveLine,
  type PlanStore,
  readArchiveHead,
  readArchiveLine,
} from '../../maintenance/index.ts';
import { InputError } from '../../quantity/index.ts';
import type { RemovedRow } from '../../store/index.ts';
import { ARCHIVE_SUFFIX, LineFile, makeFolder } from './run-files.ts';

export function archivePath(folder: string, run: string): string {
  return join(folder, `${run}${ARCHIVE_SUFFIX}`);
}

export class ArchiveFile {
  readonly path: string;
  private readonly head: ArchiveHead;
  private file: LineFile | undefined;

  /** Nothing is created until there is a row to keep. */
  constructor(folder: string, run: string, store: PlanStore) {
    this.path = archivePath(folder, run);
    this.head = { archive: 1, run, store: { address: store.address, fingerprint: store.fingerprint } };
    makeFolder(folder, 'archive');
  }

  /** The rows of a batch, on disk when this returns. @throws StoreError (exit 5) when they cannot be written */
  append(action: string, batch: number, rows: readonly RemovedRow[]): void {
    if (this.file === undefined) {
      this.file = new LineFile(this.path, 'archive', true);
      this.file.append(`${JSON.stringify(this.head)}\n`);
    }
    // In pieces: a batch with its vectors may be larger than a string may be.
    for (let i = 0; i < rows.length; i += 200)
      this.file.append(
        rows
          .slice(i, i + 200)
          .map((r) => archiveLine({ action, batch, place: r.place, values: r.values }))
          .join(''),
      );
    this.file.flush();
  }

  close(): void {
    this.file?.close();
    this.file = undefined;
  }
}

/**
 * The rows of an action's batches in the order in which they went.
 * @throws InputError when the file is missing, or no archive of that run
 */
export async function* archivedRows(
  path: string,
  run: string,
  action: string,
  batches: ReadonlySet<number>,
): AsyncGenerator<ArchivedRow> {
  if (!existsSync(path))
    throw new InputError(
      'archive-missing',
      `archive ${path}: there is no such file`,
      'say where it is now with --archive DIR',
    );
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY });
  let first = true;
  for await (const line of lines) {
    if (first) {
      readArchiveHead(line, run, `archive ${path}`);
      first = false;
      continue;
    }
    if (line === '') continue;
    const row = readArchiveLine(line, `archive ${path}`);
    if (row !== null && row.action === action && batches.has(row.batch)) yield row;
  }
}
