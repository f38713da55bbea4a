/** What `memplan init` asks, in order, and what each question means. */
import type { Draft } from '../../workload/index.ts';

export interface Question {
  /** The parameter it fills. */
  readonly id: string;
  readonly asks: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** Left out where another answer makes it meaningless. */
  unless?(answered: Draft): boolean;
}

const has = (draft: Draft, id: string): boolean => draft.inputs[id] !== undefined;
const ownTables = (draft: Draft): boolean => draft.system?.ownTables === true;

export const QUESTIONS: readonly Question[] = [
  {
    id: 'system',
    asks: 'Memory system',
    why: 'A system that is known (mneme, mem0, langgraph, letta, langchain, llama-index, mastra, cognee, agno, open-webui, n8n, mcp-memory-service, neural-memory, memories-dev, recall) is planned with its own tables. Leave it empty for a store of your own.',
  },
  {
    id: 'n',
    asks: 'Memories in the store',
    why: 'Plan for the count you expect, not the one you have: 100k, 10M. Everything grows with it.',
    unless: (d) => has(d, 'users') && has(d, 'memories-per-user'),
  },
  {
    id: 'dims',
    asks: 'Dimensions of the embedding',
    why: 'What the embedding model returns: 384 for small local models, 1,536 for text-embedding-3-small. The index grows in steps of it.',
  },
  {
    id: 'type',
    asks: 'Stored as',
    why: 'float32 is exact; halfvec is half the size and usually loses no recall; int8 and bit are smaller and lose some.',
    unless: ownTables,
  },
  {
    id: 'text-bytes',
    asks: 'Text of one memory',
    why: 'The mean, in bytes: a fact is about 200B, a paragraph 1kB.',
  },
  {
    id: 'namespaces',
    asks: 'Namespaces (users, tenants)',
    why: 'How many groups the memories divide into. Searches that filter by one behave differently from searches over all.',
  },
  {
    id: 'writes-per-day',
    asks: 'New memories a day',
    why: 'Decides whether one machine keeps up with inserts, and what embedding costs a month.',
  },
  {
    id: 'queries-per-second',
    asks: 'Searches a second, at the peak',
    why: 'Decides how many cores searching takes.',
  },
  {
    id: 'slo-p99',
    asks: 'Slowest search that is acceptable (p99)',
    why: '99 of 100 searches have to be faster than this; a scan of every vector stops keeping it first.',
  },
  {
    id: 'ram',
    asks: 'RAM of one machine',
    why: 'A vector index has to stay in it: this is what usually decides the tier.',
  },
  {
    id: 'budget',
    asks: 'Money a month',
    why: 'The most the machines and disks may cost, for example $500.',
  },
];
