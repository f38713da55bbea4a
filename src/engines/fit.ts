/** Whether an engine can hold a workload at all: scalar, index kind, dimensions. One sentence each, with what would fit. */
import { formatCount, InputError } from '../quantity/index.ts';
import type { IndexKind, Scalar, Workload } from '../workload/index.ts';
import type { Engine } from './engine.ts';

/** The index kind to plan: the one asked for, or the engine's own. @throws InputError */
export function chooseIndex(engine: Engine, w: Workload): IndexKind {
  if (w.index === undefined) return engine.indexes[0] as IndexKind;
  if (engine.indexes.includes(w.index)) return w.index;
  throw new InputError(
    'index-unsupported',
    `--index ${w.index}: ${engine.title} has no such index; it has ${engine.indexes.join(', ')}`,
  );
}

/** @throws InputError naming the type or the engine that would fit */
export function requireFit(engine: Engine, index: IndexKind, w: Workload): void {
  const scalar = w.indexScalar;
  if (!engine.scalars.includes(w.scalar)) {
    throw new InputError(
      'scalar-unsupported',
      `--type ${w.scalar}: ${engine.title} has no such type; it has ${engine.scalars.join(', ')}`,
    );
  }
  if (scalar !== w.scalar && engine.level !== 2 && engine.level !== 3) {
    throw new InputError(
      'index-type-unsupported',
      `--index-type ${scalar}: an index over another type is an expression index of PostgreSQL, and ${engine.title} has none` +
        (engine.scalars.includes(scalar) ? `; give --type ${scalar}` : ''),
    );
  }
  if (scalar === 'sparsevec') return;
  const limit = engine.maxDimensions(index, scalar);
  const d = w.dimensions.value;
  if (limit === undefined || d <= limit) return;
  const others = engine.scalars.filter(
    (s) => s !== scalar && s !== 'sparsevec' && (engine.maxDimensions(index, s) ?? Number.POSITIVE_INFINITY) >= d,
  );
  const fits = others
    .map((s: Scalar) => `${s} (up to ${formatCount(engine.maxDimensions(index, s) ?? d)})`)
    .join(' or ');
  throw new InputError(
    'too-many-dimensions',
    `--dims ${formatCount(d)}: ${engine.title} ${index === 'flat' ? 'holds' : 'indexes'} at most ${formatCount(limit)} dimensions of ${scalar}${index === 'flat' ? '' : ` with ${index}`}; ` +
      (others.length > 0 ? `${fits} would fit` : 'no type of it would fit: reduce the dimensions'),
  );
}
