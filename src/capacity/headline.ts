/** The answer in one or two sentences: which tier, what binds it, and the nearest way out. */

import { usableRam } from '../engines/machine.ts';
import { withIndexScalar } from '../engines/pgvector.ts';
import { formatBytes, formatCount, formatShortCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';
import { rowsWhere } from './flips.ts';
import type { Choice } from './tier.ts';

export function headlineFor(choice: Choice, w: Workload): string[] {
  const { engine, plan, fits } = choice.chosen;
  const sentences: string[] = [];
  const machines =
    plan.machines.value > 1
      ? `, ${formatCount(plan.machines.value)} ${engine.level === 3 ? 'shards' : 'machines'}`
      : '';
  const vector = plan.components.find((c) => c.id === 'vector-index');
  const broken = choice.tier.checks.find((c) => c.verdict === 'breaks');
  if (!fits && broken !== undefined) {
    sentences.push(`${engine.title}${machines} does not hold it: ${broken.because}.`);
  } else if (engine.level === 3 && vector !== undefined) {
    sentences.push(`${engine.title}${machines}: ${whyShards(choice, w)}.`);
  } else if (engine.level === 1) {
    sentences.push(`${engine.title}: one file holds it, and a search reads every vector of it.`);
  } else {
    const resident = `${formatBytes(plan.residentPerMachine.value)} must stay resident${plan.machines.value > 1 ? ' on each' : ''}`;
    sentences.push(
      `${engine.title}${machines}: ${resident}, and ${formatBytes(w.ram.value)} of RAM leave ${formatBytes(usableRam(w).value)} for it.`,
    );
  }
  if (w.engine !== undefined && choice.recommended.engine !== engine) {
    sentences.push(`Without --engine the answer would be ${choice.recommended.engine.title}.`);
  }
  const half = engine.level === 3 ? withHalfvec(choice, w) : undefined;
  if (half !== undefined) sentences.push(half);
  return sentences;
}

function whyShards(choice: Choice, w: Workload): string {
  const whole = choice.chosen.plan;
  const vector = whole.components.find((c) => c.id === 'vector-index');
  const one = choice.tier.rejected.find((r) => r.id === 'pgvector');
  const perMachine = rowsWhere(
    (n) => whole.residentPerMachine.value * whole.growth.resident(n),
    usableRam(w).value,
    w.memories.value,
  );
  const holds =
    perMachine === undefined
      ? ''
      : `; one ${formatBytes(w.ram.value)} machine holds ${formatShortCount(perMachine)} memories`;
  const index =
    vector === undefined ? '' : `the vector index takes ${formatBytes(vector.disk.value)} and must stay resident`;
  if (one !== undefined && !one.because.includes('resident')) return `${one.because}${holds}`;
  return `${index}${holds}`;
}

/** "With halfvec (38.1 GiB) one machine is enough", where it is. */
function withHalfvec(choice: Choice, w: Workload): string | undefined {
  if (w.indexScalar !== 'float32') return undefined;
  const half = withIndexScalar(choice.chosen.plan, w, 'halfvec');
  if (half === undefined || half.resident > usableRam(w).value) return undefined;
  if (half.buildSeconds !== undefined && half.buildSeconds > w.buildWindow.value) return undefined;
  return `With a halfvec index (${formatBytes(half.index.value)}) one machine is enough.`;
}
