/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineRedis(): string[] {
  return engineScreen('--n 100k --dims 1536 --engine redis --index vector-set');
}
