/** Judged budgets as CI systems read them: JUnit XML, and the workflow commands of GitHub Actions. */
import type { GateProblem } from '../../capacity/gate.ts';
import { type BudgetJson, because, budgetName, type GateJson, headline, isExceeded } from './gate.ts';

/**
 * Workflow commands, one a line: an error or a warning where a budget is exceeded, a notice where one is kept only
 * within its interval; then the answer in a sentence.
 * Source: docs.github.com, "Workflow commands for GitHub Actions", setting an error message (2026).
 */
export function gateAnnotations(r: GateJson): string {
  const commands = r.budgets.flatMap((b) => {
    const kind = isExceeded(b) ? (b.level === 'warn' ? 'warning' : 'error') : b.straddles ? 'notice' : undefined;
    return kind === undefined ? [] : [command(kind, r.file, b.line, budgetName(b), because(b, r))];
  });
  return `${[...commands, headline(r).join(' ')].join('\n')}\n`;
}

export const problemAnnotations = (problems: readonly GateProblem[], file: string): string =>
  problems.map((p) => `${command('error', file, p.line, 'cannot be judged', p.message)}\n`).join('');

function command(kind: string, file: string, line: number, title: string, message: string): string {
  return `::${kind} file=${property(file)},line=${line},title=${property(`memplan gate: ${title}`)}::${data(message)}`;
}

/** The runner undoes these, and nothing else. */
const data = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

/**
 * One test case a budget: a failure where one of level error is exceeded, skipped where one is off. JUnit has no warnings:
 * what is exceeded at level warn passes, with the sentence in system-out.
 * Source: the JUnit report format as GitLab and Jenkins read it (testmoapp/junitxml on GitHub).
 */
export function gateJunit(r: GateJson): string {
  const failures = r.budgets.filter((b) => isExceeded(b) && b.level === 'error').length;
  const skipped = r.budgets.filter((b) => b.passed === null).length;
  return suite(
    { tests: r.budgets.length, failures, errors: 0, skipped },
    r.budgets.flatMap((b) => testCase(r.file, b.line, `${budgetName(b)} within ${b.asked}`, outcome(b, r))),
  );
}

/** Each budget that cannot be judged is an error, which is not a failure. */
export const problemJunit = (problems: readonly GateProblem[], file: string): string =>
  suite(
    { tests: problems.length, failures: 0, errors: problems.length, skipped: 0 },
    problems.flatMap((p) =>
      testCase(file, p.line, `budget on line ${p.line}`, [`<error message="${xml(p.message)}" type="evidence"/>`]),
    ),
  );

function outcome(b: BudgetJson, r: GateJson): string[] {
  const said = xml(because(b, r));
  if (b.passed === null) return ['<skipped message="level off"/>'];
  if (isExceeded(b) && b.level === 'error') return [`<failure message="${said}" type="budget">${said}</failure>`];
  return isExceeded(b) ? [`<system-out>warning: ${said}</system-out>`] : [`<system-out>${said}</system-out>`];
}

function testCase(file: string, line: number, name: string, lines: readonly string[]): string[] {
  const open = `    <testcase classname="${xml(file)}" name="${xml(name)}" file="${xml(file)}" line="${line}" time="0">`;
  return [open, ...lines.map((l) => `      ${l}`), '    </testcase>'];
}

function suite(counts: Readonly<Record<string, number>>, cases: readonly string[]): string {
  const totals = Object.entries(counts)
    .map(([name, n]) => `${name}="${n}"`)
    .join(' ');
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${totals}>`,
    `  <testsuite name="memplan gate" ${totals} time="0">`,
    ...cases,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
}

const xml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
