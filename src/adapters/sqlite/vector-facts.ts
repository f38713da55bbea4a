/** Where the vectors of a memory set are, how many and how wide. */
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { SetProfile } from '../../profiles/index.ts';
import type { NamespaceCounts, Structure, VectorFacts } from '../../store/index.ts';
import { structureId } from '../../store/index.ts';
import { all, type Db, one, quoted } from './driver.ts';
import { hnswlibFile } from './hnswlib-file.ts';
import type { StoredTable } from './read-catalog.ts';
import { countRows } from './record-size.ts';
import type { Reader } from './structures.ts';
import { vec0Definition } from './virtual-tables.ts';

/** Vector lengths listed when a column holds several. */
const MAX_LENGTHS = 5;
const FLOAT32 = 4;

export function vectorFacts(
  reader: Reader,
  set: SetProfile,
  table: StoredTable | undefined,
  namespaces: NamespaceCounts | null,
  file: string,
): VectorFacts | null {
  const v = set.vectors;
  if (v === undefined) return null;
  switch (v.where) {
    case 'column':
      return table === undefined ? null : blobs(reader.db, table.name, v.column, v.column);
    case 'table':
      return reader.catalog.stored.some((t) => t.name === v.table)
        ? blobs(reader.db, v.table, v.column, `${v.table}.${v.column}`)
        : null;
    case 'vec0':
      return vec0(reader, v.table);
    case 'sidecar':
      return sidecar(file, v.file, namespaces);
    default:
      return { where: 'elsewhere', name: v.name, rows: null, dims: null, scalar: null };
  }
}

function blobs(db: Db, table: string, column: string, name: string): VectorFacts {
  const x = quoted(column);
  const where = `FROM ${quoted(table)} WHERE typeof(${x}) = 'blob'`;
  // Nearly always all are of one length; only where they are not do they have to be sorted.
  const ends = one(
    db,
    `SELECT min(octet_length(${x})) AS least, max(octet_length(${x})) AS most, count(*) AS n ${where}`,
  );
  const found =
    ends['least'] === ends['most']
      ? [{ bytes: ends['least'], n: ends['n'] }].filter((l) => Number(l.n) > 0)
      : all(
          db,
          `SELECT octet_length(${x}) AS bytes, count(*) AS n ${where} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${MAX_LENGTHS}`,
        );
  const lengths = found.map((r) => ({ bytes: Number(r['bytes']), rows: Number(r['n']) }));
  const first = lengths[0];
  const dims = first !== undefined && first.bytes > 0 && first.bytes % FLOAT32 === 0 ? first.bytes / FLOAT32 : null;
  return {
    where: 'column',
    name,
    rows: lengths.reduce((a, l) => a + l.rows, 0),
    dims,
    scalar: dims === null ? null : 'float32',
    ...(lengths.length > 1 ? { mixed: lengths } : {}),
  };
}

function vec0(reader: Reader, name: string): VectorFacts | null {
  const definition = [...reader.catalog.virtual].find(([n]) => n.toLowerCase() === name.toLowerCase());
  const rowids = definition && `${definition[0]}_rowids`;
  if (definition === undefined || !reader.catalog.stored.some((t) => t.name === rowids)) return null;
  const { vectors, chunkSize } = vec0Definition(definition[1].args);
  const first = vectors[0];
  return {
    where: 'vec0',
    name: definition[0],
    rows: countRows(reader.db, rowids as string),
    dims: first?.dims ?? null,
    scalar: first?.scalar ?? null,
    chunkSize,
  };
}

/** Files of the listed namespaces that stand beside the store. */
function sidecarFiles(file: string, pattern: string, namespaces: NamespaceCounts | null): string[] {
  return (namespaces?.top ?? []).flatMap((n) => {
    // A namespace is data: it may name a file of this directory and nothing else.
    if (n.namespace === null || n.length !== undefined || /[/\\\0]/.test(n.namespace)) return [];
    const path = join(dirname(file), pattern.replace('{namespace}', n.namespace));
    return statSync(path, { throwIfNoEntry: false })?.isFile() ? [path] : [];
  });
}

function sidecar(file: string, pattern: string, namespaces: NamespaceCounts | null): VectorFacts {
  const headers = sidecarFiles(file, pattern, namespaces).map((p) => hnswlibFile(p));
  const known = headers.filter((h) => h !== undefined);
  return {
    where: 'sidecar',
    name: pattern,
    rows: known.length === 0 ? null : known.reduce((a, h) => a + h.vectors, 0),
    dims: known[0]?.dims ?? null,
    scalar: known.length === 0 ? null : 'float32',
  };
}

/** The sidecar files as structures of the store. */
export function sidecarStructures(file: string, pattern: string, namespaces: NamespaceCounts | null): Structure[] {
  return sidecarFiles(file, pattern, namespaces).map((path) => {
    const name = path.slice(dirname(path).length + 1);
    const header = hnswlibFile(path);
    return {
      id: structureId('sidecar', name),
      kind: 'sidecar',
      name,
      table: null,
      rows: header?.vectors ?? null,
      bytes: statSync(path).size,
      pages: null,
      payloadBytes: null,
      unusedBytes: null,
      facts: {
        kind: 'sidecar',
        format: 'hnswlib',
        vectors: header?.vectors ?? null,
        dims: header?.dims ?? null,
        m: header?.m ?? null,
      },
    };
  });
}
