/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineSqliteVec(): string[] {
  return engineScreen('--n 10k --dims 1536 --engine sqlite-vec');
}
