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
import { action as apply } from '../../src/cli/memctl/apply.ts';
import { readMemctlConfig } from '../../src/cli/memctl/config.ts';
import { readJson } from '../../src/cli/memctl/open-target.ts';
import { reviewFrom } from '../../src/cli/memctl/review.ts';
import { readCalibrationFile } from '../../src/cli/memplan/calibration-file.ts';
import { readConfigFile } from '../../src/cli/memplan/config-file.ts';
import { pricesFromFile } from '../../src/cli/memplan/price-file.ts';
import { savedCapacityReport } from '../../src/cli/memplan/saved-report.ts';
import type { Runtime } from '../../src/cli/runtime.ts';
import { textOfFile, whyUnreadable } from '../../src/cli/text-of-file.ts';
import { writeWholeFile } from '../../src/cli/whole-file.ts';
import { isInputError } from '../../src/quantity/index.ts';

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

describe('a file that cannot be read is refused in the same words, whoever reads it', () => {
  const now = new Date('2026-11-21T00:00:00Z');
  const runtime = { env: {}, cwd: folder };
  const READERS: Readonly<
    Record<string, readonly [read: (file: string) => unknown, where: string, what: string, most: number]>
  > = {
    calibration: [(f) => readCalibrationFile(f, '--calibration x'), '--calibration x', 'calibration profile', 2 ** 20],
    'price file': [(f) => pricesFromFile(f, '--price-file x'), '--price-file x', 'price file', 64 * 2 ** 20],
    'saved report': [(f) => savedCapacityReport(f, '--input x'), '--input x', 'report', 64 * 2 ** 20],
    'memplan.yaml': [(f) => readConfigFile(f), '--config PATH', 'config file', 2 ** 20],
    'memctl.yaml': [(f) => readMemctlConfig(f, runtime), '--config PATH', 'config file', 2 ** 20],
    'memctl report': [(f) => readJson(f, folder), '--input PATH', 'report', 2 ** 28],
    review: [(f) => reviewFrom(f, 'x'), '--review x', 'review file', 2 ** 28],
    plan: [(f) => apply.execute([f], {}, { ...runtime, now } as unknown as Runtime), 'PLAN PATH', 'plan', 2 ** 28],
  };
  const refusal = async (name: string, file: string): Promise<string> => {
    const [read, where] = READERS[name] as (typeof READERS)[string];
    try {
      await read(file);
    } catch (e) {
      if (!isInputError(e)) throw e;
      return e.message.replace(`${where.replace('PATH', file)}: `, '');
    }
    throw new Error(`${name} took it`);
  };

  it.each(Object.keys(READERS))('%s', async (name) => {
    const [, , what, most] = READERS[name] as (typeof READERS)[string];
    expect(await refusal(name, path('nowhere'))).toBe('there is no such file');
    writeFileSync(path('a file'), 'x');
    expect(await refusal(name, join(path('a file'), 'below'))).toBe('there is no such file');
    expect(await refusal(name, folder)).toBe('that is a directory');
    writeFileSync(path('latin'), Buffer.from('# caf\xe9\n', 'latin1'));
    expect(await refusal(name, path('latin'))).toBe('that is no text in UTF-8');
    if (most > 2 ** 20) return;
    writeFileSync(path('large'), ' '.repeat(most + 1));
    expect(await refusal(name, path('large'))).toBe(`that is no ${what}, it is larger than 1 MiB`);
  });

  it('also where the system does not let it be read', () => {
    const why = (code: string): string =>
      whyUnreadable(Object.assign(new Error(code), { code }), { what: 'report', mostBytes: 64 * 2 ** 20 });
    expect(['EACCES', 'EPERM', 'EFBIG', 'EIO'].map(why)).toEqual([
      'there is no permission to read it',
      'there is no permission to read it',
      'that is no report, it is larger than 64 MiB',
      'it cannot be read (EIO)',
    ]);
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
