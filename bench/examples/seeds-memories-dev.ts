/** The rows of docs/seeds.md about one document. */
import { seedRows } from '../seeds/index.ts';
import { rowLines } from '../seeds/print.ts';

export default function example(): string[] {
  return rowLines(seedRows(), 'memories-dev');
}
