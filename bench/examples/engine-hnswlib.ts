/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineHnswlib(): string[] {
  return engineScreen('--n 1M --dims 384 --engine hnswlib');
}
