/** Written-out numbers and units. English to the millions; German, French and Spanish up to twelve, without words that are also articles. */

const list = (text: string): string[] => text.split(' ');

/** Values of number words. */
export const NUMBER_WORDS: ReadonlyMap<string, number> = new Map<string, number>([
  ...list(
    'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen',
  ).map((w, i) => [w, i] as const),
  ...list('twenty thirty forty fifty sixty seventy eighty ninety').map((w, i) => [w, 20 + 10 * i] as const),
  ...list('null _ zwei drei vier fünf sechs sieben acht neun zehn elf zwölf')
    .map((w, i) => [w, i] as const)
    .slice(2),
  // "neuf" is also new.
  ...list('deux trois quatre cinq six sept huit').map((w, i) => [w, i + 2] as const),
  ...list('dix onze douze').map((w, i) => [w, i + 10] as const),
  // "once" is also English.
  ...list('dos tres cuatro cinco seis siete ocho nueve diez').map((w, i) => [w, i + 2] as const),
  ['doce', 12],
  ['dozen', 12],
  ['half', 0.5],
]);

/** Ordinals; "second" is a unit after a number. */
export const ORDINALS: ReadonlyMap<string, number> = new Map<string, number>([
  ...list('first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth').map(
    (w, i) => [w, i + 1] as const,
  ),
  ...list('erste zweite dritte vierte fünfte sechste siebte achte neunte zehnte').flatMap((w, i) =>
    ['', 'n', 'r', 's', 'm'].map((ending) => [`${w}${ending}`, i + 1] as const),
  ),
  ...list('premier deuxième troisième quatrième cinquième').map((w, i) => [w, i + 1] as const),
  ['première', 1],
  ...list('primero segundo tercero cuarto quinto').map((w, i) => [w, i + 1] as const),
  ...list('primera segunda tercera cuarta quinta').map((w, i) => [w, i + 1] as const),
]);

export const MULTIPLES: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1e3],
  ['tausend', 1e3],
  ['mille', 1e3],
  ['mil', 1e3],
  ...list('million millions mio millionen millones').map((w) => [w, 1e6] as const),
  ...list('billion billions mrd milliarde milliarden milliard milliards').map((w) => [w, 1e9] as const),
]);

/** How often: "twice" is 2 times. */
export const TIMES: ReadonlyMap<string, number> = new Map([
  ['twice', 2],
  ['thrice', 3],
  ['double', 2],
  ['triple', 3],
  ['zweimal', 2],
  ['dreimal', 3],
]);

/** Spellings of a unit → its name. What is not listed is a word after a number. */
export const UNITS: ReadonlyMap<string, string> = new Map(
  [
    ['ms', 'ms millisecond milliseconds millisekunden'],
    ['s', 's sec secs second seconds sekunde sekunden seconde secondes segundo segundos 秒'],
    ['min', 'min mins minute minutes minuten minuto minutos 分 分钟 分鐘 分間'],
    ['h', 'h hr hrs hour hours stunde stunden std heure heures hora horas 小时 小時 時間'],
    ['d', 'd day days tag tage tagen jour jours día días dia dias 天 日間'],
    ['week', 'w wk week weeks woche wochen semaine semaines semana semanas 周 週 週間 星期'],
    ['month', 'month months monat monate monaten mois mes meses 个月 個月 ヶ月 か月'],
    ['year', 'y yr yrs year years jahr jahre jahren an ans année années año años 年間'],
    ['age', '岁 歲 歳'],
    ['B', 'b byte bytes'],
    ['kB', 'kb kib kilobyte kilobytes'],
    ['MB', 'mb mib megabyte megabytes'],
    ['GB', 'gb gib gigabyte gigabytes go'],
    ['TB', 'tb tib terabyte terabytes'],
    ['mm', 'mm millimeter millimeters millimetre millimetres'],
    ['cm', 'cm centimeter centimeters centimetre centimetres zentimeter'],
    ['m', 'm meter meters metre metres mètre mètres metro metros 米 メートル'],
    ['km', 'km kilometer kilometers kilometre kilometres kilomètres kilómetros 公里 キロメートル'],
    ['mile', 'mi mile miles meilen'],
    ['inch', 'in. inch inches zoll'],
    ['ft', 'ft foot feet fuß'],
    ['mg', 'mg milligram milligrams milligramm'],
    ['g', 'g gram grams gramm grammes gramos 克 グラム'],
    ['kg', 'kg kilo kilos kilogram kilograms kilogramm 公斤 キロ キログラム'],
    ['lb', 'lb lbs pound pounds'],
    ['ml', 'ml milliliter milliliters millilitre'],
    ['l', 'l liter liters litre litres litro litros 升 リットル'],
    ['%', '% percent pct prozent porcentaje パーセント'],
    ['USD', '$ us$ usd dollar dollars dólares 美元 ドル'],
    ['EUR', '€ eur euro euros 欧元 ユーロ'],
    ['GBP', '£ gbp quid'],
    ['JPY', '¥ jpy yen 円'],
    ['CNY', 'cny rmb yuan 元 块'],
    ['INR', '₹ inr rupees rupee'],
    ['CHF', 'chf franken francs'],
    ['°C', '°c celsius'],
    ['°F', '°f fahrenheit'],
    ['°', '° degrees degree grad'],
    ['W', 'watt watts'],
    ['kW', 'kw kilowatt kilowatts'],
    ['kWh', 'kwh'],
    ['V', 'v volt volts'],
    ['Hz', 'hz hertz'],
    ['MHz', 'mhz'],
    ['GHz', 'ghz'],
    ['x', 'x times mal fois veces 次 回 倍'],
  ].flatMap(([unit, spellings]) => list(spellings as string).map((s) => [s, unit as string] as const)),
);

/** Currency signs and codes that stand before the number. */
export const CURRENCIES: ReadonlySet<string> = new Set([
  '$',
  'us$',
  '€',
  '£',
  '¥',
  '₹',
  'usd',
  'eur',
  'gbp',
  'jpy',
  'cny',
  'rmb',
  'chf',
  'inr',
]);
