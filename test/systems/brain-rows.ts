/**
 * The rows that neural-memory writes for a memory, as plain objects: counts and lengths as in the store that it wrote itself
 * (fixtures/stores/neural-memory-4.62-multibrain.db), words of a Zipf vocabulary, ids at random.
 */
import { randomStream } from '../layouts/sqlite-stores.ts';

export interface BrainRow {
  readonly table:
    | 'neurons'
    | 'neuron_states'
    | 'synapses'
    | 'fibers'
    | 'fiber_neurons'
    | 'typed_memories'
    | 'memory_maturations'
    | 'tag_cooccurrence';
  readonly values: Readonly<Record<string, string | number | bigint | null>>;
}

export const BRAIN = 'default';
/** As src/systems/neural-brain.ts has them. */
const PER_MEMORY = { otherNeurons: 0.77, synapses: 3.96, fibers: 1.46, tagPairs: 6.3 };
const PER_FIBER = { neurons: 3.05, synapses: 2.1, summarised: 0.32 };

/** Rows of the memories 0..n-1, memory by memory, as they come in. */
export function* brainRows(n: number, seed: number): Generator<BrainRow> {
  const random = randomStream(seed);
  const hex = (digits: number): string => {
    let s = '';
    while (s.length < digits)
      s += Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return s.slice(0, digits);
  };
  const uuid = (): string => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;
  const iso = (i: number): string => new Date(1_790_000_000_000 + i * 977).toISOString().replace('Z', '497');
  /** A word of 3 to 9 letters, the k-th about as frequent as 1/k. */
  const word = (): string => {
    let k = Math.floor(20_000 ** random()) * 2_654_435_761;
    let s = '';
    for (let letters = 3 + (k % 7); letters > 0; letters--) {
      s += String.fromCharCode(97 + (k % 26));
      k = (k * 16_807 + 11) % 2_147_483_647;
    }
    return s;
  };
  const text = (bytes: number): string => {
    const length = Math.max(1, Math.round(bytes * (0.7 + 0.6 * random())));
    let s = word();
    while (s.length < length) s += ` ${word()}`;
    return s.slice(0, length);
  };
  /** JSON of so many bytes: an object with one string of words. */
  const object = (bytes: number): string => `{"k": "${text(bytes - 9)}"}`;
  /** How many of a thing with this mean the i-th memory has. */
  const quota = (i: number, mean: number): number => Math.floor((i + 1) * mean) - Math.floor(i * mean);
  const recent: string[] = [];
  let fiberNumber = 0;
  for (let i = 0; i < n; i++) {
    const at = iso(i);
    const devices = { device_id: '', device_origin: '', updated_at: '' };
    const content = text(62);
    const anchor = uuid();
    const neurons: [id: string, type: string, content: string, metadata: string, hash: bigint][] = [
      [anchor, 'concept', content, object(352), BigInt.asIntN(64, BigInt(`0x${hex(16)}`))],
      [uuid(), 'time', at.slice(0, 16).replace('T', ' '), object(144), 0n],
    ];
    for (let k = quota(i, PER_MEMORY.otherNeurons); k > 0; k--) {
      neurons.push([uuid(), 'spatial', text(29), object(65), BigInt.asIntN(64, BigInt(`0x${hex(16)}`))]);
    }
    for (const [id, type, words, metadata, content_hash] of neurons) {
      yield {
        table: 'neurons',
        values: { id, brain_id: BRAIN, type, content: words, metadata, content_hash, ...devices, created_at: at },
      };
      yield {
        table: 'neuron_states',
        values: { neuron_id: id, brain_id: BRAIN, created_at: at },
      };
      recent.push(id);
    }
    if (recent.length > 4000) recent.splice(0, 2000);
    const older = (): string => recent[Math.floor(random() * recent.length)] as string;
    const synapses: string[] = [];
    const pairs = new Set<string>();
    for (let k = quota(i, PER_MEMORY.synapses); k > 0; k--) {
      const id = uuid();
      const target_id = older();
      if (pairs.has(target_id)) continue;
      pairs.add(target_id);
      synapses.push(id);
      yield {
        table: 'synapses',
        values: {
          id,
          brain_id: BRAIN,
          source_id: k === 1 ? older() : anchor,
          target_id,
          type: k === 1 ? 'happened_at' : 'involves'.slice(0, 6),
          weight: 0.55 + random() / 3,
          direction: 'uni',
          metadata: k % 3 === 0 ? object(36) : '{}',
          ...devices,
          created_at: at,
        },
      };
    }
    for (let k = quota(i, PER_MEMORY.fibers); k > 0; k--, fiberNumber++) {
      const id = uuid();
      const members = new Set([anchor]);
      const most = Math.min(recent.length, quota(fiberNumber, PER_FIBER.neurons));
      while (members.size < most) members.add(older());
      const links = Array.from({ length: quota(fiberNumber, PER_FIBER.synapses) }, () => synapses[0] ?? uuid());
      const tags = (bytes: number): string => `["${text((bytes - 10) / 2)}", "${text((bytes - 10) / 2)}"]`;
      yield {
        table: 'fibers',
        values: {
          id,
          brain_id: BRAIN,
          neuron_ids: JSON.stringify([...members]).replaceAll(',', ', '),
          synapse_ids: JSON.stringify(links).replaceAll(',', ', '),
          anchor_neuron_id: anchor,
          pathway: JSON.stringify([...members].slice(0, 3)).replaceAll(',', ', '),
          time_start: at,
          time_end: at,
          salience: 0.3 + random() / 2,
          summary: quota(fiberNumber, PER_FIBER.summarised) === 1 ? text(62) : null,
          tags: tags(92),
          auto_tags: tags(86),
          agent_tags: '["t0"]',
          metadata: object(343),
          ...devices,
          created_at: at,
        },
      };
      for (const neuron_id of members)
        yield { table: 'fiber_neurons', values: { brain_id: BRAIN, fiber_id: id, neuron_id } };
      if (k > 1 || quota(i, PER_MEMORY.fibers) === 1) {
        yield {
          table: 'typed_memories',
          values: {
            fiber_id: id,
            brain_id: BRAIN,
            memory_type: 'preference'.slice(0, 6),
            provenance: object(131),
            created_at: at,
            source: 'session',
          },
        };
        yield { table: 'memory_maturations', values: { fiber_id: id, brain_id: BRAIN, stage_entered_at: at } };
      }
    }
    for (let k = quota(i, PER_MEMORY.tagPairs); k > 0; k--) {
      yield {
        table: 'tag_cooccurrence',
        values: { brain_id: BRAIN, tag_a: `${hex(4)} ${text(6)}`, tag_b: `${text(10)} ${hex(5)}`, last_seen: at },
      };
    }
  }
}

/** Memories that have about so many neurons. */
export const memoriesOf = (neurons: number): number => Math.round(neurons / (2 + PER_MEMORY.otherNeurons));
