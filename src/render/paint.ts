/** The few colours a report uses, each for a meaning. They are handed in, so that rendering stays a function of the report. */
export interface Paint {
  head(text: string): string;
  strong(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  faint(text: string): string;
}

const same = (text: string): string => text;

/** No colour: for pipes, files, tests, and everyone who set NO_COLOR. */
export const PLAIN: Paint = { head: same, strong: same, good: same, bad: same, faint: same };
