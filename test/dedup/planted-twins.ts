/** Pairs that an embedding hardly tells apart and that say different things: a digit, a date, a negation changed. */
import { seeded } from './seeded.ts';

export interface PlantedTwin {
  readonly kind: 'digit' | 'date' | 'negation';
  readonly a: string;
  readonly b: string;
}

const NUMBERED = [
  'The API rate limit is {n} requests per minute',
  'User takes {n} mg of ibuprofen after lunch',
  'The invoice total was $ {n}',
  'Budget for the offsite is €{n} per person',
  'The database pool holds {n} connections',
  'Ticket OPS-{n} is blocked by the network team',
  'Deployed release v2.{n}.0 to staging',
  'Room {n} is booked for the review',
  'Her flight is LH{n}',
  'Call back under +49 170 {n}',
  'CPU usage reached {n}% on node-a',
  'Server listens on port {n}',
  'Commit {n}abc fixed the leak',
  'Er wohnt in der Hauptstraße {n}',
  'Die Miete beträgt {n} Euro im Monat',
  'Le train part du quai {n}',
  'El proyecto cuesta {n} euros',
  '会议室在{n}楼',
  '毎月{n}円を払っています',
  'Backup keeps {n} days of snapshots',
  'https://example.com/issues/{n} describes the crash',
  'The file is stored at /var/data/part-{n}.parquet',
  'He is number {n} in the queue',
  'الطلب رقم {n} جاهز',
];
const DATED = [
  'The contract was signed on {d}',
  'Next dentist appointment: {d}',
  'On {d} the user reported a headache',
  'The outage of {d} lasted an hour',
  'Release planned for {d}, pending review',
  'Am {d} war der Server nicht erreichbar',
  'Le rendez-vous est fixé au {d}',
  'La reunión es el {d}',
];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const two = (n: number): string => String(n).padStart(2, '0');
const FORMS: readonly ((y: number, m: number, d: number, h: number) => string)[] = [
  (y, m, d) => `${y}-${two(m)}-${two(d)}`,
  (y, m, d) => `${y}/${two(m)}/${two(d)}`,
  (y, m, d) => `${two(d)}.${two(m)}.${y}`,
  (y, m, d) => `${d} ${MONTHS[m - 1]} ${y}`,
  (y, m, d) => `${MONTHS[m - 1]} ${d}, ${y}`,
  (_, m, d) => `${MONTHS[m - 1]?.slice(0, 3)} ${d}`,
  (y, m, d) => `${y}年${m}月${d}日`,
  (y, m, d, h) => `${y}-${two(m)}-${two(d)}T${two(h)}:30:00Z`,
];
const WORDS_OF_TIME = [
  ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'],
  ['today', 'yesterday', 'tomorrow'],
  ['last week', 'next week', 'last month', 'next month'],
  ['3 pm', '4 pm', '9 am', '11:15', '16:45'],
  ['in January', 'in June', 'in winter', 'in summer'],
  ['daily', 'weekly', 'monthly', 'every day except one week', 'quarterly'],
];
const TIMED = ['The report is due {t}', 'She calls her mother {t}', 'Cleanup job runs {t} on the main host'];

/** Statement and its contrary. */
const CONTRARY: readonly (readonly [string, string])[] = [
  ['The user likes {x}', 'The user does not like {x}'],
  ['The user likes {x}', "The user doesn't like {x}"],
  ['User enjoys {x}', 'User never enjoys {x}'],
  ['She is allergic to {x}', 'She is not allergic to {x}'],
  ['He can work with {x}', 'He cannot work with {x}'],
  ['They still use {x}', 'They no longer use {x}'],
  ['Orders {x} with sugar', 'Orders {x} without sugar'],
  ['Support for {x} is enabled', 'Support for {x} is disabled'],
  ['Turn on {x} at night', 'Turn off {x} at night'],
  ['{x} is available in Berlin', '{x} is unavailable in Berlin'],
  ['The flag for {x} is true', 'The flag for {x} is false'],
  ['He loves {x}', 'He hates {x}'],
  ['Admins allow {x} in builds', 'Admins deny {x} in builds'],
  ['Spending on {x} increased', 'Spending on {x} decreased'],
  ['Take {x} before meals', 'Take {x} after meals'],
  ['Er mag {x}', 'Er mag {x} nicht'],
  ['Sie trinkt {x}', 'Sie trinkt keinen {x}'],
  ['Er arbeitet mit {x}', 'Er arbeitet ohne {x}'],
  ['Il aime {x}', "Il n'aime pas {x}"],
  ['Elle utilise {x}', "Elle n'utilise jamais {x}"],
  ['Le gusta {x}', 'No le gusta {x}'],
  ['Usa {x} siempre', 'Nunca usa {x}'],
  ['他喜欢{x}', '他不喜欢{x}'],
  ['她吃{x}', '她没吃{x}'],
  ['他喜欢{x}', '他讨厌{x}'],
  ['{x}が好きです', '{x}が好きではありません'],
  ['{x}を使う', '{x}を使わない'],
  ['{x}が好きです', '{x}が嫌いです'],
];
const THINGS = [
  'coffee',
  'tea',
  'Python',
  'dark mode',
  'Redis',
  'peanuts',
  'green curry',
  'remote work',
  'caching',
  'jazz',
];

export function plantedTwins(count: number, seed: number): readonly PlantedTwin[] {
  const r = seeded(seed);
  const twins: PlantedTwin[] = [];
  while (twins.length < count) {
    const kind = r.pick(['digit', 'date', 'negation'] as const);
    if (kind === 'digit') twins.push(digitTwin(r));
    else if (kind === 'date') twins.push(dateTwin(r));
    else {
      const [a, b] = r.pick(CONTRARY);
      const x = r.pick(THINGS);
      const pair = [a.replace('{x}', x), b.replace('{x}', x)] as const;
      twins.push(r.next() < 0.5 ? { kind, a: pair[0], b: pair[1] } : { kind, a: pair[1], b: pair[0] });
    }
  }
  return twins;
}

function digitTwin(r: ReturnType<typeof seeded>): PlantedTwin {
  const template = r.pick(NUMBERED);
  const digits = [...String(1 + r.below(10 ** (1 + r.below(5))))];
  const at = r.below(digits.length);
  const other = [...digits];
  // Another digit; the first one not a zero, which would be no number of its own.
  other[at] = String(((Number(digits[at]) + 1 + r.below(8)) % 9) + 1);
  if (other[at] === digits[at]) other[at] = digits[at] === '9' ? '8' : '9';
  return { kind: 'digit', a: template.replace('{n}', digits.join('')), b: template.replace('{n}', other.join('')) };
}

function dateTwin(r: ReturnType<typeof seeded>): PlantedTwin {
  if (r.next() < 0.35) {
    const words = r.pick(WORDS_OF_TIME);
    const first = r.below(words.length);
    const second = (first + 1 + r.below(words.length - 1)) % words.length;
    const template = r.pick(TIMED);
    return {
      kind: 'date',
      a: template.replace('{t}', words[first] as string),
      b: template.replace('{t}', words[second] as string),
    };
  }
  const template = r.pick(DATED);
  const form = r.pick(FORMS);
  const date = [2019 + r.below(8), 1 + r.below(12), 1 + r.below(28), r.below(24)] as [number, number, number, number];
  const other = [...date] as typeof date;
  // Month or day: every form has both.
  if (r.next() < 0.5) other[1] = (date[1] % 12) + 1;
  else other[2] = (date[2] % 28) + 1;
  return { kind: 'date', a: template.replace('{d}', form(...date)), b: template.replace('{d}', form(...other)) };
}
