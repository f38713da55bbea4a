/** Prints the error of every kind of prediction over the shipped measurements: `npx tsx bench/accuracy.ts`. */
import accuracy from './examples/accuracy.ts';

for (const line of accuracy()) console.log(line);
