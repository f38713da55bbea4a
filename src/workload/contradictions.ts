/** Inputs that cannot both be meant. One sentence each: which two, and what to drop. */
import { formatCount, InputError } from '../quantity/index.ts';
import type { DraftInput } from './draft.ts';
import { parameter } from './parameters.ts';

type Inputs = Readonly<Record<string, DraftInput>>;

/** Parameters that only mean something for some index kinds. */
const INDEX_ONLY: Readonly<Record<string, readonly string[]>> = {
  m: ['hnsw', 'diskann', 'vector-set'],
  'ef-construction': ['hnsw', 'diskann', 'vector-set'],
  'ef-search': ['hnsw', 'diskann', 'vector-set'],
  lists: ['ivfflat', 'ivf-sq8', 'ivf-pq'],
  probes: ['ivfflat', 'ivf-sq8', 'ivf-pq'],
};

/** Stored types that an expression index of another type can be made from (casts and binary_quantize, pgvector 0.8.x). */
const CASTS: Readonly<Record<string, readonly string[]>> = {
  halfvec: ['float32', 'halfvec', 'sparsevec'],
  bit: ['float32', 'halfvec', 'bit'],
};

/** @throws InputError naming both inputs. Inputs read from a store or set by a named system never contradict: a flag overrides them. */
export function refuseContradictions(inputs: Inputs): void {
  const value = (id: string): number | undefined => inputs[id]?.value as number | undefined;
  const said = (id: string): boolean =>
    inputs[id] !== undefined && !['store', 'system'].includes(inputs[id]?.from ?? '');
  const refuse = (a: string, b: string, why: string): never => {
    throw new InputError(
      'contradiction',
      `${inputs[a]?.where} ${inputs[a]?.value} contradicts ${inputs[b]?.where} ${inputs[b]?.value}: ${why}`,
    );
  };

  const index = inputs['index'];
  if (index !== undefined) {
    for (const [id, kinds] of Object.entries(INDEX_ONLY)) {
      if (said(id) && !kinds.includes(index.value as string))
        refuse(id, 'index', `it only applies to ${kinds.join(', ')}`);
    }
  } else if (said('lists') || said('probes')) {
    const id = said('lists') ? 'lists' : 'probes';
    throw new InputError(
      'contradiction',
      `${inputs[id]?.where} only applies to IVF indexes; add --index ivfflat or drop it`,
    );
  }
  const scalar = inputs['type']?.value;
  if (said('nonzeros') && scalar !== 'sparsevec') {
    throw new InputError(
      'contradiction',
      `${inputs['nonzeros']?.where} only applies to --type sparsevec; add it or drop it`,
    );
  }
  const distinctTerms = value('distinct-terms');
  const termsPerMemory = value('terms-per-memory');
  if (distinctTerms !== undefined && termsPerMemory !== undefined && termsPerMemory > distinctTerms) {
    refuse('terms-per-memory', 'distinct-terms', 'one text cannot have more different words than all of them together');
  }
  const nonzeros = value('nonzeros');
  const dims = value('dims') ?? parameter('dims').default?.value;
  if (nonzeros !== undefined && dims !== undefined && nonzeros > dims && said('nonzeros')) {
    throw new InputError(
      'contradiction',
      `${inputs['nonzeros']?.where} ${formatCount(nonzeros)} is more than the ${formatCount(dims)} dimensions there are; give --dims the size of the vocabulary`,
    );
  }
  const indexType = inputs['index-type'];
  const stored = (scalar as string | undefined) ?? 'float32';
  if (indexType !== undefined && CASTS[indexType.value as string]?.includes(stored) === false) {
    throw new InputError(
      'contradiction',
      `${indexType.where} ${indexType.value} cannot index a ${stored} column: pgvector makes it from ${CASTS[indexType.value as string]?.join(' or ')}`,
    );
  }
  if (indexType !== undefined && inputs['index']?.value === 'flat') {
    refuse('index-type', 'index', 'an exact scan has no index');
  }
  const n = value('n');
  const largest = value('largest-namespace');
  if (n !== undefined && largest !== undefined && largest > n) {
    if (said('largest-namespace'))
      refuse('largest-namespace', 'n', 'a namespace cannot hold more than the whole store');
  }
  const namespaces = value('namespaces');
  if (
    n !== undefined &&
    namespaces !== undefined &&
    namespaces > n &&
    said('namespaces') &&
    inputs['namespaces']?.from !== 'derived'
  ) {
    refuse(
      'namespaces',
      'n',
      `${formatCount(namespaces)} namespaces cannot all hold one of ${formatCount(n)} memories`,
    );
  }
  const chunk = value('chunk-size');
  if (chunk !== undefined && chunk % 8 !== 0) {
    throw new InputError(
      'out-of-range',
      `${inputs['chunk-size']?.where} ${chunk}: a vec0 chunk has a multiple of 8 slots; ${chunk - (chunk % 8)} or ${Math.min(4096, chunk + 8 - (chunk % 8))} would do`,
    );
  }
  if (
    n !== undefined &&
    namespaces !== undefined &&
    largest !== undefined &&
    said('largest-namespace') &&
    namespaces * largest < n
  ) {
    throw new InputError(
      'contradiction',
      `${inputs['largest-namespace']?.where} ${formatCount(largest)} contradicts ${inputs['namespaces']?.where}: ${formatCount(namespaces)} namespaces of at most that hold ${formatCount(namespaces * largest)} of ${formatCount(n)} memories`,
    );
  }
  const ram = value('ram');
  const buildMemory = value('build-memory');
  if (ram !== undefined && buildMemory !== undefined && buildMemory > ram)
    refuse('build-memory', 'ram', 'a machine cannot lend more memory than it has');
  const lists = value('lists');
  const probes = value('probes');
  if (lists !== undefined && probes !== undefined && probes > lists)
    refuse('probes', 'lists', 'there are only so many lists to probe');
  const m = value('m');
  const efConstruction = value('ef-construction');
  if (
    m !== undefined &&
    efConstruction !== undefined &&
    efConstruction < 2 * m &&
    said('ef-construction') &&
    inputs['engine']?.value !== 'hnswlib'
  ) {
    refuse('ef-construction', 'm', `pgvector wants ef_construction of at least 2 × m = ${2 * m}`);
  }
}
