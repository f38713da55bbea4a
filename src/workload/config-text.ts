/** A workload as the text of a memplan.yaml: what was answered, each with its meaning, and every other input as a comment. */
import type { Parameter } from './parameter.ts';
import { PARAMETERS } from './parameters.ts';

/** One input as it is written: "10M", "64GiB", "mneme-redis". */
export interface Answer {
  readonly id: string;
  readonly text: string;
}

export interface ConfigTextOptions {
  /** Where the JSON Schema is, for editors; a path or an address. */
  readonly schema: string;
  /** Lines at the head: where the answers came from. */
  readonly about: readonly string[];
  /** What stands for an input that was not answered, where it is not the default: what the named system sets. */
  readonly standing?: Readonly<Record<string, string>>;
}

const GROUPS: Readonly<Record<Parameter['group'], string>> = {
  workload: 'What is stored',
  index: 'The vector index',
  text: 'Text and side structures',
  traffic: 'Traffic and objectives',
  money: 'Money',
  machine: 'The machine',
};

/** Words that YAML reads as they are; everything else is quoted. */
const PLAIN = /^[A-Za-z0-9$][A-Za-z0-9$.%:/_+-]*$/;
/** Words of YAML 1.1 and 1.2 that are no text; numbers may be read as such. */
const NO_TEXT = /^(?:true|false|yes|no|on|off|null|y|n|~)$/i;

export const scalar = (text: string): string =>
  PLAIN.test(text) && !NO_TEXT.test(text) && !text.endsWith(':') ? text : JSON.stringify(text);

/** @returns the file with its final newline; readConfig reads it back to the same inputs */
export function configText(answers: readonly Answer[], options: ConfigTextOptions): string {
  const given = new Map(answers.map((a) => [a.id, a.text]));
  const lines = [
    `# yaml-language-server: $schema=${options.schema}`,
    ...options.about.map((line) => `# ${line}`),
    '# A flag beats this file, which beats --from, then --system, then the default. memplan estimate reads it where it stands.',
    'version: 1',
    'workload:',
  ];
  let group: Parameter['group'] | undefined;
  for (const p of PARAMETERS) {
    if (p.group !== group) {
      lines.push('', `  # ${GROUPS[p.group]}`);
      group = p.group;
    }
    const text = given.get(p.id);
    if (text === undefined)
      lines.push(`  # ${p.id}: ${options.standing?.[p.id] ?? fallback(p)}${comment(p)}`.trimEnd());
    else lines.push(`  ${p.id}: ${scalar(text)}${comment(p)}`);
  }
  return `${lines.join('\n')}\n`;
}

const comment = (p: Parameter): string =>
  `  # ${p.summary}${p.choices === undefined ? '' : `: ${p.choices.join(', ')}`}`;

const fallback = (p: Parameter): string =>
  p.default === undefined
    ? ''
    : p.kind === 'bytes'
      ? `${p.default.value}B`
      : p.kind === 'duration'
        ? `${p.default.value}s`
        : String(p.default.value);
