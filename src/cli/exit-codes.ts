/** What each exit code promises. Scripts and cron jobs build on these; docs/exit-codes.md says the same. */
export const EXIT = {
  done: 0,
  breached: 1,
  usage: 2,
  partial: 3,
  unreachable: 4,
  refused: 5,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
