/**
 * The audit of one memory set: one reading of every row, near vectors, then the rows that have a twin read again by key. Nothing
 * that grows with the rows is kept but the table of hashes; texts and vectors pass through.
 */
import { InputError } from '../quantity/index.ts';
import type { MemorySet, Store } from '../store/index.ts';
import { closeAround } from './around-sample.ts';
import { type AuditDone, auditHead, foundStrata, isEmpty } from './audit-head.ts';
import type { AuditOptions } from './audit-options.ts';
import { chooseThreshold, usableOf } from './choose-threshold.ts';
import { LINK_SLACK } from './cluster.ts';
import type { DedupNote, DedupSet, Threshold } from './dedup-report.ts';
import { type Gathered, gatherRows, shortened } from './gather-rows.ts';
import { addMissingCosines, evaluateTies, wantedTies } from './gather-ties.ts';
import { PairIntake } from './near-pairs.ts';
import { MOST_GRAPH_PAIRS, PairGraph, PairList } from './number-lists.ts';
import { storePairs } from './push-down.ts';
import { type FirstReading, readSet, simhashBits, vectorReader } from './read-set.ts';
import { NONE, type RowTable } from './row-table.ts';
import { planSample, type SamplePlan } from './sample.ts';
import type { SetAudit } from './set-audit.ts';
import { type AcrossText, setFacts, textsAcross } from './set-facts.ts';
import { simhashPairs } from './simhash-pairs.ts';
import type { PairsOptions, VectorPairs } from './vector-pairs.ts';

/** Pairs are kept for another threshold down to this much below the one that was used, and to no less than the second. */
export const SAVED_BELOW = 0.05;
export const LEAST_SAVED = 0.8;
const MOST_ACROSS = 20;
/** Pairs by SimHash: a quarter of what a graph takes. */
const MOST_HASH_PAIRS = 1_000_000;

/**
 * @throws InputError for a threshold outside 0 to 1, a sample of no rows, or push-down where the store cannot
 * @throws StoreError when the store refuses; the signal's reason when aborted
 */
export async function auditSet(store: Store, set: MemorySet, o: AuditOptions): Promise<SetAudit> {
  refuseWrong(store, o);
  const plan = o.sample === undefined ? null : await planSample(store, set, o.sample, o);
  const dims = set.vectors?.dims ?? null;
  const own =
    o.pushDown === true ? null : await o.openVectors({ rows: plan === null ? set.rows : plan.population, dims });
  try {
    const keys = plan === null ? undefined : new Set(plan.strata.flatMap((s) => s.draws.map((d) => d.key)));
    const first = await readSet(
      {
        store,
        set,
        vectors: own,
        ...(plan?.namespaces === undefined ? {} : { namespaces: plan.namespaces }),
        ...(keys === undefined ? {} : { keys }),
      },
      o,
    );
    const across = o.across === true ? textsAcross(first.table, MOST_ACROSS) : null;
    first.table.seal();
    const vectors = own ?? storePairs(store, set.id, first.table);
    await vectors.seal();
    return await new Audit(store, set, o, plan, first, vectors).run(across);
  } finally {
    await own?.close();
  }
}

function refuseWrong(store: Store, o: AuditOptions): void {
  if (o.threshold !== undefined && !(o.threshold > 0 && o.threshold <= 1))
    throw new InputError(
      'bad-threshold',
      `--threshold ${o.threshold}: a cosine above 0 and up to 1 is expected, such as 0.95`,
    );
  if (o.sample !== undefined && !(Number.isInteger(o.sample.rows) && o.sample.rows > 0))
    throw new InputError(
      'bad-sample',
      `--sample ${o.sample.rows}: a whole number of rows from 1 up is expected, such as 2000`,
    );
  if (o.pushDown === true) storePairs(store, '', undefined as unknown as RowTable);
}

class Audit {
  readonly #store: Store;
  readonly #set: MemorySet;
  readonly #options: AuditOptions;
  readonly #plan: SamplePlan | null;
  readonly #first: FirstReading;
  readonly #vectors: VectorPairs;
  readonly #usable: (vector: number) => boolean;
  readonly #pairsOptions: PairsOptions;
  readonly #notes: DedupNote[] = [];

  constructor(
    store: Store,
    set: MemorySet,
    options: AuditOptions,
    plan: SamplePlan | null,
    first: FirstReading,
    vectors: VectorPairs,
  ) {
    this.#store = store;
    this.#set = set;
    this.#options = options;
    this.#plan = plan;
    this.#first = first;
    this.#vectors = vectors;
    this.#usable = usableOf(vectors.unusable);
    this.#pairsOptions = {
      fetch: vectorReader(store, set.id, first.table, options),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      onProgress: (done) => options.onProgress?.({ phase: 'comparing', done, total: 1 }),
    };
  }

  async run(across: readonly AcrossText[] | null): Promise<SetAudit> {
    const { table } = this.#first;
    const o = this.#options;
    let threshold = await chooseThreshold(table, this.#vectors, this.#usable, o, this.#pairsOptions);
    const floor = this.#floor(threshold.value);
    const nearHashes = this.#nearHashes();
    const { intake, only } = await this.#nearVectors(floor, nearHashes);
    const whole = floor === null || intake.floor <= floor - LINK_SLACK;
    // Where pairs had to be let go, members are held to the raised floor itself: stricter than the slack, never looser.
    let lowest = whole ? floor : Math.max(floor ?? 0, intake.floor);
    const near = intake.pairs.unique();
    const gathered = await gatherRows(
      {
        store: this.#store,
        set: this.#set.id,
        table,
        ...(only === undefined ? {} : { only }),
        usable: this.#usable,
        near,
        nearFrom: lowest ?? Number.POSITIVE_INFINITY,
        nearHashes,
      },
      o,
    );
    const how = threshold.value === null ? null : this.#vectors.how(threshold.value);
    lowest = await this.#tie(gathered, near, nearHashes, lowest);
    if (threshold.value !== null && lowest !== null && lowest > threshold.value)
      threshold = this.#raised(threshold, lowest);
    this.#noteLost(gathered);
    return {
      head: auditHead(this.#done(), how),
      facts: setFacts(table, (row) => isEmpty(this.#done(), row)),
      evidence: gathered.evidence,
      threshold,
      floor: lowest,
      keep: o.keep ?? 'policy',
      strata: foundStrata(this.#plan, this.#first, gathered.slot),
      across: across === null ? null : await this.#acrossTexts(across),
      notes: this.#notes,
    };
  }

  /** Least threshold that the pairs gathered shall answer. */
  #floor(value: number | null): number | null {
    if (value === null) return null;
    if (this.#options.save !== true) return value;
    return Math.min(value, Math.max(LEAST_SAVED, Number((value - SAVED_BELOW).toFixed(6))));
  }

  #nearHashes(): PairList {
    const bits = simhashBits(this.#set);
    const out = new PairList();
    if (bits !== null && !simhashPairs(this.#first.hashed, bits.near, out, MOST_HASH_PAIRS))
      this.#note(
        'hash-pairs-cut',
        'warn',
        `more than ${MOST_HASH_PAIRS} pairs of rows have nearly the same hash; the rest is left out`,
      );
    return out;
  }

  async #nearVectors(
    floor: number | null,
    nearHashes: PairList,
  ): Promise<{ readonly intake: PairIntake; readonly only: Uint8Array | undefined }> {
    const { table } = this.#first;
    const intake = new PairIntake(table, floor === null ? 1 : floor - LINK_SLACK, this.#options.mostPairs);
    if (this.#plan === null) {
      if (floor !== null) await intake.takeAll(this.#vectors.pairs(intake.floor, this.#pairsOptions));
      return { intake, only: undefined };
    }
    const only = await closeAround({
      table,
      vectors: this.#vectors,
      usable: (v) => floor !== null && this.#usable(v),
      from: this.#sampledRows(),
      similarity: floor ?? 1,
      intake,
      nearHashes: new PairGraph(table.rows, nearHashes),
      options: this.#pairsOptions,
    });
    return { intake, only };
  }

  /** Rows drawn one by one, and all rows of the namespaces that others drew. */
  #sampledRows(): number[] {
    const { found, table } = this.#first;
    const rows: number[] = [];
    const whole = new Set<string | null>();
    for (const { by, draws } of this.#plan?.strata ?? []) {
      for (const { key, namespace } of draws) {
        const row = found.get(key);
        if (by === 'namespaces') whole.add(namespace);
        else if (row !== undefined) rows.push(row);
      }
    }
    if (whole.size === 0) return rows;
    const inside = table.groups.map((g) => whole.has(g.namespace));
    for (let row = 0; row < table.rows; row++) if (inside[table.group.get(row)] === true) rows.push(row);
    return rows;
  }

  async #tie(gathered: Gathered, near: PairList, nearHashes: PairList, lowest: number | null): Promise<number | null> {
    const { evidence, nodeOf, vectorOf } = gathered;
    const { table } = this.#first;
    evidence.simhashSame = simhashBits(this.#set)?.same ?? null;
    for (let i = 0; i < near.length; i++) {
      const a = vectorOf.get(near.a[i] as number);
      const b = vectorOf.get(near.b[i] as number);
      if (a !== undefined && b !== undefined) evidence.cosines.push(a, b, near.value[i] as number);
    }
    for (let i = 0; i < nearHashes.length; i++) {
      const [a, b] = [nodeOf[nearHashes.a[i] as number] as number, nodeOf[nearHashes.b[i] as number] as number];
      if (a !== NONE && b !== NONE && a !== b) evidence.nearHashes.push(a, b, nearHashes.value[i] as number);
    }
    const lists = evidence.lists();
    await addMissingCosines(gathered, lists, this.#vectors, this.#pairsOptions);
    // Texts come next and take room of their own: what vectors took goes first.
    await this.#vectors.close();
    table.dropHashes();
    const wanted = wantedTies(gathered, lists, lowest ?? Number.POSITIVE_INFINITY);
    if (wanted.pairs.length > MOST_GRAPH_PAIRS) wanted.pairs.length = MOST_GRAPH_PAIRS;
    await evaluateTies({ store: this.#store, set: this.#set.id, table, gathered, pairs: wanted.pairs }, this.#options);
    return lowest === null ? null : Math.max(lowest, wanted.from);
  }

  #raised(threshold: Threshold, lowest: number): Threshold {
    const value = Math.min(1, Math.ceil(lowest * 1e6) / 1e6);
    this.#note(
      'threshold-raised',
      'unmeasured',
      `so many pairs reach ${threshold.value} that the threshold was raised to ${value}: rows below it were not compared, and the rate is at least what is printed; this is a model that places unlike texts close together, or one vector for all`,
    );
    return { ...threshold, value };
  }

  #noteLost({ lost }: Gathered): void {
    if (lost > 0)
      this.#note(
        'changed-meanwhile',
        'info',
        `${lost} row${lost === 1 ? '' : 's'} changed or went while the audit was running, and ${lost === 1 ? 'is' : 'are'} left out`,
      );
  }

  #note(code: string, level: DedupNote['level'], message: string): void {
    this.#notes.push({ code, level, message: `${this.#set.title}: ${message}` });
  }

  #done(): AuditDone {
    return {
      set: this.#set,
      first: this.#first,
      plan: this.#plan,
      unusable: this.#vectors.unusable,
      pushDown: this.#options.pushDown === true,
    };
  }

  async #acrossTexts(found: readonly AcrossText[]): Promise<NonNullable<DedupSet['across']>> {
    const { table } = this.#first;
    const texts = new Map<string, string>();
    if (this.#options.content !== false && found.length > 0) {
      const request = { set: this.#set.id, fields: ['text'] as const, keys: found.map((f) => table.key(f.row)) };
      for await (const row of this.#store.scan(request))
        if (row.text !== undefined) texts.set(row.id, shortened(row.text));
    }
    return found.map(({ row, namespaces, rows }) => {
      const id = table.id(row);
      const text = texts.get(id);
      return { ...(text === undefined ? {} : { text }), namespaces, rows, id };
    });
  }
}
