/**
 * What a Redis server would take after a defragmentation: what it uses. A small server's ratio says nothing (an empty one
 * shows 14), so bytes count as well as the ratio; and only what the allocator itself holds can be given back live.
 */
import type { AllocatorFacts } from '../store/index.ts';
import { type Expectation, seen, unknown } from './expectation.ts';

/** Allocator ratio below which active defragmentation finds nothing to move. */
export const DEFRAG_HELPS_FROM = 1.1;

export function allocator(f: AllocatorFacts): Expectation {
  const notes: string[] = [];
  if (f.rss < f.used) notes.push('it uses more than is resident: part of it may be swapped out');
  if (f.ratio !== null && f.ratio > 1.5 && (f.allocatorRatio ?? 0) < DEFRAG_HELPS_FROM) {
    notes.push('the allocator itself is not fragmented: only a restart gives the rest back');
  }
  return {
    expected: seen('memory in use', Math.min(f.used, f.rss), 'B'),
    method: 'INFO memory',
    confidence: 'high',
    notes,
  };
}

export function keyspace(): Expectation {
  return unknown('layout', 'keys have no free space of their own: see the memory of the server');
}
