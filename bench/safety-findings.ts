/** What a bar was looked at with, and whether it holds. */
export interface Finding {
  readonly what: string;
  /** What was seen, in figures. */
  readonly seen: string;
  /** Each a sentence; empty: the bar holds. */
  readonly broken: readonly string[];
}

export function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map((f) => f.what.length));
  return findings
    .map((f) => {
      const first = `${f.broken.length === 0 ? 'ok    ' : 'BROKEN'}  ${f.what.padEnd(width)}  ${f.seen}`;
      return [first, ...f.broken.slice(0, 10).map((b) => `          - ${b}`)].join('\n');
    })
    .join('\n');
}
