/** A store of rows in an array, read through the scan contract; and rows to put in it. */
import { createHash } from 'node:crypto';
import type { DedupSet } from '../../src/dedup/index.ts';
import { type AuditOptions, auditSet, setReport } from '../../src/dedup/index.ts';
import { seededChance, shuffled } from '../../src/dedup/seeded-order.ts';
import {
  keyOf,
  type MemorySet,
  type ScanField,
  type ScanRow,
  type Store,
  uncountedSet,
} from '../../src/store/index.ts';
import { exactPairs } from './exact-pairs.ts';

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Rows may be changed between readings: `rows` is looked at whenever something is read. */
export function rowStore(
  rows: readonly ScanRow[],
  reads: { scans: number; rows: number } = { scans: 0, rows: 0 },
): Store {
  return {
    identity: {
      scheme: 'sqlite',
      name: 'rows',
      address: 'rows.db',
      fingerprint: 'f1',
      engine: 'SQLite',
      engineVersion: '3',
      settings: {},
    },
    capabilities: new Set(),
    snapshot: () => Promise.reject(new Error('no snapshot of rows in an array')),
    census: () => Promise.reject(new Error('no census of rows in an array')),
    async *scan(request) {
      reads.scans++;
      const { keys, namespaces, sample } = request;
      let found = rows.filter(
        (row) =>
          (keys === undefined || keys.includes(keyOf(row))) &&
          (namespaces === undefined || namespaces.includes(row.namespace ?? null)),
      );
      if (sample !== undefined) found = shuffled(found, seededChance(sample.seed)).slice(0, sample.rows);
      for (const row of found) {
        reads.rows++;
        yield only(row, request.fields);
      }
    },
    async [Symbol.asyncDispose]() {},
  };
}

function only(row: ScanRow, fields: readonly ScanField[]): ScanRow {
  const names: readonly string[] = ['id', 'key', ...fields];
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name))) as unknown as ScanRow;
}

export function memorySet(rows: readonly ScanRow[], id = 'test:memories'): MemorySet {
  const [profile = '', table = ''] = id.split(':');
  const counts = new Map<string | null, number>();
  for (const row of rows) counts.set(row.namespace ?? null, (counts.get(row.namespace ?? null) ?? 0) + 1);
  const sizes = new Map<number, { namespaces: number; rows: number }>();
  for (const n of counts.values()) {
    const from = 2 ** Math.floor(Math.log2(n));
    const held = sizes.get(from) ?? { namespaces: 0, rows: 0 };
    sizes.set(from, { namespaces: held.namespaces + 1, rows: held.rows + n });
  }
  const top = [...counts].map(([namespace, n]) => ({ namespace, rows: n })).sort((a, b) => b.rows - a.rows);
  return {
    ...uncountedSet({ id, profile, role: 'memory', title: table, table, primary: true }, rows.length),
    namespaces: counts.has(null)
      ? null
      : {
          column: 'namespace',
          distinct: counts.size,
          top: top.slice(0, 10),
          classes: [...sizes].sort((a, b) => a[0] - b[0]).map(([from, c]) => ({ from, ...c })),
        },
  };
}

export const OPTIONS: AuditOptions = { openVectors: exactPairs, sha256, seed: 1 };

/** The report of an audit over these rows. */
export async function audited(rows: readonly ScanRow[], o: Partial<AuditOptions> = {}, id?: string): Promise<DedupSet> {
  return setReport(await auditSet(rowStore(rows), memorySet(rows, id), { ...OPTIONS, ...o }), o).set;
}

export const vector = (...values: number[]): Float32Array => Float32Array.from(values);
