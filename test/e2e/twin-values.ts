/** Rows of any known schema, two of which always say the same: from what a profile says of the columns, and the columns themselves. */
import type { ColumnRef, SetProfile } from '../../src/profiles/index.ts';

export interface Column {
  readonly name: string;
  /** In small letters, as the engine writes it. */
  readonly type: string;
  /** Has to be given a value: NOT NULL, or part of a key. */
  readonly needed: boolean;
  /** By itself or with others, another one in each row. */
  readonly key: boolean;
}

export const ROWS = 12;
const DIMS = 8;

/** What row i holds where the type alone decides: JSON as a text, vectors and bytes as the engine takes them. */
export function twinValues(set: SetProfile, columns: readonly Column[], i: number): Map<string, unknown> {
  const k = i % (ROWS / 2);
  const found = new Map<string, unknown>();
  const members = new Map<string, Record<string, string>>();
  const put = (ref: ColumnRef, value: string): void => {
    if ('column' in ref) found.set(ref.column, value);
    else members.set(ref.json, { ...members.get(ref.json), [ref.path]: value });
  };
  for (const ref of set.text ?? [])
    put(ref, `${i < ROWS / 2 ? 'The' : 'THE'} lock of door ${k} opens with key ${k * 7919}`);
  for (const ref of set.kind ?? []) put(ref, 'one kind');
  if (set.namespace !== undefined) put(set.namespace, 'one');
  for (const c of columns) {
    if (members.has(c.name)) found.set(c.name, JSON.stringify(members.get(c.name)));
    const vector = set.vectors?.where === 'column' && set.vectors.column === c.name;
    const own = found.get(c.name);
    const text = /char|text|^$/.test(c.type);
    if (own === undefined && !vector && !c.needed) continue;
    if (own !== undefined && c.type.startsWith('json') && !members.has(c.name))
      found.set(c.name, JSON.stringify({ own }));
    else if (own === undefined || vector || (!text && !members.has(c.name)))
      found.set(c.name, typedValue(c, vector, i, k));
  }
  return found;
}

function typedValue({ type, key }: Column, vector: boolean, i: number, k: number): unknown {
  const dims = Number(/\((\d+)\)/.exec(type)?.[1] ?? DIMS);
  const numbers = Array.from({ length: vector || type.startsWith('vector') ? dims : 0 }, (_, d) =>
    Math.sin((k + 1) * (d + 1)),
  );
  if (type.startsWith('vector')) return `[${numbers.join(',')}]`;
  if (type === 'blob' || type.startsWith('f32_blob'))
    return vector ? Buffer.from(Float32Array.from(numbers).buffer) : Buffer.of(1);
  if (type === 'uuid') return `00000000-0000-4000-8000-${String(key ? i + 1 : 1).padStart(12, '0')}`;
  if (/int|serial|real|double|numeric|float/.test(type)) return key ? i + 1 : 1;
  if (type.startsWith('json')) return '{}';
  if (type.endsWith('[]')) return '{}';
  if (type === 'boolean') return false;
  if (type === 'bytea') return '\\x01';
  if (/^(timestamp|date)/.test(type)) return '2026-01-02 03:04:05';
  return key ? `row-${i}` : 'x';
}
