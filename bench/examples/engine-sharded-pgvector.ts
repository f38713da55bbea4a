/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineShardedPgvector(): string[] {
  return engineScreen('--n 50M --dims 1536 --engine sharded-pgvector');
}
