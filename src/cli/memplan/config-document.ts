/** The YAML of a config file. Workload and budgets are read from one document: parsing it twice would double what a gate waits for. */
import { LineCounter, parseDocument } from 'yaml';

export interface ConfigDocument {
  readonly text: string;
  readonly document: ReturnType<typeof parseDocument>;
  /** Lines by the position in the text at which a node stands. */
  readonly lines: LineCounter;
}

let last: ConfigDocument | undefined;

/** Its errors are in the document; the same text again is the same document. */
export function configDocument(text: string): ConfigDocument {
  if (last?.text !== text) {
    const lines = new LineCounter();
    const document = parseDocument(text, { uniqueKeys: true, lineCounter: lines, logLevel: 'error' });
    last = { text, document, lines };
  }
  return last;
}
