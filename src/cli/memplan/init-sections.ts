/** What else a memplan.yaml may hold, as comments that work once the # is taken away: budgets around this plan, prices, a currency. */
import { budgetFigures } from '../../capacity/gate-figures.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { formatQuantity } from '../../quantity/index.ts';

/** How far above the plan a suggested limit lies: a change of a tenth passes, a doubling does not. */
const ROOM = 1.25;

/** @returns lines for the end of the file */
export function otherSections(report: CapacityReport): string[] {
  return ['', ...budgets(report), '', ...MONEY, '', ...CALIBRATION];
}

function budgets(report: CapacityReport): string[] {
  const figures = budgetFigures(report);
  const rows = [
    ...(['totals.resident', 'totals.disk', 'cost.monthly'] as const).flatMap((metric) => {
      const planned = figures.get(metric);
      if (planned === undefined || planned.value <= 0) return [];
      const most = planned.value * ROOM;
      const limit = metric === 'cost.monthly' ? `$${Math.ceil(most)}/month` : bytes(most);
      return [{ metric, limit, planned: formatQuantity(planned) }];
    }),
    ...[figures.get('query.p99')].flatMap((p99) =>
      p99 === undefined
        ? []
        : [
            {
              metric: 'query.p99',
              limit: `${Number((report.workload.sloP99.value * 1000).toPrecision(6))}ms`,
              planned: formatQuantity(p99),
            },
          ],
    ),
  ];
  return [
    '# What memplan gate holds a change to: exit code 1 above a limit. A quarter above this plan; for: 180d looks ahead.',
    '# budgets:',
    ...rows.flatMap((r) => [`#   - metric: ${r.metric}`, `#     limit: ${r.limit}  # planned: ${r.planned}`]),
  ];
}

/** As a limit is written, rounded up to what reads well: 20GiB, 1.5TiB. */
function bytes(n: number): string {
  const power = Math.min(5, Math.max(0, Math.floor(Math.log2(n) / 10)));
  const value = n / 1024 ** power;
  const step = value < 10 ? 0.1 : 1;
  return `${Number((Math.ceil(value / step) * step).toFixed(1))}${['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'][power]}`;
}

const CALIBRATION: readonly string[] = [
  '# Constants of your own host in place of assumed ones, as memplan calibrate wrote them.',
  '# calibration: memplan-calibration.json',
];

const MONEY: readonly string[] = [
  '# Prices of your own, by the names and in the units of memplan prices; or a file that memplan prices --import wrote.',
  '# prices:',
  '#   text-embedding-3-small.input: 0.02',
  '# price-file: memplan-prices.json',
  '',
  '# Money in another currency: how many units of it one dollar is.',
  '# currency: { code: EUR, rate: 0.92 }',
];
