/** `--input`: what an earlier audit saved, as a report. */
import { DEDUP_REPORT_VERSION, type DedupReport } from '../../dedup/index.ts';
import { dedupFromPairs } from '../../dedup/pairs-file.ts';
import { readPairsFile } from '../../dedup/read-pairs-file.ts';
import { InputError } from '../../quantity/index.ts';
import type { DedupFlags } from './dedup-flags.ts';
import { dedupNotes } from './dedup-notes.ts';

/** @throws InputError for a document that is none, and for a threshold below what its pairs can answer */
export function savedDedup(document: unknown, file: string, flags: DedupFlags): DedupReport {
  const where = `--input ${file}`;
  const d = document as Partial<DedupReport> | { readonly kind: 'dedup-pairs' } | null;
  if (typeof d === 'object' && d?.kind === 'dedup-pairs') {
    const report = dedupFromPairs(readPairsFile(document, where), {
      content: flags.content,
      ...(flags.threshold === null ? {} : { threshold: flags.threshold }),
      ...(flags.keep === null ? {} : { keep: flags.keep }),
      // What is applied is applied whole; a report names the largest clusters alone.
      ...(flags.apply ? { members: Number.POSITIVE_INFINITY } : {}),
    });
    return { ...report, notes: [...report.notes, ...dedupNotes(report.sets, [])] };
  }
  if (typeof d !== 'object' || d?.kind !== 'dedup-report')
    throw new InputError(
      'input-file',
      `${where}: this is neither a dedup report nor saved pairs`,
      'save a report with memctl dedup --json, pairs with --output FILE',
    );
  if (d.schemaVersion !== DEDUP_REPORT_VERSION || !Array.isArray(d.sets) || typeof d.store !== 'object')
    throw new InputError(
      'input-file',
      `${where}: this dedup report is of another version than ${DEDUP_REPORT_VERSION}, or incomplete`,
    );
  if (flags.threshold !== null || flags.keep !== null)
    throw new InputError(
      'report-fixed',
      `${where}: a report says what was found at one threshold; ${flags.threshold !== null ? '--threshold' : '--keep'} needs saved pairs`,
      'memctl dedup STORE --output pairs.json saves them',
    );
  return d as DedupReport;
}
