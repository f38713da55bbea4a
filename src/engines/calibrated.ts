/**
 * Constants that were measured on the user's own host (`memplan calibrate`) in place of the assumed ones. A workload without
 * a calibration gets back what it came with.
 */
import { derive, leaf, type Quantity, type Unit } from '../quantity/index.ts';
import type { CalibratedConstant, CalibratedId, EngineCalibration, Scalar, Workload } from '../workload/index.ts';

export type CalibratedEngine = EngineCalibration['engine'];

type Calibrated = Pick<Workload, 'calibration'>;

/** What the workload's calibration says about one engine; undefined where it says nothing. */
export function calibrationOf(w: Calibrated, engine: CalibratedEngine): EngineCalibration | undefined {
  return w.calibration?.engines.find((e) => e.engine === engine);
}

/** The measured constant, named as the one it replaces; that one where none was measured. */
export function calibrated<U extends Unit>(
  w: Calibrated,
  engine: CalibratedEngine,
  id: CalibratedId,
  assumed: Quantity<U>,
): Quantity<U> {
  if (w.calibration === undefined) return assumed;
  const known = calibrationOf(w, engine);
  const constant = known?.constants[id];
  if (known === undefined || constant === undefined) return assumed;
  return measuredLeaf(assumed.name, constant, assumed.unit, w.calibration.file, known);
}

/** A constant of a profile as a quantity; its source names the file, the server and the day. */
export function measuredLeaf<U extends Unit>(
  name: string,
  { value, low, high }: CalibratedConstant,
  unit: U,
  file: string,
  { server, measuredAt }: EngineCalibration,
): Quantity<U> {
  const source = `measured: ${file}, ${server}, ${measuredAt.slice(0, 10)}`;
  return leaf(name, value, unit, { low, high, basis: 'measured', source });
}

/** What goes on: each has its own growth and its own price of memory. */
export type HnswWorkKind = 'build' | 'search';

/**
 * The time of a visited tuple at the rows of the workload, from that at the rows measured. Two things change with the rows: the
 * visits beside what the planner counts (growth), and how many of them find their tuple in the processor's caches. With as many rows
 * as `cache`, half of them do; what one costs more that does not is `memory`.
 */
const AT_ROWS =
  'measured * (N / reference) ^ growth * (1 + memory * N / (N + cache * width)) / (1 + memory * reference / (reference + cache))';

interface RowsTerms {
  readonly reference: Quantity<'rows'>;
  readonly growth: Quantity<'ratio'>;
  readonly memory: Quantity<'ratio'>;
  readonly cache: Quantity<'rows'>;
  /** Rows of the measured width that take the caches' room of one of ours, inverted: above 1 where ours are smaller. */
  readonly width: Quantity<'ratio'>;
}

/** Undefined where nothing was measured of how the time grows. */
function rowsTerms(w: Workload, kind: HnswWorkKind): RowsTerms | undefined {
  const known = calibrationOf(w, 'pgvector');
  if (w.calibration === undefined || known === undefined) return undefined;
  const { constants } = known;
  const [growth, memory, cache] = [constants[`${kind}-growth`], constants[`${kind}-memory`], constants['cache-rows']];
  if (growth === undefined && (memory === undefined || cache === undefined)) return undefined;
  const { file } = w.calibration;
  return {
    reference: leaf('rows of the largest sample', known.referenceRows, 'rows', { basis: 'measured' }),
    growth:
      growth === undefined ? NONE : measuredLeaf('growth of the time with the rows', growth, 'ratio', file, known),
    memory:
      memory === undefined || cache === undefined
        ? NONE
        : measuredLeaf('what a tuple costs more outside the caches', memory, 'ratio', file, known),
    cache:
      cache === undefined ? ONE_ROW : measuredLeaf('rows of which half are in the caches', cache, 'rows', file, known),
    width: relativeWidth(w, known.dimensions),
  };
}

const NONE: Quantity<'ratio'> = leaf('not measured', 0, 'ratio');
const ONE_ROW: Quantity<'rows'> = leaf('not measured', 1, 'rows');

/** Links to neighbours, headers and the slack of pages beside the value of an element, at m 16. */
const ELEMENT_BYTES = 500;
/** Bytes of an indexed value (layouts/pgvector-value.ts, without its headers). */
const VALUE_BYTES: Readonly<Record<Scalar, string>> = {
  float32: '4 * d',
  halfvec: '2 * d',
  int8: 'd',
  bit: 'd / 8',
  sparsevec: '8 * k',
};

function relativeWidth(w: Workload, measuredDimensions: number): Quantity<'ratio'> {
  return derive(
    'size of a measured element beside one of ours',
    'ratio',
    `(4 * measured + element) / (${VALUE_BYTES[w.indexScalar]} + element)`,
    {
      measured: leaf('dimensions measured', measuredDimensions, 'dimensions'),
      element: leaf('links, headers and slack of an element', ELEMENT_BYTES, 'B', {
        source: 'pgvector src/hnsw.h, m 16',
      }),
      ...(w.indexScalar === 'sparsevec' ? { k: w.nonzeros } : { d: w.dimensions }),
    },
  );
}

export function atRows(w: Workload, kind: HnswWorkKind, measured: Quantity<'us'>): Quantity<'us'> {
  const terms = rowsTerms(w, kind);
  if (terms === undefined) return measured;
  return derive(`${measured.name}, at these rows`, 'us', AT_ROWS, { measured, N: w.memories, ...terms });
}

/** The same factor without a Quantity, for root finding: 1 at any number of rows without a calibration. */
export function rowsFactor(w: Workload, kind: HnswWorkKind): (rows: number) => number {
  const terms = rowsTerms(w, kind);
  if (terms === undefined) return () => 1;
  const [reference, growth, memory] = [terms.reference.value, terms.growth.value, terms.memory.value];
  const [cache, width] = [terms.cache.value, terms.width.value];
  const there = 1 + (memory * reference) / (reference + cache);
  return (rows) => ((rows / reference) ** growth * (1 + (memory * rows) / (rows + cache * width))) / there;
}
