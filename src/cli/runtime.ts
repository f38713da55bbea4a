/** The outside world, handed in: tests run every command without a process of its own. */
export interface Runtime {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly cwd: string;
  /** Aborted by Ctrl-C or SIGTERM, from when it is first asked for. */
  readonly signal: AbortSignal;
  /** Exit code of the signal that was received, if any. */
  readonly interrupted: number | undefined;
  /**
   * Says that all is loaded, and that what is left is done in some ten milliseconds: code that is optimised for it comes too
   * late to pay for its making.
   */
  readonly expectShort?: (() => void) | undefined;
  /** Asks on stderr and gives the line that was typed, null when there was none; undefined where stdin is no terminal. */
  readonly ask?: ((question: string) => Promise<string | null>) | undefined;
}

export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal; undefined where there is none or it does not know. */
  readonly columns: number | undefined;
}

/** Narrowest and widest a report is laid out for; a line longer than 100 cells is no longer read. */
const MIN_COLUMNS = 40;
const MAX_COLUMNS = 100;
/** What a file, a pipe and a design review are laid out for. */
const DEFAULT_COLUMNS = 80;

/** Columns to lay a report out for. A terminal that reports 0 columns is one that does not know. */
export function layoutColumns(sink: Sink): number {
  const columns = sink.columns ?? 0;
  if (!sink.isTTY || columns <= 0) return DEFAULT_COLUMNS;
  return Math.max(MIN_COLUMNS, Math.min(MAX_COLUMNS, columns));
}

/**
 * Whether to colour: --color and --no-color, then NO_COLOR (any non-empty value), then FORCE_COLOR, then the terminal.
 * Decided here, once: what Node's styleText looks at by itself differs between versions.
 */
export function wantsColor(sink: Sink, env: Runtime['env'], flag: boolean | undefined): boolean {
  if (flag !== undefined) return flag;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false;
  if (env['FORCE_COLOR'] !== undefined && env['FORCE_COLOR'] !== '') return env['FORCE_COLOR'] !== '0';
  return sink.isTTY && env['TERM'] !== 'dumb';
}
