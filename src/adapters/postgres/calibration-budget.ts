/** The seconds of a calibration: what is left of them, and how a step that is running ends with them. */
import type { CalibrationRequest } from '../../store/index.ts';

/** The rest is for dropping the scratch schema. */
const USABLE_SHARE = 0.9;
/** Between the last second of measuring and the moment a statement is cancelled: it may be about to end. */
const CANCEL_SHARE = 0.93;

export interface CalibrationBudget {
  spent(): number;
  /** Seconds that measuring may still take. */
  left(): number;
  /** Aborts when the time is up, or the run is. */
  readonly signal: AbortSignal;
  /** The time was up: not the user's doing. */
  readonly over: () => boolean;
  end(): void;
}

export function calibrationBudget({ budgetSeconds, signal }: CalibrationRequest): CalibrationBudget {
  const begun = performance.now();
  const up = new AbortController();
  const timer = setTimeout(() => up.abort(), CANCEL_SHARE * budgetSeconds * 1000);
  const spent = (): number => (performance.now() - begun) / 1000;
  return {
    spent,
    left: () => USABLE_SHARE * budgetSeconds - spent(),
    signal: AbortSignal.any([signal, up.signal]),
    over: () => up.signal.aborted && !signal.aborted,
    end: () => clearTimeout(timer),
  };
}
