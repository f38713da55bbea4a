/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineFaiss(): string[] {
  return engineScreen('--n 10M --dims 768 --engine faiss --index ivf-pq');
}
