/** What only a vector ties: words that are exchanged, added or left out are for a person to judge. */
import { describe, expect, it } from 'vitest';
import { differingWords, factsOf, guardsBetween } from '../../src/dedup/index.ts';
import { RESTATEMENTS } from './restatements.ts';

/** A guard of any kind, from either side. */
const held = (a: string, b: string): boolean => {
  const one = guardsBetween(a, b).length > 0 || differingWords(factsOf(a), factsOf(b)) !== null;
  const other = guardsBetween(b, a).length > 0 || differingWords(factsOf(b), factsOf(a)) !== null;
  expect(other, `${a} | ${b}: the order of the two decides`).toBe(one);
  return one;
};

describe('words that differ', () => {
  it.each([
    ['likes apples', 'likes pears'],
    ['accepts cash', 'accepts cash only'],
    ['team red', 'team blue'],
    ['talks to anna', 'talks to hanna'],
    ['ann-marie called', 'ann-sofie called'],
    ['用户喜欢绿茶', '用户喜欢红茶'],
    ['住在北京', '住在南京'],
    ['和王伟见面', '和李娜见面'],
    ['犬が猫を追う', '犬を猫が追う'],
    ['ชอบชา', 'ชอบกาแฟ'],
    ['사과를 좋아해요', '배를 좋아해요'],
    ['любит яблоки', 'любит груши'],
    ['user moved to berlin', 'user moves to berlin'],
    ['she was here', 'she is here'],
    ['likes win', 'likes wine'],
    ['user plans', 'user planes'],
    ['loves trains', 'loves training'],
    ['reads news', 'reads new'],
    ['cat chases dogs', 'dog chases cats'],
    ['keeps salt in sugar', 'is keeping sugar in salt'],
    ['likes cats and dogs', 'likes cats or dogs'],
    ['key in the box', 'key on the box'],
    ['tom is a dog', 'tom has a dog'],
    ['vitamin a', 'vitamin'],
    ['a few friends', 'few friends'],
    ['wants to die', 'wants to'],
    ['he may come', 'he will come'],
    ['5 kg of apples', '5 kg of pears'],
    ['bought 5元苹果', 'bought 5元香蕉'],
    ['the second apple', 'the second pear'],
    ['at 3 pm gym', 'at 3 pm bar'],
    ['mood 👍', 'mood 👎'],
    ['likes it :)', 'likes it :('],
    ['path a->b', 'path b->a'],
    ['likes tea', 'likes tea?'],
  ])('"%s", "%s"', (a, b) => {
    expect(held(a, b)).toBe(true);
  });

  it.each([
    ['The user has a cat', 'User has a cat'],
    ['user likes an apple', 'user likes apples'],
    ['User is planning a trip', 'The user plans a trip'],
    ['User is making cookies', 'User makes cookies'],
    ['User is running every day', 'User runs every day'],
    ['She carries boxes', 'She carries a box'],
    ["doesn't eat fish", 'does not eat fish'],
    ["the dog's name", 'the dog name'],
    ['in 2021 she moved', 'she moved in 2021'],
    ['该用户喜欢喝绿茶', '用户喜欢喝绿茶'],
  ])('the same words: "%s", "%s"', (a, b) => {
    expect(held(a, b)).toBe(false);
  });

  it('shows what either side has alone', () => {
    expect(differingWords(factsOf('The team likes green tea'), factsOf('Team likes red tea today, too'))).toEqual({
      code: 'word',
      a: 'green',
      b: 'red, too',
    });
  });

  it('lets restatements go by themselves that only move or inflect: some four in ten', () => {
    const free = RESTATEMENTS.filter(([a, b]) => !held(a, b));
    expect(free.length / RESTATEMENTS.length).toBeGreaterThanOrEqual(0.4);
  });

  it('stays linear on texts made to be slow', () => {
    for (const unit of ['a ', 'word ', 'ing ', '= ', ':', 'is running ', '的', 's ']) {
      const text = unit.repeat(20_000 / unit.length);
      const other = text.replaceAll('a', 'e').replaceAll('r', 'l');
      const before = process.cpuUsage();
      differingWords(factsOf(text), factsOf(`x ${other}`));
      expect(process.cpuUsage(before).user, JSON.stringify(unit)).toBeLessThan(2_000_000);
    }
  });
});
