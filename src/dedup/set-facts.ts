/** What is known of a set beside its twins: what rates, places and days are told of. A function of the first reading. */
import { NONE, type RowTable } from './row-table.ts';

export interface SetFacts {
  /** Rows compared, by namespace and by UTC day; rows without a time are in no day. */
  readonly namespaces: readonly { readonly namespace: string | null; readonly rows: number }[];
  readonly days: readonly { readonly day: string; readonly rows: number }[];
}

export function setFacts(table: RowTable, excluded: (row: number) => boolean): SetFacts {
  const namespaces = new Map<string | null, number>();
  const days = new Map<number, number>();
  for (let row = 0; row < table.rows; row++) {
    if (excluded(row)) continue;
    const namespace = table.groups[table.group.get(row)]?.namespace ?? null;
    namespaces.set(namespace, (namespaces.get(namespace) ?? 0) + 1);
    const day = table.day(row);
    if (day !== null) days.set(day, (days.get(day) ?? 0) + 1);
  }
  return {
    namespaces: [...namespaces].map(([namespace, rows]) => ({ namespace, rows })),
    days: [...days].sort((a, b) => a[0] - b[0]).map(([day, rows]) => ({ day: dayName(day), rows })),
  };
}

const DAY_MS = 86_400_000;
/** Days that a JavaScript date can name. */
const LAST_DAY = 100_000_000;

export function dayName(day: number): string {
  return Math.abs(day) > LAST_DAY ? 'out of range' : new Date(day * DAY_MS).toISOString().slice(0, 10);
}

export interface AcrossText {
  readonly row: number;
  readonly namespaces: number;
  readonly rows: number;
}

/** Normalised texts that stand in two namespaces or more, most rows first. Before the table is sealed. */
export function textsAcross(table: RowTable, most: number): AcrossText[] {
  const first = table.acrossGroups();
  const rows = new Uint32Array(table.rows);
  for (const at of first) if (at !== NONE) rows[at] = (rows[at] as number) + 1;
  const names = new Map<string | null, number>();
  const numbers = table.groups.map(({ namespace }) => {
    const number = names.get(namespace) ?? names.size;
    names.set(namespace, number);
    return number;
  });
  const standsIn = new Map<number, Set<number>>();
  first.forEach((at, row) => {
    if (at === NONE || (rows[at] as number) < 2) return;
    const namespace = numbers[table.group.get(row)] as number;
    const held = standsIn.get(at);
    if (held === undefined) standsIn.set(at, new Set([namespace]));
    else held.add(namespace);
  });
  return [...standsIn]
    .filter(([, held]) => held.size > 1)
    .map(([row, held]) => ({ row, namespaces: held.size, rows: rows[row] as number }))
    .sort((a, b) => b.rows - a.rows || b.namespaces - a.namespaces || a.row - b.row)
    .slice(0, most);
}
