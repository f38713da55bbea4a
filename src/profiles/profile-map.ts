/** The document behind `--map FILE` and `map:` in memctl.yaml, checked before any store is opened. */
import { InputError, nearest } from '../quantity/index.ts';
import type { MappedTable, ProfileMap, SetRole, TimeFormat } from '../store/index.ts';

const ROLES: readonly SetRole[] = [
  'memory',
  'node',
  'edge',
  'vectors',
  'type',
  'cache',
  'log',
  'queue',
  'session',
  'metadata',
];

const UNITS: Readonly<Record<string, TimeFormat>> = {
  'epoch-s': 'epoch-s',
  'epoch-ms': 'epoch-ms',
  'epoch-us': 'epoch-us',
  'utc-text': 'utc-text',
  'date-text': 'date-text',
  native: 'native',
  s: 'epoch-s',
  ms: 'epoch-ms',
  us: 'epoch-us',
};

const TABLE_KEYS = [
  'table',
  'role',
  'id',
  'namespace',
  'text',
  'embedding',
  'metadata',
  'hash',
  'created',
  'createdUnit',
  'expires',
  'expiresUnit',
  'ttl',
  'ttlSeconds',
  'status',
  'superseded',
  'deleted',
  'deletedUnit',
  'supersededBy',
  'supersededAt',
  'supersededAtUnit',
  'kind',
  'pinned',
  'confidence',
  'accesses',
  'updated',
  'updatedUnit',
  'evictionOrder',
  'dependents',
] as const;

/**
 * @param document a YAML or JSON document, parsed: `{ title, tables: [{ table, … }] }`, or one table alone
 * @param where what it was read from, for the sentence that refuses: "--map recall.yaml"
 * @throws InputError that says where the document is wrong and what would be right
 */
export function mapProfile(document: unknown, where: string): ProfileMap {
  const root = objectOf(document, where);
  if ('table' in root) return { tables: [tableOf(root, where)] };
  known(root, ['title', 'tables'], where);
  const { title, tables } = root;
  if (title !== undefined && typeof title !== 'string')
    throw new InputError('bad-map', `${where}: title must be a text, not ${shown(title)}`);
  if (!Array.isArray(tables) || tables.length === 0)
    throw new InputError('bad-map', `${where}: tables must be a list of at least one table`, EXAMPLE);
  const mapped = tables.map((t, i) => tableOf(objectOf(t, `${where}: tables[${i}]`), `${where}: tables[${i}]`));
  const names = mapped.map((t) => t.table.toLowerCase());
  const twice = mapped.find((t, i) => names.indexOf(t.table.toLowerCase()) < i);
  if (twice !== undefined) throw new InputError('bad-map', `${where}: table ${twice.table} is described twice`);
  return { ...(title === undefined ? {} : { title }), tables: mapped };
}

const EXAMPLE = 'for example: tables: [{ table: memories, namespace: user_id, text: content, embedding: embedding }]';

function tableOf(o: Record<string, unknown>, where: string): MappedTable {
  known(o, TABLE_KEYS, where);
  const table = text(o, 'table', where);
  if (table === undefined) throw new InputError('bad-map', `${where}: "table" is missing`, EXAMPLE);
  const at = `${where} (${table})`;
  const mapped: MappedTable = {
    table,
    ...part('role', oneOf(o, 'role', ROLES, at)),
    ...part('id', list(o, 'id', at)),
    ...part('namespace', text(o, 'namespace', at)),
    ...part('text', list(o, 'text', at)),
    ...part('embedding', text(o, 'embedding', at)),
    ...part('metadata', text(o, 'metadata', at)),
    ...part('hash', text(o, 'hash', at)),
    ...part('created', text(o, 'created', at)),
    ...part('createdUnit', unit(o, 'createdUnit', at)),
    ...part('expires', text(o, 'expires', at)),
    ...part('expiresUnit', unit(o, 'expiresUnit', at)),
    ...part('ttl', text(o, 'ttl', at)),
    ...part('ttlSeconds', positive(o, 'ttlSeconds', at)),
    ...part('status', text(o, 'status', at)),
    ...part('superseded', scalar(o, 'superseded', at)),
    ...part('deleted', text(o, 'deleted', at)),
    ...part('deletedUnit', unit(o, 'deletedUnit', at)),
    ...part('supersededBy', text(o, 'supersededBy', at)),
    ...part('supersededAt', text(o, 'supersededAt', at)),
    ...part('supersededAtUnit', unit(o, 'supersededAtUnit', at)),
    ...part('kind', list(o, 'kind', at)),
    ...part('pinned', text(o, 'pinned', at)),
    ...part('confidence', text(o, 'confidence', at)),
    ...part('accesses', text(o, 'accesses', at)),
    ...part('updated', text(o, 'updated', at)),
    ...part('updatedUnit', unit(o, 'updatedUnit', at)),
    ...part('evictionOrder', list(o, 'evictionOrder', at)),
    ...part('dependents', dependents(o, at)),
  };
  together(mapped, at);
  return mapped;
}

/** Keys that say nothing without another one. */
function together(t: MappedTable, where: string): void {
  const bad = (message: string): never => {
    throw new InputError('bad-map', `${where}: ${message}`);
  };
  for (const of of ['created', 'expires', 'updated', 'deleted', 'supersededAt'] as const) {
    if (t[`${of}Unit`] !== undefined && t[of] === undefined) bad(`${of}Unit is the unit of ${of}, which is missing`);
  }
  if (t.supersededAt !== undefined && t.status === undefined && t.supersededBy === undefined)
    bad(
      'supersededAt is written beside a mark: give status with superseded, or supersededBy, or call the column deleted',
    );
  if (t.ttlSeconds !== undefined && t.ttl === undefined) bad('ttlSeconds is the unit of ttl, which is missing');
  if (t.ttl !== undefined && t.created === undefined) bad('ttl is a lifetime after created, which is missing');
  if (t.ttl !== undefined && t.expires !== undefined) bad('give expires, or created with ttl, not both');
  if (t.superseded !== undefined && t.status === undefined) bad('superseded is a value of status, which is missing');
  if (t.status !== undefined && t.superseded === undefined)
    bad('status needs superseded: the value that marks a row as no longer valid');
  if (t.status !== undefined && t.deleted !== undefined) bad('give status with superseded, or deleted, not both');
}

function part<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}

function objectOf(value: unknown, where: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InputError('bad-map', `${where}: a mapping of keys is wanted, not ${shown(value)}`, EXAMPLE);
}

function known(o: Record<string, unknown>, keys: readonly string[], where: string): void {
  for (const key of Object.keys(o)) {
    if (keys.includes(key)) continue;
    const near = nearest(key, keys);
    throw new InputError(
      'unknown-map-key',
      `${where}: "${key}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${keys.join(', ')}`,
    );
  }
}

function text(o: Record<string, unknown>, key: string, where: string): string | undefined {
  const value = o[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.trim() === '')
    throw new InputError('bad-map', `${where}: ${key} must be a name, not ${shown(value)}`);
  return value.trim();
}

/** YAML reads `true` and `1` as what they are; in the store they are compared as text. */
function scalar(o: Record<string, unknown>, key: string, where: string): string | undefined {
  const value = o[key];
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value);
  return text(o, key, where);
}

function list(o: Record<string, unknown>, key: string, where: string): string[] | undefined {
  const value = o[key];
  if (value === undefined || value === null) return undefined;
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0 || items.some((x) => typeof x !== 'string' || x.trim() === ''))
    throw new InputError('bad-map', `${where}: ${key} must be a column or a list of columns, not ${shown(value)}`);
  return items.map((x) => String(x).trim());
}

function oneOf<T extends string>(
  o: Record<string, unknown>,
  key: string,
  values: readonly T[],
  where: string,
): T | undefined {
  const value = text(o, key, where);
  if (value === undefined || values.includes(value as T)) return value as T | undefined;
  const near = nearest(value, values);
  throw new InputError(
    'bad-map',
    `${where}: ${key} "${value}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${values.join(', ')}`,
  );
}

function unit(o: Record<string, unknown>, key: string, where: string): TimeFormat | undefined {
  const name = oneOf(o, key, Object.keys(UNITS), where);
  return name === undefined ? undefined : UNITS[name];
}

function positive(o: Record<string, unknown>, key: string, where: string): number | undefined {
  const value = o[key];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0)
    throw new InputError('bad-map', `${where}: ${key} must be a number above 0 (60 for minutes), not ${shown(value)}`);
  return value;
}

function dependents(o: Record<string, unknown>, where: string): NonNullable<MappedTable['dependents']> | undefined {
  const value = o['dependents'];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value))
    throw new InputError('bad-map', `${where}: dependents must be a list of { table, on }, not ${shown(value)}`);
  const found = value.map((item, i) => {
    const at = `${where}: dependents[${i}]`;
    const d = objectOf(item, at);
    known(d, ['table', 'on', 'orphans'], at);
    const table = text(d, 'table', at);
    if (table === undefined) throw new InputError('bad-map', `${at}: "table" is missing`);
    const on = objectOf(d['on'], `${at} (${table}): on`);
    const pairs = Object.entries(on);
    if (pairs.length === 0 || pairs.some(([, column]) => typeof column !== 'string' || column === ''))
      throw new InputError('bad-map', `${at} (${table}): on must name columns, { memory_id: id }`);
    const { orphans } = d;
    if (orphans !== undefined && orphans !== null && typeof orphans !== 'boolean')
      throw new InputError('bad-map', `${at} (${table}): orphans must be true or false, not ${shown(orphans)}`);
    return { table, on: on as Record<string, string>, ...(orphans === true ? { orphans } : {}) };
  });
  // By which of two columns a row is an orphan nobody could say, and a row of two parents may have one of them.
  const twice = found.find((d) => d.orphans === true && found.some((o) => o !== d && o.table === d.table));
  if (twice !== undefined)
    throw new InputError(
      'bad-map',
      `${where}: dependents: ${twice.table} stands there twice, so its orphans cannot be told`,
    );
  return found;
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const json = JSON.stringify(value) ?? String(value);
  return json.length > 40 ? `${json.slice(0, 40)}…` : json;
}
