/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function enginePgvector(): string[] {
  return engineScreen('--n 1M --dims 1536 --engine pgvector');
}
