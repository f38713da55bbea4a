/** Rows removed because another row says the same: by key, each compared once more with what it was, with all that hangs on them. */
import type { SetProfile } from '../../profiles/index.ts';
import { formatCount } from '../../quantity/index.ts';
import type { PerformContext, PurgeAction, StepEvent } from '../../store/index.ts';
import { BatchPace } from './batch-pace.ts';
import { boundLog, withoutAutocheckpoint } from './bounded-log.ts';
import { raiseSignal } from './change-signal.ts';
import { DuplicateRows } from './duplicate-rows.ts';
import { ftsOf, ftsVerdict } from './fts-check.ts';
import { mostArchived, takeKeys } from './key-batch.ts';
import { clearKeys, foreignKeyViolations, refuseUnknownFunctions } from './removal.ts';
import { dropKeys, planRemoval, type Removal } from './removal-plan.ts';
import { refuseUnarchived } from './side-effects.ts';
import { loadSqliteVec } from './sqlite-vec.ts';
import { begin, pause, rollback, turn, type Writer } from './writer.ts';

/** Rows by key: no condition beside it, and nothing else of the table goes. */
const BY_KEY = { condition: '1', parameters: {}, order: '', excess: null };

export async function* purgeDuplicates(
  w: Writer,
  action: PurgeAction,
  set: SetProfile,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  if (set.dependents?.some((d) => d.how === 'vec0')) await loadSqliteVec(w.db);
  const rows = new DuplicateRows(w, action.set, action.duplicates ?? []);
  const removal = planRemoval(w, set.table, set.dependents ?? [], { sparing: true });
  if (context.archive) refuseUnarchived(w.target, removal.foreignWrites);
  const restore = withoutAutocheckpoint(w);
  try {
    refuseUnknownFunctions(w, removal);
    yield* batches(w, action, set, removal, rows, context);
  } finally {
    rollback(w);
    restore();
    dropKeys(w.db, removal);
  }
}

async function* batches(
  w: Writer,
  action: PurgeAction,
  set: SetProfile,
  removal: Removal,
  rows: DuplicateRows,
  context: PerformContext,
): AsyncGenerator<StepEvent> {
  const { db } = w;
  const { signal } = context;
  const violations = foreignKeyViolations(db, removal);
  const fts = ftsOf(
    w.catalog(),
    removal.nodes.map((n) => n.shape.name),
  );
  const dangling = ftsVerdict(db, fts).dangling;
  const sizes = new BatchPace(db, context);
  let batch = 0;
  let done = 0;
  let dependents = 0;
  while (!signal.aborted && !rows.done && done < context.maxRows) {
    sizes.look();
    if (!(await begin(w, signal))) break;
    const locked = performance.now();
    const some = rows.compared(rows.next(Math.min(sizes.rows, context.maxRows - done)));
    if (some.length === 0) {
      rollback(w);
      continue;
    }
    clearKeys(db, removal);
    rows.enter(removal.root, some);
    const taken = takeKeys(w, removal, BY_KEY, set, context, context.maxRows - done, Date.now() / 1000);
    rows.refuseUnlessOut(some, 'something of the store keeps them, or takes others along');
    raiseSignal(db, set, taken.rows);
    const { removed, token } = taken;
    if (removed !== undefined) sizes.most = mostArchived(taken.rows, removed);
    batch++;
    yield {
      state: 'prepared',
      batch,
      rows: taken.rows,
      dependents: taken.dependents,
      token,
      ...(removed === undefined ? {} : { removed }),
    };
    db.exec('COMMIT');
    const seconds = (performance.now() - locked) / 1000;
    done += taken.rows;
    dependents += taken.dependents;
    yield { state: 'committed', batch, rows: taken.rows, seconds };
    yield { state: 'progress', message: `${set.title}: rows removed`, done, total: action.rows };
    boundLog(w, sizes.polite);
    await turn();
    await pause(sizes.took(taken.rows, seconds), signal);
  }
  if (done === 0 && !signal.aborted) {
    yield rows.skipped();
    return;
  }
  if (done > 0) boundLog(w, true);
  const hung = dependents === 0 ? '' : ` and ${formatCount(dependents)} that hung on them`;
  const said = [`${formatCount(done)} rows${hung} read back as gone, the row that stays for each as active`];
  const left = rows.leftSentence();
  if (left !== null) said.push(left);
  if (removal.checked.length > 0) {
    const now = foreignKeyViolations(db, removal);
    said.push(
      `foreign keys: ${now === 0 ? 'no violation' : `${formatCount(now)} violations, ${formatCount(violations)} before`}`,
    );
  }
  if (fts.length > 0) said.push(ftsVerdict(db, fts, dangling).sentence);
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
