/** Cost lines of 10M memories on one RDS machine, and how two of them came about. */
import { CATALOGUE, costLines, embeddingTime, limitsFor } from '../../src/prices/index.ts';
import { explain, formatInterval, formatQuantity, leaf } from '../../src/quantity/index.ts';

export default function cost(): string[] {
  const memories = leaf('memories', 10_000_000, 'rows');
  const tokens = leaf('tokens a memory', 50, 'tokens');
  const lines = costLines(CATALOGUE, {
    embedding: {
      model: 'text-embedding-3-small',
      memories,
      tokens,
      writesPerDay: leaf('writes a day', 100_000, 'rows/day'),
    },
    extraction: {
      model: 'claude-haiku-4.5',
      memories,
      turnsPerMemory: leaf('turns a memory', 1, 'ratio'),
      inputTokens: leaf('prompt tokens', 300, 'tokens'),
      outputTokens: leaf('generated tokens', 60, 'tokens'),
      prefilter: leaf('turns rejected', 0.55, 'ratio'),
      hype: leaf('hypothetical questions', 0, 'ratio'),
    },
    storage: { disk: leaf('disk', 250e9, 'B'), replicas: leaf('replicas', 1, 'count') },
    compute: {
      residentPerMachine: leaf('resident', 80 * 2 ** 30, 'B'),
      machines: leaf('machines', 1, 'count'),
      replicas: leaf('replicas', 1, 'count'),
    },
    cache: { bytes: leaf('cached data', 4 * 2 ** 30, 'B') },
  });
  const out: string[] = [];
  const all = [...lines.oneOff, ...lines.monthly];
  const width = Math.max(...all.map((l) => l.title.length));
  for (const line of all) {
    out.push(
      `${line.id.padEnd(10)}  ${line.title.padEnd(width)}  ${formatQuantity(line.usd)}  [${formatInterval(line.usd)}]`,
    );
    if (line.note !== undefined) out.push(`            ${line.note}`);
  }
  const extraction = lines.oneOff.find((l) => l.id === 'extraction');
  const compute = lines.monthly.find((l) => l.id === 'compute');
  for (const line of [extraction, compute]) if (line !== undefined) out.push('', ...explain(line.usd));
  const limits = limitsFor(CATALOGUE, 'text-embedding-3-small');
  if (limits !== undefined) {
    const time = embeddingTime({ memories, tokens, limits });
    out.push('', ...explain(time.seconds, { depth: 1 }), `bound by ${time.binds}`);
  }
  return out;
}
