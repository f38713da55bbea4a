/** Everything that prints a capacity report other than as JSON, and reads a saved one back. */
import type { CapacityJson } from '../../capacity/capacity-json.ts';
import { explainReport } from '../../capacity/figures.ts';
import type { CapacityReport } from '../../capacity/report.ts';
import { InputError } from '../../quantity/index.ts';
import { capacityCsv, capacityNdjson } from '../../render/capacity/csv.ts';
import { capacityMarkdown } from '../../render/capacity/markdown.ts';
import { capacityScreen } from '../../render/capacity/table.ts';
import type { View } from '../command.ts';
import { paint } from '../paint.ts';

/** @param report the live report, for --explain; undefined for a saved one */
export function renderCapacity(json: CapacityJson, report: CapacityReport | undefined, view: View): string {
  switch (view.format) {
    case 'csv':
      return capacityCsv(json);
    case 'ndjson':
      return capacityNdjson(json);
    case 'markdown':
      return capacityMarkdown(json);
    default: {
      const screen = capacityScreen(json, { columns: view.columns, paint: paint(view.color), verbose: view.verbose });
      if (!view.explain) return screen;
      if (report === undefined) {
        throw new InputError(
          'no-explanation',
          '--explain: a saved report prints its figures only; run the estimate again with --explain',
        );
      }
      return `${screen}\n${explainReport(report).join('\n')}\n`;
    }
  }
}
