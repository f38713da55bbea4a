/** What `memctl detect` prints of stores by the dozen, and of a guess. */
import { describe, expect, it } from 'vitest';
import { paint } from '../../src/cli/paint.ts';
import { type DetectReport, detectedProfile, detectProfiles } from '../../src/profiles/index.ts';
import { renderDetectReport } from '../../src/render/detect-report.ts';
import type { Catalog } from '../../src/store/index.ts';
import { cpuTime } from '../cpu-time.ts';

function table(schema: string, name: string, columns: string): Catalog['tables'][number] {
  return {
    schema,
    name,
    kind: 'table',
    module: null,
    shadows: [],
    columns: columns.split(', ').map((c) => {
      const [column = '', type = ''] = c.split(' ');
      return { name: column, type: type.toUpperCase(), notNull: false, primaryKey: column === 'id' ? 1 : 0 };
    }),
  };
}

const SHAPE = 'id uuid, vector vector(4), payload jsonb';

function report(...tables: Catalog['tables'][number][]): DetectReport {
  const { matches, unrecognised } = detectProfiles({ scheme: 'postgres', triggers: [], tables });
  return {
    schemaVersion: 1,
    kind: 'detect-report',
    generatedAt: '2026-11-21T00:00:00.000Z',
    store: { name: 'app', scheme: 'postgres', address: 'db/app', engine: 'PostgreSQL', version: '17.4', profile: null },
    profiles: matches.map((m) => detectedProfile(m, null)),
    unrecognised,
    notes: [],
  };
}

const text = (r: DetectReport, verbose = false): string =>
  renderDetectReport(r, { width: 100, paint: paint(false), verbose });

describe('a schema for each tenant', () => {
  const tenants = Array.from({ length: 30 }, (_, i) => [
    table(`t${i}`, 'mem0', SHAPE),
    table(`t${i}`, 'mem0_entities', SHAPE),
  ]).flat();

  it('is told once, with the number of stores', () => {
    const r = report(...tenants);
    expect(r.profiles).toHaveLength(30);
    expect(text(r)).toContain('app: mem0 memories (30 stores), certain');
    expect(text(r).match(/EVIDENCE FOR mem0, CONFIDENCE 0\.95/g)).toHaveLength(1);
    expect(text(r)).toContain('and 29 more stores of mem0 memories: t1.mem0, t1.mem0_entities, t2.mem0');
    expect(text(r).split('\n').length).toBeLessThan(60);
  });

  it('is told in full when asked for', () => {
    expect(text(report(...tenants), true).match(/EVIDENCE FOR mem0, CONFIDENCE 0\.95/g)).toHaveLength(30);
  });
});

it('a guess says what settles it, and a certain one what goes along and what stays', () => {
  const guess = text(report(table('public', 'things', SHAPE)));
  expect(guess).toContain('mem0 memories, possible');
  expect(guess).toContain('CONFIDENCE 0.45');
  expect(guess).toContain('Not certain: many programs use these columns: --profile mem0 says that it is mem0 memories');
  const certain = text(report(table('a', 'mem0', SHAPE), table('a', 'mem0_entities', SHAPE)));
  expect(certain).toContain('With a row of a.mem0 go those of mem0_entities.');
  expect(certain).toContain('Never removed from a.mem0_entities: an entity goes with the last memory');
  expect(certain).toContain('payload->expiration_date (UTC day) is over');
  expect(certain).not.toContain('Not certain');
});

it('many thousand tables are read in a moment', () => {
  const plain = Array.from({ length: 20_000 }, (_, i) => table('big', `t${i}`, 'id uuid, name text, total numeric'));
  const started = cpuTime();
  expect(report(...plain, table('big', 'mem0', SHAPE)).profiles.map((p) => p.id)).toEqual(['mem0']);
  expect(cpuTime() - started).toBeLessThan(5_000);
});
