/** Options that every verb has. */
import { FORMATS, type OptionDeclaration } from './command.ts';

export const OUTPUT_OPTIONS: readonly OptionDeclaration[] = [
  { flags: '--format <FORMAT>', summary: FORMATS.join(', ') },
  { flags: '--json', summary: 'short for --format json' },
  { flags: '--quiet', summary: 'no notes on stderr' },
  { flags: '--verbose', summary: 'every check and note' },
  { flags: '--color', summary: 'colour even in a pipe' },
  { flags: '--no-color', summary: 'no colour (NO_COLOR and FORCE_COLOR are honoured too)' },
  { flags: '--debug', summary: 'print the stack when this program itself is at fault' },
];
