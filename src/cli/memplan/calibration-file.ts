/** The calibration profile on disk: read where a run names one, written whole or not at all. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { calibrationNotes } from '../../capacity/calibration-notes.ts';
import { InputError, printable } from '../../quantity/index.ts';
import { calibrationProfileText, readCalibrationProfile } from '../../workload/calibration-profile.ts';
import type { Config, Draft, EngineCalibration } from '../../workload/index.ts';
import type { Options } from '../command.ts';
import type { Runtime } from '../runtime.ts';
import { textOfNamedFile } from '../text-of-file.ts';
import { writeWholeFile } from '../whole-file.ts';

/** What `memplan calibrate` writes unless told otherwise. Nothing reads it by itself. */
export const DEFAULT_PROFILE = 'memplan-calibration.json';

/** A profile is a few kilobytes: what is named by mistake is not read into memory. */
const MAX_BYTES = 2 ** 20;

interface Place {
  readonly path: string;
  /** As the user wrote it. */
  readonly file: string;
  readonly from: 'flag' | 'config';
}

/** --calibration, else what memplan.yaml names, from the folder of that file. One of them is there. */
function placeOf(options: Options, config: Config, runtime: Runtime): Place {
  const given = options['calibration'];
  if (given !== undefined) {
    const file = String(given);
    return { path: resolve(runtime.cwd, file), file, from: 'flag' };
  }
  const file = config.calibration ?? DEFAULT_PROFILE;
  const named = options['config'];
  const folder = named === undefined ? runtime.cwd : dirname(resolve(runtime.cwd, String(named)));
  return { path: resolve(folder, file), file, from: 'config' };
}

/** The draft with the named profile, and what there is to say about its age and its dimensions. @throws InputError */
export function calibrationOver(
  draft: Draft,
  options: Options,
  config: Config,
  runtime: Runtime,
): { readonly draft: Draft; readonly notes: readonly string[] } {
  const { path, file, from } = placeOf(options, config, runtime);
  const where = `${from === 'flag' ? '--calibration' : 'calibration'} ${printable(file)}`;
  const profile = { file: printable(file), engines: readCalibrationFile(path, where) };
  const dimensions = draft.inputs['dims']?.value;
  return {
    draft: { ...draft, calibration: { profile, from } },
    notes: calibrationNotes(profile, typeof dimensions === 'number' ? dimensions : undefined, runtime.now),
  };
}

/**
 * @param where how the user named it: "--calibration host.json"
 * @throws InputError when it cannot be read, or is no profile
 */
export function readCalibrationFile(path: string, where: string): EngineCalibration[] {
  const text = textOfNamedFile(path, {
    where,
    what: 'calibration profile',
    mostBytes: MAX_BYTES,
    code: 'calibration-unreadable',
    hint: 'memplan calibrate writes one',
  });
  let document: unknown;
  try {
    // What a file says is shown to a terminal: its texts are made harmless as they are read.
    document = JSON.parse(text, (_key, value: unknown) => (typeof value === 'string' ? printable(value) : value));
  } catch {
    throw new InputError('calibration-not-json', `${where}: that is not JSON`, 'memplan calibrate writes a profile');
  }
  return readCalibrationProfile(document, where);
}

/** @throws InputError when it cannot be written; the file that was there is then as it was */
export function writeCalibrationFile(
  path: string,
  file: string,
  engines: readonly EngineCalibration[],
  now: Date,
): void {
  try {
    writeWholeFile(path, calibrationProfileText(engines, now));
  } catch (e) {
    throw unwritable(file, e);
  }
}

const unwritable = (file: string, e: unknown): InputError =>
  new InputError(
    'output-unwritable',
    `--output ${printable(file)}: it cannot be written (${String((e as NodeJS.ErrnoException).code)})`,
  );

/**
 * What a profile to be written beside holds already: nothing where there is none, or where it is no file.
 * @param file as the user named it
 * @throws InputError when a file is there that is no profile of ours, or where none can be written: said before anything is measured
 */
export function profileThere(path: string, file: string): EngineCalibration[] {
  let there: Stats | undefined;
  try {
    there = statSync(path, { throwIfNoEntry: false });
    if (there === undefined || there.isFile()) accessSync(dirname(path), constants.W_OK);
  } catch (e) {
    throw unwritable(file, e);
  }
  if (there?.isDirectory() === true) {
    throw new InputError('output-unwritable', `--output ${printable(file)}: that is a directory; name a file`);
  }
  return there?.isFile() === true ? readCalibrationFile(path, `--output ${printable(file)}`) : [];
}
