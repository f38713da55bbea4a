/** Every profile known by name, in the order detection tries them. */
import { claudeMem, openclaw } from './agent-sqlite.ts';
import { chroma } from './chroma.ts';
import { langgraphCheckpoints, langgraphStore } from './langgraph-store.ts';
import { mcpMemoryService } from './mcp-memory-service.ts';
import { mem0History, mem0Vectors } from './mem0.ts';
import { mneme } from './mneme.ts';
import { neuralMemory } from './neural-memory.ts';
import type { Profile } from './profile.ts';
import { mastraLibsql, openWebui } from './small-memories.ts';

export const PROFILES: readonly Profile[] = [
  mneme,
  neuralMemory,
  langgraphStore,
  langgraphCheckpoints,
  mcpMemoryService,
  chroma,
  claudeMem,
  openclaw,
  mem0History,
  mem0Vectors,
  mastraLibsql,
  openWebui,
];
