/** Every profile of a SQL store known by name. One system may be known in several engines, under one id. */
import { claudeMem, openclaw } from './agent-sqlite.ts';
import { agno } from './agno.ts';
import { basicMemory } from './basic-memory.ts';
import { chroma } from './chroma.ts';
import { cognee } from './cognee.ts';
import { agnoKnowledge, dify, llamaIndex } from './document-chunks.ts';
import { hindsight } from './hindsight.ts';
import { langchain, langchainJs, langchainV2, n8n } from './langchain.ts';
import { langgraphCache, langgraphCheckpoints, langgraphCheckpointsPostgres } from './langgraph-checkpoints.ts';
import { langgraphStore, langgraphStoreJs, langgraphStorePostgres } from './langgraph-store.ts';
import { letta, lettaSqlite } from './letta.ts';
import { mastraLibsql, mastraPostgres, mastraVectors } from './mastra.ts';
import { mcpMemoryService } from './mcp-memory-service.ts';
import { mem0History, mem0Vectors } from './mem0.ts';
import { mem0Pgvector } from './mem0-pgvector.ts';
import { mneme, mnemePostgres } from './mneme.ts';
import { neuralMemory, neuralMemoryPostgres } from './neural-memory.ts';
import { openWebui, openWebuiChunks, openWebuiPostgres } from './open-webui.ts';
import { openmemory, openmemoryPostgres } from './openmemory.ts';
import type { Profile } from './profile.ts';

/** In the order in which detection tries them; those known by the shape of one table come after the rest. */
export const PROFILES: readonly Profile[] = [
  mneme,
  mnemePostgres,
  neuralMemory,
  neuralMemoryPostgres,
  langgraphStore,
  langgraphStorePostgres,
  langgraphStoreJs,
  langgraphCheckpoints,
  langgraphCheckpointsPostgres,
  langgraphCache,
  mcpMemoryService,
  openmemory,
  openmemoryPostgres,
  chroma,
  claudeMem,
  openclaw,
  basicMemory,
  mem0History,
  mem0Vectors,
  mastraLibsql,
  mastraPostgres,
  openWebui,
  openWebuiPostgres,
  openWebuiChunks,
  letta,
  lettaSqlite,
  langchain,
  n8n,
  agno,
  hindsight,
  mem0Pgvector,
  cognee,
  langchainV2,
  mastraVectors,
  llamaIndex,
  dify,
  agnoKnowledge,
  langchainJs,
];
