/** The calibration profile as a document: what `memplan calibrate` writes and `--calibration` reads. Strict both ways. */
import { InputError, nearest, type Unit } from '../quantity/index.ts';
import type { CalibratedConstant, CalibratedId, EngineCalibration } from './calibration.ts';

/** Unit of each constant, and what no machine lies outside of: beyond it is a slip or another unit. */
const CONSTANTS: Readonly<Record<CalibratedId, { readonly unit: Unit; readonly min: number; readonly max: number }>> = {
  'build-tuple': { unit: 'us', min: 1e-3, max: 1e4 },
  'build-growth': { unit: 'ratio', min: -1, max: 2 },
  'build-memory': { unit: 'ratio', min: 0, max: 100 },
  'search-tuple': { unit: 'us', min: 1e-3, max: 1e4 },
  'search-growth': { unit: 'ratio', min: -1, max: 2 },
  'search-memory': { unit: 'ratio', min: 0, max: 100 },
  'search-fixed': { unit: 'us', min: 0, max: 1e6 },
  'cache-rows': { unit: 'rows', min: 1, max: 1e12 },
  'serial-share': { unit: 'ratio', min: 0, max: 1 },
  'ivfflat-build': { unit: 'ratio', min: 1e-3, max: 1e3 },
  'ivfflat-scan': { unit: 'ratio', min: 1e-3, max: 1e3 },
  'flat-scan': { unit: 'ratio', min: 1e-3, max: 1e3 },
  'p99-factor': { unit: 'ratio', min: 1, max: 1e3 },
};
export const CALIBRATED_IDS: readonly CalibratedId[] = Object.keys(CONSTANTS) as CalibratedId[];
const ENGINES: readonly EngineCalibration['engine'][] = ['pgvector', 'sqlite-vec'];

export const calibratedUnit = (id: CalibratedId): Unit => CONSTANTS[id].unit;

/**
 * A series on a busy host can be fitted to what no machine is. Such a constant is left out, so that a file that is written can be read.
 * @returns the calibration with what is left, and the ids of what is not
 */
export function plausible(e: EngineCalibration): {
  readonly calibration: EngineCalibration;
  readonly left: CalibratedId[];
} {
  const left = CALIBRATED_IDS.filter((id) => {
    const c = e.constants[id];
    if (c === undefined) return false;
    const { min, max } = CONSTANTS[id];
    return !(min <= c.low && c.low <= c.value && c.value <= c.high && c.high <= max);
  });
  const constants = Object.fromEntries(Object.entries(e.constants).filter(([id]) => !left.some((l) => l === id)));
  return { calibration: { ...e, constants }, left };
}

/** The file's text, with its final newline. @param now when it is written */
export function calibrationProfileText(engines: readonly EngineCalibration[], now: Date): string {
  const document = {
    schemaVersion: 1,
    kind: 'calibration-profile',
    generatedAt: now.toISOString(),
    engines: [...engines]
      .sort((a, b) => (a.engine < b.engine ? -1 : 1))
      .map((e) => ({
        ...e,
        constants: Object.fromEntries(
          CALIBRATED_IDS.flatMap((id) => {
            const c = e.constants[id];
            return c === undefined ? [] : [[id, { ...c, unit: calibratedUnit(id) }]];
          }),
        ),
      })),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** The engines of a newer series beside those of an older one; of the same engine the newer counts. */
export function mergedCalibrations(
  older: readonly EngineCalibration[],
  newer: readonly EngineCalibration[],
): EngineCalibration[] {
  return [...older.filter((o) => !newer.some((n) => n.engine === o.engine)), ...newer];
}

/**
 * @param document the parsed JSON, any shape
 * @param where how the file is named to the user: "--calibration host.json"
 * @throws InputError with the key that is wrong
 */
export function readCalibrationProfile(document: unknown, where: string): EngineCalibration[] {
  const top = asObject(document, where, 'the file');
  if (top['kind'] !== 'calibration-profile') {
    const kind = top['kind'];
    throw new InputError(
      'calibration-kind',
      `${where}: this is ${typeof kind === 'string' ? `a ${kind}` : 'no document of ours'}, and a calibration-profile is needed`,
      'memplan calibrate writes one',
    );
  }
  if (top['schemaVersion'] !== 1) {
    throw new InputError(
      'calibration-version',
      `${where}: schemaVersion ${show(top['schemaVersion'])} is not known to this release; it reads 1`,
    );
  }
  refuseUnknown(top, ['schemaVersion', 'kind', 'generatedAt', 'engines'], where, '');
  instant(top['generatedAt'], where, 'generatedAt');
  const list = top['engines'];
  if (!Array.isArray(list) || list.length === 0) throw wrong(where, 'engines', 'a list of at least one engine', list);
  const engines = list.map((e, i) => readEngine(e, where, `engines[${i}]`));
  const twice = engines.find((e, i) => engines.findIndex((o) => o.engine === e.engine) < i);
  if (twice !== undefined) throw new InputError('calibration-value', `${where}: ${twice.engine} stands in it twice`);
  return engines;
}

const ENGINE_KEYS = ['engine', 'server', 'host', 'measuredAt', 'dimensions', 'referenceRows', 'constants'] as const;

function readEngine(value: unknown, where: string, path: string): EngineCalibration {
  const map = asObject(value, where, path);
  refuseUnknown(map, ENGINE_KEYS, where, `${path}.`);
  const engine = ENGINES.find((e) => e === map['engine']);
  if (engine === undefined) throw wrong(where, `${path}.engine`, `one of ${ENGINES.join(', ')}`, map['engine']);
  const host = map['host'];
  return {
    engine,
    server: text(map['server'], where, `${path}.server`),
    host: host === null ? null : text(host, where, `${path}.host`),
    measuredAt: instant(map['measuredAt'], where, `${path}.measuredAt`),
    dimensions: count(map['dimensions'], where, `${path}.dimensions`),
    referenceRows: count(map['referenceRows'], where, `${path}.referenceRows`),
    constants: readConstants(map['constants'], where, `${path}.constants`),
  };
}

function readConstants(value: unknown, where: string, path: string): EngineCalibration['constants'] {
  const map = asObject(value, where, path);
  refuseUnknown(map, CALIBRATED_IDS, where, `${path}.`);
  const constants: Partial<Record<CalibratedId, CalibratedConstant>> = {};
  for (const id of CALIBRATED_IDS) {
    if (map[id] !== undefined) constants[id] = readConstant(id, map[id], where, `${path}.${id}`);
  }
  return constants;
}

function readConstant(id: CalibratedId, given: unknown, where: string, path: string): CalibratedConstant {
  const map = asObject(given, where, path);
  refuseUnknown(map, ['value', 'low', 'high', 'unit'], where, `${path}.`);
  const { unit, min, max } = CONSTANTS[id];
  if (map['unit'] !== unit) throw wrong(where, `${path}.unit`, `"${unit}"`, map['unit']);
  const number = (key: 'value' | 'low' | 'high'): number => {
    const n = map[key];
    if (typeof n !== 'number' || !Number.isFinite(n)) throw wrong(where, `${path}.${key}`, 'a number', n);
    if (n < min || n > max) throw wrong(where, `${path}.${key}`, `between ${min} and ${max} ${unit}`, n);
    return n;
  };
  const [value, low, high] = [number('value'), number('low'), number('high')];
  if (!(low <= value && value <= high)) {
    throw new InputError(
      'calibration-value',
      `${where}: ${path}: ${value} is not between its low and high (${low}, ${high})`,
    );
  }
  return { value, low, high };
}

function asObject(value: unknown, where: string, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrong(where, path, 'an object', value);
}

function refuseUnknown(
  map: Readonly<Record<string, unknown>>,
  known: readonly string[],
  where: string,
  prefix: string,
): void {
  const stray = Object.keys(map).find((key) => !known.includes(key));
  if (stray === undefined) return;
  const near = nearest(stray, known);
  throw new InputError(
    'unknown-key',
    `${where}: ${prefix}${stray} is not a known key${near === undefined ? '' : `; did you mean ${near}?`}`,
    `known here: ${known.join(', ')}`,
  );
}

function text(value: unknown, where: string, path: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw wrong(where, path, 'a text', value);
}

/** As Date prints it, so that ages can be told. */
function instant(value: unknown, where: string, path: string): string {
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(Date.parse(value))) return value;
  throw wrong(where, path, 'a time as 2027-01-31T12:00:00Z', value);
}

function count(value: unknown, where: string, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 1e12) return value;
  throw wrong(where, path, 'a whole number from 1', value);
}

const wrong = (where: string, path: string, wanted: string, found: unknown): InputError =>
  new InputError('calibration-value', `${where}: ${path} must be ${wanted}, not ${show(found)}`);

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `"${value.slice(0, 60)}"` : String(value);
}
