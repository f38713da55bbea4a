/** A live store that a memory system made, and the --system that plans all its tables. */
import { primarySet } from '../../capacity/from-snapshot.ts';
import type { Snapshot } from '../../store/index.ts';

/** Profiles that are not called as the system is. */
const SYSTEM_OF: Readonly<Record<string, string>> = {
  'langgraph-store': 'langgraph',
  'langgraph-store-js': 'langgraph-js',
  'agno-knowledge': 'agno',
  'open-webui-chunks': 'open-webui',
  'mastra-vectors': 'mastra',
};

/** What to type after --system for the store's rows that are planned with; undefined where no preset is certain. */
export async function systemOf(snapshot: Snapshot): Promise<string | undefined> {
  const profile = snapshot.profiles.find((p) => p.id === primarySet(snapshot)?.profile);
  // Where the detection asks the user to settle it, this is not the place to guess.
  if (profile === undefined || profile.settle !== undefined) return undefined;
  const { SYSTEMS, systemByName } = await import('../../systems/index.ts');
  const plain = profile.id.replace(/^redis-/, '');
  const family = SYSTEM_OF[plain] ?? plain;
  const preset = SYSTEMS.find((s) => s.family === family && s.store === snapshot.identity.scheme);
  if (preset?.engine === undefined) return undefined;
  return systemByName(family) === preset ? family : preset.id;
}
