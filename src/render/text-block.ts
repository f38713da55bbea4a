/** A stored text as lines of a fixed width: what a terminal would obey is spelled out, what is too long is cut. */
import { printable } from '../quantity/index.ts';
import { width } from './columns.ts';

/** One line of whatever was stored: line ends and tabs become blanks, controls and directional marks are spelled out. */
export function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/gu, ' ').trim());
}

/**
 * At most `lines` lines of at most `cells` terminal cells; the last one ends in "…" where more follows. Broken at blanks, and
 * inside a word that is longer than a line (an address, a language without blanks).
 */
export function textLines(text: string, cells: number, lines: number): string[] {
  const found: string[] = [];
  let line = '';
  const flush = (): void => {
    found.push(line);
    line = '';
  };
  for (const word of oneLine(text).split(' ')) {
    if (found.length > lines) break;
    if (line !== '' && width(`${line} ${word}`) <= cells) {
      line += ` ${word}`;
      continue;
    }
    if (line !== '') flush();
    for (const character of word) {
      if (width(line + character) > cells) flush();
      line += character;
      if (found.length > lines) break;
    }
  }
  if (line !== '') flush();
  if (found.length <= lines) return found;
  const shown = found.slice(0, lines);
  shown[lines - 1] = endedShort(shown[lines - 1] ?? '', cells);
  return shown;
}

/** With "…" at its end, within the width. */
function endedShort(line: string, cells: number): string {
  let kept = line;
  while (width(`${kept}…`) > cells && kept !== '') kept = [...kept].slice(0, -1).join('');
  return `${kept}…`;
}

/** Two blocks beside each other, the left one `cells` wide. */
export function sideBySide(left: readonly string[], right: readonly string[], cells: number, gap: number): string[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const at = left[i] ?? '';
    return `${at}${' '.repeat(Math.max(0, cells - width(at)) + gap)}${right[i] ?? ''}`.trimEnd();
  });
}
