/** The few colours a report uses, each for a meaning. Off, every one of them is the identity. */
import { Chalk } from 'chalk';

export interface Paint {
  head(text: string): string;
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

const same = (text: string): string => text;
const PLAIN: Paint = { head: same, strong: same, good: same, bad: same, faint: same };

/** The level is ours to decide: chalk would look at the terminal and ignore NO_COLOR. */
export function paint(color: boolean): Paint {
  if (!color) return PLAIN;
  const chalk = new Chalk({ level: 1 });
  return {
    head: (t) => chalk.dim(t),
    strong: (t) => chalk.bold(t),
    good: (t) => chalk.green(t),
    bad: (t) => chalk.red(t),
    faint: (t) => chalk.dim(t),
  };
}
