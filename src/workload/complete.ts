/** Draft → Workload: defaults filled in, contradictions refused, every input with its origin. */
import { type Basis, formatCount, InputError, leaf, type Quantity, type Unit } from '../quantity/index.ts';
import {
  DEFAULT_COMPONENTS,
  type EngineId,
  type IndexKind,
  type Lexical,
  OPTIONAL_COMPONENTS,
  type Scalar,
  type Storage,
} from './choices.ts';
import { refuseContradictions } from './contradictions.ts';
import type { Draft, DraftInput } from './draft.ts';
import { PARAMETERS, type Parameter, type ParameterDefault, parameter } from './parameters.ts';
import type { From, Workload } from './workload.ts';

/** How well an input is known by where it came from; what a person wrote is exact. */
const BASIS_BY_ORIGIN: Readonly<Partial<Record<From, Basis>>> = { store: 'measured', system: 'documented' };

/** Inputs that were made, by what a draft says of them or by the default: workloads completed with the same map share them. */
export type MadeInputs = Map<DraftInput | ParameterDefault, Quantity>;

/**
 * @param made where several drafts are completed that differ in few inputs: those of the others are made once
 * @throws InputError when no number of memories can be known, or inputs contradict each other
 */
export function completeWorkload(draft: Draft, made?: MadeInputs): Workload {
  const inputs = withCandidates(withMemories(draft.inputs));
  refuseContradictions(inputs);
  const origin: Record<string, From> = {};

  const maybe = <U extends Unit>(id: string): Quantity<U> | undefined => {
    const p = parameter(id);
    const input = inputs[id];
    const from = input ?? p.default;
    if (from === undefined) return undefined;
    origin[id] = input === undefined ? 'default' : input.from;
    const before = made?.get(from);
    if (before !== undefined && before.name === p.summary) return before as Quantity<U>;
    const q = input === undefined ? byDefault<U>(p, from as ParameterDefault) : given<U>(p, input);
    made?.set(from, q);
    return q;
  };
  const must = <U extends Unit>(id: string): Quantity<U> => {
    const q = maybe<U>(id);
    if (q === undefined) throw new Error(`parameter ${id} has neither a value nor a default`);
    return q;
  };
  const word = <T extends string>(id: string, fallback: T): T => {
    const input = inputs[id];
    origin[id] = input?.from ?? 'default';
    return (input?.value as T | undefined) ?? fallback;
  };
  const maybeWord = <T extends string>(id: string): T | undefined => {
    const input = inputs[id];
    if (input !== undefined) origin[id] = input.from;
    return input?.value as T | undefined;
  };

  if (draft.without.includes('lexical-index') && inputs['lexical'] !== undefined && inputs['lexical'].from === 'flag') {
    throw new InputError(
      'contradiction',
      `${inputs['lexical'].where} contradicts --without lexical-index; give one of them`,
    );
  }
  refuseOtherTables(draft);
  const components = OPTIONAL_COMPONENTS.filter(
    (c) => (DEFAULT_COMPONENTS.includes(c) || draft.with.includes(c)) && !draft.without.includes(c),
  );

  if (draft.calibration !== undefined) origin['calibration'] = draft.calibration.from;
  return {
    system: maybeWord<string>('system'),
    systemInUse: draft.system,
    memories: must('n'),
    dimensions: must('dims'),
    scalar: word<Scalar>('type', 'float32'),
    nonzeros: atMost(must<'dimensions'>('nonzeros'), must<'dimensions'>('dims').value),
    users: maybe('users'),
    namespaces: maybe('namespaces'),
    largestNamespace: maybe('largest-namespace'),
    duplicateRate: must('duplicate-rate'),
    engine: maybeWord<EngineId>('engine'),
    index: maybeWord<IndexKind>('index'),
    indexScalar: maybeWord<Scalar>('index-type') ?? word<Scalar>('type', 'float32'),
    m: must('m'),
    efConstruction: must('ef-construction'),
    efSearch: must('ef-search'),
    lists: maybe('lists'),
    probes: maybe('probes'),
    chunkSize: must('chunk-size'),
    storage: word<Storage>('storage', 'external'),
    textBytes: must('text-bytes'),
    metadataBytes: must('metadata-bytes'),
    namespaceBytes: must('namespace-bytes'),
    lexical: word<Lexical>('lexical', 'tsvector'),
    distinctTerms: maybe('distinct-terms'),
    termsPerMemory: maybe('terms-per-memory'),
    edgesPerMemory: must('edges-per-memory'),
    revisionsPerMemory: must('revisions-per-memory'),
    outboxBacklog: must('outbox-backlog'),
    components,
    writesPerDay: maybe('writes-per-day'),
    queriesPerSecond: maybe('queries-per-second'),
    sloP99: must('slo-p99'),
    buildWindow: must('build-window'),
    hotShare: must('hot-share'),
    embeddingModel: word<string>('embedding-model', 'text-embedding-3-small'),
    extractionModel: word<string>('extraction-model', 'claude-haiku-4.5'),
    tokens: must('tokens'),
    extractionInputTokens: must('extraction-input-tokens'),
    extractionOutputTokens: must('extraction-output-tokens'),
    prefilter: must('prefilter'),
    hype: must('hype'),
    cacheEntries: must('cache-entries'),
    replicas: must('replicas'),
    budget: maybe('budget'),
    ram: must('ram'),
    cores: must('cores'),
    buildMemory: maybe('build-memory'),
    maxShards: must('max-shards'),
    calibration: draft.calibration?.profile,
    origin,
  };
}

const given = <U extends Unit>(p: Parameter, input: DraftInput): Quantity<U> =>
  known<U>(p, input.value as number, input, BASIS_BY_ORIGIN[input.from] ?? 'exact', input.where);

const byDefault = <U extends Unit>(p: Parameter, d: ParameterDefault): Quantity<U> =>
  known<U>(p, d.value, d, d.basis, d.source);

/** What a parameter is known to be, with the interval of the place it comes from. */
function known<U extends Unit>(
  p: Parameter,
  value: number,
  interval: { readonly low?: number | undefined; readonly high?: number | undefined },
  basis: Basis,
  source: string,
): Quantity<U> {
  const { low = value, high = value } = interval;
  return leaf(p.summary, value, p.unit as U, { basis, source, low, high });
}

/** A system that brings its own tables has no others to switch, and runs on one engine. @throws InputError */
function refuseOtherTables(draft: Draft): void {
  const { system, inputs } = draft;
  const named = inputs['system'];
  if (named !== undefined && system === undefined) {
    throw new InputError(
      'system-not-read',
      `${named.where} ${named.value}: give the system's draft with it (systemDraft)`,
    );
  }
  if (system === undefined || !system.ownTables) return;
  const component = [...draft.with, ...draft.without][0];
  if (component !== undefined) {
    throw new InputError(
      'contradiction',
      `${component} cannot be switched: ${system.title} has tables of its own, and they are planned as they are`,
    );
  }
  const engine = inputs['engine'];
  if (engine !== undefined && engine.from !== 'system') {
    throw new InputError(
      'contradiction',
      `${engine.where} ${engine.value} contradicts ${named?.where ?? '--system'} ${system.system}: ${system.title} runs on one kind of store`,
    );
  }
}

/** pgvector wants ef_construction of at least 2 × m: a large m that was given alone takes the other along. */
function withCandidates(inputs: Record<string, DraftInput>): Record<string, DraftInput> {
  const m = inputs['m'];
  const stock = parameter('ef-construction').default?.value ?? 0;
  if (m === undefined || inputs['ef-construction'] !== undefined || 2 * (m.value as number) <= stock) return inputs;
  return { ...inputs, 'ef-construction': { value: 2 * (m.value as number), from: 'derived', where: `2 × ${m.where}` } };
}

/** Users × memories per user where --n is not given; namespaces from users; both checked against --n where it is. */
function withMemories(given: Readonly<Record<string, DraftInput>>): Record<string, DraftInput> {
  const inputs = { ...given };
  const n = inputs['n'];
  const users = inputs['users'];
  const each = inputs['memories-per-user'];
  const derived = (value: number, of: readonly DraftInput[]): DraftInput => ({
    value,
    from: 'derived',
    where: of.map((i) => i.where).join(' × '),
  });
  if (users !== undefined && each !== undefined) {
    const product = Math.round((users.value as number) * (each.value as number));
    if (n !== undefined && n.from !== 'store' && Math.abs(product - (n.value as number)) > 0.005 * product) {
      throw new InputError(
        'contradiction',
        `${n.where} ${formatCount(n.value as number)} contradicts ${users.where} × ${each.where} = ${formatCount(product)} memories; give one or the other`,
      );
    }
    if (n === undefined || n.from === 'store') inputs['n'] = held(derived(product, [users, each]));
  } else if (n === undefined) {
    const half = users ?? each;
    throw new InputError(
      'memories-missing',
      half === undefined
        ? 'the number of memories is missing: give --n, e.g. --n 10M, or --users with --memories-per-user, or --from STORE'
        : `${half.where} alone does not say how many memories there are; add ${users === undefined ? '--users' : '--memories-per-user'} or give --n`,
    );
  }
  if (inputs['namespaces'] === undefined && users !== undefined) inputs['namespaces'] = { ...users, from: 'derived' };
  return inputs;
}

function held(input: DraftInput): DraftInput {
  const p = PARAMETERS.find((q) => q.id === 'n') as (typeof PARAMETERS)[number];
  const value = input.value as number;
  if (value < p.min || value > p.max) {
    throw new InputError(
      'out-of-range',
      `${input.where}: ${formatCount(value)} memories is outside ${formatCount(p.min)} to ${formatCount(p.max)}`,
    );
  }
  return input;
}

/** The default number of non-zeros in a vector that has fewer dimensions. */
function atMost<U extends Unit>(q: Quantity<U>, most: number): Quantity<U> {
  if (q.high <= most) return q;
  return { ...q, value: Math.min(q.value, most), low: Math.min(q.low, most), high: most };
}
