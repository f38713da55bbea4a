/** Cluster by cluster on the terminal: accept, reject, skip, another row stays; Ctrl-C keeps what was decided. */
import { formatCount, printable } from '../../quantity/index.ts';
import { levelText, reviewWhy } from '../../render/dedup-clusters.ts';
import type { Paint } from '../../render/paint.ts';
import { textLines } from '../../render/text-block.ts';
import type { Decision, ShownEntry } from './review-file.ts';

export interface TerminalReview {
  readonly entries: readonly ShownEntry[];
  readonly columns: number;
  readonly paint: Paint;
  readonly write: (text: string) => void;
  /** One line; null when Ctrl-C or the end of the input answered. */
  readonly ask: (question: string) => Promise<string | null>;
}

export interface Reviewed {
  /** All entries, with what was decided of them. */
  readonly entries: readonly ShownEntry[];
  /** Entries that were answered with accept or reject. */
  readonly decided: number;
  /** False when it ended before the last one. */
  readonly finished: boolean;
}

const ANSWERS: Readonly<Record<string, Decision>> = {
  a: 'accept',
  accept: 'accept',
  r: 'reject',
  reject: 'reject',
  s: 'undecided',
  skip: 'undecided',
};
/** Lines of one text. */
const TEXT_LINES = 6;

/** Asks about every entry that is undecided, in order. */
export async function reviewOnTerminal(o: TerminalReview): Promise<Reviewed> {
  const entries = [...o.entries];
  const open = entries.flatMap((e, i) => (e.decision === 'undecided' ? [i] : []));
  let decided = 0;
  for (const [n, index] of open.entries()) {
    const answer = await one(entries[index] as ShownEntry, n + 1, open.length, o);
    if (answer === null) return { entries, decided, finished: false };
    entries[index] = answer;
    if (answer.decision !== 'undecided') decided++;
  }
  return { entries, decided, finished: true };
}

/** @returns null when the review ends here */
async function one(entry: ShownEntry, number: number, of: number, o: TerminalReview): Promise<ShownEntry | null> {
  let keep = entry.keep;
  o.write(shown(entry, keep, number, of, o));
  for (;;) {
    const typed = await o.ask('a accept · r reject · s skip · 1, 2, … stays instead · q quit: ');
    // Ctrl-C leaves the cursor behind the question.
    if (typed === null) o.write('\n');
    const answer = typed?.trim().toLowerCase() ?? 'q';
    if (answer === 'q' || answer === 'quit') return null;
    const decision = Object.hasOwn(ANSWERS, answer) ? ANSWERS[answer] : undefined;
    if (decision !== undefined) return { ...entry, keep, decision };
    const chosen = /^\d+$/.test(answer) ? entry.members[Number(answer) - 1] : undefined;
    if (chosen === undefined) {
      o.write(`  "${printable(answer)}" is neither a, r, s, q nor a number from 1 to ${entry.members.length}\n`);
      continue;
    }
    keep = chosen.key;
    o.write(shown(entry, keep, number, of, o));
  }
}

function shown(entry: ShownEntry, keep: string, number: number, of: number, o: TerminalReview): string {
  const { columns, paint } = o;
  const { cluster } = entry;
  const place = [cluster.namespace, cluster.kind]
    .filter((t) => t !== null && t !== '')
    .map((t) => printable(String(t)));
  const lines = [
    '',
    paint.head(`  ${formatCount(number)} of ${formatCount(of)}${place.length === 0 ? '' : ` · ${place.join(' · ')}`}`),
    ...entry.members.flatMap((m, i) => {
      const stays = m.key === keep;
      const tie = m.key === cluster.survivor.key ? '' : `, ${levelText(m)}`;
      const created = m.created === undefined ? '' : `, ${m.created.slice(0, 16).replace('T', ' ')}`;
      const head = `${i + 1}. ${stays ? 'stays' : 'goes'}: ${printable(m.id)}${tie}${created}`;
      const why = reviewWhy(m);
      return [
        ...textLines(head, columns - 2, 2).map((l) => `  ${stays ? paint.strong(l) : l}`),
        ...textLines(m.text ?? '', columns - 5, TEXT_LINES).map((l) => `     ${l}`),
        ...(why === '' ? [] : textLines(`review: ${why}`, columns - 5, 3).map((l) => `     ${paint.bad(l)}`)),
      ];
    }),
    '',
  ];
  return `${lines.join('\n')}\n`;
}
