/** Colours for a terminal, by Node's own styleText: which ones there are, and for what, is render's business (render/paint.ts). */
import { styleText } from 'node:util';
import { type Paint, PLAIN } from '../render/paint.ts';

/**
 * Whether to colour was decided from the flags, NO_COLOR, FORCE_COLOR and the terminal; styleText, which would look at stdout
 * once more (Node 22), is told not to.
 */
export function paint(color: boolean): Paint {
  if (!color) return PLAIN;
  const style =
    (format: 'bold' | 'dim' | 'green' | 'red') =>
    (text: string): string =>
      (styleText as (format: string, text: string, options: { validateStream: boolean }) => string)(format, text, {
        validateStream: false,
      });
  return { head: style('dim'), strong: style('bold'), good: style('green'), bad: style('red'), faint: style('dim') };
}
