/** The outcome of a verb whose report prints as a page of tables and paragraphs. */
import {
  explainAll,
  plainValue,
  type Report,
  type ReportJson,
  reportDocument,
  reportJson,
} from '../../capacity/report-json.ts';
import { type Page, pageCsv, pageMarkdown, pageScreen } from '../../render/capacity/sectioned.ts';
import { jsonText } from '../../render/written-number.ts';
import type { Outcome, View } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { paint } from '../paint.ts';

/** @param page how the report's JSON prints: the screen shows what the document says, and nothing else */
export function sectionedOutcome<R extends Report>(
  report: R,
  page: (json: ReportJson<R>) => Page,
  notes: readonly string[],
): Outcome {
  return {
    exit: EXIT.done,
    notes,
    render(view: View): string {
      if (view.format === 'json') return reportText(report, view.now, view.explain);
      const shown = page(reportJson(report, view.now));
      if (view.format === 'csv') return pageCsv(shown);
      if (view.format === 'markdown') return pageMarkdown(shown);
      const screen = pageScreen(shown, { columns: view.columns, paint: paint(view.color), verbose: view.verbose });
      return view.explain ? `${screen}\n${explainAll(report).join('\n')}\n` : screen;
    },
  };
}

/** The report as one JSON document. @param explain true to send along how every figure was computed */
export function reportText(report: Report, now: Date, explain: boolean): string {
  return jsonText(reportDocument(report, now), (value) => plainValue(value, explain));
}
