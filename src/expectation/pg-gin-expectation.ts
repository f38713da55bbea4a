/**
 * A GIN index after REINDEX. Its entries never shrink on delete and no function of PostgreSQL tells its bloat, so there are
 * three ways, best first: its own bytes a row when it was last rebuilt; a sample of its pages; its free pages, which are
 * a lower bound. Without any of them it is unmeasured: fresh GIN leaves are half empty, and that is no bloat.
 */
import { PAGE_BYTES } from '../layouts/pg-page.ts';
import { derive, formatBytes, formatCount, leaf, revised } from '../quantity/index.ts';
import type { GinFacts, Structure } from '../store/index.ts';
import { type Baseline, type Expectation, seen, unknown } from './expectation.ts';
import { analyzeStatement, trustedRows } from './pg-statistics.ts';

/** Bytes of a page that entries and postings share (ginblock.h). */
const USABLE = 8160;
/** CREATE INDEX leaves entry pages half full (50 to 59 % measured) and posting trees nearly full. */
const FRESH_FILL = leaf('fill of a fresh page', 0.55, 'ratio', {
  low: 0.5,
  high: 0.75,
  basis: 'assumed',
  source: 'measured on fresh tsvector and trigram indexes',
});
/** The same documents, other words: how far bytes a row drift between two rebuilds. */
const BASELINE_DRIFT = 0.1;

export function gin(s: Structure, f: GinFacts, baseline: Baseline | undefined): Expectation {
  const notes = pendingNote(f);
  const rows = s.rows ?? f.indexTuples;
  if (baseline !== undefined && baseline.rows > 0 && rows !== null) {
    const trusted = trustedRows(s.name, rows, f.statistics, analyzeStatement(f.schema, s.table));
    const expected = derive(
      `${s.name} rebuilt`,
      'B',
      'rows * baseline / before',
      {
        rows: trusted.rows,
        baseline: seen('bytes after its last rebuild', baseline.bytes, 'B'),
        before: seen('rows at its last rebuild', baseline.rows, 'rows'),
      },
      { error: BASELINE_DRIFT },
    );
    return {
      expected,
      method: 'bytes a row after its last rebuild',
      confidence: 'medium',
      notes: [...notes, ...trusted.notes],
    };
  }
  if (f.sample !== null && s.bytes !== null) {
    const { usedBytes, usedBytesError, sampled } = f.sample;
    const expected = derive(
      `${s.name} rebuilt`,
      'B',
      '(1 + ceil(pages * used / (usable * fill))) * page',
      {
        pages: seen('pages', s.bytes / PAGE_BYTES, 'pages'),
        used: seen(
          'bytes in use of a page',
          usedBytes,
          'B',
          usedBytes - 2 * usedBytesError,
          usedBytes + 2 * usedBytesError,
        ),
        usable: leaf('usable bytes of a page', USABLE, 'B', { source: 'PostgreSQL src/include/access/ginblock.h' }),
        fill: FRESH_FILL,
        page: leaf('page', PAGE_BYTES, 'B'),
      },
      { basis: 'measured' },
    );
    const method = `sample of ${formatCount(sampled)} pages`;
    return { expected, method, confidence: 'medium', notes };
  }
  const free = f.freePages ?? 0;
  if (free > 0 && s.bytes !== null) {
    const least = Math.max(PAGE_BYTES, s.bytes - free * PAGE_BYTES);
    const expected = revised(seen(`${s.name} without its free pages`, least, 'B'), { low: 0 });
    return {
      expected,
      method: 'free pages',
      confidence: 'low',
      notes: [...notes, 'a lower bound: what half-empty pages would give back is not in it'],
    };
  }
  const w = s.withheld?.find((x) => /page sample|free space/.test(x.what));
  return {
    ...unknown('page sample', w?.why ?? 'no figure of PostgreSQL tells how full a GIN index is', {
      ...(w?.grant === undefined ? {} : { grant: w.grant }),
      settle: `memctl compact STORE --structure '${s.id}' (a rebuild, whose size is remembered), or --exact as superuser with pageinspect`,
    }),
    notes,
  };
}

function pendingNote(f: GinFacts): string[] {
  const pages = f.pendingPages ?? 0;
  if (pages === 0) return [];
  return [
    `${formatCount(pages)} pages (${formatBytes(pages * PAGE_BYTES)}) wait in its pending list, which every search reads to its end`,
  ];
}
