import { expect, it } from 'vitest';
import { isStoreError, readSnapshot, StoreError } from '../../src/store/index.ts';
import { fixture, snapshot } from '../adapters/sqlite/temporary-store.ts';

it('a saved snapshot is read back as it was', async () => {
  const s = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
  expect(readSnapshot(JSON.parse(JSON.stringify(s)), '--input x')).toEqual(s);
});

it.each([
  [null, 'this is not a store snapshot'],
  [[], 'this is not a store snapshot'],
  [{ kind: 'capacity-report' }, 'this is not a store snapshot'],
  [{ kind: 'store-snapshot', schemaVersion: 2 }, 'snapshot version 2 is not known to this release; it reads version 1'],
  [{ kind: 'store-snapshot', schemaVersion: 1 }, 'the snapshot lacks "sections"'],
])('%j is refused', (document, message) => {
  expect(() => readSnapshot(document, '--input x.json')).toThrow(`--input x.json: ${message}`);
});

it('a snapshot that lost a part is refused by the name of the part', async () => {
  const { identity: _, ...rest } = await snapshot(fixture('stores/mneme-v1-sqlite.db'));
  expect(() => readSnapshot(rest, 'x')).toThrow('the snapshot lacks "identity"');
});

it('store errors are recognised by shape', () => {
  expect(isStoreError(new StoreError('x', 'y'))).toBe(true);
  expect(isStoreError(new Error('y'))).toBe(false);
  expect(isStoreError({ kind: 'store-error' })).toBe(false);
});
