/**
 * A btree index after REINDEX: from its pages where pgstatindex read them, else from statistics with the layout that knows
 * how nbtree stores duplicates. Without it an index over a namespace looks 350 % smaller than nothing, fresh, and 9 %
 * bloated where four fifths are waste.
 */

import { upperPages } from '../layouts/btree-pages.ts';
import { type BtreeParameters, type KeyColumn, pgBtree } from '../layouts/pg-btree.ts';
import { PAGE_BYTES } from '../layouts/pg-page.ts';
import { derive, leaf, named, type Quantity, revised } from '../quantity/index.ts';
import type { BtreeFacts, PgColumnFacts, Structure } from '../store/index.ts';
import { type Expectation, seen, unknown } from './expectation.ts';
import { analyzeStatement, BY_STATISTICS, type Trusted, trustedRows, unusable } from './pg-statistics.ts';

const PAGE: Quantity<'B'> = leaf('page', PAGE_BYTES, 'B', { source: 'PostgreSQL BLCKSZ' });
/** avg_leaf_density that CREATE INDEX leaves where it forms posting tuples (measured; plain ones reach the fillfactor). */
const DEDUPLICATED_DENSITY = 0.926;
/** How far a REINDEX was from pgstatindex's arithmetic in measured cases. */
const PAGES_ERROR = 0.03;

export function btree(s: Structure, facts: BtreeFacts): Expectation {
  const exact = facts.pages;
  if (exact !== null) return fromPages(s, facts, exact);
  const analyze = analyzeStatement(facts.schema, s.table);
  const no = unusable(s, facts.statistics, analyze);
  if (no !== null) return no;
  const keys = facts.keys;
  if (keys === null || keys.some((k) => k.length < 0 && k.meanBytes === null && k.nullShare !== 1)) {
    return unknown(BY_STATISTICS, 'the statistics have no width for its key (an expression needs ANALYZE)', {
      settle: analyze,
    });
  }
  if (facts.predicate !== null && facts.indexTuples === null) {
    return unknown(BY_STATISTICS, 'a partial index that was never vacuumed: its entries were not counted', {
      settle: `VACUUM ${analyze.slice('ANALYZE '.length)}`,
    });
  }
  const count = facts.predicate === null ? (s.rows as number) : (facts.indexTuples as number);
  const trusted = trustedRows(s.name, count, facts.statistics, analyze);
  return fromStatistics(s, facts, keys, trusted);
}

function fromPages(s: Structure, facts: BtreeFacts, pages: NonNullable<BtreeFacts['pages']>): Expectation {
  const packed = facts.deduplicates ? DEDUPLICATED_DENSITY : facts.fillfactor / 100;
  const leaves = derive(
    'leaf pages after a rebuild',
    'pages',
    'ceil(leaf * density / packed)',
    {
      leaf: seen('leaf pages', pages.leaf, 'pages'),
      // An index of one empty leaf has no density.
      density: seen('avg_leaf_density', Math.max(0, Math.min(1, pages.leafDensity || 0)), 'ratio'),
      // A posting tuple that does not fit leaves more behind than a plain one.
      packed: leaf('leaf density after CREATE INDEX', packed, 'ratio', {
        low: Math.min(packed, facts.fillfactor / 100),
        high: packed,
        source: facts.deduplicates ? 'measured, nbtdedup.c' : 'fillfactor of the index',
      }),
    },
    { source: 'pgstatindex', error: PAGES_ERROR },
  );
  const pivot = meanPivot(facts);
  const expected = derive(
    `${s.name} rebuilt`,
    'B',
    '(1 + leaves + upper(leaves)) * page',
    { leaves, page: PAGE },
    {
      moves: { leaves: 'rising' },
      using: { upper: (l) => upperPages(l, pivot) },
      source: 'PostgreSQL src/backend/access/nbtree/nbtsort.c',
    },
  );
  const gone = pages.deleted + pages.empty;
  const notes = gone > 0 ? [`${gone} of its pages are deleted or empty`] : [];
  return { expected, method: 'pgstatindex', confidence: 'exact', notes };
}

function meanPivot(facts: BtreeFacts): number {
  const key = (facts.keys ?? []).reduce((sum, k) => sum + (k.length > 0 ? k.length : (k.meanBytes ?? 12)), 0);
  return Math.ceil((8 + (key || 12)) / 8) * 8 + 4;
}

function fromStatistics(s: Structure, f: BtreeFacts, keys: readonly PgColumnFacts[], trusted: Trusted): Expectation {
  const { rows } = trusted;
  const nulls = keys.length === 1 ? (keys[0]?.nullShare ?? 0) : 0;
  const single = keys.length === 1 ? keys[0] : undefined;
  const distinct = f.deduplicates ? distinctKeys(rows.value, keys, f.predicate !== null) : undefined;
  const common = f.deduplicates && single !== undefined && f.predicate === null ? single.commonShares : [];
  const parameters: Omit<BtreeParameters, 'columns'> = {
    rows,
    fillfactor: leaf('fillfactor', f.fillfactor, 'count', { source: 'pg_class.reloptions' }),
    deduplicates: f.deduplicates,
    ...(distinct === undefined ? {} : { distinctKeys: distinct }),
    ...(f.deduplicates ? { commonKeys: common } : {}),
    ...(nulls > 0 ? { nullShare: seen('share of NULL', nulls, 'ratio') } : {}),
  };
  const sized = (spread: number): Quantity<'B'> =>
    pgBtree.size({ ...parameters, columns: keys.map((k) => keyColumn(k, spread)) }).disk;
  const narrow = named(`${s.name} rebuilt`, sized(NARROW_SPREAD));
  // Alignment makes entries of the same mean width take different room: both ends are tried.
  const ends = keys.some(isText) ? [narrow, sized(0), sized(BROAD_SPREAD)] : [narrow];
  const expected = revised(narrow, {
    low: Math.min(...ends.map((q) => q.low)),
    high: Math.max(...ends.map((q) => q.high)),
  });
  const guessed = distinct !== undefined && distinct.high > distinct.value;
  const text = keys.some((k) => k.length < 0);
  return {
    expected,
    method: f.deduplicates ? `${BY_STATISTICS}, duplicates shared` : BY_STATISTICS,
    confidence: trusted.confidence === 'low' ? 'low' : guessed || text ? 'medium' : 'high',
    notes: trusted.notes,
  };
}

/** Stored widths (1-byte header counted) of identifiers that are all of one length: uuid, SHA-256, SHA-1, MD5, ULID. */
const IDENTIFIER_WIDTHS: readonly number[] = [37, 65, 41, 33, 27];
/** How far texts lie from their mean, evenly: names and ids are of nearly one length, running text of any. */
const NARROW_SPREAD = 0.05;
const BROAD_SPREAD = 0.5;

const isText = (c: PgColumnFacts): boolean => c.length < 0 && !IDENTIFIER_WIDTHS.includes(c.meanBytes ?? 0);

function keyColumn(c: PgColumnFacts, spread: number): KeyColumn {
  if (c.length > 0) return { name: c.name, kind: 'fixed', align: c.align, lengths: [{ bytes: c.length, share: 1 }] };
  const width = c.meanBytes ?? 1;
  const payload = Math.max(0, width <= 127 ? width - 1 : width - 4);
  // pg_stats cuts the mean to a whole number: the true one lies half a byte above it.
  const lengths = IDENTIFIER_WIDTHS.includes(width)
    ? [{ bytes: payload, share: 1 }]
    : [-2, -1, 0, 1, 2].map((k) => ({
        bytes: Math.max(0, Math.round(payload + 0.5 + (k / 2) * spread * payload)),
        share: 1 / 5,
      }));
  return { name: c.name, kind: 'text', align: 4, lengths };
}

/** ANALYZE sees 30,000 rows and underestimates the rare keys of a large table; it seldom misses more than this factor. */
const RARE_KEYS_MISSED = 4;

/**
 * Distinct keys beside the listed ones, in an interval whose high end is one key to a row unless the statistics settle it:
 * several columns may or may not go together, and a negative n_distinct is a share of the table, not of a partial index.
 */
function distinctKeys(rows: number, keys: readonly PgColumnFacts[], partial: boolean): Quantity<'count'> {
  const most = Math.max(1, rows);
  const each = keys.map((k) => {
    if (k.distinct === null || (partial && k.distinct < 0)) return null;
    return k.distinct < 0 ? -k.distinct * rows : k.distinct;
  });
  if (each.includes(null)) {
    const known = each.map((d) => d ?? most).reduce((a, b) => Math.max(a, b), 1);
    return seen('distinct keys', Math.min(most, known), 'count', 1, most);
  }
  const counts = each as number[];
  const [first = 1] = counts;
  if (counts.length > 1) {
    const product = counts.reduce((a, b) => a * Math.max(1, b), 1);
    const expected = product * -Math.expm1(-most / product);
    const fewest = Math.min(most, Math.max(...counts, 1));
    return seen('distinct keys', Math.max(fewest, Math.min(most, expected)), 'count', fewest, Math.min(most, product));
  }
  const common = keys[0]?.commonShares ?? [];
  const covered = common.reduce((a, b) => a + b, 0) + (keys[0]?.nullShare ?? 0);
  // How frequent a value is among the rows of a partial index the table's shares do not tell, only that there are no others.
  if (partial && covered > 0.999) return seen('distinct keys', Math.min(most, first), 'count');
  const listed = partial ? [] : common;
  const rest = Math.max(1, Math.min(most, first - listed.length));
  if (covered > 0.999) return seen('distinct keys beside the common ones', 1, 'count');
  return seen('distinct keys beside the common ones', rest, 'count', rest, Math.min(most, rest * RARE_KEYS_MISSED));
}
