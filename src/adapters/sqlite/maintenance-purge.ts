/** Rows removed in batches. Each is one transaction: select under the write lock, archive, remove, read back, signal. */
import type { SetProfile } from '../../profiles/index.ts';
import { formatCount } from '../../quantity/index.ts';
import { type PerformContext, type PurgeAction, type StepEvent, StoreError } from '../../store/index.ts';
import { registerFunctions } from './application-functions.ts';
import { BatchPace } from './batch-pace.ts';
import { boundLog, withoutAutocheckpoint } from './bounded-log.ts';
import { raiseSignal } from './change-signal.ts';
import type { Db } from './driver.ts';
import { ftsOf, ftsVerdict } from './fts-check.ts';
import { mostArchived, type Taken, takeKeys, tokenColumns } from './key-batch.ts';
import { purgeDuplicates } from './purge-duplicates.ts';
import { type Portion, purgeRule } from './purge-rule.ts';
import { archiveRange, isPlain, nextRange, type Range, rangeToken, removeRange } from './range-batch.ts';
import { clearKeys, foreignKeyViolations, refuseUnknownFunctions } from './removal.ts';
import { dropKeys, planRemoval, type Removal } from './removal-plan.ts';
import { refuseUnarchived } from './side-effects.ts';
import { loadSqliteVec } from './sqlite-vec.ts';
import { begin, pause, rollback, setOf, turn, type Writer } from './writer.ts';

export async function* purge(w: Writer, action: PurgeAction, context: PerformContext): AsyncGenerator<StepEvent> {
  const { match, set } = setOf(w, action.set);
  const readOnly = set.readOnly ?? match.profile.readOnly;
  if (readOnly !== undefined) {
    throw new StoreError(
      'set-read-only',
      `${w.target}: rows of ${set.table} are not removed: ${readOnly}`,
      undefined,
      5,
    );
  }
  registerFunctions(w.db, set.functions ?? []);
  if (action.reason === 'duplicates') {
    yield* purgeDuplicates(w, action, set, context);
    return;
  }
  const rule = purgeRule(w, action, set);
  const vec0 = w.catalog().virtual.get(rule.table)?.module === 'vec0';
  if (vec0 || (action.reason !== 'orphans' && set.dependents?.some((d) => d.how === 'vec0'))) await loadSqliteVec(w.db);
  if (vec0) {
    const { purgeVec0Orphans } = await import('./vec0-orphans.ts');
    yield* purgeVec0Orphans(w, set, rule, context);
    return;
  }
  const removal = planRemoval(w, rule.table, action.reason === 'orphans' ? [] : (set.dependents ?? []));
  if (context.archive) refuseUnarchived(w.target, removal.foreignWrites);
  const restore = withoutAutocheckpoint(w);
  try {
    refuseUnknownFunctions(w, removal);
    yield* batches(w, action, set, removal, rule.portions, context);
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
  portions: readonly Portion[],
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
  const plain = isPlain(removal);
  const sizes = new BatchPace(db, context);
  let batch = 0;
  let rows = 0;
  let dependents = 0;
  let capped = false;
  // When the lock was given back, and milliseconds that it should be free from then on.
  let free = 0;
  let owed = 0;
  for (const portion of portions) {
    const any = portion.order === null;
    let after: bigint | number | null = null;
    let gone = 0;
    for (;;) {
      if (signal.aborted) break;
      const left = context.maxRows - rows;
      if (left <= 0) {
        capped = anyLeft(db, removal, portion, after, gone);
        break;
      }
      sizes.look();
      const sized = Math.min(sizes.rows, left);
      const now = Date.now() / 1000;
      clearKeys(db, removal);
      // Rows in no order are looked for without the write lock: where few of many meet the condition, that takes long.
      let range: Range | null = null;
      if (any && plain) {
        range = nextRange(db, removal, portion, after, sized, now);
        if (range === null) break;
      }
      if (any && range?.dense !== true) {
        range = null;
        if (select(db, removal, portion, sized, after, now) === 0) break;
      }
      const reached = any ? (range?.to ?? lastKey(db, removal)) : null;
      // Writing the log into the file and looking for the next rows leave the lock free: that is part of the pause.
      await pause(owed - (performance.now() - free), signal);
      if (!(await begin(w, signal))) break;
      const locked = performance.now();
      if (any) {
        if (range === null) keepWhatHolds(db, removal, portion, now);
      } else if (select(db, removal, portion, Math.min(sized, portion.excess?.(gone) ?? sized), after, now) === 0) {
        rollback(w);
        break;
      }
      const taken =
        range === null
          ? takeKeys(w, removal, portion, set, context, left, now)
          : takeRange(w, removal, portion, set, context, range);
      if (taken.rows === 0) {
        // All of them were changed in between; the next ones come from after them.
        rollback(w);
        after = reached;
        continue;
      }
      if (taken.rows > left) {
        rollback(w);
        // More rows than were seen meet the condition by now, and are counted again; or rows of this table hang on each
        // other, and the cap holds for those as well.
        if (range !== null) continue;
        capped = true;
        break;
      }
      after = reached;
      const { removed, token, dependents: hanging } = taken;
      raiseSignal(db, set, taken.rows, action.reason === 'orphans');
      if (removed !== undefined) sizes.most = mostArchived(taken.rows, removed);
      batch++;
      yield {
        state: 'prepared',
        batch,
        rows: taken.rows,
        dependents: hanging,
        token,
        ...(removed === undefined ? {} : { removed }),
      };
      db.exec('COMMIT');
      free = performance.now();
      const seconds = (free - locked) / 1000;
      rows += taken.rows;
      gone += taken.rows;
      dependents += hanging;
      yield { state: 'committed', batch, rows: taken.rows, seconds };
      yield { state: 'progress', message: `${set.title}: rows removed`, done: rows, total: action.rows };
      boundLog(w, sizes.polite);
      await turn();
      owed = sizes.took(taken.rows, seconds);
    }
    if (signal.aborted || capped) break;
  }
  if (rows > 0) boundLog(w, true);
  if (rows === 0 && !signal.aborted && !capped) {
    yield { state: 'skipped', why: 'no row meets the condition now' };
    return;
  }
  const said = [
    `${formatCount(rows)} rows${dependents === 0 ? '' : ` and ${formatCount(dependents)} that hung on them`} read back as gone`,
  ];
  if (removal.checked.length > 0) {
    const now = foreignKeyViolations(db, removal);
    said.push(
      `foreign keys: ${now === 0 ? 'no violation' : `${formatCount(now)} violations, ${formatCount(violations)} before`}`,
    );
  }
  if (fts.length > 0) said.push(ftsVerdict(db, fts, dangling).sentence);
  if (capped) said.push('stopped at the number of rows that was allowed');
  yield {
    state: 'finished',
    rows,
    bytesBefore: null,
    bytesAfter: null,
    verified: said.join('; '),
    stopped: signal.aborted,
  };
}

function takeRange(
  w: Writer,
  removal: Removal,
  portion: Portion,
  set: SetProfile,
  context: PerformContext,
  range: Range,
): Taken {
  const removed = context.archive ? archiveRange(w.db, removal, portion, range) : undefined;
  const token = rangeToken(w.db, removal, portion, range, tokenColumns(removal, set));
  const rows = removeRange(w, removal, portion, range);
  if (removed !== undefined && removed.length !== rows) {
    throw new StoreError(
      'removal-incomplete',
      `${w.target}: ${formatCount(removed.length)} rows of ${set.table} were archived and ${formatCount(rows)} went; the batch was taken back`,
      'a trigger of the store changes which rows go',
    );
  }
  return { rows, dependents: 0, token, removed };
}

/** Puts the keys of the next rows into the root's key table. @returns how many */
function select(
  db: Db,
  removal: Removal,
  portion: Portion,
  limit: number,
  after: bigint | number | null,
  now: number,
): number {
  const { shape, keys } = removal.root;
  const key = shape.key.map((k) => `t.${k}`);
  const single = key.length === 1 ? (key[0] as string) : null;
  const onward = portion.order === null && single !== null ? `AND (:after IS NULL OR ${single} > :after)` : '';
  const order = portion.order ?? key.join(', ');
  const parameters = { ...portion.parameters, now, limit, ...(onward === '' ? {} : { after }) };
  // Two statements: with ":after IS NULL OR" in one, SQLite would pass the table from its beginning every time.
  const bound =
    after === null ? onward.replace(/AND .*/, 'AND :after IS NULL') : onward.replace(':after IS NULL OR ', '');
  const sql = `INSERT INTO ${keys} SELECT ${key.join(', ')} FROM ${shape.quoted} AS t
    WHERE ${portion.condition} ${bound} ORDER BY ${order}${portion.order === null ? '' : `, ${key.join(', ')}`} LIMIT :limit`;
  return db.prepare(sql).run(parameters).changes;
}

/** Under the write lock: drops the keys of rows that no longer meet the condition. */
function keepWhatHolds(db: Db, removal: Removal, portion: Portion, now: number): void {
  const { shape, keys } = removal.root;
  const mine = shape.key.map((_, i) => `k${i}`).join(', ');
  const theirs = shape.key.map((k) => `t.${k}`).join(', ');
  db.prepare(
    `DELETE FROM ${keys} WHERE (${mine}) NOT IN (SELECT ${theirs} FROM ${shape.quoted} AS t
       WHERE (${theirs}) IN (SELECT ${mine} FROM ${keys}) AND ${portion.condition})`,
  ).run({ ...portion.parameters, now });
}

/** Whether the cap has kept rows of this portion from going. */
function anyLeft(db: Db, removal: Removal, portion: Portion, after: bigint | number | null, gone: number): boolean {
  clearKeys(db, removal);
  if (portion.excess !== null) return portion.excess(gone) > 0;
  return select(db, removal, portion, 1, after, Date.now() / 1000) > 0;
}

function lastKey(db: Db, removal: Removal): bigint | number | null {
  const k = db.prepare(`SELECT max(k0) FROM ${removal.root.keys}`).safeIntegers(true).pluck().get();
  return typeof k === 'bigint' ? k : null;
}
