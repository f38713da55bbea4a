/** A SQLite file is rewritten whole or not at all: bloat calls bloated what compact would act on, and nothing else. */
import { describe, expect, it } from 'vitest';
import { type BloatReport, bloatReport, type Compaction, compaction } from '../../src/checks/index.ts';
import type { IndexFacts, Structure, TableFacts } from '../../src/store/index.ts';
import { snapshotOf } from './built-snapshot.ts';

const UNIT = 4096;
function structure(
  kind: 'table' | 'index' | 'freelist',
  name: string,
  pages: number,
  more: Partial<Structure>,
): Structure {
  return {
    id: `${kind}:${name}`,
    kind,
    name,
    table: kind === 'freelist' ? null : 't',
    rows: null,
    bytes: pages * UNIT,
    pages,
    payloadBytes: null,
    unusedBytes: null,
    facts: null,
    ...more,
  };
}
/** 100,000 records of 1,000 bytes: four to a page, about 25,000 pages. */
function table(pages: number): Structure {
  const facts: TableFacts = {
    kind: 'table',
    columns: [],
    record: { mean: 1000, min: 1000, max: 1000, deviation: 0, sampled: 100_000 },
    withoutRowid: false,
    rowidColumn: 'id',
    rowids: { min: 1, max: 100_000, meanBytes: 3 },
  };
  return structure('table', 't', pages, { rows: 100_000, facts });
}
/** 100,000 entries of 80 bytes: about 2,100 pages when packed. */
function index(name: string, pages: number): Structure {
  const facts: IndexFacts = {
    kind: 'index',
    columns: ['c'],
    unique: false,
    origin: 'created',
    predicate: null,
    entry: { mean: 80, deviation: 0 },
    plainOrder: true,
  };
  return structure('index', name, pages, { rows: 100_000, facts });
}
const free = (pages: number): Structure => structure('freelist', 'free pages', pages, {});

function judged(structures: readonly Structure[]): { report: BloatReport; decided: Compaction } {
  const snapshot = snapshotOf('sqlite', structures);
  const report = bloatReport(snapshot);
  return { report, decided: compaction(report, snapshot) };
}
const bloated = (r: BloatReport): string[] => r.structures.filter((s) => s.state === 'bloated').map((s) => s.id);

describe('bloat and compact of a SQLite file', () => {
  it('agree that two loose indexes are nothing to rewrite a large file for', () => {
    const { report, decided } = judged([table(50_000), index('a', 4400), index('b', 4400), free(0)]);
    // Half of each index, 9 MiB, would come back.
    expect(report.structures.find((s) => s.id === 'index:a')?.percent?.low).toBeGreaterThan(50);
    const small = judged([table(25_100), index('a', 4400), index('b', 4400), free(0)]);
    expect([bloated(small.report), small.decided.actions]).toEqual([[], []]);
    expect(small.report.structures[0]?.notes.join()).toContain('too little to rewrite all of it for');
    // Where the table is loose as well, the whole is worth it.
    expect(bloated(report)).toEqual(['table:t', 'index:a', 'index:b']);
    expect(decided.actions.map((a) => a.kind)).toEqual(['full-vacuum']);
  });

  it('agree that many small wastes make a large one', () => {
    const { report, decided } = judged([table(30_500), index('a', 2500), free(5500)]);
    expect(decided.actions.map((a) => a.kind)).toEqual(['full-vacuum']);
    expect(bloated(report)).toHaveLength(1);
  });

  it('have nothing to say of a file that was just rewritten', () => {
    const { report, decided } = judged([table(25_100), index('a', 2150), free(0)]);
    expect([bloated(report), decided.actions]).toEqual([[], []]);
  });
});
