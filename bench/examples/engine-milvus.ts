/** What memplan says of one store on this engine. */
import { engineScreen } from '../engine-screen.ts';

export default function engineMilvus(): string[] {
  return engineScreen('--n 1B --dims 768 --engine milvus --index diskann');
}
