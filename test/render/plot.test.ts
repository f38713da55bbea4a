/** A plot: inside its columns, rising where the data rises, in letters alone where there is no Unicode. */
import { describe, expect, it } from 'vitest';
import { type PlotLine, plot } from '../../src/render/plot.ts';

const curve: PlotLine = { style: 'curve', points: Array.from({ length: 61 }, (_, i) => [i, i * 10] as const) };
const options = {
  columns: 60,
  rows: 12,
  unicode: false,
  tell: String,
  under: ['left', 'middle', 'right'] as const,
  top: 800,
};

describe('plot', () => {
  it.each([
    [40, false],
    [40, true],
    [80, false],
    [100, true],
  ])('stays inside %i columns, unicode %s', (columns, unicode) => {
    const lines = plot([curve], [{ y: 700, label: 'a limit' }], { ...options, columns, unicode });
    expect(lines).toHaveLength(14);
    for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
    expect(/^[\x20-\x7e]*$/.test(lines.join(''))).toBe(!unicode);
    expect(/[\u2801-\u28ff]/.test(lines.join(''))).toBe(unicode);
  });

  it('rises from the lower left to three quarters of the top at the right', () => {
    const lines = plot([curve], [], options);
    const columns = lines
      .slice(0, 12)
      .flatMap((line, row) => [...line].flatMap((c, column) => (c === '*' ? [[column, row] as const] : [])));
    const rightmost = Math.max(...columns.map(([c]) => c));
    expect(columns.filter(([c]) => c === rightmost).map(([, row]) => row)).toEqual([3]);
    const leftmost = Math.min(...columns.map(([c]) => c));
    expect(Math.max(...columns.filter(([c]) => c === leftmost).map(([, row]) => row))).toBe(11);
    for (let row = 1; row < 12; row++) {
      const at = (r: number): number => Math.min(...columns.filter(([, x]) => x === r).map(([c]) => c), Infinity);
      expect(at(row)).toBeLessThanOrEqual(at(row - 1));
    }
  });

  it('names a level where the curve leaves room', () => {
    const [high, low] = [700, 100].map((y) => plot([curve], [{ y, label: 'a limit' }], options));
    expect(high?.[1]).toMatch(/\|-- a limit -+$/);
    expect(low?.[10]).toMatch(/a limit --$/);
  });

  it('names two levels of one row side by side, neither through the other', () => {
    const lines = plot(
      [curve],
      [
        { y: 700, label: 'a limit' },
        { y: 705, label: 'no gap here' },
      ],
      options,
    );
    expect(lines[1]).toMatch(/\|-- a limit -+ no gap here --$/);
  });

  it('leaves out what is above the top and draws the looks over the curve', () => {
    const far: PlotLine = {
      style: 'edge',
      points: [
        [0, 5000],
        [60, 9000],
      ],
    };
    const looks: PlotLine = { style: 'marks', points: [[60, 600]] };
    const lines = plot([curve, far, looks], [{ y: 5000, label: 'unseen' }], options).join('\n');
    expect(lines).not.toContain('.');
    expect(lines).not.toContain('unseen');
    expect(lines.match(/o/g)).toHaveLength(1);
  });

  it('tells the axis: 0 at the foot, texts under both ends', () => {
    const lines = plot([curve], [], options);
    expect(lines[11]).toMatch(/^ +0 \|/);
    expect(lines[0]).toMatch(/^800 \|/);
    expect(lines[13]).toMatch(/^ +left +middle +right$/);
  });
});
