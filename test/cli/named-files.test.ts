/** Files that a user names: what is read of them, and what writing one leaves of what was there. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textOfFile } from '../../src/cli/text-of-file.ts';
import { writeWholeFile } from '../../src/cli/whole-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'memplan-files-'));
const path = (name: string): string => join(folder, name);
const codeOf = (f: () => unknown): string => {
  try {
    f();
  } catch (e) {
    return String((e as NodeJS.ErrnoException).code);
  }
  return 'nothing was thrown';
};

describe('text of a file', () => {
  const text = '{"n":"€ 1"}\n';
  const swapped = Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with its mark', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 as PowerShell redirects it', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16, the other order', swapped],
  ])('%s', (name, bytes) => {
    writeFileSync(path(name), bytes);
    expect(textOfFile(path(name), 100)).toBe(text);
  });

  it('longer than one piece, cut inside a character', () => {
    const long = `x${'€'.repeat(100_000)}`;
    writeFileSync(path('long'), long);
    expect(textOfFile(path('long'), 300_001)).toBe(long);
    expect(codeOf(() => textOfFile(path('long'), 300_000))).toBe('EFBIG');
  });

  it.runIf(existsSync('/dev/zero'))('a device that never ends is refused at the limit', () => {
    expect(codeOf(() => textOfFile('/dev/zero', 1 << 20))).toBe('EFBIG');
  });

  it('a folder and nothing at all keep the code of the system', () => {
    expect(codeOf(() => textOfFile(folder, 10))).toBe('EISDIR');
    expect(codeOf(() => textOfFile(path('nowhere'), 10))).toBe('ENOENT');
  });
});

describe('a file that is written', () => {
  it('keeps the mode of the one it replaces, and a link stays a link', () => {
    writeFileSync(path('real.yaml'), 'old');
    chmodSync(path('real.yaml'), 0o600);
    symlinkSync('real.yaml', path('link.yaml'));
    writeWholeFile(path('link.yaml'), 'new');
    expect(lstatSync(path('link.yaml')).isSymbolicLink()).toBe(true);
    expect(readFileSync(path('real.yaml'), 'utf8')).toBe('new');
    expect(statSync(path('real.yaml')).mode & 0o777).toBe(0o600);
  });

  it('touches no file beside it that happens to be called .new', () => {
    writeFileSync(path('plan.yaml.new'), 'mine');
    writeWholeFile(path('plan.yaml'), 'plan');
    expect(readFileSync(path('plan.yaml.new'), 'utf8')).toBe('mine');
  });

  it('that cannot be one leaves nothing', () => {
    const before = readdirSync(folder);
    expect(codeOf(() => writeWholeFile(join(folder, 'no', 'x'), 'x'))).toBe('ENOENT');
    expect(codeOf(() => writeWholeFile(folder, 'x'))).toBe('EISDIR');
    expect(readdirSync(folder)).toEqual(before);
  });

  // As root a rename onto /dev/null would take it away from the whole machine: a link keeps the test from the real one.
  it.runIf(existsSync('/dev/full'))('never replaces a device: a full one says so', () => {
    symlinkSync('/dev/full', path('full'));
    expect(codeOf(() => writeWholeFile(path('full'), 'x'))).toBe('ENOSPC');
    symlinkSync('/dev/null', path('null'));
    writeWholeFile(path('null'), 'x');
    expect(statSync(path('null')).isCharacterDevice()).toBe(true);
    expect(lstatSync(path('null')).isSymbolicLink()).toBe(true);
  });
});
