/** Makes the engine that stands for one named system. */
import type { Engine, EnginePlan } from '../engines/engine.ts';
import type { SystemEngine } from '../engines/index.ts';
import type { SystemTables } from '../engines/pg-table.ts';
import { InputError } from '../quantity/index.ts';
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
  /** Of a system on PostgreSQL. */
  readonly tables?: SystemTables;
  maxDimensions?(): number | undefined;
  plan(w: Workload): EnginePlan;
};

export function systemEngine(data: SystemEngineData): SystemEngine {
  return {
    ...data,
    plan: (w) => {
      requireType(data, w);
      return data.plan(w);
    },
    ownTables: true,
    embeds: data.embeds ?? true,
    extracts: data.extracts ?? false,
    useWhen: data.useWhen ?? [`the store is one of ${data.title}`],
    maxDimensions: data.maxDimensions ?? (() => undefined),
    docs: 'presets',
  };
}

/** A system keeps its vectors as it does: another type would be the plan of another system. @throws InputError */
function requireType({ scalars, title }: SystemEngineData, w: Workload): void {
  if (scalars.includes(w.scalar)) return;
  throw new InputError(
    'scalar-unsupported',
    `--type ${w.scalar}: ${title} has no such type; it has ${scalars.join(', ')}`,
  );
}
