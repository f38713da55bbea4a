/** A file of pairs, read back: every number in it is checked before it is used as a place. */
import { InputError } from '../quantity/index.ts';
import { Evidence } from './evidence.ts';
import type { PairsFile, SavedSet } from './pairs-file.ts';
import { KEEPS } from './survivor.ts';

const VERSION = 1;

/**
 * @param where how to name the document to the user, e.g. "--input pairs.json"
 * @throws InputError
 */
export function readPairsFile(document: unknown, where: string): PairsFile {
  if (!isObject(document) || document['kind'] !== 'dedup-pairs')
    throw new InputError('not-pairs', `${where}: this is not a file of pairs; memctl dedup STORE -o FILE writes one`);
  if (document['schemaVersion'] !== VERSION) {
    throw new InputError(
      'pairs-version',
      `${where}: version ${String(document['schemaVersion'])} of pairs is not known to this release; it reads version ${VERSION}`,
    );
  }
  const broken = (what: string): never => {
    throw new InputError('pairs-broken', `${where}: ${what}; the file was cut or changed, audit the store again`);
  };
  const { sets, store, generatedAt } = document;
  if (typeof generatedAt !== 'string' || Number.isNaN(Date.parse(generatedAt)))
    broken('it lacks the time "generatedAt"');
  const names = ['name', 'scheme', 'address', 'engine', 'fingerprint', 'takenAt'];
  if (!isObject(store) || names.some((name) => typeof store[name] !== 'string'))
    broken('it lacks the "store" it was made of');
  if (!Array.isArray(sets)) broken('it lacks the list "sets"');
  (sets as unknown[]).forEach((set, i) => {
    const wrong = wrongInSet(set);
    if (wrong !== null) broken(`sets[${i}]: ${wrong}`);
  });
  return document as unknown as PairsFile;
}

type Checked = Readonly<Record<string, unknown>>;
const isObject = (x: unknown): x is Checked => typeof x === 'object' && x !== null && !Array.isArray(x);
const isCount = (x: unknown, below: number): boolean =>
  Number.isInteger(x) && (x as number) >= 0 && (x as number) < below;
const isNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x);
const isShare = (x: unknown): boolean => isNumber(x) && x >= -1 && x <= 1 + 1e-9;
const isName = (x: unknown): boolean => x === null || typeof x === 'string';

const LISTS = ['groups', 'rows', 'nodes', 'cosines', 'nearHashes', 'ties', 'notes'] as const;

/** What is wrong with a set, in a few words; null for nothing. */
function wrongInSet(set: unknown): string | null {
  if (!isObject(set)) return 'it is no object';
  const missing = LISTS.find((name) => !Array.isArray(set[name]));
  if (missing !== undefined) return `it lacks the list "${missing}"`;
  const wrong = wrongHead(set);
  if (wrong !== null) return wrong;
  const list = (name: (typeof LISTS)[number]): readonly unknown[] => set[name] as unknown[];
  const nodes = list('nodes');
  const vectors =
    1 + nodes.reduce<number>((most, n) => Math.max(most, Array.isArray(n) && isNumber(n[3]) ? n[3] : -1), -1);
  const counts = { rows: list('rows').length, nodes: nodes.length, groups: list('groups').length, vectors };
  const badGroup = list('groups').findIndex((g) => !isObject(g) || !isName(g['namespace']) || !isName(g['kind']));
  if (badGroup >= 0) return `groups[${badGroup}] is no namespace and kind`;
  const badRow = list('rows').findIndex((row) => !isRow(row, counts));
  if (badRow >= 0) return `rows[${badRow}] is no row with id, digest, group and node`;
  const badNode = nodes.findIndex((node) => !isNode(node, counts.nodes));
  if (badNode >= 0) return `nodes[${badNode}] is no list of four classes and a text`;
  const pairs: readonly ['cosines' | 'nearHashes' | 'ties', number, (x: unknown) => boolean][] = [
    ['cosines', counts.vectors, isShare],
    ['nearHashes', counts.nodes, (x) => isCount(x, 65)],
    ['ties', counts.nodes, (x) => x === null || isShare(x)],
  ];
  for (const [name, below, holds] of pairs) {
    const bad = list(name).findIndex((p) => !isPair(p, below, holds));
    if (bad >= 0) return `${name}[${bad}] is no pair`;
  }
  return wrongStrata(set['strata'], counts.rows);
}

function wrongHead({ head, facts, threshold, floor, keep, simhashSame, across }: Checked): string | null {
  if (!isObject(head) || ['set', 'profile', 'title', 'table', 'method', 'how'].some((n) => typeof head[n] !== 'string'))
    return 'it lacks the "head" that names the set';
  if (['rows', 'of', 'groups'].some((n) => !isCount(head[n], Number.MAX_SAFE_INTEGER)))
    return 'its head lacks the numbers of rows';
  const { skipped } = head;
  if (!isObject(skipped) || ['inactive', 'empty', 'vectorless'].some((n) => !isNumber(skipped[n])))
    return 'its head lacks what was skipped';
  if (!isObject(facts) || !Array.isArray(facts['namespaces']) || !Array.isArray(facts['days']))
    return 'it lacks the "facts"';
  if (facts['namespaces'].some((n) => !isObject(n) || !isName(n['namespace']) || !isNumber(n['rows'])))
    return 'a namespace in "facts" has no number of rows';
  if (facts['days'].some((d) => !isObject(d) || typeof d['day'] !== 'string' || !isNumber(d['rows'])))
    return 'a day in "facts" has no number of rows';
  if (!isObject(threshold) || !(threshold['value'] === null || isShare(threshold['value'])))
    return 'it lacks the "threshold"';
  if (!(floor === null || isShare(floor))) return '"floor" is no cosine';
  if (!KEEPS.some((k) => k === keep)) return `"keep" is none of ${KEEPS.join(', ')}`;
  if (!(simhashSame === null || isCount(simhashSame, 65))) return '"simhashSame" is no number of bits';
  return across === null || Array.isArray(across) ? null : '"across" is no list';
}

function isRow(row: unknown, counts: { readonly nodes: number; readonly groups: number }): boolean {
  if (!isObject(row) || typeof row['id'] !== 'string' || typeof row['digest'] !== 'string') return false;
  if (!(row['key'] === undefined || typeof row['key'] === 'string')) return false;
  if (!isCount(row['group'], counts.groups) || !isCount(row['node'], counts.nodes) || !isNumber(row['length']))
    return false;
  const { expires } = row;
  if (!(expires === undefined || expires === 'never' || isNumber(expires))) return false;
  return ['confidence', 'uses', 'updated', 'created'].every((n) => row[n] === undefined || isNumber(row[n]));
}

function isNode(node: unknown, nodes: number): boolean {
  if (!Array.isArray(node) || node.length !== 5 || !isName(node[4])) return false;
  // There are no more classes than nodes.
  return node.slice(0, 4).every((c: unknown) => c === -1 || isCount(c, nodes));
}

function isPair(pair: unknown, below: number, holds: (x: unknown) => boolean): boolean {
  if (!Array.isArray(pair) || !isCount(pair[0], below) || !isCount(pair[1], below) || !holds(pair[2])) return false;
  const guards: unknown = pair[3];
  if (guards === undefined) return true;
  return (
    Array.isArray(guards) &&
    guards.every((g) => isObject(g) && ['code', 'a', 'b'].every((name) => typeof g[name] === 'string'))
  );
}

function wrongStrata(strata: unknown, rows: number): string | null {
  if (strata === null) return null;
  if (!Array.isArray(strata)) return '"strata" is no list';
  for (const s of strata) {
    if (!isObject(s) || !isNumber(s['population']) || !['rows', 'namespaces'].includes(String(s['by'])))
      return 'a stratum is broken';
    const { draws } = s;
    if (
      !Array.isArray(draws) ||
      draws.some((d) => !isObject(d) || !isName(d['namespace']) || !(d['row'] === -1 || isCount(d['row'], rows)))
    )
      return 'a draw of a stratum is broken';
  }
  return null;
}

/** The evidence as it was when it was saved. */
export function evidenceOf(saved: SavedSet): Evidence {
  const evidence = new Evidence();
  evidence.simhashSame = saved.simhashSame;
  evidence.groups.push(...saved.groups);
  for (const [text, norm, hash, vector, snippet] of saved.nodes)
    evidence.addNode({ text, norm, hash, vector, snippet });
  for (const row of saved.rows) {
    evidence.addRow({
      ...row,
      key: row.key ?? row.id,
      pinned: row.pinned ?? false,
      expires: row.expires === 'never' ? Number.POSITIVE_INFINITY : (row.expires ?? Number.NaN),
      confidence: row.confidence ?? Number.NaN,
      uses: row.uses ?? Number.NaN,
      updated: row.updated ?? Number.NaN,
      created: row.created ?? Number.NaN,
    });
  }
  for (const [a, b, value] of saved.cosines) evidence.cosines.push(a, b, value);
  for (const [a, b, bits] of saved.nearHashes) evidence.nearHashes.push(a, b, bits);
  for (const [a, b, overlap, guards] of saved.ties) evidence.addTie(a, b, { overlap, guards: guards ?? [] });
  return evidence;
}
