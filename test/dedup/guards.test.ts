/** What speaks against a merge: planted twins never pass, restatements mostly do. */
import { describe, expect, it } from 'vitest';
import { factsOf, type GuardCode, guardsBetween, guardsOf } from '../../src/dedup/guards.ts';
import { plantedTwins } from './planted-twins.ts';
import { RESTATEMENTS } from './restatements.ts';

const codes = (a: string, b: string): GuardCode[] => guardsBetween(a, b).map((g) => g.code);

describe('guards', () => {
  it('holds every planted digit, date and negation twin back, from either side', () => {
    const twins = plantedTwins(2000, 20260301);
    for (const kind of ['digit', 'date', 'negation'])
      expect(twins.filter((t) => t.kind === kind).length).toBeGreaterThan(500);
    const passed = twins.filter((t) => codes(t.a, t.b).length === 0 || codes(t.b, t.a).length === 0);
    expect(passed).toEqual([]);
  });

  it('lets true restatements pass: at least 85 of 100', () => {
    const held = RESTATEMENTS.filter(([a, b]) => codes(a, b).length > 0);
    expect(RESTATEMENTS.length).toBeGreaterThanOrEqual(60);
    expect(
      1 - held.length / RESTATEMENTS.length,
      held.map(([a, b]) => `${a} | ${b} ${JSON.stringify(guardsBetween(a, b))}`).join('\n'),
    ).toBeGreaterThanOrEqual(0.85);
  });

  it('names each differing value once', () => {
    expect(guardsBetween('case 5533, again case 5533: owed 12', 'case 5694, again case 5694: owed 12')).toEqual([
      { code: 'number', a: '5533', b: '5694' },
    ]);
  });

  it.each<[GuardCode, string, string]>([
    ['number', 'bought 3 apples', 'bought 4 apples'],
    ['number', 'waits 30 seconds', 'waits 30 minutes'],
    ['number', 'costs $5', 'costs €5'],
    ['number', 'it is -5 °C', 'it is 5 °C'],
    ['number', 'the third attempt', 'the second attempt'],
    ['number', 'ran twice', 'ran once'],
    ['number', 'while x > 5', 'while x < 5'],
    ['number', 'an area of 10² m', 'an area of 102 m'],
    ['number', 'a ratio of 1.000', 'a ratio of 1000'],
    ['number', 'كتاب ٣', 'كتاب ٤'],
    ['number', '买了三个苹果', '买了五个苹果'],
    ['order', '3 apples and 5 pears', '5 apples and 3 pears'],
    ['order', '3 apples and 5 pears', '3 pears and 5 apples'],
    ['order', 'prefers tea over coffee', 'prefers coffee over tea'],
    ['order', 'Alice pays Bob', 'Bob pays Alice'],
    ['order', 'dog bites man', 'man bites dog'],
    ['date', 'due on 2026-03-01', 'due on 2026-04-01'],
    ['date', 'due on March 1st', 'due on March 2nd'],
    ['date', 'due 03/04/2026', 'due 04/03/2026'],
    ['date', 'moved there in 2019', 'moved there in 2020'],
    ['date', 'calls on Monday', 'calls on Friday'],
    ['date', 'wakes at 6:30', 'wakes at 7:30'],
    ['date', 'arrives tomorrow', 'arrives today'],
    ['date', 'ran 3 days ago', 'ran 3 days'],
    ['version', 'runs v1.2.3', 'runs v1.2.4'],
    ['version', 'runs 1.2.0-rc1', 'runs 1.2.0-rc2'],
    ['version', 'on version 3.10', 'on version 3.1'],
    ['identifier', 'see OPS-123', 'see OPS-124'],
    ['identifier', 'row 550e8400-e29b-41d4-a716-446655440000', 'row 550e8400-e29b-41d4-a716-446655440001'],
    ['identifier', 'write to ann@example.com', 'write to ben@example.com'],
    ['identifier', 'edit src/index.ts', 'edit src/main.ts'],
    ['identifier', 'calls getUser', 'calls setUser'],
    ['identifier', 'asked @ann', 'asked @ben'],
    ['identifier', 'host 10.0.0.1', 'host 10.0.0.2'],
    ['url', 'see https://example.com/a', 'see https://example.com/b'],
    ['negation', 'likes tea, not coffee', 'likes coffee, not tea'],
    ['negation', 'the service is available', 'the service is unavailable'],
    ['negation', 'a useful tool', 'a useless tool'],
    ['negation', 'smokes', 'stopped smoking'],
    ['quoted-name', 'the list called "Foo"', 'the list called "Bar"'],
    ['quoted-name', '„Faust“ gelesen', '„Woyzeck“ gelesen'],
    ['quoted-name', '読んだ本は「雪国」', '読んだ本は「こころ」'],
    ['quoted-name', 'lunch with Alice', 'lunch with Bob'],
    ['quoted-name', 'Alice likes tea', 'Bob likes tea'],
  ])('%s: "%s", "%s"', (code, a, b) => {
    expect(codes(a, b)).toContain(code);
    expect(codes(b, a)).toContain(code);
  });

  it.each([
    ['1,000 rows', '1000 rows'],
    ['on 2026-03-01', 'on 2026/03/01'],
    ['on 1 March 2026', 'on March 1st, 2026'],
    ['am 1. März 2026', 'am 01.03.2026'],
    ['runs v1.2', 'runs 1.2'],
    ['at 3 pm', 'at 15:00'],
    ['twenty-five rows', '25 rows'],
    ['5 million rows', '5,000,000 rows'],
    ['10k rows', '10,000 rows'],
    ['5%', '5 percent'],
    ['5 GB', '5 gigabytes'],
    ['see https://Example.com/', 'see https://example.com'],
    ['买了3个苹果', '买了三个苹果'],
    ["the user's choice", 'the user’s choice'],
    ['called "Foo"', 'called Foo'],
  ])('the same in another notation: "%s", "%s"', (a, b) => {
    expect(guardsBetween(a, b)).toEqual([]);
  });

  it('shows what differs, on the side where it stands', () => {
    expect(guardsBetween('Release v1.2 on 2026-03-01', 'Release v1.3 on 2026-03-02')).toEqual([
      { code: 'version', a: 'v1.2', b: 'v1.3' },
      { code: 'date', a: '2026-03-01', b: '2026-03-02' },
    ]);
    expect(guardsBetween('likes tea', 'never likes tea')).toEqual([{ code: 'negation', a: '', b: 'never' }]);
    expect(guardsOf(factsOf('3 cats'), factsOf('3 cats'))).toEqual([]);
  });

  it('takes a long text by its beginning and the rest as it stands', () => {
    const long = 'quiet words without anything '.repeat(2000);
    expect(guardsBetween(`${long}end`, `${long}end`)).toEqual([]);
    expect(guardsBetween(`${long}end one`, `${long}end two`)).not.toEqual([]);
  });

  it('takes some ten plain looks at the words of a pair', () => {
    const pairs = Array.from({ length: 4000 }, (_, i) => {
      const take = (side: 0 | 1): string =>
        Array.from({ length: 8 }, (_, k) => RESTATEMENTS[(i * 7 + k * 11) % 54]?.[side])
          .join('. ')
          .slice(0, 200);
      return [take(0), take(1)] as const;
    });
    const words = (text: string): number =>
      new Set(
        text
          .normalize('NFKC')
          .toLowerCase()
          .split(/[^\p{L}\p{N}]+/u),
      ).size;
    const plainly = (a: string, b: string): number => words(a) + words(b);
    const spent = (look: (a: string, b: string) => number): number => {
      const before = process.cpuUsage();
      let found = 0;
      for (const [a, b] of pairs) found += look(a, b);
      expect(found).toBeGreaterThan(0);
      return process.cpuUsage(before).user;
    };
    // Beside each other in one run: a busy machine is slow for both. Some ten times is what it takes; the least of several rounds.
    const ratios = Array.from({ length: 5 }, () => spent((a, b) => guardsBetween(a, b).length) / spent(plainly));
    expect(Math.min(...ratios)).toBeLessThan(30);
  });

  it('stays linear on texts made to be slow', () => {
    const units = [
      '1',
      '"',
      '“',
      '「',
      ' ',
      "'",
      'a',
      '.',
      '/',
      '-',
      ',',
      '1,',
      '1.',
      'a.',
      'not ',
      'Bob ',
      'un',
      'ない',
      '三',
      '3 ',
      'http://',
      'x:',
      'May ',
      'Aa',
      'one ',
      '@',
      '#',
      '\n',
    ];
    for (const unit of units) {
      const text = unit.repeat(Math.ceil(100_000 / unit.length));
      const before = process.cpuUsage();
      guardsBetween(text, `${text}x`);
      const { user } = process.cpuUsage(before);
      // Quadratic work over 100 kB would take minutes.
      expect(user, JSON.stringify(unit)).toBeLessThan(2_000_000);
    }
  });
});
