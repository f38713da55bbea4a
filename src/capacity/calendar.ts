/** Days of a plan on the calendar. */

const DAY_MS = 86_400_000;
/** Beyond it ISO 8601 has no four digits for a year, and nobody has a plan. */
const LAST_YEAR = 9999;

/** The calendar day, UTC, so many days after another; undefined beyond the year 9999, where there is no date to tell. */
export function dayAfter(first: Date, days: number): string | undefined {
  const day = new Date(first.getTime() + days * DAY_MS);
  return day.getUTCFullYear() <= LAST_YEAR ? day.toISOString().slice(0, 10) : undefined;
}
