/** The memory systems that --system knows, and the draft that one of them makes. */
import { InputError, nearest } from '../quantity/index.ts';
import type { Draft, DraftInput, SystemInUse } from '../workload/index.ts';
import { cognee } from './cognee.ts';
import { agno, llamaIndex, n8n, openWebui } from './document-table.ts';
import { langchain } from './langchain.ts';
import { langgraph, langgraphJs } from './langgraph.ts';
import { langgraphCheckpoints } from './langgraph-checkpoints.ts';
import { letta } from './letta.ts';
import { mastra } from './mastra.ts';
import { mcpMemoryService } from './mcp-memory-service.ts';
import { mem0 } from './mem0.ts';
import { memoriesDev } from './memories-dev.ts';
import { mnemeDynamodb } from './mneme-dynamodb.ts';
import { mnemeMemory } from './mneme-process.ts';
import { mnemeRedis } from './mneme-redis.ts';
import { mnemePostgres, mnemeSqlite } from './mneme-tables.ts';
import { neuralMemory, neuralMemoryPostgres } from './neural-memory.ts';
import type { SystemPreset } from './preset.ts';
import { recall } from './recall.ts';

/** A family's first preset is the one that its name alone means. */
export const SYSTEMS: readonly SystemPreset[] = [
  recall,
  mnemeSqlite,
  mnemeMemory,
  mnemeRedis,
  mnemePostgres,
  mnemeDynamodb,
  neuralMemory,
  neuralMemoryPostgres,
  memoriesDev,
  mem0,
  langgraph,
  langgraphJs,
  langgraphCheckpoints,
  letta,
  langchain,
  llamaIndex,
  mastra,
  cognee,
  agno,
  openWebui,
  n8n,
  mcpMemoryService,
];

/** @throws InputError for a name or a kind of store that no preset has */
export function systemByName(name: string, store?: string, where = '--system'): SystemPreset {
  const word = name.trim().toLowerCase();
  const exact = SYSTEMS.find((s) => s.id === word);
  const family = SYSTEMS.filter((s) => s.family === word || s === exact);
  const [first] = family;
  if (first === undefined) {
    const names = [...new Set(SYSTEMS.map((s) => s.family))];
    const near = nearest(word, [...names, ...SYSTEMS.map((s) => s.id)]);
    throw new InputError(
      'unknown-system',
      `${where}: "${name}" is not a known system${near === undefined ? '' : `; did you mean ${near}?`}`,
      `one of ${names.join(', ')}`,
    );
  }
  if (store === undefined) return exact ?? first;
  const kept = family.find((s) => s.store === store.trim().toLowerCase());
  if (kept !== undefined) return kept;
  if (exact !== undefined && exact.family !== word) {
    throw new InputError('contradiction', `--store ${store} contradicts ${where} ${name}; give one of them`);
  }
  const stores = family.map((s) => s.store).join(', ');
  throw new InputError('unknown-store', `--store: ${first.family} is not kept in "${store}"; it has ${stores}`);
}

/**
 * What --system NAME (and --store KIND) puts below every other input.
 * @throws InputError for a name or a store that no preset has
 */
export function systemDraft(name: string, store?: string, where = '--system'): Draft {
  const preset = systemByName(name, store, where);
  const given = (value: number | string, more: Partial<DraftInput> = {}): DraftInput => ({
    value,
    from: 'system',
    where: `${preset.title}: ${preset.source}`,
    ...more,
  });
  const inputs: Record<string, DraftInput> = { store: given(preset.store) };
  for (const [id, { value, ...interval }] of Object.entries(preset.inputs)) inputs[id] = given(value, interval);
  if (preset.engine !== undefined) inputs['engine'] = given(preset.engine.id);
  const system: SystemInUse = preset.engine ?? {
    system: preset.id,
    title: preset.title,
    ownTables: false,
    embeds: true,
    extracts: preset.extracts ?? false,
  };
  return { inputs, with: preset.with ?? [], without: [], system };
}
