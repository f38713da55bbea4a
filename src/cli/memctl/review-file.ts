/**
 * The file in which duplicates are judged: YAML, one entry for each decision, the texts as comments. Entries and their
 * fields may stand in any order and be wrapped in any way; what an entry says is bound to the digests of its rows, so that
 * a row that was changed since is left alone whatever the file says.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from 'yaml';
import type { DedupCluster, DedupMember, DedupReport } from '../../dedup/dedup-report.ts';
import { formatCount, InputError, nearest } from '../../quantity/index.ts';
import { levelText, reviewWhy } from '../../render/dedup-clusters.ts';
import { textLines } from '../../render/text-block.ts';

export const REVIEW_VERSION = 1;
export const DECISIONS = ['accept', 'reject', 'undecided'] as const;
export type Decision = (typeof DECISIONS)[number];

export interface ReviewRow {
  readonly key: string;
  readonly digest: string;
}

export interface ReviewEntry {
  /** Id of the memory set. */
  readonly set: string;
  readonly decision: Decision;
  /** Key of the row that stays; one of `rows`. */
  readonly keep: string;
  readonly rows: readonly ReviewRow[];
  /** Line of the file it begins at; 0 where it was never in one. */
  readonly line: number;
}

export interface Review {
  readonly store: { readonly address: string; readonly fingerprint: string };
  readonly entries: readonly ReviewEntry[];
}

/** An entry with what people need to see of it. */
export interface ShownEntry extends ReviewEntry {
  readonly cluster: DedupCluster;
  /** The one that stays as the audit chose it, then those this entry is about. */
  readonly members: readonly DedupMember[];
}

/**
 * A cluster of which some rows may go by themselves and others need a look gives two entries: what needs no review is
 * accepted beforehand. Those that need one come first.
 */
export function reviewEntries(report: DedupReport): ShownEntry[] {
  const of = (verdict: 'merge' | 'review', decision: Decision): ShownEntry[] =>
    report.sets.flatMap((s) =>
      s.clusters.flatMap((c) => {
        const going = c.members.filter((m) => m.key !== c.survivor.key && m.verdict === verdict);
        if (going.length === 0) return [];
        const members = [c.survivor, ...going];
        const rows = members.map(({ key, digest }) => ({ key, digest }));
        return [{ set: s.set, decision, keep: c.survivor.key, rows, line: 0, cluster: c, members }];
      }),
    );
  return [...of('review', 'undecided'), ...of('merge', 'accept')];
}

/** Widest line of a comment. */
const COLUMNS = 96;
/** Lines of one text: what is longer is told apart by its beginning, or not in a file. */
const TEXT_LINES = 5;

/** @param again how a command names the store: its address, and the flags by which it is read in the same way */
export function reviewText(report: DedupReport, entries: readonly ShownEntry[], again: string): string {
  const open = entries.filter((e) => e.decision === 'undecided').length;
  const { store } = report;
  return [
    `# Duplicates in ${textLines(store.name, 60, 1)[0] ?? ''}: ${formatCount(open)} to decide, ${formatCount(entries.length - open)} decided.`,
    '#',
    '# decision: accept, reject or undecided. Only what is accepted is carried out, by',
    `#   memctl dedup ${textLines(again, 400, 1)[0] ?? ''} --apply --review FILE`,
    '# keep: the row that stays; any row of the entry can be.',
    '# rows: delete the line of a row to leave it as it is.',
    '# A row that has changed since is left alone.',
    '',
    'kind: dedup-review',
    `version: ${REVIEW_VERSION}`,
    `generated: ${quoted(report.generatedAt)}`,
    `store: ${quoted(store.address)}`,
    `fingerprint: ${quoted(store.fingerprint)}`,
    '',
    entries.length === 0 ? 'entries: []' : 'entries:',
    ...entries.flatMap(entryLines),
    '',
  ].join('\n');
}

function entryLines(e: ShownEntry): string[] {
  const digests = new Map(e.rows.map((r) => [r.key, r.digest]));
  const place = [e.cluster.namespace, e.cluster.kind].filter((t) => t !== null && t !== '').join(' · ');
  return [
    '',
    ...(place === '' ? [] : [`  # ${textLines(place, COLUMNS - 4, 1)[0] ?? ''}`]),
    `  - decision: ${e.decision}`,
    `    set: ${quoted(e.set)}`,
    `    keep: ${quoted(e.keep)}`,
    '    rows:',
    ...e.members.flatMap((m) => {
      const digest = digests.get(m.key);
      if (digest === undefined) return [];
      return [...memberComment(m, e), `      ${quoted(m.key)}: ${quoted(digest)}`];
    }),
  ];
}

function memberComment(m: DedupMember, e: ShownEntry): string[] {
  const original = m.key === e.cluster.survivor.key;
  const why = reviewWhy(m);
  const created = m.created === undefined ? '' : `, created ${m.created}`;
  const head = `${original ? `stays by the policy (${e.cluster.survivorWhy})` : levelText(m)}${created}`;
  const text = m.text === undefined ? [] : textLines(m.text, COLUMNS - 10, TEXT_LINES);
  return [
    ...textLines(head, COLUMNS - 8, 2).map((l) => `      # ${l}`),
    ...text.map((l) => `      #   ${l}`),
    ...(why === '' ? [] : textLines(`review: ${why}`, COLUMNS - 8, 3).map((l) => `      # ${l}`)),
  ];
}

/** A JSON text is YAML, once what YAML does not allow in a quoted text is spelled out too. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

const FIELDS = ['decision', 'set', 'keep', 'rows'] as const;
const HEAD = ['kind', 'version', 'generated', 'store', 'fingerprint', 'entries'] as const;

/**
 * @param where how to name the file to the user: "--review dedup.yaml"
 * @throws InputError with the line of what cannot be read
 */
export function readReview(text: string, where: string): Review {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const lineOf = (node: unknown): number => lines.linePos((node as Node | null)?.range?.[0] ?? 0).line;
  const wrong = (node: unknown, message: string, hint?: string): InputError =>
    new InputError('review-file', `${where}, line ${lineOf(node)}: ${message}`, hint);
  const [error] = document.errors;
  if (error !== undefined)
    throw new InputError(
      'review-file',
      `${where}, line ${lines.linePos(error.pos[0]).line}: ${(error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '')}`,
    );
  const root = document.contents as unknown;
  if (!isMap(root) || root.get('kind') !== 'dedup-review')
    throw new InputError(
      'review-file',
      `${where}: this is no file of decisions; memctl dedup STORE --review FILE writes one`,
    );
  known(root, HEAD, wrong);
  if (root.get('version') !== REVIEW_VERSION)
    throw wrong(
      root.get('version', true),
      `version ${String(root.get('version'))} is not known to this release; it reads version ${REVIEW_VERSION}`,
    );
  const word = (map: YAMLMap, field: string): string => {
    const value = map.get(field);
    if (typeof value === 'string' && value.trim() !== '') return value;
    throw wrong(
      map.get(field, true) ?? map,
      `${field}: ${value === undefined ? 'is missing' : 'must be a text in quotes'}`,
    );
  };
  const entries = root.get('entries');
  if (!isSeq(entries)) throw wrong(root.get('entries', true) ?? root, 'entries: must be a list');
  const store = { address: word(root, 'store'), fingerprint: word(root, 'fingerprint') };
  return {
    store,
    entries: entries.items.map((item): ReviewEntry => {
      if (!isMap(item)) throw wrong(item, 'an entry has decision, set, keep and rows');
      known(item, FIELDS, wrong);
      const rows = rowsOf(item, wrong);
      const keep = keyOf(item) ?? word(item, 'keep');
      if (!rows.some((r) => r.key === keep))
        throw wrong(
          item.get('keep', true),
          `keep: "${keep}" is none of the entry's rows`,
          'one of the rows stays; the line of that row must be there',
        );
      return {
        set: word(item, 'set'),
        decision: decisionOf(item, word(item, 'decision'), wrong),
        keep,
        rows,
        line: lineOf(item),
      };
    }),
  };
}

type Wrong = (node: unknown, message: string, hint?: string) => InputError;

function known(map: YAMLMap, fields: readonly string[], wrong: Wrong): void {
  for (const { key } of map.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (fields.includes(name)) continue;
    const near = nearest(name, fields);
    throw wrong(
      key,
      `"${name}" is not known here${near === undefined ? '' : `; did you mean ${near}?`}`,
      `fields are ${fields.join(', ')}`,
    );
  }
}

function decisionOf(item: YAMLMap, text: string, wrong: Wrong): Decision {
  const found = DECISIONS.find((d) => d === text.trim().toLowerCase());
  if (found !== undefined) return found;
  const near = nearest(text, DECISIONS);
  throw wrong(
    item.get('decision', true),
    `decision: "${text}" is not known${near === undefined ? '' : `; did you mean ${near}?`}`,
    `one of ${DECISIONS.join(', ')}`,
  );
}

/** A key that YAML reads as a number lost its quotes in an editor: its digits are what was written. */
function keyOf(item: YAMLMap): string | undefined {
  const keep = item.get('keep', true);
  return isScalar(keep) && typeof keep.value === 'number' ? keep.source : undefined;
}

function rowsOf(item: YAMLMap, wrong: Wrong): ReviewRow[] {
  const rows = item.get('rows');
  if (!isMap(rows)) throw wrong(item.get('rows', true) ?? item, 'rows: must name each row with its digest');
  return rows.items.map(({ key, value }) => {
    const name = isScalar(key) ? (key.source ?? String(key.value)) : '';
    const digest = isScalar(value) ? (value.source ?? String(value.value)) : '';
    if (name === '') throw wrong(key, 'rows: a row has no key');
    if (!/^[0-9a-f]{32}$/.test(digest))
      throw wrong(
        key,
        `rows: "${name}" lacks its digest`,
        'the file is made again by memctl dedup STORE --review FILE',
      );
    return { key: name, digest };
  });
}
