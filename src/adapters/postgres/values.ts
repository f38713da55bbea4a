/** Values of the wire as JavaScript has them: what is not listed here stays the server's own text. */
import type { CustomTypesConfig } from 'pg';

const text = (x: string): unknown => x;
const number = (x: string): unknown => Number(x);
/** pg_type oids with a conversion: bool, bytea, int8, int2, int4, oid, float4, float8, and arrays of int2, int4, text, float4, float8. */
const PARSERS: Readonly<Record<number, (x: string) => unknown>> = {
  16: (x) => x === 't',
  17: (x) => Buffer.from(x.slice(2), 'hex'),
  20: (x) => (Number.isSafeInteger(Number(x)) ? Number(x) : x),
  21: number,
  23: number,
  26: number,
  700: number,
  701: number,
  1005: (x) => list(x).map(Number),
  1007: (x) => list(x).map(Number),
  1009: (x) => list(x),
  1021: (x) => list(x).map(Number),
  1022: (x) => list(x).map(Number),
};
export const TYPES: CustomTypesConfig = {
  getTypeParser: ((oid: number) => PARSERS[oid] ?? text) as CustomTypesConfig['getTypeParser'],
};

/** A one-dimensional array in the server's text form; NULL elements become "". */
function list(array: string): string[] {
  const found: string[] = [];
  const element = /"((?:[^"\\]|\\.)*)"|([^,{}"]+)/g;
  // Bounds that do not begin at 1 (int2vector) are written before the values: "[0:1]={…}".
  for (const m of array.replace(/^\[[^=]*=/, '').matchAll(element)) {
    found.push(m[1] === undefined ? (m[2] === 'NULL' ? '' : (m[2] as string)) : m[1].replace(/\\(.)/g, '$1'));
  }
  return found;
}
