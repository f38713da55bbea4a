/** A placement report as a page. */
import type { PlaceReport } from '../../capacity/place.ts';
import type { ReportJson } from '../../capacity/report-json.ts';
import {
  formatBytes,
  formatCount,
  formatPercent,
  formatQuantity,
  formatShortCount,
  type QuantityJson,
} from '../../quantity/index.ts';
import { type Cell, type Page, shownAs, type Table } from './sectioned.ts';

type Json = ReportJson<PlaceReport>;

export function placePage(r: Json): Page {
  return {
    title: `${formatCount(r.items.value)} items of ${formatQuantity(r.itemBytes)} over four tiers, accesses by Zipf with exponent ${Number(r.exponent.value.toFixed(2))}`,
    headline: r.headline,
    sections: [
      tiers(r),
      {
        label: 'ACCESS',
        lines: [
          `${formatQuantity(r.meanLatency)} on average; ${formatQuantity({ ...r.withoutTiers, basis: 'assumed' })} if everything lay in the last tier`,
        ],
      },
      { label: 'MOVE', lines: thresholds(r) },
      {
        label: 'WARM ITEM',
        lines: [
          `a table each ${formatQuantity(r.warm.tables)}, rows of one table ${formatQuantity(r.warm.rows)}, packed ${formatQuantity(r.warm.packed)}; packed the tier holds ${formatShortCount(r.warmItemsLost.value)} items more`,
        ],
      },
      { label: 'NOTES', lines: r.notes },
    ],
    legend: '≈ uncertain · --explain shows every term',
  };
}

function tiers(r: Json): Table {
  return {
    id: 'tiers',
    head: ['TIER', 'MEDIUM', 'SIZE', 'ITEMS', 'ONE TAKES', 'BYTES', 'ANSWERS', 'LATENCY', 'A MONTH'],
    align: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    rows: [
      ...r.tiers.map((t) => [
        t.id,
        t.title,
        shownAs(t.size, formatBytes),
        shownAs(t.items, formatShortCount),
        t.itemBytes,
        t.bytes,
        shownAs(t.hits, formatPercent),
        t.latency,
        monthly(t.money),
      ]),
      ['all', '', '', shownAs(r.items, formatShortCount), '', '', '', r.meanLatency, monthly(r.money)],
    ],
    shrink: 1,
    drop: [1, 5, 2, 4, 8],
  };
}

/** The head of the column says that it is a month's. */
const monthly = (q: QuantityJson | null): Cell => shownAs(q, () => formatQuantity(q).replace('/month', ''));

function thresholds(r: Json): string[] {
  return r.tiers.flatMap((t) =>
    t.promoteBelow === null || t.demoteAfter === null
      ? []
      : [
          `into ${t.id}: what is used more often than every ${formatQuantity(t.promoteBelow)}; out of it: what was not used for ${formatQuantity(t.demoteAfter)}`,
        ],
  );
}
