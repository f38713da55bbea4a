export {
  type Currency,
  currencyNote,
  currencySign,
  readCurrency,
  showMoneyIn,
  shownCurrency,
} from './currency.ts';
export { type ExplainOptions, explain } from './explain.ts';
export {
  type Figure,
  formatBytes,
  formatCount,
  formatDecimal,
  formatInterval,
  formatMoney,
  formatPercent,
  formatQuantity,
  formatSeconds,
  formatShortCount,
  isApproximate,
  toPostgresSize,
  UNKNOWN,
} from './format.ts';
export { InputError, isInputError, nearest } from './input-error.ts';
export { type ExplainJson, fromJson, type QuantityJson, toJson } from './json.ts';
export { oncePer } from './once-per.ts';
export { parseBytes, parseCount, parseDecimal, parseDuration, parseMoney, parseRatio } from './parse.ts';
export { printable } from './printable.ts';
export {
  type DeriveOptions,
  derive,
  knownAs,
  type LeafOptions,
  leaf,
  named,
  type Quantity,
  revised,
  stated,
  sum,
  weakestLeaves,
  workedOut,
} from './quantity.ts';
export { type Basis, type Bytes, bytes, type Seconds, seconds, type Unit, weaker } from './unit.ts';
