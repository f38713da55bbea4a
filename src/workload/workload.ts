import type { Quantity } from '../quantity/index.ts';
import type { Calibration } from './calibration.ts';
import type { EngineId, IndexKind, Lexical, OptionalComponent, Scalar, Storage } from './choices.ts';
import type { SystemInUse } from './system.ts';

/** Where an input came from; a flag beats the config file, which beats the store, then the named system, then a default. */
export type From = 'flag' | 'config' | 'store' | 'system' | 'default' | 'derived';

/** What the memory system holds and does, every input with its basis and its origin. */
export interface Workload {
  /** The memory system that --system named. */
  readonly system: string | undefined;
  /** What stands for it where it brings tables of its own; the engines are asked to plan those. */
  readonly systemInUse: SystemInUse | undefined;
  readonly memories: Quantity<'rows'>;
  readonly dimensions: Quantity<'dimensions'>;
  readonly scalar: Scalar;
  /** Non-zero elements; matters for sparsevec only. */
  readonly nonzeros: Quantity<'dimensions'>;
  /** Undefined where nobody said how many people share the store. */
  readonly users: Quantity<'count'> | undefined;
  /** Undefined where nobody said how the memories are divided: then no claim is made about namespaces. */
  readonly namespaces: Quantity<'count'> | undefined;
  readonly largestNamespace: Quantity<'rows'> | undefined;
  readonly duplicateRate: Quantity<'ratio'>;

  /** The engine asked for; undefined lets the tier decide. */
  readonly engine: EngineId | undefined;
  readonly index: IndexKind | undefined;
  /** Scalar of the vector index; the stored one unless an expression index over another type was asked for. */
  readonly indexScalar: Scalar;
  readonly m: Quantity<'count'>;
  readonly efConstruction: Quantity<'count'>;
  readonly efSearch: Quantity<'count'>;
  readonly lists: Quantity<'count'> | undefined;
  readonly probes: Quantity<'count'> | undefined;
  readonly chunkSize: Quantity<'count'>;
  readonly storage: Storage;

  readonly textBytes: Quantity<'B'>;
  readonly metadataBytes: Quantity<'B'>;
  readonly namespaceBytes: Quantity<'B'>;
  readonly lexical: Lexical;
  /** Undefined where nobody counted them: then the length of the text stands for both. */
  readonly distinctTerms: Quantity<'count'> | undefined;
  readonly termsPerMemory: Quantity<'count'> | undefined;
  readonly edgesPerMemory: Quantity<'ratio'>;
  readonly revisionsPerMemory: Quantity<'ratio'>;
  readonly outboxBacklog: Quantity<'rows'>;
  readonly components: readonly OptionalComponent[];

  readonly writesPerDay: Quantity<'rows/day'> | undefined;
  readonly queriesPerSecond: Quantity<'queries/s'> | undefined;
  readonly sloP99: Quantity<'s'>;
  readonly buildWindow: Quantity<'s'>;
  readonly hotShare: Quantity<'ratio'>;

  readonly embeddingModel: string;
  readonly extractionModel: string;
  readonly tokens: Quantity<'tokens'>;
  readonly extractionInputTokens: Quantity<'tokens'>;
  readonly extractionOutputTokens: Quantity<'tokens'>;
  readonly prefilter: Quantity<'ratio'>;
  readonly hype: Quantity<'ratio'>;
  readonly cacheEntries: Quantity<'count'>;
  readonly replicas: Quantity<'count'>;
  readonly budget: Quantity<'USD/month'> | undefined;

  readonly ram: Quantity<'B'>;
  readonly cores: Quantity<'count'>;
  readonly buildMemory: Quantity<'B'> | undefined;
  readonly maxShards: Quantity<'count'>;

  /** Constants measured by `memplan calibrate`, used in place of assumed ones. */
  readonly calibration: Calibration | undefined;

  /** Parameter id → origin, for every input that has a value. */
  readonly origin: Readonly<Record<string, From>>;
}
