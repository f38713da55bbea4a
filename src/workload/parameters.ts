/**
 * Every input of a workload, as data: flag, config key, unit, range, default with its reason. Flags, the config reader,
 * `--help` and the docs are made from this table, so an input cannot exist in one of them only.
 */
import type { Unit } from '../quantity/index.ts';
import { ENGINE_IDS, INDEX_KINDS, LEXICALS, SCALAR_ALIASES, SCALARS, STORAGES } from './choices.ts';

export type ParameterKind = 'count' | 'bytes' | 'duration' | 'money' | 'ratio' | 'decimal' | 'choice' | 'word';

export interface ParameterDefault {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
  /** `exact` where the default is the engine's own setting, `assumed` where it is our guess about the workload. */
  readonly basis: 'exact' | 'assumed';
  readonly source: string;
}

export interface Parameter {
  /** Flag without its dashes, and key in the config file's `workload` section. */
  readonly id: string;
  readonly kind: ParameterKind;
  readonly placeholder: string;
  readonly summary: string;
  readonly group: 'workload' | 'index' | 'text' | 'traffic' | 'money' | 'machine';
  readonly unit: Unit;
  /** Inclusive range in the parameter's unit; for choices unused. */
  readonly min: number;
  readonly max: number;
  readonly choices?: readonly string[];
  readonly aliases?: Readonly<Record<string, string>>;
  readonly default?: ParameterDefault;
}

const assumed = (value: number, low: number, high: number, source: string): ParameterDefault => ({
  value,
  low,
  high,
  basis: 'assumed',
  source,
});
const setting = (value: number, source: string): ParameterDefault => ({ value, basis: 'exact', source });

const GiB = 2 ** 30;
const HOUR = 3600;

type Row = Omit<Parameter, 'group'>;
const group = (name: Parameter['group'], rows: readonly Row[]): Parameter[] =>
  rows.map((row) => ({ ...row, group: name }));
const choice = (
  id: string,
  placeholder: string,
  summary: string,
  choices: readonly string[],
  aliases?: Readonly<Record<string, string>>,
): Row => ({
  id,
  kind: 'choice',
  placeholder,
  summary,
  unit: 'count',
  min: 0,
  max: 0,
  choices,
  ...(aliases === undefined ? {} : { aliases }),
});

/** A word that another room checks: the model of a price. */
const word = (id: string, placeholder: string, summary: string): Row => ({
  id,
  kind: 'word',
  placeholder,
  summary,
  unit: 'count',
  min: 0,
  max: 0,
});

/** A trillion memories is 100 per living person: beyond it is a slip of the suffix. */
const MAX_ROWS = 1e12;

export const PARAMETERS: readonly Parameter[] = [
  ...group('workload', [
    {
      id: 'n',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'memories in the store',
      unit: 'rows',
      min: 1,
      max: MAX_ROWS,
    },
    {
      id: 'dims',
      kind: 'count',
      placeholder: 'D',
      summary: 'dimensions of the embedding',
      unit: 'dimensions',
      min: 1,
      max: 1_000_000,
      default: setting(1536, 'default: 1,536, the size of text-embedding-3-small and ada-002'),
    },
    choice('type', 'TYPE', 'stored scalar', SCALARS, SCALAR_ALIASES),
    {
      id: 'nonzeros',
      kind: 'count',
      placeholder: 'K',
      summary: 'non-zero elements of a sparsevec',
      unit: 'dimensions',
      min: 1,
      max: 16_000,
      default: assumed(120, 20, 400, 'default: 120 non-zeros, the order of a SPLADE embedding'),
    },
    {
      id: 'users',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'users; with --memories-per-user instead of --n',
      unit: 'count',
      min: 1,
      max: 1e11,
    },
    {
      id: 'memories-per-user',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'retained memories of one user',
      unit: 'rows',
      min: 0.001,
      max: 1e9,
    },
    {
      id: 'namespaces',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'namespaces (default: one a user, where --users is given)',
      unit: 'count',
      min: 1,
      max: 1e11,
    },
    {
      id: 'largest-namespace',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'memories in the largest namespace',
      unit: 'rows',
      min: 1,
      max: MAX_ROWS,
    },
    {
      id: 'duplicate-rate',
      kind: 'ratio',
      placeholder: 'SHARE',
      summary: 'share of rows whose vector equals an earlier one: they share an HNSW element',
      unit: 'ratio',
      min: 0,
      max: 0.999,
      default: setting(0, 'default: no exact duplicates (1.1-1.7 % in three public datasets)'),
    },
  ]),
  ...group('index', [
    choice('engine', 'ENGINE', 'plan for this engine instead of the recommended tier', ENGINE_IDS),
    choice(
      'index-type',
      'TYPE',
      'scalar of the vector index where it differs from the stored one (an expression index)',
      ['halfvec', 'bit'],
      SCALAR_ALIASES,
    ),
    choice('index', 'KIND', 'vector index (default: what the engine is run with)', INDEX_KINDS),
    {
      id: 'm',
      kind: 'count',
      placeholder: 'M',
      summary: 'HNSW links per element and level',
      unit: 'count',
      min: 2,
      max: 100,
      default: setting(16, "default: pgvector's m"),
    },
    {
      id: 'ef-construction',
      kind: 'count',
      placeholder: 'EF',
      summary: 'HNSW candidate list while building',
      unit: 'count',
      min: 4,
      max: 1000,
      default: setting(64, "default: pgvector's ef_construction"),
    },
    {
      id: 'ef-search',
      kind: 'count',
      placeholder: 'EF',
      summary: 'HNSW candidate list while searching',
      unit: 'count',
      min: 1,
      max: 1000,
      default: setting(40, "default: pgvector's hnsw.ef_search"),
    },
    {
      id: 'lists',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'IVF lists (default: N/1,000 to 1M rows, then sqrt(N))',
      unit: 'count',
      min: 1,
      max: 32_768,
    },
    {
      id: 'probes',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'IVF lists probed per query (default: sqrt(lists))',
      unit: 'count',
      min: 1,
      max: 32_768,
    },
    {
      id: 'chunk-size',
      kind: 'count',
      placeholder: 'ROWS',
      summary: 'slots of a vec0 chunk (sqlite-vec), a multiple of 8',
      unit: 'count',
      min: 8,
      max: 4096,
      default: setting(1024, "default: sqlite-vec's chunk_size"),
    },
    choice(
      'storage',
      'STORAGE',
      "PostgreSQL storage of the vector column (default: external, pgvector's own)",
      STORAGES,
    ),
  ]),
  ...group('text', [
    {
      id: 'text-bytes',
      kind: 'bytes',
      placeholder: 'BYTES',
      summary: 'text of one memory',
      unit: 'B',
      min: 0,
      max: 2 ** 30,
      default: assumed(200, 100, 400, 'default: 200 B of text a memory, 100 to 400'),
    },
    {
      id: 'metadata-bytes',
      kind: 'bytes',
      placeholder: 'BYTES',
      summary: 'metadata (jsonb) of one memory',
      unit: 'B',
      min: 0,
      max: 2 ** 30,
      default: assumed(100, 40, 300, 'default: 100 B of metadata a memory, 40 to 300'),
    },
    {
      id: 'namespace-bytes',
      kind: 'bytes',
      placeholder: 'BYTES',
      summary: 'text of one namespace id',
      unit: 'B',
      min: 1,
      max: 2712,
      default: assumed(10, 8, 36, 'default: a namespace id of 10 B; a UUID as text is 36'),
    },
    choice('lexical', 'KIND', 'lexical index (default: tsvector)', LEXICALS),
    {
      id: 'edges-per-memory',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'entity edges per memory',
      unit: 'ratio',
      min: 0,
      max: 10_000,
      default: assumed(
        0.2,
        0.1,
        2,
        'default: 0.2 edges a memory (2M edges at 10M memories, the seed article), up to 2',
      ),
    },
    {
      id: 'revisions-per-memory',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'audit-ledger entries per memory',
      unit: 'ratio',
      min: 0,
      max: 10_000,
      default: assumed(1.2, 1, 3, 'default: one entry when written and 0.2 supersessions'),
    },
    {
      id: 'outbox-backlog',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'embeddings that may wait in the outbox',
      unit: 'rows',
      min: 0,
      max: MAX_ROWS,
      default: assumed(100_000, 10_000, 1_000_000, 'default: 100,000 queued embeddings'),
    },
  ]),
  ...group('traffic', [
    {
      id: 'writes-per-day',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'new memories a day',
      unit: 'rows/day',
      min: 0,
      max: 1e12,
    },
    {
      id: 'queries-per-second',
      kind: 'decimal',
      placeholder: 'QPS',
      summary: 'searches a second at the peak',
      unit: 'queries/s',
      min: 0,
      max: 1e9,
    },
    {
      id: 'slo-p99',
      kind: 'duration',
      placeholder: 'TIME',
      summary: 'p99 a vector search must keep',
      unit: 's',
      min: 1e-6,
      max: 3600,
      default: { value: 0.1, basis: 'assumed', source: 'default: 100 ms, the end-to-end SLO of the seed article' },
    },
    {
      id: 'build-window',
      kind: 'duration',
      placeholder: 'TIME',
      summary: 'maintenance window an index build must fit',
      unit: 's',
      min: 1,
      max: 365 * 24 * HOUR,
      default: { value: 8 * HOUR, basis: 'assumed', source: 'default: one night of 8 h' },
    },
    {
      id: 'hot-share',
      kind: 'ratio',
      placeholder: 'SHARE',
      summary: 'share of table and side indexes that is read often',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: assumed(0.2, 0.05, 0.5, 'default: a fifth of the rows is read often, 5 to 50 %'),
    },
  ]),
  ...group('money', [
    {
      id: 'tokens',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'tokens embedded per memory',
      unit: 'tokens',
      min: 0,
      max: 1e6,
      default: assumed(50, 25, 100, 'default: 50 tokens a memory (200 B of English text)'),
    },
    {
      id: 'extraction-input-tokens',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'prompt tokens of one extraction call',
      unit: 'tokens',
      min: 0,
      max: 1e7,
      default: assumed(300, 150, 1000, 'default: 300 tokens of context and instructions a call'),
    },
    {
      id: 'extraction-output-tokens',
      kind: 'decimal',
      placeholder: 'COUNT',
      summary: 'generated tokens of one extraction call',
      unit: 'tokens',
      min: 0,
      max: 1e6,
      default: assumed(60, 30, 200, 'default: 60 tokens of JSON a call'),
    },
    word('embedding-model', 'MODEL', 'whose price an embedding has (default: text-embedding-3-small)'),
    word('extraction-model', 'MODEL', 'whose price an extraction call has (default: claude-haiku-4.5)'),
    {
      id: 'prefilter',
      kind: 'ratio',
      placeholder: 'SHARE',
      summary: 'share of turns a gate rejects before the extraction call',
      unit: 'ratio',
      min: 0,
      max: 0.999,
      default: setting(0, 'default: no pre-filter'),
    },
    {
      id: 'hype',
      kind: 'ratio',
      placeholder: 'SHARE',
      summary: 'extra extraction cost of hypothetical questions, e.g. 30%',
      unit: 'ratio',
      min: 0,
      max: 1,
      default: setting(0, 'default: no hypothetical questions'),
    },
    {
      id: 'cache-entries',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'embeddings cached in Redis',
      unit: 'count',
      min: 0,
      max: 1e12,
      default: setting(0, 'default: no cache'),
    },
    {
      id: 'replicas',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'further copies of the database (Multi-AZ: 1)',
      unit: 'count',
      min: 0,
      max: 100,
      default: setting(0, 'default: no standby'),
    },
    {
      id: 'budget',
      kind: 'money',
      placeholder: 'DOLLARS',
      summary: 'most that may be spent a month',
      unit: 'USD/month',
      min: 0,
      max: 1e12,
    },
  ]),
  ...group('machine', [
    {
      id: 'ram',
      kind: 'bytes',
      placeholder: 'SIZE',
      summary: 'memory of one machine',
      unit: 'B',
      min: 2 ** 26,
      max: 2 ** 50,
      default: { value: 64 * GiB, basis: 'assumed', source: 'default: a 64 GiB machine' },
    },
    {
      id: 'cores',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'cores of one machine',
      unit: 'count',
      min: 1,
      max: 4096,
      default: { value: 8, basis: 'assumed', source: 'default: 8 cores' },
    },
    {
      id: 'build-memory',
      kind: 'bytes',
      placeholder: 'SIZE',
      summary: 'maintenance_work_mem for the build (default: what it needs, up to half of --ram)',
      unit: 'B',
      min: 2 ** 20,
      max: 2 ** 50,
    },
    {
      id: 'max-shards',
      kind: 'count',
      placeholder: 'COUNT',
      summary: 'shards the team can operate',
      unit: 'count',
      min: 1,
      max: 100_000,
      default: assumed(16, 8, 32, 'default: 16 machines, about what the seed article calls tier 3'),
    },
  ]),
];

/** The parameter of that id. @throws Error for an id that is not in the table: a slip in our code, not the user's. */
export function parameter(id: string): Parameter {
  const found = BY_ID.get(id);
  if (found === undefined) throw new Error(`no workload parameter is called ${id}`);
  return found;
}

const BY_ID: ReadonlyMap<string, Parameter> = new Map(PARAMETERS.map((p) => [p.id, p]));
