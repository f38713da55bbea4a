/** Texts equal but for typing, words in common, and what follows from both. */
import { describe, expect, it } from 'vitest';
import type { Guard } from '../../src/dedup/guards.ts';
import { compose, normaliseText } from '../../src/dedup/normalise.ts';
import { LEAST_OVERLAP, mergeVerdict } from '../../src/dedup/verdict.ts';
import { sharedWords, wordOverlap, wordSet } from '../../src/dedup/words.ts';
import { seeded } from './seeded.ts';

describe('normalising', () => {
  it.each([
    ['  Hello \t World\n', 'hello world'],
    ['Ｈｅｌｌｏ　１２３', 'hello 123'],
    ['ﬁne', 'fine'],
    ['cafe\u0301', 'caf\u00e9'],
    ['soft\u00adhyphen zero\u200bwidth', 'softhyphen zerowidth'],
    ['ΟΔΟΣ', 'οδος'],
    ['GRÜẞE', 'grüße'],
    [' \n\t ', ''],
    ['', ''],
  ])('%j → %j', (text, normalised) => {
    expect(normaliseText(text)).toBe(normalised);
  });

  it('keeps apart what is not one text', () => {
    expect(normaliseText('10²')).not.toBe(normaliseText('102'));
    expect(normaliseText('in Maßen')).not.toBe(normaliseText('in Massen'));
    expect(normaliseText('sıkıldım')).not.toBe(normaliseText('sikildim'));
    expect(normaliseText('paid 10')).not.toBe(normaliseText('paid 100'));
    expect(compose('Keep Case')).toBe('Keep Case');
  });

  it('changes nothing the second time', () => {
    const r = seeded(5);
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: 12 }, () =>
        String.fromCodePoint(r.next() < 0.7 ? 32 + r.below(500) : 0x1e00 + r.below(0x3000)),
      ).join('');
      const once = normaliseText(text);
      expect(normaliseText(once), JSON.stringify(text)).toBe(once);
    }
  });

  it('takes about as long as NFKC and lower case alone', () => {
    const text = 'The user prefers dark mode in every editor and works with small teams. '.repeat(3).slice(0, 200);
    const spent = (look: (text: string) => string): number => {
      const before = process.cpuUsage();
      let length = 0;
      for (let i = 0; i < 20_000; i++) length += look(`${i} ${text}`).length;
      expect(length).toBeGreaterThan(20_000 * 190);
      return process.cpuUsage(before).user;
    };
    const plainly = (t: string): string => t.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ');
    // Beside each other in one run: a busy machine is slow for both; the least of several rounds.
    const ratios = Array.from({ length: 5 }, () => spent(normaliseText) / spent(plainly));
    expect(Math.min(...ratios)).toBeLessThan(5);
  });
});

describe('words in common', () => {
  it('is the Jaccard index of the words', () => {
    expect(wordOverlap('a b c', 'b c d')).toBe(0.5);
    expect(wordOverlap('Dark mode!', 'dark, MODE')).toBe(1);
    expect(wordOverlap('tea', 'coffee')).toBe(0);
    expect(wordOverlap('tea', '…')).toBeNull();
    expect(wordOverlap('', '')).toBeNull();
    expect(sharedWords(wordSet('x y'), wordSet('y'))).toBe(0.5);
  });

  it('takes pairs of characters where a script has no blanks', () => {
    expect([...wordSet('喜欢绿茶')]).toEqual(['喜欢', '欢绿', '绿茶']);
    expect([...wordSet('用Redis缓存')]).toEqual(['用', 'redis', '缓存']);
    expect(wordOverlap('喜欢绿茶', '喜欢红茶')).toBeCloseTo(1 / 5);
  });
});

describe('verdict', () => {
  const guard: Guard = { code: 'number', a: '3', b: '4' };
  const tie = { similarity: 0.97, overlap: 0.8, guards: [] };

  it('merges what nothing speaks against', () => {
    for (const level of ['identical', 'normalised', 'hash', 'vector', 'near'] as const)
      expect(mergeVerdict({ ...tie, level })).toEqual({ verdict: 'merge', why: null });
    expect(mergeVerdict({ ...tie, level: 'near', overlap: LEAST_OVERLAP }).verdict).toBe('merge');
  });

  it('holds back on a guard at every level but identical', () => {
    expect(mergeVerdict({ ...tie, level: 'identical', guards: [guard] }).verdict).toBe('merge');
    for (const level of ['normalised', 'hash', 'vector', 'near'] as const)
      expect(mergeVerdict({ ...tie, level, guards: [guard] })).toEqual({ verdict: 'review', why: null });
  });

  it('holds back where the words do not agree with the vectors, or with the hash', () => {
    for (const level of ['hash', 'vector', 'near'] as const) {
      expect(mergeVerdict({ ...tie, level, overlap: 0.49 })).toEqual({ verdict: 'review', why: 'few words in common' });
      expect(mergeVerdict({ ...tie, level, overlap: null })).toEqual({ verdict: 'review', why: 'no words to compare' });
    }
  });
});
