import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { detectProfiles, mapProfile } from '../../src/profiles/index.ts';
import type { Catalog } from '../../src/store/index.ts';

const AT = '--map recall.yaml';

describe('a document that says enough', () => {
  it('a list of tables, or one alone; names are trimmed, one column is a list of one, units have short names', () => {
    const table = {
      table: ' memories ',
      text: 'content',
      expires: 'until',
      expiresUnit: 'ms',
      evictionOrder: ['seen'],
    };
    const mapped = {
      table: 'memories',
      text: ['content'],
      expires: 'until',
      expiresUnit: 'epoch-ms',
      evictionOrder: ['seen'],
    };
    expect(mapProfile(table, AT)).toEqual({ tables: [mapped] });
    expect(mapProfile({ title: 'Recall', tables: [table] }, AT)).toEqual({ title: 'Recall', tables: [mapped] });
  });

  it('a value that YAML reads as a number or a flag is compared as text', () => {
    expect(mapProfile({ table: 't', status: 'active', superseded: false }, AT).tables[0]?.superseded).toBe('false');
    expect(mapProfile({ table: 't', status: 'state', superseded: 2 }, AT).tables[0]?.superseded).toBe('2');
  });

  it('a key without a value is as good as absent', () => {
    expect(mapProfile({ table: 't', namespace: null, id: null, ttlSeconds: null, dependents: null }, AT)).toEqual({
      tables: [{ table: 't' }],
    });
  });
});

describe('a document that does not is refused in one sentence', () => {
  it.each<[unknown, string]>([
    [null, `${AT}: a mapping of keys is wanted, not null`],
    ['memories', `${AT}: a mapping of keys is wanted, not "memories"`],
    [[{ table: 't' }], `${AT}: a mapping of keys is wanted, not [{"table":"t"}]`],
    [{}, `${AT}: tables must be a list of at least one table`],
    [{ tables: [] }, `${AT}: tables must be a list of at least one table`],
    [{ tables: { table: 't' } }, `${AT}: tables must be a list of at least one table`],
    [{ title: 3, tables: [{ table: 't' }] }, `${AT}: title must be a text, not 3`],
    [{ tabels: [] }, `${AT}: "tabels" is not known; did you mean tables?`],
    [{ tables: [{}] }, `${AT}: tables[0]: "table" is missing`],
    [{ tables: [{ table: '' }] }, `${AT}: tables[0]: table must be a name, not ""`],
    [{ tables: [{ table: 't' }, { table: 'T' }] }, `${AT}: table T is described twice`],
    [{ table: 't', name_space: 'x' }, `${AT}: "name_space" is not known; did you mean namespace?`],
    [{ table: 't', created_unit: 's' }, `${AT}: "created_unit" is not known; did you mean createdUnit?`],
    [{ table: 't', created: 'c', createdUnit: 'minutes' }, `${AT} (t): createdUnit "minutes" is not known`],
    [{ table: 't', role: 'memori' }, `${AT} (t): role "memori" is not known; did you mean memory?`],
    [{ table: 't', text: [] }, `${AT} (t): text must be a column or a list of columns, not []`],
    [{ table: 't', text: [1] }, `${AT} (t): text must be a column or a list of columns, not [1]`],
    [{ table: 't', ttl: 'x' }, `${AT} (t): ttl is a lifetime after created, which is missing`],
    [
      { table: 't', created: 'c', ttl: 'x', ttlSeconds: 0 },
      `${AT} (t): ttlSeconds must be a number above 0 (60 for minutes), not 0`,
    ],
    [{ table: 't', created: 'c', ttl: 'x', expires: 'e' }, `${AT} (t): give expires, or created with ttl, not both`],
    [{ table: 't', expiresUnit: 's' }, `${AT} (t): expiresUnit is the unit of expires, which is missing`],
    [{ table: 't', createdUnit: 's' }, `${AT} (t): createdUnit is the unit of created, which is missing`],
    [{ table: 't', ttlSeconds: 60 }, `${AT} (t): ttlSeconds is the unit of ttl, which is missing`],
    [{ table: 't', superseded: 'x' }, `${AT} (t): superseded is a value of status, which is missing`],
    [{ table: 't', status: 's' }, `${AT} (t): status needs superseded: the value that marks a row as no longer valid`],
    [
      { table: 't', status: 's', superseded: 'x', deleted: 'd' },
      `${AT} (t): give status with superseded, or deleted, not both`,
    ],
    [
      { table: 't', dependents: { table: 'e' } },
      `${AT} (t): dependents must be a list of { table, on }, not {"table":"e"}`,
    ],
    [{ table: 't', dependents: [{ on: { a: 'b' } }] }, `${AT} (t): dependents[0]: "table" is missing`],
    [
      { table: 't', dependents: [{ table: 'e' }] },
      `${AT} (t): dependents[0] (e): on: a mapping of keys is wanted, not nothing`,
    ],
    [
      { table: 't', dependents: [{ table: 'e', on: {} }] },
      `${AT} (t): dependents[0] (e): on must name columns, { memory_id: id }`,
    ],
    [
      { table: 't', dependents: [{ table: 'e', on: { a: 'b' }, orphans: 'yes' }] },
      `${AT} (t): dependents[0] (e): orphans must be true or false, not "yes"`,
    ],
    [
      {
        table: 't',
        dependents: [
          { table: 'e', on: { a: 'id' }, orphans: true },
          { table: 'e', on: { b: 'id' } },
        ],
      },
      `${AT} (t): dependents: e stands there twice, so its orphans cannot be told`,
    ],
    [
      { table: 't', supersededAtUnit: 's' },
      `${AT} (t): supersededAtUnit is the unit of supersededAt, which is missing`,
    ],
    [{ table: 't', updatedUnit: 's' }, `${AT} (t): updatedUnit is the unit of updated, which is missing`],
    [
      { table: 't', supersededAt: 'c' },
      `${AT} (t): supersededAt is written beside a mark: give status with superseded, or supersededBy, or call the column deleted`,
    ],
    [{ table: 't', kind: [] }, `${AT} (t): kind must be a column or a list of columns, not []`],
    [{ table: 't', pinned: true }, `${AT} (t): pinned must be a name, not true`],
  ])('%j', (document, message) => {
    try {
      mapProfile(document, AT);
    } catch (e) {
      expect(e).toMatchObject({ kind: 'input-error', message });
      return;
    }
    expect.unreachable('the document was taken');
  });
});

describe('the example in docs/map.md', () => {
  const page = readFileSync(new URL('../../docs/map.md', import.meta.url), 'utf8');
  const example = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] as string;
  const table = (name: string, columns: Record<string, string>): Catalog['tables'][number] => ({
    name,
    schema: 'public',
    kind: 'table',
    module: null,
    shadows: [],
    columns: Object.entries(columns).map(([c, type]) => ({ name: c, type, notNull: false, primaryKey: 0 })),
  });

  it('fits tables such as the article describes', () => {
    const catalog: Catalog = {
      scheme: 'postgres',
      triggers: [],
      tables: [
        table('memories', {
          id: 'TEXT',
          namespace_id: 'TEXT',
          content: 'TEXT',
          status: 'TEXT',
          confidence: 'REAL',
          schema_version: 'INTEGER',
          event_at: 'TIMESTAMP WITH TIME ZONE',
          embedding: 'VECTOR(1536)',
        }),
        table('memory_edges', { from_id: 'TEXT', to_id: 'TEXT' }),
        table('embedding_queue', { id: 'BIGINT', queued_at: 'TIMESTAMP WITH TIME ZONE' }),
      ],
    };
    const { matches, unrecognised } = detectProfiles(catalog, undefined, mapProfile(parse(example), 'docs/map.md'));
    expect(matches.map((m) => [m.profile.title, m.schema, m.confidence, m.tables])).toEqual([
      ['Recall', 'public', 1, ['memories', 'embedding_queue', 'memory_edges']],
    ]);
    expect(matches[0]?.sets.map((s) => [s.table, s.role, s.primary === true, s.created?.format])).toEqual([
      ['memories', 'memory', true, 'native'],
      ['embedding_queue', 'queue', false, 'native'],
    ]);
    expect(unrecognised).toEqual([]);
  });

  it('every key that a map takes is described', () => {
    const keys =
      'table, role, id, namespace, text, embedding, metadata, hash, created, createdUnit, expires, expiresUnit, ttl, ttlSeconds, status, superseded, deleted, deletedUnit, supersededBy, supersededAt, supersededAtUnit, kind, pinned, confidence, accesses, updated, updatedUnit, evictionOrder, dependents';
    expect(() => mapProfile({ table: 't', x: 1 }, AT)).toThrow(expect.objectContaining({ hint: `one of ${keys}` }));
    for (const key of keys.split(', ')) expect(page, key).toContain(`\`${key}\``);
  });
});
