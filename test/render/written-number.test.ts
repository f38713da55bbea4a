/** Numbers as documents hold them: no dust of binary arithmetic, and nothing lost. */
import { describe, expect, it } from 'vitest';
import { capacityJson } from '../../src/capacity/capacity-json.ts';
import { plainValue, reportDocument, reportJson } from '../../src/capacity/report-json.ts';
import { shardReport } from '../../src/capacity/shard.ts';
import { capacityNdjson } from '../../src/render/capacity/csv.ts';
import { pageCsv } from '../../src/render/capacity/sectioned.ts';
import { shardPage } from '../../src/render/capacity/shard.ts';
import { csvLine } from '../../src/render/csv.ts';
import { jsonText, writtenNumber } from '../../src/render/written-number.ts';
import { NOW, reportFrom, workloadFrom } from '../capacity/plan-from-flags.ts';

/** Nines or noughts up to the sixteenth digit or the seventeenth. */
const DUST = /\d\.\d{6,}(9{5}|0{5})\d(?!\d)/;

describe('a number', () => {
  it.each([
    [11.999999999999998, 12],
    [0.1 + 0.2, 0.3],
    [28_799.999999999993, 28_800],
    [1 / 3, 0.333333333333333],
    [-2.0000000000000004, -2],
    [1e-320, 1e-320],
    [2 ** 50 + 1, 2 ** 50 + 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  ])('%s is written %s', (n, written) => {
    expect(writtenNumber(n)).toBe(written);
    expect(csvLine([n])).toBe(`${written}\r\n`);
    expect(JSON.parse(jsonText({ n }))).toEqual({ n: written });
  });

  it('in a text is left alone', () => {
    expect(csvLine(['11.999999999999998'])).toBe('11.999999999999998\r\n');
    expect(JSON.parse(jsonText({ n: '11.999999999999998' }))).toEqual({ n: '11.999999999999998' });
  });
});

describe('a document', () => {
  it('of estimate and of shard has no dust, as JSON, NDJSON and CSV', () => {
    const capacity = capacityJson(reportFrom({ n: '10M', dims: '1536' }), NOW, true);
    const wishes = Object.fromEntries(
      ['shards', 'to', 'zipf', 'virtualNodes', 'disk', 'rowsPerShard', 'recovery', 'consistency', 'drain'].map((k) => [
        k,
        undefined,
      ]),
    ) as Omit<Parameters<typeof shardReport>[1], 'start'>;
    const report = shardReport(workloadFrom({ n: '50M', users: '100k' }), { ...wishes, start: NOW });
    const shard = reportJson(report, NOW);
    const explained = jsonText(reportDocument(report, NOW), (value) => plainValue(value, true));
    // Before it is written there is some, or this would test nothing.
    expect(JSON.stringify(capacity)).toMatch(DUST);
    for (const text of [jsonText(capacity), capacityNdjson(capacity), explained, pageCsv(shardPage(shard))]) {
      expect(text).not.toMatch(DUST);
    }
  });
});
