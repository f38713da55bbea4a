/** The archive of a run as a file: written beside the ledger's events, read by undo. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ArchivedBatch,
  type ArchivedRow,
  type ArchiveHead,
  archiveLine,
  type PlanStore,
  type RunSummary,
  readArchiveHead,
  readArchiveLine,
} from '../../maintenance/index.ts';
import { formatCount, InputError } from '../../quantity/index.ts';
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
  append(action: string, batch: number, rows: readonly RemovedRow[]): ArchivedBatch {
    if (this.file === undefined) {
      this.file = new LineFile(this.path, 'archive', true);
      this.file.append(`${JSON.stringify(this.head)}\n`);
    }
    const hash = createHash('sha256');
    // In pieces: a batch with its vectors may be larger than a string may be.
    for (let i = 0; i < rows.length; i += 200) {
      const text = rows
        .slice(i, i + 200)
        .map((r) => archiveLine({ ...r, action, batch }))
        .join('');
      hash.update(text);
      this.file.append(text);
    }
    this.file.flush();
    return { rows: rows.length, sha256: hash.digest('hex') };
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
  for await (const { row } of archivedLines(path, run))
    if (row !== null && row.action === action && batches.has(row.batch)) yield row;
}

/** A batch of which the archive does not hold what the ledger says. */
export interface ArchiveFault {
  readonly action: string;
  readonly batch: number;
  readonly why: string;
}

/**
 * Compares the archive with what the ledger says of the run's committed batches: lines and their SHA-256. A batch that a release
 * without these figures wrote must at least hold the rows that went.
 * @throws InputError when the file is missing, or no archive of that run
 */
export async function archiveFaults(path: string, run: RunSummary): Promise<ArchiveFault[]> {
  const found = new Map<string, { rows: number; readonly hash: ReturnType<typeof createHash> }>();
  for await (const { row, line } of archivedLines(path, run.run)) {
    if (row === null) continue;
    const key = `${row.action} ${row.batch}`;
    const of = found.get(key) ?? { rows: 0, hash: createHash('sha256') };
    of.rows++;
    of.hash.update(line).update('\n');
    found.set(key, of);
  }
  return run.batches.flatMap(({ action, batch, rows, archived, outcome }): ArchiveFault[] => {
    if (outcome !== 'committed') return [];
    const of = found.get(`${action} ${batch}`);
    const there = of?.rows ?? 0;
    const wanted = archived?.rows ?? rows;
    if (archived === undefined ? there < wanted : there !== wanted)
      return [
        {
          action,
          batch,
          why: `the archive holds ${formatCount(there)} of the ${formatCount(wanted)} rows it was given`,
        },
      ];
    if (archived === undefined || of === undefined || of.hash.digest('hex') === archived.sha256) return [];
    return [{ action, batch, why: 'its rows were changed in the archive since they were written there' }];
  });
}

/** `row` null: a line that was torn, of a batch that was never committed (or of a file that was cut). */
async function* archivedLines(
  path: string,
  run: string,
): AsyncGenerator<{ readonly row: ArchivedRow | null; readonly line: string }> {
  if (!existsSync(path))
    throw new InputError(
      'archive-missing',
      `archive ${path}: there is no such file`,
      'say where it is now with --archive DIR',
    );
  let first = true;
  for await (const line of linesOf(path)) {
    if (first) readArchiveHead(line, run, `archive ${path}`);
    else if (line !== '') yield { row: readArchiveLine(line, `archive ${path}`), line };
    first = false;
  }
}

/** Ended by a newline alone: node:readline ends lines at U+2028 as well, which JSON text may contain. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest: string[] = [];
  for await (const piece of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      rest.push(piece.slice(from, end));
      yield rest.join('');
      rest = [];
      from = end + 1;
    }
    rest.push(piece.slice(from));
  }
  const last = rest.join('');
  if (last !== '') yield last;
}
