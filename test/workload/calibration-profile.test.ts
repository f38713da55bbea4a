/** The profile read back as it was written, and everything in it that is not as it should be refused in one sentence. */
import { describe, expect, it } from 'vitest';
import { calibrationNotes } from '../../src/capacity/calibration-notes.ts';
import { isInputError } from '../../src/quantity/index.ts';
import {
  CALIBRATED_IDS,
  calibratedUnit,
  calibrationProfileText,
  mergedCalibrations,
  plausible,
  readCalibrationProfile,
} from '../../src/workload/calibration-profile.ts';
import type { EngineCalibration } from '../../src/workload/index.ts';

const NOW = new Date('2026-11-21T10:00:00Z');

const PGVECTOR: EngineCalibration = {
  engine: 'pgvector',
  server: 'PostgreSQL 17.6, pgvector 0.8.0',
  host: null,
  measuredAt: '2026-11-20T10:00:00.000Z',
  dimensions: 768,
  referenceRows: 20_000,
  constants: {
    'build-tuple': { value: 0.62, low: 0.58, high: 0.66 },
    'serial-share': { value: 0.1, low: 0.08, high: 0.12 },
  },
};
const SQLITE: EngineCalibration = {
  ...PGVECTOR,
  engine: 'sqlite-vec',
  server: 'SQLite 3.50.4, sqlite-vec 0.1.9',
  host: '2 × Xeon, 16 GiB',
  constants: { 'flat-scan': { value: 0.9, low: 0.8, high: 1 } },
};

const written = (...engines: EngineCalibration[]): Record<string, unknown> =>
  JSON.parse(calibrationProfileText(engines, NOW)) as Record<string, unknown>;
/** The first engine of a written profile, to be bent. */
type Loose = { [key: string]: Loose };
const bent = (bend: (engine: Loose, document: Loose) => void): unknown => {
  const document = written(PGVECTOR, SQLITE) as unknown as Loose;
  bend((document['engines'] as unknown as Loose[])[0] as Loose, document);
  return document;
};
const refusal = (document: unknown): string => {
  try {
    readCalibrationProfile(document, '--calibration host.json');
  } catch (e) {
    if (isInputError(e)) return e.message;
    throw e;
  }
  throw new Error('it was taken');
};

describe('a calibration profile', () => {
  it('reads back as it was written', () => {
    expect(readCalibrationProfile(written(SQLITE, PGVECTOR), 'x')).toEqual([PGVECTOR, SQLITE]);
    expect(written(PGVECTOR)).toMatchObject({
      schemaVersion: 1,
      kind: 'calibration-profile',
      generatedAt: '2026-11-21T10:00:00.000Z',
      engines: [{ constants: { 'build-tuple': { value: 0.62, unit: 'us' }, 'serial-share': { unit: 'ratio' } } }],
    });
  });

  it('has a unit for every constant', () => {
    expect(new Set(CALIBRATED_IDS.map(calibratedUnit))).toEqual(new Set(['us', 'ratio', 'rows']));
  });

  it('keeps the engines that a newer series does not have', () => {
    const newer = { ...PGVECTOR, measuredAt: '2026-11-21T09:00:00.000Z' };
    expect(mergedCalibrations([PGVECTOR, SQLITE], [newer])).toEqual([SQLITE, newer]);
  });

  it('leaves out what a fit made of no machine, and can be read back', () => {
    const odd = {
      ...PGVECTOR,
      constants: {
        ...PGVECTOR.constants,
        'search-fixed': { value: -3, low: -9, high: 4 },
        'search-tuple': { value: Number.NaN, low: 0.1, high: 1 },
        'p99-factor': { value: 2, low: 0.8, high: 3 },
        'search-memory': { value: 0, low: 0, high: 0.05 },
      },
    };
    const { calibration, left } = plausible(odd);
    expect(left).toEqual(['search-tuple', 'search-fixed', 'p99-factor']);
    expect(Object.keys(calibration.constants)).toEqual(['build-tuple', 'serial-share', 'search-memory']);
    expect(readCalibrationProfile(written(calibration), 'x')).toEqual([calibration]);
    expect(plausible(PGVECTOR)).toEqual({ calibration: PGVECTOR, left: [] });
  });

  it.each([
    ['no object', 7, 'the file must be an object, not 7'],
    [
      'another document',
      { kind: 'capacity-report', schemaVersion: 1 },
      'this is a capacity-report, and a calibration-profile is needed',
    ],
    ['no kind', {}, 'this is no document of ours'],
    [
      'a version to come',
      bent((_e, d) => Object.assign(d, { schemaVersion: 2 })),
      'schemaVersion 2 is not known to this release; it reads 1',
    ],
    [
      'a stray key',
      bent((_e, d) => Object.assign(d, { engine: [] })),
      'engine is not a known key; did you mean engines?',
    ],
    [
      'no engines',
      bent((_e, d) => Object.assign(d, { engines: [] })),
      'engines must be a list of at least one engine, not an empty list',
    ],
    ['one engine twice', bent((e, d) => Object.assign(d, { engines: [e, e] })), 'pgvector stands in it twice'],
    [
      'an engine we cannot calibrate',
      bent((e) => Object.assign(e, { engine: 'qdrant' })),
      'engines[0].engine must be one of pgvector, sqlite-vec, not "qdrant"',
    ],
    [
      'a stray key of an engine',
      bent((e) => Object.assign(e, { hosts: 'a' })),
      'engines[0].hosts is not a known key; did you mean host?',
    ],
    ['no server', bent((e) => delete e['server']), 'engines[0].server must be a text, not missing'],
    [
      'no time',
      bent((e) => Object.assign(e, { measuredAt: 'yesterday' })),
      'engines[0].measuredAt must be a time as 2027-01-31T12:00:00Z, not "yesterday"',
    ],
    [
      'half a dimension',
      bent((e) => Object.assign(e, { dimensions: 1.5 })),
      'engines[0].dimensions must be a whole number from 1, not 1.5',
    ],
    [
      'an unknown constant',
      bent((e) => Object.assign(e['constants'] as Loose, { 'build-tupel': {} })),
      'engines[0].constants.build-tupel is not a known key; did you mean build-tuple?',
    ],
    [
      'another unit',
      bent((e) => Object.assign(e['constants']?.['build-tuple'] as Loose, { unit: 'ms' })),
      'engines[0].constants.build-tuple.unit must be "us", not "ms"',
    ],
    [
      'no unit',
      bent((e) => delete e['constants']?.['build-tuple']?.['unit']),
      'engines[0].constants.build-tuple.unit must be "us", not missing',
    ],
    [
      'no number',
      bent((e) => Object.assign(e['constants']?.['build-tuple'] as Loose, { value: null })),
      'engines[0].constants.build-tuple.value must be a number, not null',
    ],
    [
      'not a number',
      bent((e) => Object.assign(e['constants']?.['build-tuple'] as Loose, { low: Number.NaN })),
      'engines[0].constants.build-tuple.low must be a number, not NaN',
    ],
    [
      'no machine',
      bent((e) => Object.assign(e['constants']?.['serial-share'] as Loose, { high: 1.2 })),
      'engines[0].constants.serial-share.high must be between 0 and 1 ratio, not 1.2',
    ],
    [
      'an interval beside its value',
      bent((e) => Object.assign(e['constants']?.['build-tuple'] as Loose, { low: 0.63 })),
      'engines[0].constants.build-tuple: 0.62 is not between its low and high (0.63, 0.66)',
    ],
  ])('is refused with %s', (_what, document, sentence) => {
    expect(refusal(document)).toMatch(/^--calibration host\.json: /);
    expect(refusal(document)).toContain(sentence);
  });
});

describe('what is said of a profile in use', () => {
  const profile = { file: 'host.json', engines: [PGVECTOR] };

  it('is nothing while it is young and near', () => {
    expect(calibrationNotes(profile, 768, NOW)).toEqual([]);
    expect(calibrationNotes(profile, 4 * 768, NOW)).toEqual([]);
    expect(calibrationNotes(profile, undefined, new Date('2027-05-19T09:00:00Z'))).toEqual([]);
  });

  it('is its age after half a year', () => {
    expect(calibrationNotes(profile, 768, new Date('2027-05-20T11:00:00Z'))).toEqual([
      'host.json: pgvector was measured 181 days ago; measure again with memplan calibrate',
    ]);
  });

  it('is the distance of its dimensions from four times on, either way', () => {
    expect(calibrationNotes(profile, 96, NOW)).toEqual([
      'host.json: pgvector was measured at 768 dimensions, and 96 are planned; measure nearer with memplan calibrate --dims 96',
    ]);
    expect(calibrationNotes(profile, 3_073, NOW)[0]).toContain('768 dimensions, and 3,073 are planned');
    // The default stands where nobody gave any: 1,536.
    expect(calibrationNotes({ ...profile, engines: [{ ...PGVECTOR, dimensions: 128 }] }, undefined, NOW)[0]).toContain(
      '128 dimensions, and 1,536 are planned',
    );
  });
});
