/** How many rows of docs/seeds.md came to what. */
import { seedRows } from '../seeds/index.ts';
import { summaryLines } from '../seeds/print.ts';

export default function example(): string[] {
  return summaryLines(seedRows());
}
