/** Decisions on duplicates: the file and what an editor does to it, contradictions by line, and the questions on a terminal. */
import { describe, expect, it } from 'vitest';
import { acceptedDuplicates } from '../../../src/cli/memctl/review-decisions.ts';
import { readReview, reviewEntries, reviewText, type ShownEntry } from '../../../src/cli/memctl/review-file.ts';
import { reviewOnTerminal } from '../../../src/cli/memctl/review-terminal.ts';
import { width } from '../../../src/render/columns.ts';
import { PLAIN } from '../../../src/render/paint.ts';
import { failure } from '../../adapters/sqlite/temporary-store.ts';
import { cluster, dedupReport, dedupSet, member, TWO_CLUSTERS } from '../../render/built-dedup-report.ts';

const report = dedupReport([dedupSet(TWO_CLUSTERS)]);
const entries = reviewEntries(report);
const text = reviewText(report, entries, report.store.address);
const WHERE = '--review r.yaml';

describe('the review file', () => {
  it('has what needs a decision first, and accepts beforehand what needs none', () => {
    expect(entries.map((e) => [e.decision, e.keep, e.rows.map((r) => r.key)])).toEqual([
      ['undecided', '21', ['21', '22']],
      ['accept', '11', ['11', '12', '13']],
    ]);
    expect(text).toContain('# Duplicates in brain.db: 1 to decide, 1 decided.');
    expect(text).toContain('review: number "3" / "4"');
    expect(text).toContain('#   Omar ordered 4 licences on 1 March 2026');
    expect(text.split('\n').filter((l) => width(l) > 100)).toEqual([]);
  });

  it('parts a cluster of which some rows go by themselves and others do not', () => {
    const mixed = cluster([
      member('1', 'a b c'),
      member('2', 'a b c'),
      member('3', 'a b d', { verdict: 'review', level: 'near', why: 'few words in common' }),
    ]);
    expect(reviewEntries(dedupReport([dedupSet([mixed])])).map((e) => [e.decision, e.rows.map((r) => r.key)])).toEqual([
      ['undecided', ['1', '3']],
      ['accept', ['1', '2']],
    ]);
  });

  it('reads back what it wrote', () => {
    const read = readReview(text, WHERE);
    expect(read.store).toEqual({ address: 'sqlite:brain.db', fingerprint: 'f00d' });
    expect(read.entries.map(({ line, ...e }) => e)).toEqual(
      entries.map(({ set, decision, keep, rows }) => ({ set, decision, keep, rows })),
    );
    for (const e of read.entries) expect(text.split('\n')[e.line - 1]).toContain(`decision: ${e.decision}`);
  });

  it('takes keys and texts of any kind', () => {
    const odd = [
      member('["a","b: #c"]', 'line\nbreak\u0085\u2028 # : - {}'),
      member('it\'s \u001b[2J %\t"', 'same', { digest: '1234567890123456789012345678901e' }),
      member('012', '', { digest: '12345678901234567890123456789012' }),
    ];
    const r = dedupReport([dedupSet([cluster(odd)])]);
    const written = reviewText(r, reviewEntries(r), r.store.address);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(written.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028]/);
    expect(readReview(written, WHERE).entries[0]?.rows).toEqual(odd.map(({ key, digest }) => ({ key, digest })));
  });

  it('takes the row that stays without its quotes, as an editor may leave it', () => {
    const bare = text.replace('keep: "21"', 'keep: 21').replace('"21": "', '21: "');
    expect(bare).toContain('keep: 21\n');
    expect(readReview(bare, WHERE).entries[0]).toMatchObject({ keep: '21', rows: [{ key: '21' }, { key: '22' }] });
    expect(() => readReview(text.replace('keep: "21"', 'keep: [21]'), WHERE)).toThrow(/keep: must be a text/);
  });

  it('says which command carries it out, with what the reading needs', () => {
    const told = reviewText(report, entries, 'brain --config "c.yaml"');
    expect(told).toContain('#   memctl dedup brain --config "c.yaml" --apply --review FILE');
  });

  it('may be reordered, wrapped anew and stripped of its comments and quotes', () => {
    const bare = text
      .split('\n')
      .filter((l) => !l.trim().startsWith('#'))
      .join('\n')
      .replace('"21": "', '21: "');
    const [head, ...parts] = bare.split(/\n(?= {2}- )/);
    const turned = [head, ...parts.reverse()].join('\n').replaceAll('    keep: "11"\n', '    keep:\n      "11"\n');
    const reordered = turned.replace(/( {2}- )decision: undecided\n {4}(set: .*)\n/, '$1$2\n    decision: Undecided\n');
    expect(reordered).toContain('- set:');
    const sorted = (t: string) =>
      readReview(t, WHERE)
        .entries.map(({ line, ...e }) => e)
        .sort((a, b) => (a.keep < b.keep ? -1 : 1));
    expect(sorted(reordered)).toEqual(sorted(text));
  });

  it('names the line of what it cannot read', async () => {
    const lineOf = (part: string, t = text): number => t.split('\n').findIndex((l) => l.includes(part)) + 1;
    const refusal = async (t: string): Promise<string> => (await failure(async () => readReview(t, WHERE))).message;
    expect(await refusal(text.replace('decision: undecided', 'decision: acept'))).toBe(
      `${WHERE}, line ${lineOf('decision: undecided')}: decision: "acept" is not known; did you mean accept?`,
    );
    expect(await refusal(text.replace('keep: "21"', 'keep: "99"'))).toBe(
      `${WHERE}, line ${lineOf('keep: "21"')}: keep: "99" is none of the entry's rows`,
    );
    expect(await refusal(text.replace('    keep: "21"', '    kep: "21"'))).toContain(
      `line ${lineOf('keep: "21"')}: "kep" is not known here; did you mean keep?`,
    );
    expect(await refusal(text.replace('version: 1', 'version: 9'))).toContain('version 9 is not known');
    expect(await refusal(text.replace(/"22": ".*"/, '"22": "x"'))).toContain(
      `line ${lineOf('"22": "')}: rows: "22" lacks its digest`,
    );
    expect(await refusal(text.replace('"22":', '"21":'))).toContain(`line ${lineOf('"22":')}: `);
    expect(await refusal('kind: other')).toContain('no file of decisions');
    expect(await refusal('- [')).toContain('line 1');
    expect(await refusal(text.replace(/entries:\n[\s\S]*/, 'entries: 3\n'))).toContain('entries: must be a list');
  });
});

describe('what was accepted', () => {
  const digests = { a: 'a'.repeat(32), b: 'b'.repeat(32), c: 'c'.repeat(32), d: 'd'.repeat(32) };
  const entry = (
    keep: keyof typeof digests,
    rows: readonly (keyof typeof digests)[],
    line: number,
    decision = 'accept',
  ) => ({
    set: 's',
    decision: decision as 'accept',
    keep,
    line,
    rows: rows.map((key) => ({ key, digest: digests[key] })),
  });

  it('is what goes, each with the one that stays', () => {
    const found = acceptedDuplicates([entry('a', ['a', 'b'], 1), entry('c', ['c', 'd'], 5, 'reject')], WHERE);
    expect([...found]).toEqual([
      ['s', [{ key: 'b', survivor: 'a', digest: digests.b, survivorDigest: digests.a, reviewed: true }]],
    ]);
  });

  it('follows a row that stays in one entry and goes in another', () => {
    const found = acceptedDuplicates([entry('b', ['b', 'c'], 1), entry('a', ['a', 'b'], 5)], WHERE).get('s');
    expect(found).toEqual([
      { key: 'c', survivor: 'a', digest: digests.c, survivorDigest: digests.a, reviewed: true },
      { key: 'b', survivor: 'a', digest: digests.b, survivorDigest: digests.a, reviewed: true },
    ]);
  });

  it('refuses a row that goes two ways, and rows that go to each other', async () => {
    const twice = await failure(async () =>
      acceptedDuplicates([entry('a', ['a', 'b'], 1), entry('c', ['c', 'b'], 5)], WHERE),
    );
    expect(twice.message).toBe(`${WHERE}, line 5: row "b" goes to "c" here and to "a" in line 1`);
    const round = await failure(async () =>
      acceptedDuplicates([entry('a', ['a', 'b'], 1), entry('b', ['b', 'a'], 5)], WHERE),
    );
    expect(round.message).toContain('none would stay');
  });
});

describe('the questions on a terminal', () => {
  const three = reviewEntries(
    dedupReport([
      dedupSet(
        ['1', '2', '3'].map((n) =>
          cluster([
            member(`${n}1`, `text ${n} of the first\u001b[2J`),
            member(`${n}2`, `text ${n} of the second`, { verdict: 'review', level: 'near', similarity: 0.96 }),
          ]),
        ),
      ),
    ]),
  );
  const asked = async (answers: readonly (string | null)[], given: readonly ShownEntry[] = three) => {
    const shown: string[] = [];
    const left = [...answers];
    const reviewed = await reviewOnTerminal({
      entries: given,
      columns: 60,
      paint: PLAIN,
      write: (t) => shown.push(t),
      ask: async () => left.shift() ?? null,
    });
    return { ...reviewed, shown: shown.join(''), left };
  };

  it('take a, r and s for each entry', async () => {
    const { entries, decided, finished, shown } = await asked(['a', 'R', ' skip ']);
    expect(entries.map((e) => e.decision)).toEqual(['accept', 'reject', 'undecided']);
    expect([decided, finished]).toEqual([2, true]);
    expect(shown).toContain('1. stays: 11');
    expect(shown).toContain('2. goes: 12, near 0.960');
    expect(shown).toContain('\\u001b[2J');
    expect(shown.split('\n').filter((l) => width(l) > 60)).toEqual([]);
  });

  it('let another row stay', async () => {
    const { entries, shown } = await asked(['2', 'a', 'q']);
    expect(entries[0]).toMatchObject({ keep: '12', decision: 'accept' });
    expect(shown).toMatch(/1\. goes: 11[\s\S]*2\. stays: 12/);
  });

  it('ask again when they do not understand', async () => {
    const { entries, shown } = await asked(['x', '7', '0', 'constructor', 'a', 'q']);
    expect(entries[0]?.decision).toBe('accept');
    expect(shown).toContain('"7" is neither a, r, s, q nor a number from 1 to 2');
  });

  it.each([['q'], [null]])('end with %j and keep what was decided', async (end) => {
    const { entries, finished, decided } = await asked(['a', end, 'a']);
    expect(entries.map((e) => e.decision)).toEqual(['accept', 'undecided', 'undecided']);
    expect([decided, finished]).toEqual([1, false]);
  });

  it('leave out what is decided', async () => {
    const { left, finished } = await asked(['a'], entries);
    expect([left, finished]).toEqual([[], true]);
  });
});
