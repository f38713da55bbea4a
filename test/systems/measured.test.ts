/** Presets against what was measured where their software runs: fixtures/measurements/systems.csv says how each row was made. */
import { describe, expect, it } from 'vitest';
import { measuredFields } from '../measured-fields.ts';
import { off, reportOf } from './planned.ts';

/** The component that was measured: the entries of a process, the file of the warm tier. */
const MEASURED = 'table';

const rows = measuredFields('systems.csv', ['system', 'n', 'dims', 'text_bytes', 'bytes', 'what']);

describe('presets against measurements', () => {
  it('has rows of both systems, from 10 items to 50,000', () => {
    expect(new Set(rows.map((r) => r['system']))).toEqual(new Set(['mneme-memory', 'memories-dev']));
    expect(rows.length).toBeGreaterThanOrEqual(16);
  });

  it.each(rows.map((r) => [`${r['system']}, ${r['n']} of ${r['text_bytes']} B, ${r['dims']} dimensions`, r] as const))(
    '%s within 3 %%',
    (_name, r) => {
      const report = reportOf(r['system'] as string, {
        n: Number(r['n']),
        dims: Number(r['dims']),
        'text-bytes': Number(r['text_bytes']),
        'metadata-bytes': 2,
      });
      const component = report.components.find((c) => c.id === MEASURED);
      const planned = component?.[r['what'] as 'disk' | 'resident'].value ?? 0;
      expect(Math.abs(off(planned, Number(r['bytes']))), `${planned} planned`).toBeLessThanOrEqual(0.03);
    },
  );
});
