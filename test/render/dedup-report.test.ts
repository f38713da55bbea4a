/** The dedup screen, its CSV and its Markdown: the answer first, texts side by side, nothing that a terminal would obey. */
import { describe, expect, it } from 'vitest';
import type { Calibration, DedupReport } from '../../src/dedup/dedup-report.ts';
import { width } from '../../src/render/columns.ts';
import { renderDedupReport } from '../../src/render/dedup-report.ts';
import { dedupCsv, dedupMarkdown } from '../../src/render/dedup-table.ts';
import { PLAIN } from '../../src/render/paint.ts';
import { sideBySide, textLines } from '../../src/render/text-block.ts';
import { cluster, dedupReport, dedupSet, member, TWO_CLUSTERS } from './built-dedup-report.ts';

const view = { width: 80, paint: PLAIN };
const screen = (report: DedupReport, o: Partial<Parameters<typeof renderDedupReport>[1]> = {}): string[] =>
  renderDedupReport(report, { ...view, ...o })
    .trimEnd()
    .split('\n');

const calibration: Calibration = {
  suggested: 0.931,
  random: { pairs: 2000, mean: 0.012, p999: 0.281, max: 0.34 },
  nearest: {
    rows: 500,
    from: 0.2,
    shares: Array.from({ length: 80 }, (_, i) => (i === 10 ? 0.8 : i === 78 ? 0.2 : 0)),
  },
  falsePairs: { value: 0.4, low: 0, high: 3 },
  how: 'the valley between twins and strangers decided',
};

const everything = dedupReport(
  [
    dedupSet(TWO_CLUSTERS, {
      threshold: { value: 0.931, from: 'calibrated', calibration },
      namespaces: [
        { namespace: 'support-bot', rows: 600, redundant: 3, clusters: 2 },
        { namespace: null, rows: 400, redundant: 0, clusters: 0 },
      ],
      days: [
        { day: '2026-03-01', rows: 10, redundant: 2 },
        { day: '2026-03-02', rows: 10, redundant: 1 },
      ],
      repeated: [{ text: 'Priya prefers dark mode', namespace: 'support-bot', times: 3, id: '11' }],
      least: [
        { a: member('21', 'Omar ordered 3'), b: member('22', 'Omar ordered 4', { level: 'near', similarity: 0.968 }) },
      ],
      across: [{ text: 'hello', namespaces: 3, rows: 4, id: '7' }],
    }),
  ],
  {
    dividend: {
      rows: { value: 3, low: 3, high: 3 },
      ...JSON.parse(
        '{"bytes":{"now":4000000,"then":3000000},"ram":{"now":2000000,"then":1000000},"moneyPerMonth":{"now":20,"then":10,"currency":"USD"},"tier":{"now":"pgvector","then":"sqlite-vec"}}',
      ),
      how: 'planned twice',
    },
    notes: [
      { code: 'few', level: 'alarm', message: 'below 20 % at a million' },
      { code: 'quiet', level: 'info', message: 'only when asked' },
    ],
  },
);

describe('the screen', () => {
  const lines = screen(everything);
  const text = lines.join('\n');

  it('answers first and says what to do last', () => {
    expect(lines[1]).toBe('  brain.db: 0.3 % of 1,000 cached answers could go: 3 rows');
    expect(text).toContain('2 without a review, 1 after one, in 2 clusters. 0.5 % of the rows have a twin.');
    expect(lines.slice(-2).join(' ').replaceAll(/ +/g, ' ')).toBe(
      ' Next: memctl dedup sqlite:brain.db --apply --dry-run, and --review for the rest',
    );
  });

  it.each([40, 60, 80, 100])('fits %i columns', (columns) => {
    for (const top of [1, 20]) {
      for (const verbose of [false, true])
        expect(screen(everything, { width: columns, top, verbose }).filter((l) => width(l) > columns)).toEqual([]);
    }
  });

  it('sets the texts side by side, with what speaks against them', () => {
    const at = lines.findIndex((l) => l.includes('stays: 11 (newest)'));
    expect(lines[at]).toMatch(/^ {4}stays: 11 \(newest\) +normalised: 12$/);
    expect(lines[at + 1]).toMatch(/^ {4}Priya prefers dark mode in the +PRIYA prefers dark mode in the$/);
    expect(text).toContain('near 0.968, 86 % of the words: 22');
    expect(text).toContain('review: number "3" / "4"');
    expect(text).toMatch(/2\. 2 rows · support-bot · note · diameter 0\.040 · needs a review/);
  });

  it('breaks ids that are longer than their column', () => {
    const id = '7eed5510-0e68-4ead-bf94-8202dfd3736e/e572b9a7-ba1f-43b5-9903-7d4163f3106f';
    const report = dedupReport([dedupSet([cluster([member(id, 'a'), member(`${id}2`, 'a')])])]);
    for (const columns of [40, 80]) {
      const lines = screen(report, { width: columns });
      expect(lines.filter((l) => width(l) > columns)).toEqual([]);
      if (columns === 40) expect(lines.map((l) => l.trim()).join('')).toContain(id);
    }
  });

  it('sets them below each other on a narrow one', () => {
    const narrow = screen(everything, { width: 40 });
    const at = narrow.findIndex((l) => l.includes('stays: 11'));
    expect(narrow[at + 1]).toBe('    Priya prefers dark mode in the');
    expect(narrow.slice(at).find((l) => l.includes('normalised'))).toBe('    normalised: 12');
  });

  it('shows the calibration with its histogram, where it comes from, and what it would bring', () => {
    expect(text).toContain("THRESHOLD 0.931, calibrated on the store's own pairs");
    expect(text).toMatch(/expected to flag 0\.4 \(0-3\) pairs that say different things/);
    expect(text).toMatch(/0\.30-0\.40 {2}#{30} 80 %\n/);
    expect(text).toMatch(/0\.90-1\.00 {2}#{8} +20 % <\n/);
    expect(text).toMatch(/NAMESPACE +ROWS +REDUNDANT +SHARE\n {2}support-bot +600 +3 +0\.5 %/);
    expect(text).toMatch(/CREATED +ROWS/);
    expect(text).toMatch(/TIMES +NAMESPACE +REPEATED TEXT\n {6}3 +support-bot +Priya prefers dark mode/);
    expect(text).toContain('ACROSS NAMESPACES (never merged)');
    expect(text).toContain('LEAST SIMILAR PAIRS');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      '3 rows less, planned as a fresh store: 3.81 MiB -> 2.86 MiB on disk · 1.91 MiB -> 977 KiB of RAM · $20 -> $10 a month · tier pgvector -> sqlite-vec',
    );
  });

  it('shows alarms, and notes only when asked', () => {
    expect(text).toContain('alarm: below 20 % at a million');
    expect(text).not.toContain('only when asked');
    expect(screen(everything, { verbose: true }).join('\n')).toContain('only when asked');
  });

  it('says how many clusters are left out', () => {
    expect(screen(everything, { top: 1 }).join('\n')).toContain('and 1 more (--top 2)');
  });

  it('shows an interval where the rate is an estimate', () => {
    const sampled = dedupSet(TWO_CLUSTERS, {
      rows: 4000,
      of: 100_000,
      skipped: { inactive: 1000, empty: 0, vectorless: 0 },
      sampled: 2000,
      method: 'sample',
      rate: { redundancy: { value: 0.147, low: 0.131, high: 0.164 }, withTwin: { value: 0.2, low: 0.18, high: 0.22 } },
    });
    const text = screen(dedupReport([sampled])).join('\n');
    expect(text).toContain('≈ 14.7 % (13.1-16.4 %) of ≈ 80,000 cached answers could go');
    expect(text).toMatch(/The sample of 2,000 rows led to 3 rows: 2 without a review, 1 after one, in 2\s+clusters/);
    expect(text).toContain('Next: memctl dedup sqlite:brain.db compares all rows');
  });

  it('gives no share of a place from a sample', () => {
    const namespaces = ['a', 'b'].map((namespace) => ({ namespace, rows: 600, redundant: 3, clusters: 2 }));
    const text = screen(dedupReport([dedupSet(TWO_CLUSTERS, { sampled: 200, method: 'sample', namespaces })])).join(
      '\n',
    );
    expect(text).toMatch(/NAMESPACE +FOUND WITH THE SAMPLE\n {2}a +3\n/);
    expect(text).not.toContain('SHARE');
  });

  it('says what can be done with the rows, as the store allows it', () => {
    const with_ = (remedy: 'supersede' | 'delete' | 'none'): string =>
      screen(dedupReport([dedupSet(TWO_CLUSTERS, { remedy })]))
        .join('\n')
        .replaceAll(/\s+/g, ' ');
    expect(with_('supersede')).toContain('can be merged');
    expect(with_('delete')).toContain('diameter 0.040 · can be removed');
    expect(with_('delete')).toContain('Next: memctl dedup sqlite:brain.db --apply --delete --dry-run');
    const none = with_('none');
    expect(none).toContain('0.3 % of 1,000 cached answers say what another one says: 3 rows');
    expect(none).toContain('2 for certain, 1 to be looked at, in 2 clusters');
    expect(none).not.toMatch(/merged|--apply|could go/);
    expect(none).toMatch(/none of these rows is ever changed\. ?$/);
  });

  it('counts what can be merged of a cluster that needs a review in part', () => {
    const [whole, pair] = TWO_CLUSTERS;
    const mixed = cluster([whole?.survivor, ...(whole?.members ?? []), pair?.members[0]] as never, {
      verdict: 'review',
    });
    expect(
      screen(dedupReport([dedupSet([mixed])]))
        .join('\n')
        .replaceAll(/\s+/g, ' '),
    ).toContain('2 can be merged, 1 needs a review');
  });

  it('repeats how the store was read in what to run next', () => {
    const text = screen(dedupReport([dedupSet(TWO_CLUSTERS)]), { again: 'brain --config c.yaml' }).join(' ');
    expect(text.replaceAll(/\s+/g, ' ')).toContain('memctl dedup brain --config c.yaml --apply --dry-run');
  });

  it('says why nothing could be compared', () => {
    const hidden = { code: 'hidden', level: 'unmeasured', message: 'rows are hidden' } as const;
    const blind = screen(dedupReport([], { notes: [hidden] })).join('\n');
    expect(blind).toContain('brain.db: nothing could be compared');
    expect(blind).not.toContain('Nothing to do');
    const empty = { code: 'empty', level: 'info', message: 'nothing to compare: it holds no memories' } as const;
    expect(screen(dedupReport([], { notes: [empty] }))[1]).toBe('  brain.db: nothing to compare: it holds no memories');
  });

  it('has nothing to do where nothing is twice', () => {
    const text = screen(dedupReport([dedupSet([])])).join('\n');
    expect(text).toContain('no duplicates among 1,000 cached answers');
    expect(text).toMatch(/Nothing to do\.$/);
    expect(screen(dedupReport([])).join('\n')).toContain('no memories with a text or a vector were recognised');
  });

  it('shows ids alone where the texts were left out', () => {
    const bare = ({ text: _text, ...m }: ReturnType<typeof member>) => m;
    const members = [bare(member('1', 'secret')), bare(member('2', 'secret'))];
    const text = screen(dedupReport([dedupSet([cluster(members)])])).join('\n');
    expect(text).toContain('stays: 1 (newest)');
    expect(text).not.toContain('secret');
  });
});

describe('hostile texts', () => {
  const evil = '\u001b[2J\u0007wiped\r\n\u202eright to left\u200f \u009b31m';
  const wide = '記憶は同じことを二度言う'.repeat(12);
  const report = dedupReport([
    dedupSet(
      [
        cluster([member('1\u001b[0m', evil), member('2', wide)]),
        cluster([member('3', '=1+1'), member('4', `${'x'.repeat(500)} | <b> *b*`)]),
      ],
      {
        repeated: [{ text: evil, namespace: 'a\u001b[1mb', times: 2, id: '1' }],
      },
    ),
  ]);

  it('are spelled out on the screen, whatever its width', () => {
    for (const columns of [40, 80]) {
      const lines = screen(report, { width: columns });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      expect(lines.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u200f]/);
      expect(lines.filter((l) => width(l) > columns)).toEqual([]);
    }
    expect(screen(report).join('\n')).toContain('\\u001b[2J');
  });

  it('stay in their cell of CSV and Markdown', () => {
    const csv = dedupCsv(report).trimEnd().split('\r\n');
    expect(csv).toHaveLength(5);
    expect(csv[3]).toMatch(/'=1\+1$/);
    const table = dedupMarkdown(report)
      .split('\n')
      .filter((l) => l.startsWith('| '));
    const cells = table.filter((l) => l.includes('xxx') || l.includes('wiped'));
    expect(cells).toHaveLength(2);
    for (const l of cells) expect(l.replaceAll('\\|', '').split('|')).toHaveLength(7);
    expect(cells.join('')).toContain('&lt;b&gt; \\*b\\*');
  });
});

describe('csv', () => {
  it('has a line for each row of a cluster, the one that stays first', () => {
    const [head, ...lines] = dedupCsv(everything).trimEnd().split('\r\n');
    expect(head?.split(',').slice(0, 4)).toEqual(['store', 'set', 'cluster', 'namespace']);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toContain(',11,11,1,');
    expect(lines[4]).toContain('near,0.968,0.86,review');
    expect(lines[4]).toContain('"number ""3"" / ""4"""');
  });
});

describe('markdown', () => {
  it('has the rate, the levels and the clusters', () => {
    const text = dedupMarkdown(everything);
    expect(text).toContain('0.3 % of 1,000 rows could go');
    expect(text).toContain('| normalised | 1 |');
    expect(text).toMatch(/\| 2 \| 21 \| stays: newest \|/);
    expect(text).toContain('**Dividend**, planned as a fresh store: 3.81 MiB → 2.86 MiB');
    expect(dedupMarkdown(everything, 1)).toContain('and 1 more cluster.');
  });
});

describe('text blocks', () => {
  it('wrap at blanks, break what is longer than a line, and end in an ellipsis where more follows', () => {
    expect(textLines('one two three', 7, 3)).toEqual(['one two', 'three']);
    expect(textLines('abcdefghij', 4, 9)).toEqual(['abcd', 'efgh', 'ij']);
    expect(textLines('one two three four', 7, 2)).toEqual(['one two', 'three…']);
    expect(textLines('記憶記憶', 5, 1)).toEqual(['記憶…']);
    expect(textLines('', 10, 2)).toEqual([]);
  });

  it('stand beside each other by cells, not characters', () => {
    expect(sideBySide(['記憶', 'a'], ['x', 'y', 'z'], 6, 2)).toEqual(['記憶    x', 'a       y', '        z']);
  });
});
