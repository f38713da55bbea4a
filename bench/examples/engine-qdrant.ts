/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineQdrant(): string[] {
  return engineScreen('--n 200M --dims 1536 --engine qdrant');
}
