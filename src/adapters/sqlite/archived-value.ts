/**
 * SQLite values as an archive keeps them, and back, without loss. A JSON number is put back as REAL; a column with
 * numeric affinity then makes of it what it was (https://sqlite.org/datatype3.html section 3), and any other keeps it a
 * REAL. So an integer is archived as a number only where the column turns it back into one.
 */
import { type ArchivedValue, StoreError } from '../../store/index.ts';

/** `converts`: INTEGER, REAL and NUMERIC columns. `none`: TEXT and BLOB columns and the values of virtual tables. */
export type Affinity = 'converts' | 'none';

/** @param value as read with safe integers: every INTEGER is a bigint, every REAL a number */
export function archived(value: unknown, affinity: Affinity): ArchivedValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') {
    return affinity === 'converts' && value >= -MAX && value <= MAX ? Number(value) : { integer: value.toString() };
  }
  if (Buffer.isBuffer(value)) return { base64: value.toString('base64') };
  if (typeof value === 'number' && !Number.isFinite(value)) {
    // JSON knows no infinity; a column with numeric affinity reads this text as one, and no other can be told.
    if (affinity === 'converts') return value > 0 ? '9e999' : '-9e999';
    throw new StoreError(
      'unarchivable',
      'sqlite: a row holds an infinite number in a column without a type; it cannot be archived',
    );
  }
  return value as number | string;
}

/** Whether a value that was read with integers as numbers is archived the same as one read with safe integers. */
export function isPlainValue(value: unknown, affinity: Affinity): boolean {
  return typeof value !== 'number' || (affinity === 'converts' && Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}

const MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** What to bind: the driver binds a bigint as INTEGER, a number as REAL and a Buffer as BLOB. */
export function bindable(value: ArchivedValue | undefined): null | number | string | bigint | Buffer {
  if (value === null || value === undefined) return null;
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'object') {
    return 'integer' in value ? BigInt(value.integer) : Buffer.from(value.base64, 'base64');
  }
  return value;
}
