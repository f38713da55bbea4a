/** The answer to a change of model in a few sentences: money, time and what binds it, room, the last day. */
import { formatBytes, formatCount, formatQuantity, formatShortCount } from '../quantity/index.ts';
import type { ReembedReport } from './reembed.ts';
import type { BackfillLimit } from './reembed-backfill.ts';

const BINDS: Readonly<Record<BackfillLimit, string>> = {
  'tokens-per-minute': 'tokens a minute bind',
  'requests-per-minute': 'requests a minute bind',
  concurrency: 'the requests in flight bind',
  'batch-window': "the batch API's window binds",
};

/** Which limit binds, and what of the limits of a request it rests on. */
export function bindingInWords(r: Pick<ReembedReport, 'backfill'>): string | undefined {
  const { binds, perRequest, perRequestBy } = r.backfill;
  if (binds === undefined) return undefined;
  const words = BINDS[binds];
  if (binds !== 'requests-per-minute' && binds !== 'concurrency') return words;
  const held =
    perRequestBy === 'tokens-per-request'
      ? 'by the tokens of a request'
      : perRequestBy === 'inputs-per-request'
        ? 'by the inputs of a request'
        : 'for want of a limit';
  return `${words}, with ${formatCount(perRequest?.value ?? 0)} in each, held there ${held}`;
}

export function reembedHeadline(r: Omit<ReembedReport, 'headline' | 'notes'>): string[] {
  const time =
    r.backfill.seconds === undefined
      ? 'How long the backfill takes is not known: give --tpm and --rpm.'
      : `The backfill takes ${formatQuantity(r.backfill.seconds)}: ${bindingInWords(r) ?? ''}.`;
  const [first] = r.money.oneOff;
  const paid =
    r.money.oneOff.length > 1
      ? `, of which ${formatQuantity(first?.usd)} embed the ${formatShortCount(r.memories.value)} memories`
      : '';
  const sentences = [`The change costs ${formatQuantity(r.money.total)} once${paid}. ${time}`];
  const { storage } = r;
  if (storage === undefined)
    sentences.push(`${r.engineTitle} cannot hold the new vectors: ${(r.unheld ?? '').replace(/\.$/, '')}.`);
  else {
    const today = storage.phases[0];
    const rewriting = storage.phases.find((p) => p.id === 'rewriting');
    const machines = storage.from.machines.value > 1 ? ' a machine' : '';
    sentences.push(
      `While both models stand the store takes ${formatQuantity(storage.peakDisk)} on disk (today ${formatQuantity(today?.disk)}${rewriting === undefined ? '' : `, while the table is rewritten ${formatQuantity(rewriting.disk)}`}) and ` +
        `${formatQuantity(storage.peakPerMachine)}${machines} resident: ${
          storage.fits
            ? `within the ${formatBytes(storage.usablePerMachine.value)} that are usable.`
            : `more than the ${formatBytes(storage.usablePerMachine.value)} that are usable. Build the new index on a machine of its own, or take a larger one until the cleanup.`
        }`,
    );
  }
  const { cutover, end, latestEnd } = r.schedule;
  if (cutover !== undefined && end !== undefined) {
    sentences.push(
      `Cutover on ${cutover}, done on ${end}${latestEnd === undefined || latestEnd === end ? '' : `, or ${latestEnd} at the latest`}.`,
    );
  }
  return sentences;
}
