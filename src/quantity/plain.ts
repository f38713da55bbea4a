/** A number for an explanation: up to six significant digits, thousands separated, never in a scaled unit. */
export function plain(n: number): string {
  if (Number.isInteger(n)) return n.toString().replace(/\B(?=(\d{3})+$)/g, ',');
  const short = Math.abs(n) >= 1e6 ? Math.round(n) : Number(n.toPrecision(6));
  const [whole, fraction] = short.toString().split('.') as [string, string?];
  if (whole.includes('e')) return short.toString();
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

export function formatIntervalPlain(low: number, high: number): string {
  return `${plain(low)} to ${plain(high)}`;
}
