import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sqliteFts5 } from '../../src/layouts/sqlite-fts5.ts';
import fc from '../random-cases.ts';
import { relativeError } from './embedded-rows.ts';
import { emptyStore, fillInBatches, given, randomStream, total, treeBytes } from './sqlite-stores.ts';

const VOCABULARY = 20_000;

/** Texts of words drawn from a Zipf distribution over a vocabulary of random letters. */
function writer(seed: number): (bytes: number) => string {
  const random = randomStream(seed);
  const word = (): string =>
    Array.from({ length: 3 + Math.floor(random() * 6) }, () =>
      String.fromCharCode(97 + Math.floor(random() * 26)),
    ).join('');
  const words = Array.from({ length: VOCABULARY }, word);
  const sums: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= VOCABULARY; rank++) {
    sum += 1 / rank;
    sums.push(sum);
  }
  const pick = (): string => {
    const x = random() * sum;
    let low = 0;
    let high = VOCABULARY - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] as number) < x) low = middle + 1;
      else high = middle;
    }
    return words[low] as string;
  };
  return (bytes) => {
    let text = pick();
    while (text.length < bytes) text += ` ${pick()}`;
    return text;
  };
}

describe('sqlite-fts5 against indexes built here', () => {
  for (const [rows, bytes] of [
    [3000, 200],
    [20_000, 200],
    [5000, 1000],
    [20_000, 60],
  ] as const) {
    it(`${rows} texts of ${bytes} B: within 10 %, inside the interval`, () => {
      const db = emptyStore();
      db.exec(
        "create table m(id integer primary key, t text); create virtual table f using fts5(t, content='m', content_rowid='id')",
      );
      const insert = db.prepare('insert into f(rowid, t) values (?, ?)');
      const write = writer(rows);
      let tokens = 0;
      let length = 0;
      // A memory store commits every few memories; one big transaction leaves fewer segments.
      fillInBatches(db, rows, 20, (i) => {
        const text = write(bytes);
        tokens += text.split(' ').length;
        length += text.length;
        insert.run(i + 1, text);
      });
      const measure = (): number =>
        total(Object.fromEntries(Object.entries(treeBytes(db)).filter(([name]) => name.startsWith('f_'))));
      const loaded = measure();
      db.exec("insert into f(f) values ('optimize')");
      const merged = measure();
      db.close();
      const given_ = {
        rows: given(rows),
        textBytes: given(length / rows, 'B'),
        tokens: given(tokens / rows),
        vocabulary: given(VOCABULARY),
      };
      const sized = sqliteFts5.size(given_).disk;
      expect(Math.abs(relativeError(sized.value, loaded))).toBeLessThanOrEqual(0.1);
      expect(sized.low <= loaded && loaded <= sized.high).toBe(true);
      expect(
        Math.abs(relativeError(sqliteFts5.size({ ...given_, state: 'merged' }).disk.value, merged)),
      ).toBeLessThanOrEqual(0.1);
    });
  }
});

describe('trigrams of English prose', () => {
  /** This project's own manual, without tables, examples and addresses, in pieces of so many bytes on average. */
  const docs = new URL('../../docs/', import.meta.url);
  const prose = readdirSync(docs, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .sort()
    .map((file) => readFileSync(new URL(file, docs), 'utf8'))
    .join(' ')
    .replaceAll(/```[\s\S]*?```|^\|.*$|https?:\S+/gm, ' ')
    .replaceAll(/\s+/g, ' ');

  it.each([80, 200, 1000])(
    'pieces of %i B: inside the interval, which is the narrower one where the trigrams were counted',
    (bytes) => {
      const pieces: string[] = [];
      for (let at = 0; at + 2 * bytes < prose.length && pieces.length < 3000; ) {
        const length = Math.round(bytes * (0.6 + 0.8 * ((pieces.length * 0.618) % 1)));
        pieces.push(prose.slice(at, at + length));
        at += length;
      }
      const db = emptyStore();
      db.exec("create virtual table f using fts5(t, content='', tokenize='trigram')");
      const insert = db.prepare('insert into f(rowid, t) values (?, ?)');
      fillInBatches(db, pieces.length, 20, (i) => insert.run(i + 1, pieces[i]));
      const measured = total(
        Object.fromEntries(Object.entries(treeBytes(db)).filter(([name]) => name.startsWith('f_'))),
      );
      db.exec("create virtual table temp.terms using fts5vocab('main', 'f', 'row')");
      const seen = db.prepare('select count(*) as distinct_, sum(doc) as postings from temp.terms').get() as {
        distinct_: number;
        postings: number;
      };
      db.close();
      const rows = given(pieces.length);
      const textBytes = given(pieces.join('').length / pieces.length, 'B');
      const counted = sqliteFts5.size({
        rows,
        textBytes,
        tokenizer: 'trigrams',
        distinctTerms: given(seen.distinct_),
        termsPerRow: given(seen.postings / pieces.length),
      }).disk;
      // The last merge of segments lies anywhere between two of its steps, and the manual grows: the point may be so far off.
      expect(Math.abs(relativeError(counted.value, measured)), `${counted.value}, ${measured}`).toBeLessThanOrEqual(
        0.2,
      );
      const guessed = sqliteFts5.size({ rows, textBytes, tokenizer: 'trigrams' }).disk;
      expect(counted.high / counted.low).toBeLessThan(guessed.high / guessed.low);
      for (const disk of [counted, guessed]) {
        expect([disk.low <= measured, measured <= disk.high], `${disk.low} to ${disk.high}, ${measured}`).toEqual([
          true,
          true,
        ]);
      }
    },
  );
});

describe('sqlite-fts5 properties', () => {
  it('grows with rows and text; keeping the text costs more than pointing at it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e7 }),
        fc.integer({ min: 0, max: 1e6 }),
        fc.integer({ min: 0, max: 20_000 }),
        (rows, more, bytes) => {
          const at = (n: number, b: number, content: 'own' | 'external'): number =>
            sqliteFts5.size({ rows: given(n), textBytes: given(b, 'B'), content }).disk.value;
          expect(at(rows + more, bytes, 'external')).toBeGreaterThanOrEqual(at(rows, bytes, 'external'));
          expect(at(rows, bytes + 100, 'external')).toBeGreaterThanOrEqual(at(rows, bytes, 'external'));
          expect(at(rows, bytes, 'own')).toBeGreaterThan(at(rows, bytes, 'external'));
        },
      ),
      { numRuns: 100 },
    );
  });
});
