/** What a verb declares, and how it is run. The declarations are all that --help loads. */
import type { Runtime } from './runtime.ts';

export type Format = 'table' | 'json' | 'ndjson' | 'csv' | 'markdown' | 'junit' | 'github';
/** Those that more than one verb prints; a verb may declare others besides. */
export const FORMATS: readonly Format[] = ['table', 'json', 'ndjson', 'csv', 'markdown'];

export interface OptionDeclaration {
  /** commander's syntax: "--n <COUNT>". */
  readonly flags: string;
  readonly summary: string;
  /** Heading in --help. */
  readonly group?: string;
  /** Understood, but not in --help: the verb says why it has no use for it. */
  readonly hidden?: boolean;
}

/** Options as parsed: flag name without dashes, as typed on the command line. */
export type Options = Readonly<Record<string, unknown>>;

export interface View {
  readonly format: Format;
  readonly columns: number;
  readonly color: boolean;
  readonly explain: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly now: Date;
}

/** What an action gives back: rendered by the program, never by itself. */
export interface Outcome {
  /** Text for stdout in the chosen format, with its final newline. */
  render(view: View): Promise<string> | string;
  readonly exit: number;
  /** Lines for stderr: notes and hints, silenced by --quiet. */
  readonly notes?: readonly string[];
}

export interface Action {
  execute(args: readonly string[], options: Options, runtime: Runtime): Promise<Outcome>;
}

/** Imports the one file that does the work of a verb. */
export type Load = () => Promise<Action>;

export interface CommandDeclaration {
  readonly name: string;
  readonly summary: string;
  /** commander's syntax: "[STORE...]". */
  readonly arguments?: string;
  readonly options: readonly OptionDeclaration[];
  readonly formats: readonly Format[];
  readonly examples: readonly string[];
}
