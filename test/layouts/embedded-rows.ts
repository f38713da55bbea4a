import { readFileSync } from 'node:fs';

/** One measured size of an embedded or in-memory store (fixtures/measurements/embedded.csv). */
export interface MeasuredRow {
  readonly engine: string;
  readonly version: string;
  readonly object: string;
  readonly n: number;
  readonly dims: number;
  readonly type: string;
  readonly m: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly bytes: number;
}

/** The measured rows of one engine. The last column but two is the bytes; `extra` is quoted JSON. */
export function measuredRows(engine: string): MeasuredRow[] {
  const file = new URL('../../fixtures/measurements/embedded.csv', import.meta.url);
  const rows: MeasuredRow[] = [];
  for (const line of readFileSync(file, 'utf8').trim().split('\n').slice(1)) {
    const parsed = /^([^"]*)"(.*)",(\d+),([^,]*),measured$/.exec(line);
    if (parsed === null) throw new Error(`cannot read the measurement: ${line}`);
    const [name, version, object, n, dims, type, m] = (parsed[1] as string).split(',') as string[];
    rows.push({
      engine: name as string,
      version: version as string,
      object: object as string,
      n: Number(n),
      dims: Number(dims),
      type: type as string,
      m: Number(m),
      extra: JSON.parse((parsed[2] as string).replaceAll('""', '"')) as Record<string, unknown>,
      bytes: Number(parsed[3]),
    });
  }
  return rows.filter((row) => row.engine === engine);
}

/** Relative error of a prediction, signed. */
export const relativeError = (predicted: number, measured: number): number => predicted / measured - 1;
