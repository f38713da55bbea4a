/**
 * Virtual tables read from their CREATE statement and shadow tables, without their extension.
 * vec0: asg017/sqlite-vec 0.1.9, sqlite-vec.c (vec0_init, shadow table names). fts5: https://sqlite.org/fts5.html
 */
import type { Vec0Column } from '../../store/index.ts';

export interface Vec0Definition {
  readonly vectors: readonly Vec0Column[];
  readonly partitionKeys: readonly string[];
  readonly metadata: readonly { readonly name: string; readonly type: string }[];
  readonly auxiliary: readonly string[];
  readonly textId: boolean;
  readonly chunkSize: number;
}

/** sqlite-vec's VEC0_CHUNK_SIZE default. */
const DEFAULT_CHUNK_SIZE = 1024;

const MODULE = /^\s*CREATE\s+VIRTUAL\s+TABLE\b[\s\S]*?\bUSING\s+["'`[]?(\w+)["'`\]]?\s*(?:\(([\s\S]*)\)\s*;?\s*$)?/i;

/** Module name in lower case and its arguments, split at the commas outside quotes and parentheses. */
export function virtualTable(sql: string): { readonly module: string; readonly args: readonly string[] } | undefined {
  const found = MODULE.exec(sql);
  return found === null
    ? undefined
    : { module: (found[1] as string).toLowerCase(), args: splitArguments(found[2] ?? '') };
}

function splitArguments(text: string): string[] {
  const args: string[] = [];
  let current = '';
  let depth = 0;
  let quote = '';
  for (const ch of text) {
    if (quote !== '') {
      if (ch === quote) quote = '';
    } else if (ch === "'" || ch === '"' || ch === '`') quote = ch;
    else if (ch === '(' || ch === '[') depth++;
    else if (ch === ')' || ch === ']') depth--;
    else if (ch === ',' && depth === 0) {
      args.push(current.trim());
      current = '';
      continue;
    }
    current += ch;
  }
  if (current.trim() !== '') args.push(current.trim());
  return args;
}

const VECTOR = /^(\S+)\s+(float|f32|int8|i8|bit)\s*\[\s*(\d+)\s*\]([\s\S]*)$/i;

export function vec0Definition(args: readonly string[]): Vec0Definition {
  const vectors: Vec0Column[] = [];
  const partitionKeys: string[] = [];
  const metadata: { name: string; type: string }[] = [];
  const auxiliary: string[] = [];
  let textId = false;
  let chunkSize = DEFAULT_CHUNK_SIZE;
  for (const arg of args) {
    const vector = VECTOR.exec(arg);
    const option = /^chunk_size\s*=\s*(\d+)$/i.exec(arg);
    const [name = '', type = '', ...rest] = arg.split(/\s+/);
    const constraint = rest.join(' ').toLowerCase();
    if (option !== null) chunkSize = Number(option[1]);
    else if (vector !== null) {
      const kind = (vector[2] as string).toLowerCase();
      vectors.push({
        name: vector[1] as string,
        scalar: kind === 'bit' ? 'bit' : kind === 'int8' || kind === 'i8' ? 'int8' : 'float32',
        dims: Number(vector[3]),
        metric: /distance_metric\s*=\s*(\w+)/i.exec(vector[4] as string)?.[1]?.toLowerCase() ?? 'l2',
      });
    } else if (constraint.startsWith('partition key')) partitionKeys.push(name);
    else if (name.startsWith('+')) auxiliary.push(name.slice(1));
    else if (constraint.startsWith('primary key')) textId = type.toLowerCase() === 'text';
    else if (type !== '') metadata.push({ name, type: type.toLowerCase() });
  }
  return { vectors, partitionKeys, metadata, auxiliary, textId, chunkSize };
}

export interface Fts5Definition {
  readonly columns: readonly string[];
  readonly content: string | null;
  readonly tokenizer: string | null;
}

export function fts5Definition(args: readonly string[]): Fts5Definition {
  const option = (name: string): string | null => {
    const arg = args.find((a) => new RegExp(`^${name}\\s*=`, 'i').test(a));
    return arg === undefined ? null : unquoted(arg.slice(arg.indexOf('=') + 1).trim());
  };
  const columns = args.filter((a) => !/^\w+\s*=/.test(a)).map((a) => unquoted(a.split(/\s+/)[0] as string));
  return { columns, content: option('content'), tokenizer: option('tokenize') };
}

const unquoted = (text: string): string => text.replace(/^(['"`])([\s\S]*)\1$/, '$2');

/** Shadow-table suffixes by module. */
const SHADOWS: Readonly<Record<string, RegExp>> = {
  vec0: /^_(info|chunks|rowids|auxiliary|(vector_chunks|metadatachunks|metadatatext)\d\d)$/,
  fts5: /^_(data|idx|content|docsize|config)$/,
  fts4: /^_(content|segments|segdir|docsize|stat)$/,
  fts3: /^_(content|segments|segdir)$/,
  rtree: /^_(node|parent|rowid)$/,
};

/** The tables among `names` that the virtual table keeps its data in. */
export function shadowsOf(table: string, module: string, names: readonly string[]): string[] {
  const suffix = SHADOWS[module];
  if (suffix === undefined) return [];
  return names.filter((n) => n.startsWith(table) && suffix.test(n.slice(table.length)));
}
