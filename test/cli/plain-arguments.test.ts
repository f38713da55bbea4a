import { describe, expect, it } from 'vitest';
import type { CommandDeclaration } from '../../src/cli/command.ts';
import { readPlain } from '../../src/cli/plain-arguments.ts';
import { plainVerb } from '../../src/cli/plain-verb.ts';

const command = (name: string, args?: string): CommandDeclaration => ({
  name,
  summary: '',
  ...(args === undefined ? {} : { arguments: args }),
  options: [
    { flags: '--n <COUNT>', summary: '' },
    { flags: '--name <NAME>', summary: '' },
    { flags: '--yes', summary: '' },
    { flags: '--price <ID=VALUE...>', summary: '' },
    { flags: '--review [FILE]', summary: '' },
  ],
  formats: ['table', 'json'],
  examples: [],
});
const commands = [command('plan'), command('show', '[figure]'), command('diff', '[report...]')];

/** What is read of a line, or undefined where it is left to commander. */
const read = (line: string): { args: readonly string[]; options: object } | undefined => {
  const argv = line.split(' ');
  const verb = commands.find(({ name }) => name === argv[0]);
  const plain = verb === undefined ? undefined : readPlain(plainVerb(verb), argv);
  return plain === undefined ? undefined : { args: plain.args, options: plain.options };
};

describe('a plain command line', () => {
  it.each([
    ['plan --n 10 --yes', [], { n: '10', yes: true }],
    ['plan --name=a=b --json', [], { name: 'a=b', json: true }],
    ['plan --format csv', [], { format: 'csv' }],
    ['show figure --n 1', ['figure'], { n: '1' }],
    ['diff a.json b.json c.json', ['a.json', 'b.json', 'c.json'], {}],
  ])('%s', (line, args, options) => {
    expect(read(line)).toEqual({ args, options });
  });

  it.each([
    ['an abbreviation', 'plan --nam x'],
    ['an option that there is not', 'plan --m 3'],
    ['a value that is missing', 'plan --n'],
    ['a flag in place of a value', 'plan --n --yes'],
    ['a value for a flag that takes none', 'plan --yes=1'],
    ['an option that repeats', 'plan --price a=1'],
    ['an option whose value may be left out', 'plan --review x'],
    ['the end of options', 'plan -- x'],
    ['a short flag', 'plan -h'],
    ['an argument that the verb does not take', 'plan x'],
    ['one argument too many', 'show a b'],
  ])('leaves %s to commander', (_, line) => {
    expect(read(line)).toBeUndefined();
  });
});
