/** What detection found out about one memory system in a store. */

export interface Evidence {
  /** The table or trigger that speaks for it. */
  readonly subject: string;
  readonly message: string;
}

export interface ColumnMapping {
  readonly set: string;
  readonly table: string;
  /** What the column means here ("namespace", "text", "expires") → how it is read ("brain_id", "payload->user_id"). */
  readonly columns: Readonly<Record<string, string>>;
  /** Short name of this reading: another one by which other rows could go has another. Absent where nobody gave one. */
  readonly digest?: string;
}

export interface DetectedProfile {
  readonly id: string;
  readonly title: string;
  /** Which shape of the schema it is, where the profile knows several. */
  readonly variant: string | null;
  /** The version the store itself states; null where it states none. */
  readonly version: string | null;
  /** True when the stated version is newer than the newest one this release knows. */
  readonly newerThanKnown: boolean;
  /** 0 to 1; 1 only when the user named the profile. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
  /** The tables that belong to it. */
  readonly tables: readonly string[];
  /** Tables a store of this profile usually has and this one lacks. */
  readonly missing: readonly string[];
  readonly mapping: readonly ColumnMapping[];
  /** What would go wrong if one treated it like any other table. */
  readonly hazards: readonly string[];
  /** Where it is not certain: what the user can say to settle it, and what is not done until then. */
  readonly settle?: string;
  /** What the system cleans up by itself. */
  readonly ownMaintenance: string;
}
