/** The write path of the own tables of named systems, by hand and against the plan of an estimate. */
import { describe, expect, it } from 'vitest';
import { NO_WISHES } from '../../bench/writes-comparison.ts';
import { quantitiesOf } from '../../src/capacity/report-json.ts';
import { writeReportOfAny } from '../../src/capacity/write-report.ts';
import { type WriteReport, writeReport } from '../../src/capacity/writes.ts';
import { type WriteWishes, writeSettings } from '../../src/capacity/writes-settings.ts';
import { btreeStructure } from '../../src/capacity/writes-table-indexes.ts';
import { tableWrites } from '../../src/capacity/writes-tables.ts';
import { keyColumn } from '../../src/layouts/pg-btree.ts';
import { leaf } from '../../src/quantity/index.ts';
import { SYSTEMS, systemDraft } from '../../src/systems/index.ts';
import { completeWorkload, draftFrom, mergeDrafts, type Workload } from '../../src/workload/index.ts';
import fc from '../random-cases.ts';
import { reportOf } from '../systems/planned.ts';
import type { Flags } from './plan-from-flags.ts';

const BUSY: Flags = { n: '100k', dims: 384, 'writes-per-day': '864k', namespaces: 500 };

function workloadOf(system: string, flags: Flags): Workload {
  return completeWorkload(
    mergeDrafts(
      systemDraft(system),
      draftFrom({ ...flags, system }, 'flag', (id) => `--${id}`),
    ),
  );
}
const writes = (system: string, flags: Flags = BUSY, wishes: Partial<WriteWishes> = {}): WriteReport =>
  writeReportOfAny(workloadOf(system, flags), { ...NO_WISHES, ...wishes });
const structure = (r: WriteReport, id: string) => r.log?.structures.find((s) => s.id === id);
const ON_POSTGRES = SYSTEMS.filter((s) => s.engine?.tables !== undefined).map((s) => s.id);

describe('which systems', () => {
  it('all with tables of their own in PostgreSQL', () => {
    const own = SYSTEMS.filter((s) => s.engine !== undefined && s.store === 'postgres').map((s) => s.id);
    expect(ON_POSTGRES).toEqual(own);
    expect(own.length).toBe(14);
  });

  it('the others are told what has a model', () => {
    for (const system of ['mneme-sqlite', 'mneme-redis', 'neural-memory-sqlite', 'mcp-memory-service']) {
      const r = writes(system);
      expect(r.unknown).toMatch(
        /^there is no model of writes for the tables of .*; those of the systems on PostgreSQL have/,
      );
      expect([r.log, r.pending, r.backfill]).toEqual([undefined, undefined, undefined]);
    }
  });

  it('none where the model is not handed in: a plain store need not load it', () => {
    expect(writeReport(workloadOf('mem0', BUSY), NO_WISHES).unknown).toContain('mem0');
  });
});

describe.each(ON_POSTGRES)('%s', (system) => {
  const r = writes(system);

  it('tells the components that an estimate tells, and the commit', () => {
    const planned = reportOf(system, BUSY).components.map((c) => c.id);
    const inProcess = system === 'mneme-postgres';
    // A partial index over no row has a page and is never written to; Letta's passages have no tags by default.
    const unwritten = planned.filter((id) => structure(r, id) === undefined && !(inProcess && id === 'vector-index'));
    expect(unwritten.every((id) => id === 'idx_store_expires_at' || id === 'passage_tags')).toBe(true);
    const more = (r.log?.structures ?? []).map((s) => s.id).filter((id) => !planned.includes(id));
    expect(more.filter((id) => id !== 'commit' && id !== 'toast')).toEqual([]);
  });

  it('is the sum of its structures', () => {
    const all = r.log?.structures.reduce((a, s) => a + s.records.value + (s.images?.value ?? 0), 0) as number;
    expect(r.log?.perMemoryMean?.value).toBeCloseTo((all * 8192) / 8168, 3);
    expect(r.log?.structures.reduce((a, s) => a + s.share.value, 0)).toBeCloseTo(1, 9);
  });

  it('says that only inserts are told, and nothing of touches', () => {
    expect(r.touch).toBeUndefined();
    expect(r.notes.join(' ')).toContain('inserts are told');
    expect(writes(system, BUSY, { touched: 5 }).notes.join(' ')).toContain('--touched is not used');
    const lists = writes(system, BUSY, { pendingLimit: 2 ** 20 })
      .notes.join(' ')
      .includes('--pending-limit is not used');
    expect(lists).toBe(r.pending === undefined);
  });
});

describe('by hand', () => {
  const N = leaf('N', 100_000, 'rows');
  const uuid = { kind: 'btree', name: 'key', columns: [keyColumn.uuid('id')] } as const;

  it('a uuid in a B-tree: 48 bytes of record, 24 of entry, and half a page for each leaf that came of a split', () => {
    const s = btreeStructure({ ...uuid, arrival: 'random', unique: true }, N);
    const leaves = s?.touched[0]?.pages.value as number;
    // An entry is 28 bytes with its line pointer, and leaves are two thirds full.
    expect(leaves).toBeGreaterThan((100_000 * 28) / 8148 / 0.8);
    expect(leaves).toBeLessThan((100_000 * 28) / 8148 / 0.6);
    const splits = ((leaves - 1) / 100_000) * 0.5 * 8148;
    expect(s?.log.value).toBeCloseTo(48 + 24 + (splits * 24) / 28, 9);
    expect(s?.touched[0]?.image.value).toBeCloseTo((8192 * 100_000 * 28) / (leaves * 8148), 6);
  });

  it('ascending keys touch the end alone; those of 20 groups a page each, and its neighbour where it splits', () => {
    expect(btreeStructure({ ...uuid, arrival: 'ascending' }, N)).toMatchObject({ touched: [], ends: 1 });
    const groups = leaf('threads', 20, 'count');
    const s = btreeStructure({ ...uuid, arrival: { groups } }, N);
    expect(s?.touched.map((t) => t.pages.value)).toEqual([20, 20]);
    expect(s?.touched[0]?.touches.value).toBe(1);
    expect(s?.touched[1]?.touches.value).toBeLessThan(0.01);
    // One is the end of the index, and its pages are left nine tenths full.
    expect(btreeStructure({ ...uuid, arrival: { groups: leaf('threads', 1, 'count') } }, N)).toMatchObject({
      touched: [],
      ends: 1,
    });
    // More groups than pages: any page.
    const many = btreeStructure({ ...uuid, arrival: { groups: leaf('threads', 60_000, 'count') } }, N);
    expect(many?.touched[0]?.pages.value).toBeGreaterThan(400);
  });

  it('equal keys share their tuples: one page each takes what is new, and few splits are logged', () => {
    const s = btreeStructure({ ...uuid, arrival: 'random', distinctKeys: leaf('keys', 20, 'count') }, N);
    expect(s?.touched[0]?.pages.value).toBe(20);
    expect(s?.log.value).toBeGreaterThan(48 + 24);
    expect(s?.log.value).toBeLessThan(48 + 24 + 6);
  });

  it('a partial index by its share, and none over no row', () => {
    const half = btreeStructure({ ...uuid, arrival: 'ascending', share: 0.5 }, N);
    const whole = btreeStructure({ ...uuid, arrival: 'ascending' }, N);
    expect(half?.log.value).toBeCloseTo(0.5 * (whole?.log.value as number), 2);
    expect(btreeStructure({ ...uuid, arrival: 'ascending', share: 0 }, N)).toBeUndefined();
  });

  it('a foreign key locks a row: 56 bytes; a row that may be there already is confirmed: 48', () => {
    const w = workloadOf('langgraph', BUSY);
    const [, vectors] = SYSTEMS.find((s) => s.id === 'langgraph-postgres')?.engine?.tables?.of(w) ?? [];
    if (vectors === undefined) throw new Error('no table of vectors');
    const settings = writeSettings(w, NO_WISHES);
    const log = (references: number): number =>
      tableWrites([{ ...vectors, references }], w, settings, undefined)[0]?.structures[0]?.log.value as number;
    expect(log(1) - log(0)).toBe(56);
    expect(log(3) - log(0)).toBe(168);
    // LangGraph writes by INSERT … ON CONFLICT: 24 + 20 + 2 + 2, a confirmation of each row.
    const plain = tableWrites([{ ...vectors, references: 0, upserts: false }], w, settings, undefined)[0];
    expect(log(0) - (plain?.structures[0]?.log.value as number)).toBe(48);
  });

  it('mem0: a fifth of the memories name somebody new, whose row, vector and words are logged then', () => {
    const w = workloadOf('mem0', BUSY);
    const tables = SYSTEMS.find((s) => s.id === 'mem0-postgres')?.engine?.tables?.of(w) ?? [];
    const [, entities] = tableWrites(tables, w, writeSettings(w, NO_WISHES), undefined);
    const r = writes('mem0');
    const parts = entities?.structures.reduce((all, s) => all + s.log.value, 0);
    expect(structure(r, 'mem0_entities')?.records.value).toBeCloseTo(parts as number, 6);
    // The graph of the entities is of the same shape: a fifth of what the memories' own logs.
    const graph = entities?.structures.find((s) => s.id === 'mem0_entities_hnsw_idx');
    expect(graph?.log.value).toBeCloseTo(0.2 * (structure(r, 'vector-index')?.records.value as number), 6);
    expect(r.pending?.index).toBe('mem0_text_lemmatized_idx');
    expect(r.notes.join(' ')).toContain('linked_memory_ids');
    expect(r.notes.join(' ')).toContain('mem0_entities_text_lemmatized_idx (GIN) has its own');
  });

  it('says where images rest on one namespace', () => {
    const { namespaces: _none, ...unsaid } = BUSY;
    const says = (system: string, flags: Flags): boolean =>
      writes(system, flags).notes.join(' ').includes('--namespaces');
    expect([says('langgraph-checkpoints', unsaid), says('langgraph-checkpoints', BUSY), says('n8n', unsaid)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('Open WebUI: a vector of 1,536 dimensions in IVFFlat, which has a page to itself', () => {
    const r = writes('open-webui');
    // 6,160 B with 24 + 20 of record, 8 + 8 of head and pointer, 4 of fragment; the new page 104 and 56.
    expect(structure(r, 'vector-index')?.records.value).toBe(6160 + 64 + 160);
  });

  it('Letta pads to 4,096 dimensions whatever the model gives', () => {
    const log = (dims: number) => structure(writes('letta', { ...BUSY, dims }), 'toast')?.records.value as number;
    expect(log(384)).toBe(log(1024));
    // 16,392 B in nine chunks with 72 bytes of record each, and nine entries of the TOAST index.
    expect(log(384)).toBeGreaterThan(16_392 + 9 * 72);
    expect(log(384)).toBeLessThan(16_392 + 9 * 72 + 9 * 72);
  });
});

describe('every report of a system', () => {
  it('has figures that are numbers inside their intervals, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ON_POSTGRES),
        fc.record({
          n: fc.integer({ min: 1, max: 30_000_000 }),
          dims: fc.integer({ min: 1, max: 2000 }),
          'writes-per-day': fc.integer({ min: 0, max: 100_000_000 }),
          'text-bytes': fc.integer({ min: 0, max: 4000 }),
          namespaces: fc.integer({ min: 1, max: 100_000 }),
        }),
        fc.boolean(),
        (system, flags, fastupdate) => {
          const given = { ...flags, namespaces: Math.min(flags.namespaces, flags.n) };
          const r = writes(system, given, { fastupdate });
          for (const [path, q] of quantitiesOf(r)) {
            expect(
              Number.isFinite(q.value) && q.low <= q.value && q.value <= q.high,
              `${system} ${path} ${q.low} ${q.value} ${q.high}`,
            ).toBe(true);
            expect(q.value, path).toBeGreaterThanOrEqual(0);
          }
          expect([...r.headline, ...r.notes, ...r.advice.map((a) => a.message)].join(' ')).not.toMatch(
            /NaN|undefined|Infinity/,
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
