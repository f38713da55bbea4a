/** The shipped price catalogue, one line a figure. */
import { CATALOGUE } from '../../src/prices/index.ts';

export default function prices(): string[] {
  const rows: [string, string, string, string][] = [['ID', 'PRICE', 'PER', 'AS OF']];
  for (const p of CATALOGUE.values()) {
    const [currency, per] = p.unit.startsWith('USD/') ? ['$', p.unit.slice(4)] : ['', p.unit];
    const interval = p.low === undefined ? '' : ` (${p.low}-${p.high})`;
    rows.push([
      p.id,
      `${currency}${p.value.toLocaleString('en-US', { maximumSignificantDigits: 9 })}${interval}`,
      per,
      `${p.asOf}${p.undated === true ? ' (undated)' : ''}`,
    ]);
  }
  const width = [0, 1, 2].map((i) => Math.max(...rows.map((r) => (r[i] as string).length)));
  return rows.map((r) => `${[0, 1, 2].map((i) => (r[i] as string).padEnd(width[i] as number)).join('  ')}  ${r[3]}`);
}
