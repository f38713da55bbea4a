/**
 * fast-check with the same random cases in every run: a tree that passed passes again, and who changes something is told of that
 * and of nothing else. `MEMPLAN_TEST_SEED=7 npm test` tries others; what they find belongs into the tests as a case of its own.
 */
import fc from 'fast-check';

const SEED = 20_261_122;

const text = process.env['MEMPLAN_TEST_SEED'] ?? '';
const seed = text === '' ? SEED : Number(text);
if (!Number.isSafeInteger(seed)) throw new Error(`MEMPLAN_TEST_SEED: "${text}" is not a whole number`);
fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });

export { default } from 'fast-check';
