/** A memory system named by --system, as far as a workload has to know it; src/systems says what it is made of. */
export interface SystemInUse {
  /** `mneme-redis`: the system and, where it has several, the kind of store. */
  readonly system: string;
  /** "mneme semantic cache (Redis)". */
  readonly title: string;
  /** Whether it brings tables of its own, which --with, --without and --engine cannot change. */
  readonly ownTables: boolean;
  /** Whether it embeds what it stores, and whether it asks a language model what to store: else neither is paid for. */
  readonly embeds: boolean;
  readonly extracts: boolean;
}
