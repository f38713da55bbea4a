/** How long a phase has to go on, from how long it has taken: said only once that is worth something. */
import { formatCount, formatSeconds } from '../../quantity/index.ts';

/** A tenth of a phase, or this long, is too little to judge the rest by. */
const LEAST_SHARE = 0.02;
const LEAST_SECONDS = 2;

export interface Phase {
  readonly name: string;
  readonly done: number;
  /** Null where nobody can say. */
  readonly total: number | null;
  /** What is counted: "rows"; left out for shares. */
  readonly unit?: string;
}

/** Text of a progress line; keeps when each phase began. @param clock milliseconds, never going back */
export function timeLeft(clock: () => number): (p: Phase) => string {
  let current = '';
  let begun = 0;
  return ({ name, done, total, unit }) => {
    if (name !== current) {
      current = name;
      begun = clock();
    }
    const share = total === null || total <= 0 ? null : Math.min(1, done / total);
    const seconds = (clock() - begun) / 1000;
    const count =
      unit === undefined ? '' : `, ${formatCount(done)}${total === null ? '' : ` of ${formatCount(total)}`} ${unit}`;
    const percent = share === null ? '' : `, ${Math.floor(share * 100)} %`;
    const left =
      share === null || share < LEAST_SHARE || seconds < LEAST_SECONDS
        ? ''
        : `, about ${formatSeconds(Math.ceil((seconds * (1 - share)) / share))} left`;
    return `${name}${count}${percent}${left}`;
  };
}
