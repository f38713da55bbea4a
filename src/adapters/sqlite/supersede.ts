/**
 * Rows marked as superseded in the way of the store's own software: one transaction a batch. Under the write lock each row and the
 * one that stays for it are compared once more with what they were; then the convention's columns are written, what the software
 * takes away with such a row goes, and rows that point at one which is now superseded are pointed at the row that stays.
 */
import { columnRefText, type SetProfile, type SupersedeRule } from '../../profiles/index.ts';
import { formatCount } from '../../quantity/index.ts';
import {
  type Duplicate,
  type PerformContext,
  type RemovedRow,
  type StepEvent,
  StoreError,
  type SupersedeAction,
} from '../../store/index.ts';
import { registerFunctions } from './application-functions.ts';
import { BatchPace } from './batch-pace.ts';
import { boundLog, withoutAutocheckpoint } from './bounded-log.ts';
import { raiseSignal } from './change-signal.ts';
import { changedBy } from './changed-rows.ts';
import { DuplicateRows } from './duplicate-rows.ts';
import { mostArchived } from './key-batch.ts';
import { keysToken } from './key-token.ts';
import { type Marks, marksOf } from './mark-values.ts';
import { Pointers } from './pointers.ts';
import { archiveOf, clearKeys, functionMissing, refuseUnknownFunctions, removeKeys, spread } from './removal.ts';
import { dropKeys, inKeys, planRemoval, type Removal } from './removal-plan.ts';
import { foreignWrites, refuseUnarchived } from './side-effects.ts';
import { loadSqliteVec } from './sqlite-vec.ts';
import { begin, pause, rollback, setOf, turn, type Writer } from './writer.ts';

export async function* supersede(
  w: Writer,
  action: SupersedeAction,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const { match, set } = setOf(w, action.set);
  const readOnly = set.readOnly ?? match.profile.readOnly;
  const rule = set.supersede;
  if (readOnly !== undefined || rule === undefined) {
    const why = readOnly ?? 'no way is known in which its software marks a row as superseded';
    throw new StoreError('set-read-only', `${w.target}: rows of ${set.table} are not superseded: ${why}`, undefined, 5);
  }
  registerFunctions(w.db, set.functions ?? []);
  if (rule.dependents?.some((d) => d.how === 'vec0')) await loadSqliteVec(w.db);
  const rows = new DuplicateRows(w, action.set, action.duplicates);
  const removal = planRemoval(w, set.table, rule.dependents ?? [], { rootStays: true, sparing: true });
  const pointers = new Pointers(w, set, removal.root, rule);
  if (context.archive) {
    const written = rule.set.map(({ column }) => ('column' in column ? column.column : column.json));
    const own = [removal.root.shape.name];
    refuseUnarchived(w.target, [
      ...removal.foreignWrites,
      ...foreignWrites(w.catalog(), own, { update: [...new Set(written)] }),
    ]);
  }
  const restore = withoutAutocheckpoint(w);
  try {
    refuseUnknownFunctions(w, removal);
    yield* batches(new Marking(w, set, rule, removal, pointers), action, rows, context);
  } finally {
    rollback(w);
    restore();
    pointers.drop();
    dropKeys(w.db, removal);
  }
}

/** What one batch did, its transaction still open. */
interface Marked {
  readonly rows: number;
  readonly dependents: number;
  readonly redirected: number;
  readonly token: string;
  readonly removed: readonly RemovedRow[];
}

class Marking {
  readonly w: Writer;
  readonly set: SetProfile;
  private readonly rule: SupersedeRule;
  private readonly removal: Removal;
  readonly pointers: Pointers;

  constructor(w: Writer, set: SetProfile, rule: SupersedeRule, removal: Removal, pointers: Pointers) {
    this.w = w;
    this.set = set;
    this.rule = rule;
    this.removal = removal;
    this.pointers = pointers;
  }

  /** Under the write lock. */
  mark(rows: DuplicateRows, some: readonly Duplicate[]): Marked {
    const { w, set, removal, pointers } = this;
    const { db } = w;
    const { root } = removal;
    const marks = marksOf(db, set, this.rule, pointers.survivor, root.shape, new Date());
    clearKeys(db, removal);
    rows.enter(root, some);
    pointers.note(rows.scanned, some);
    const changed = changedBy(w, root.shape, inKeys(root, 't'), () => this.write(marks));
    const redirected = pointers.redirect();
    const { others } = spread(db, removal);
    const gone = others + removal.vec0.length + removal.fts.length > 0 ? archiveOf(db, removal) : [];
    removeKeys(w, removal, '1', {});
    rows.refuseUnlessOut(some, `the store does not take "${this.said()}" for a mark, or a trigger of it undoes one`);
    raiseSignal(db, set, some.length);
    return {
      rows: some.length,
      dependents: gone.length + redirected.length,
      redirected: redirected.length,
      token: keysToken(db, 'marked', removal, marks.columns),
      removed: [...changed, ...redirected, ...gone],
    };
  }

  private write(marks: Marks): void {
    const { root } = this.removal;
    const sql = `UPDATE ${root.shape.quoted} AS t SET ${marks.sql} WHERE ${inKeys(root, 't')}`;
    try {
      this.w.db.prepare(sql).run(marks.parameters);
    } catch (e) {
      throw functionMissing(this.w, e, root.shape.name);
    }
  }

  private said(): string {
    return this.rule.set.map(({ column }) => columnRefText(column)).join(', ');
  }
}

async function* batches(
  marking: Marking,
  action: SupersedeAction,
  rows: DuplicateRows,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const { w, set } = marking;
  const { signal } = context;
  const sizes = new BatchPace(w.db, context);
  let batch = 0;
  let done = 0;
  let dependents = 0;
  let redirected = 0;
  while (!signal.aborted && !rows.done && done < context.maxRows) {
    sizes.look();
    if (!(await begin(w, signal))) break;
    const locked = performance.now();
    const some = rows.compared(rows.next(Math.min(sizes.rows, context.maxRows - done)));
    if (some.length === 0) {
      rollback(w);
      continue;
    }
    const marked = marking.mark(rows, some);
    const { removed, token } = marked;
    if (context.archive && removed.length > 0) sizes.most = mostArchived(some.length, removed);
    batch++;
    const kept = context.archive ? { removed } : {};
    yield { state: 'prepared', batch, rows: marked.rows, dependents: marked.dependents, token, ...kept };
    w.db.exec('COMMIT');
    const seconds = (performance.now() - locked) / 1000;
    done += marked.rows;
    dependents += marked.dependents - marked.redirected;
    redirected += marked.redirected;
    yield { state: 'committed', batch, rows: marked.rows, seconds };
    yield { state: 'progress', message: `${set.title}: rows superseded`, done, total: action.rows };
    boundLog(w, sizes.polite);
    await turn();
    await pause(sizes.took(marked.rows, seconds), signal);
  }
  if (done === 0 && !signal.aborted) {
    yield rows.skipped();
    return;
  }
  if (done > 0) boundLog(w, true);
  const said = [
    `${formatCount(done)} rows read back as out of every search, the row that stays for each as active`,
    ...(dependents === 0 ? [] : [`${formatCount(dependents)} rows that hung on them went`]),
    ...(redirected === 0
      ? []
      : [
          `${formatCount(redirected)} that pointed at them point at the rows that stay: chains of up to ${marking.pointers.deepest} steps are one shorter`,
        ]),
  ];
  const left = rows.leftSentence();
  if (left !== null) said.push(left);
  if (!rows.done && !signal.aborted) said.push('stopped at the number of rows that was allowed');
  yield {
    state: 'finished',
    rows: done,
    bytesBefore: null,
    bytesAfter: null,
    verified: said.join('; '),
    stopped: signal.aborted,
  };
}
