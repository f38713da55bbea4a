/** Months, weekdays and words for when, in five languages. */

const list = (text: string): string[] => text.split(' ');

const MONTH_NAMES = [
  'january jan januar jänner janvier enero',
  'february feb februar février febrero',
  'march mar märz mars marzo',
  'april apr avril abril',
  'may mai mayo',
  'june jun juni juin junio',
  'july jul juli juillet julio',
  'august aug août agosto',
  'september sep sept septembre septiembre',
  'october oct oktober okt octobre octubre',
  'november nov novembre noviembre',
  'december dec dezember dez décembre diciembre',
];

export const MONTHS: ReadonlyMap<string, number> = new Map(
  MONTH_NAMES.flatMap((names, i) => list(names).map((name) => [name, i + 1] as const)),
);

/** Months that are also other words: months only beside a number, or capitalised within a sentence. */
export const DOUBTFUL: ReadonlySet<string> = new Set(
  list('may march mar mars mai jan jun jul sep sept dec dez nov oct okt feb apr aug avril'),
);

const WEEKDAY_NAMES = [
  'monday mondays mon montag montags lundi lunes 周一 星期一 礼拜一 週一 月曜 月曜日',
  'tuesday tuesdays tue tues dienstag dienstags mardi martes 周二 星期二 礼拜二 週二 火曜 火曜日',
  'wednesday wednesdays wed mittwoch mittwochs mercredi miércoles 周三 星期三 礼拜三 週三 水曜 水曜日',
  'thursday thursdays thu thurs donnerstag donnerstags jeudi jueves 周四 星期四 礼拜四 週四 木曜 木曜日',
  'friday fridays fri freitag freitags vendredi viernes 周五 星期五 礼拜五 週五 金曜 金曜日',
  'saturday saturdays samstag samstags sonnabend samedi sábado 周六 星期六 礼拜六 週六 土曜 土曜日',
  'sunday sundays sonntag sonntags dimanche domingo 周日 周天 星期日 星期天 礼拜天 週日 日曜 日曜日',
];

export const WEEKDAYS: ReadonlyMap<string, number> = new Map(
  WEEKDAY_NAMES.flatMap((names, i) => list(names).map((name) => [name, i + 1] as const)),
);

/** Words for when → what they say. */
export const WHEN: ReadonlyMap<string, string> = new Map(
  [
    ['today', "today heute aujourd'hui hoy oggi hoje 今天 今日 本日"],
    ['yesterday', 'yesterday gestern hier ayer ieri ontem 昨天 昨日'],
    ['tomorrow', 'tomorrow morgen demain mañana domani amanhã 明天 明日'],
    ['day after tomorrow', 'übermorgen après-demain 后天 後天 明後日'],
    ['day before yesterday', 'vorgestern avant-hier anteayer 前天 一昨日'],
    ['tonight', 'tonight 今晚 今夜'],
    ['noon', 'noon midday mittag mittags midi mediodía 中午 正午'],
    ['midnight', 'midnight mitternacht minuit medianoche 半夜 真夜中'],
    ['morning', 'morning mornings morgens vormittag vormittags matin 早上 上午 午前 朝'],
    ['afternoon', 'afternoon afternoons nachmittag nachmittags après-midi 下午 午後'],
    ['evening', 'evening evenings abend abends soir 晚上 夜'],
    ['night', 'night nights nacht nachts nuit noche 夜里'],
    ['ago', 'ago 前'],
    ['hourly', 'hourly stündlich 毎時'],
    ['daily', 'daily everyday täglich quotidien diario diariamente 每天 毎日'],
    ['nightly', 'nightly'],
    ['weekly', 'weekly wöchentlich hebdomadaire semanal 每周 毎週'],
    ['biweekly', 'biweekly fortnightly'],
    ['monthly', 'monthly monatlich mensuel mensual 每月 毎月'],
    ['quarterly', 'quarterly vierteljährlich trimestriel trimestral'],
    ['yearly', 'yearly annually annual jährlich annuel anual 每年 毎年'],
    ['weekend', 'weekend weekends wochenende 周末 週末'],
    ['last year', '去年 昨年'],
    ['this year', '今年'],
    ['next year', '明年 来年'],
    ['last month', '上个月 先月'],
    ['next month', '下个月 来月'],
    ['last week', '上周 上星期 先週'],
    ['this week', '本周 这周 今週'],
    ['next week', '下周 下星期 来週'],
  ].flatMap(([value, words]) => list(words as string).map((w) => [w, value as string] as const)),
);

/** Before a period, these say which one: "next week", "letzten Monat". */
export const WHICH: ReadonlyMap<string, string> = new Map(
  [
    ['last', 'last past previous letzte letzten letzter letztes vorige vorigen dernier dernière pasado pasada'],
    [
      'next',
      'next coming upcoming following nächste nächsten nächster nächstes kommende kommenden prochain prochaine próximo próxima',
    ],
    ['this', 'this current diese diesen dieser dieses ce cette este esta'],
    ['every', 'every each jede jeden jeder jedes chaque cada'],
  ].flatMap(([value, words]) => list(words as string).map((w) => [w, value as string] as const)),
);

/** Periods that `WHICH` may stand before, or (French, Spanish) after. */
export const PERIODS: ReadonlyMap<string, string> = new Map(
  [
    ['day', 'day tag jour día'],
    ['week', 'week woche semaine semana'],
    ['month', 'month monat mois mes'],
    ['quarter', 'quarter quartal trimestre'],
    ['year', 'year jahr année año'],
    ['spring', 'spring frühling printemps primavera'],
    ['summer', 'summer sommer été verano'],
    ['autumn', 'autumn fall herbst automne otoño'],
    ['winter', 'winter hiver invierno'],
    ['morning', 'morning'],
    ['hour', 'hour stunde heure hora'],
  ].flatMap(([value, words]) => list(words as string).map((w) => [w, value as string] as const)),
);

/** Periods that say when by themselves: "in winter". */
export const SEASONS: ReadonlySet<string> = new Set(['summer', 'autumn', 'winter']);
