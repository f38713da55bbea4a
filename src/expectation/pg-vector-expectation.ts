/** pgvector's indexes after REINDEX. HNSW pages follow from the live vectors, their width and m alone: no extension needed. */
import { PAGE_BYTES } from '../layouts/pg-page.ts';
import { pgvectorHnsw } from '../layouts/pgvector-hnsw.ts';
import { pgvectorIvfflat } from '../layouts/pgvector-ivfflat.ts';
import { formatCount, leaf, named } from '../quantity/index.ts';
import type { HnswFacts, IvfflatFacts, Structure } from '../store/index.ts';
import { type Expectation, seen, unknown } from './expectation.ts';
import { analyzeStatement, type Trusted, trustedRows } from './pg-statistics.ts';

const METHOD = 'pages of the live vectors';
/** Below the least a fresh graph takes by more than this, the missing elements are duplicates. */
const DUPLICATES_FROM = 0.02;
const TYPES = { float32: 'vector', halfvec: 'halfvec', bit: 'bit' } as const;

export function hnsw(s: Structure, f: HnswFacts): Expectation {
  const analyze = analyzeStatement(f.schema, s.table);
  const no = unusable(f, analyze);
  if (no !== null) return no;
  const scalar = f.scalar;
  if (scalar === 'sparsevec') return unknown(METHOD, 'vectors of type sparsevec have no one width');
  const trusted = trustedElements(s, f, analyze);
  const sample = f.sample;
  // Rows with equal vectors share an element, ten to one at the most; the sample has seen how many do.
  const living = sample === null ? 0 : sample.elements - sample.deleted;
  const shared = sample !== null && sample.heapTuples > living && living > 0 ? living / sample.heapTuples : 1;
  const rows = seen(
    'live elements',
    trusted.rows.value * shared,
    'rows',
    trusted.rows.low * shared,
    trusted.rows.high * shared,
  );
  const sized = pgvectorHnsw.size({
    rows,
    dims: seen('dimensions', f.dims as number, 'dimensions'),
    type: TYPES[scalar],
    m: seen('m', f.m, 'count'),
  });
  const notes = [...trusted.notes];
  const expected = named(`${s.name} rebuilt`, sized.disk);
  const deadShare = sample?.deletedShare ?? null;
  if (sample !== null) {
    notes.push(
      `${percent(sample.low)} to ${percent(sample.high)} of its elements are deleted (${formatCount(sample.sampledPages)} pages sampled)`,
    );
  }
  const perPage = sized.parts['perPage']?.value ?? 1;
  const guessed = duplicates(s, expected.low, perPage, f.elements as number, shared < 1);
  const duplicateShare = shared < 1 - DUPLICATES_FROM ? 1 - shared : guessed;
  if (duplicateShare !== undefined && guessed === undefined) {
    notes.push(
      `about ${percent(duplicateShare)} of the vectors are exact duplicates: they share an element with another row`,
    );
  } else if (guessed !== undefined) {
    notes.push(
      `it is smaller than its rows would make it: at least ${percent(guessed)} of the vectors are exact duplicates (or were never indexed)`,
    );
  }
  return {
    expected,
    method: `${METHOD} (${f.elementsFrom})`,
    confidence: trusted.confidence === 'low' ? 'low' : sample !== null ? 'exact' : 'high',
    notes,
    deadShare,
    ...(duplicateShare === undefined ? {} : { duplicateShare }),
  };
}

/** Elements that were counted just now do not age with the statistics. */
function trustedElements(s: Structure, f: HnswFacts | IvfflatFacts, analyze: string): Trusted {
  const elements = f.elements as number;
  if (!/counted/.test(f.elementsFrom)) return trustedRows(s.name, elements, f.statistics, analyze);
  return { rows: seen(`elements of ${s.name}`, elements, 'rows'), confidence: 'high', notes: [] };
}

/** Share of the rows that found their vector already there; undefined where the index is as large as its rows make it. */
function duplicates(s: Structure, least: number, perPage: number, rows: number, known: boolean): number | undefined {
  if (s.bytes === null || known || rows < 1 || s.bytes >= least * (1 - DUPLICATES_FROM)) return undefined;
  const elements = (s.bytes / PAGE_BYTES - 1) * perPage;
  const share = 1 - elements / rows;
  return share > DUPLICATES_FROM ? share : undefined;
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

function unusable(f: HnswFacts | IvfflatFacts, analyze: string): Expectation | null {
  if (f.dims === null) return unknown(METHOD, 'the indexed expression has no declared dimensions');
  if (f.elements !== null) return null;
  if (f.statistics.state === 'invisible') {
    return unknown(METHOD, 'its live vectors are not known: pg_stats shows this role nothing of the table', {
      settle: 'a role that may SELECT from it',
    });
  }
  return unknown(METHOD, 'its live vectors are not known: neither vacuumed nor analysed', {
    settle: `VACUUM (ANALYZE)${analyze.slice('ANALYZE'.length)}`,
  });
}

export function ivfflat(s: Structure, f: IvfflatFacts): Expectation {
  const analyze = analyzeStatement(f.schema, s.table);
  const no = unusable(f, analyze);
  if (no !== null) return no;
  const trusted = trustedElements(s, f, analyze);
  const sized = pgvectorIvfflat.size({
    rows: trusted.rows,
    dims: seen('dimensions', f.dims as number, 'dimensions'),
    type: TYPES[f.scalar],
    lists: leaf('lists', f.lists, 'count', { source: 'pg_class.reloptions' }),
  });
  return {
    expected: named(`${s.name} rebuilt`, sized.disk),
    method: `${METHOD} (${f.elementsFrom})`,
    confidence: trusted.confidence,
    notes: trusted.notes,
  };
}
