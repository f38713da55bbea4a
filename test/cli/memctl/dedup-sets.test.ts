/** Which kinds of rows are compared: those named, else the memories; what cannot be is said. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDemoStore } from '../../../src/adapters/sqlite/demo-store.ts';
import { chosenSets } from '../../../src/cli/memctl/dedup-sets.ts';
import { directory, snapshot } from '../../adapters/sqlite/temporary-store.ts';

describe('the kinds of rows that are compared', async () => {
  const path = join(directory(), 'demo.db');
  await makeDemoStore(path, { now: new Date('2026-11-21T00:00:00Z'), force: false });
  const seen = await snapshot(path);
  const emptied = { ...seen, memorySets: seen.memorySets.map((s) => ({ ...s, rows: 0 })) };

  it('are the memories, without a note', () => {
    const { sets, notes } = chosenSets(seen, []);
    expect(sets.map((s) => s.table).sort()).toEqual(['entries', 'memories']);
    expect(notes).toEqual([]);
  });

  it('are none where all are empty, and the note names them', () => {
    const { sets, notes } = chosenSets(emptied, []);
    expect(sets).toEqual([]);
    expect(notes.map((n) => [n.code, n.level])).toEqual([['empty', 'info']]);
    expect(notes[0]?.message).toMatch(/it holds no .*cached answers/);
    expect(chosenSets(emptied, ['entries']).sets).toHaveLength(1);
  });

  it('are not called empty where this role does not see them', () => {
    const memorySets = emptied.memorySets.map((s) => ({ ...s, hidden: { why: 'no right to read' } }));
    expect(chosenSets({ ...emptied, memorySets }, []).notes.map((n) => n.code)).not.toContain('empty');
  });
});
