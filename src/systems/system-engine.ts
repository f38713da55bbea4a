/** Makes the engine that stands for one named system. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import type { SystemEngine } from '../engines/index.ts';
import type { Workload } from '../workload/index.ts';

export type SystemEngineData = Pick<
  Engine,
  'id' | 'title' | 'level' | 'layouts' | 'scalars' | 'indexes' | 'leaveWhen' | 'failureModes'
> & {
  readonly system: string;
  readonly useWhen?: readonly string[];
  /** Default: it does. */
  readonly embeds?: boolean;
  /** Default: it does not; a cache or a store takes what it is given. */
  readonly extracts?: boolean;
  maxDimensions?(): number | undefined;
  plan(w: Workload): EnginePlan;
};

export function systemEngine(data: SystemEngineData): SystemEngine {
  return {
    ...data,
    ownTables: true,
    embeds: data.embeds ?? true,
    extracts: data.extracts ?? false,
    useWhen: data.useWhen ?? [`the store is one of ${data.title}`],
    maxDimensions: data.maxDimensions ?? (() => undefined),
    docs: 'presets',
  };
}
