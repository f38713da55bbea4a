/** The answer in one or two sentences: which tier, what binds it, and the nearest way out. */

import { usableRam } from '../engines/machine.ts';
import { withIndexScalar } from '../engines/pgvector.ts';
import { formatBytes, formatCount, formatShortCount } from '../quantity/index.ts';
import type { Workload } from '../workload/index.ts';

import type { RejectedTier } from './report.ts';
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
    sentences.push(`${engine.title}${machines}${machines === '' ? '' : ','} does not hold it: ${broken.because}.`);
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
  // Chosen because nothing is known against it: that has to stand where the answer does.
  if (engine.level === 4 && choice.tier.unchecked.some(ofP99) && choice.tier.rejected.some(shardsTooSlow)) {
    sentences.push('Whether it keeps the p99 objective is not known; no tier below does.');
  }
  if (plan.build.error !== undefined && broken?.id !== 'build-memory')
    sentences.push(`As planned ${plan.build.error}.`);
  if (w.engine !== undefined && choice.recommended.engine.id !== engine.id && choice.recommended.fits) {
    sentences.push(
      `Without --${w.system === undefined ? 'engine' : 'system'} the answer would be ${choice.recommended.engine.title}.`,
    );
  }
  const half = engine.level === 3 && fits ? withHalfvec(choice, w) : undefined;
  if (half !== undefined) sentences.push(half);
  return sentences;
}

const ofP99 = (unchecked: string): boolean => unchecked.startsWith('p99');
const shardsTooSlow = (r: RejectedTier): boolean => r.level === 3 && r.because.startsWith('p99');

function whyShards(choice: Choice, w: Workload): string {
  const whole = choice.chosen.plan;
  const vector = whole.components.find((c) => c.id === 'vector-index');
  const one = choice.tier.rejected.find((r) => r.id === 'pgvector');
  const perMachine = Math.floor(
    (w.memories.value / whole.machines.value) * (usableRam(w).value / whole.residentPerMachine.value),
  );
  const holds = `; one ${formatBytes(w.ram.value)} machine holds ${formatShortCount(perMachine)} memories`;
  const index =
    vector === undefined ? '' : `the vector index takes ${formatBytes(vector.disk.value)} and must stay resident`;
  if ((whole.demand ?? 0) <= 1 && choice.recommended.engine !== choice.chosen.engine) {
    return `${formatBytes(whole.residentPerMachine.value)} must stay resident on each${holds}`;
  }
  if (one !== undefined && !one.because.includes('resident')) return `${one.because}${holds}`;
  return `${index}${holds}`;
}

/** "With halfvec (38.1 GiB) one machine is enough", where it is. */
function withHalfvec(choice: Choice, w: Workload): string | undefined {
  // Where one machine is enough as it is, it is not halfvec that makes it so.
  if (w.indexScalar !== 'float32' || (choice.chosen.plan.demand ?? 0) <= 1) return undefined;
  const half = withIndexScalar(choice.chosen.plan, w, 'halfvec');
  if (half === undefined || half.resident > usableRam(w).value) return undefined;
  if (half.buildSeconds !== undefined && half.buildSeconds > w.buildWindow.value) return undefined;
  return `With a halfvec index (${formatBytes(half.index.value)}) one machine is enough.`;
}
