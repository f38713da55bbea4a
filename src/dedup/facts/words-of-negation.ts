/** Words that turn a sentence round, and pairs of words of which one says the contrary of the other. */

const list = (text: string): string[] => text.split(' ');

/** English, German, French, Spanish, Italian, Portuguese, Dutch, Russian, Polish. "n't" is found by its ending. */
export const NEGATORS: ReadonlySet<string> = new Set([
  ...list(
    'not no never cannot without none nobody nothing nowhere neither nor hardly barely scarcely unable unwilling except',
  ),
  ...list('dont doesnt didnt isnt arent wasnt werent wont cant couldnt wouldnt shouldnt hasnt havent hadnt aint'),
  ...list(
    'stop stops stopped stopping quit quits ceased fails failed refuses refused lacks lack lacking cancelled canceled',
  ),
  ...list('nicht nie niemals kein keine keinen keinem keiner keines ohne niemand nichts weder nirgends aufgehört'),
  ...list('pas jamais aucun aucune rien sans ni'),
  ...list('no nunca jamás ningún ninguna ninguno nada nadie sin tampoco dejó'),
  ...list(
    'non mai senza niente nessuno nessuna não sem nenhum nenhuma niet geen nooit zonder не нет никогда без ни nie bez nigdy',
  ),
]);

/** After a negator, words that say nothing of what is negated. */
export const EMPTY: ReadonlySet<string> = new Set(
  list(
    'a an the any all tout be been being is are was were do does did to of really very much have has had longer more ever plus de du la le les un une der die das den ein eine einen mehr el los las',
  ),
);

/** Groups of contraries; each pole is a list of words with the same direction. */
const CONTRARIES: readonly (readonly string[])[] = [
  ['enable enables enabled enabling', 'disable disables disabled disabling'],
  ['on', 'off'],
  ['true', 'false'],
  ['yes', 'nope'],
  [
    'like likes liked liking love loves loved enjoy enjoys enjoyed adore adores fond',
    'dislike dislikes disliked hate hates hated detest detests loathe loathes',
  ],
  ['prefer prefers preferred', 'avoid avoids avoided avoiding'],
  [
    'allow allows allowed allowing permit permits permitted accept accepts accepted',
    'deny denies denied forbid forbids forbidden block blocks blocked reject rejects rejected prohibit prohibited disallow disallowed ban banned',
  ],
  [
    'increase increases increased increasing raise raises raised grow grows grew rise rises rose gain gains gained',
    'decrease decreases decreased decreasing lower lowers lowered reduce reduces reduced shrink shrinks shrank fall falls fell drop drops dropped lose loses lost',
  ],
  ['before', 'after'],
  ['former', 'latter'],
  ['win wins won winning', 'lose loses lost losing'],
  ['until', 'since'],
  ['left', 'right'],
  ['up', 'down'],
  ['above over', 'below under'],
  ['in', 'out'],
  ['inside', 'outside'],
  ['more most', 'less least fewer'],
  ['maximum max', 'minimum min'],
  ['always', 'sometimes occasionally', 'rarely seldom'],
  ['all every both', 'some'],
  ['must required mandatory', 'may optional might'],
  ['start starts started starting begin begins began', 'end ends ended ending finish finishes finished'],
  ['open opens opened opening', 'close closes closed closing shut'],
  ['add adds added adding', 'remove removes removed removing delete deletes deleted'],
  ['buy buys bought', 'sell sells sold'],
  ['lend lent lends', 'borrow borrowed borrows'],
  ['send sends sent', 'receive receives received'],
  ['arrive arrives arrived arrival', 'leave leaves leaving depart departs departed departure'],
  ['join joins joined', 'resign resigns resigned'],
  ['hot', 'cold'],
  ['warm', 'cool'],
  ['high higher highest', 'low lowest'],
  ['big bigger large larger', 'small smaller little'],
  ['long longer', 'short shorter'],
  ['fast faster quick', 'slow slower'],
  ['early earlier', 'late later'],
  ['old older', 'new newer young younger'],
  ['good better best', 'bad worse worst'],
  ['public', 'private'],
  ['light', 'dark'],
  ['day', 'night'],
  ['import imports imported', 'export exports exported'],
  ['upgrade upgraded upgrades', 'downgrade downgraded downgrades'],
  ['upload uploads uploaded', 'download downloads downloaded'],
  ['pass passes passed succeed succeeds succeeded', 'fail failing failure'],
  ['agree agrees agreed', 'disagree disagrees disagreed'],
  ['married', 'divorced single'],
  ['alive', 'dead died'],
  ['online', 'offline'],
  ['north', 'south'],
  ['east', 'west'],
  ['he him his', 'she her hers'],
  ['mother mom mum', 'father dad'],
  ['brother', 'sister'],
  ['son', 'daughter'],
  ['husband', 'wife'],
  ['include includes included including', 'exclude excludes excluded excluding'],
  ['encrypt encrypted encrypts', 'decrypt decrypted decrypts'],
  ['lock locks locked', 'unlock unlocks unlocked'],
  ['read', 'write'],
  ['frontend', 'backend'],
  // German
  ['aktiviert aktivieren', 'deaktiviert deaktivieren'],
  ['mag liebt lieben mögen gern gerne', 'hasst hassen ungern'],
  ['erlaubt erlauben', 'verboten verbieten'],
  ['erhöht erhöhen steigt gestiegen', 'senkt gesenkt sinkt gesunken verringert'],
  ['vor', 'nach'],
  ['links', 'rechts'],
  ['immer', 'manchmal', 'selten'],
  ['mehr', 'weniger'],
  ['groß große großen', 'klein kleine kleinen'],
  // French
  ['activé activée activer', 'désactivé désactivée désactiver'],
  ['aime aimer adore préfère', 'déteste détester'],
  ['avant', 'après'],
  ['gauche', 'droite'],
  ['toujours', 'parfois', 'rarement'],
  ['autorisé autoriser', 'interdit interdire'],
  ['augmente augmenté augmenter', 'diminue diminué diminuer réduit'],
  ['plus', 'moins'],
  // Spanish
  ['activado activada activar', 'desactivado desactivada desactivar'],
  ['gusta gustan encanta ama', 'odia detesta'],
  ['antes', 'después'],
  ['izquierda', 'derecha'],
  ['permitido permitir', 'prohibido prohibir'],
  ['aumenta aumentó aumentar', 'disminuye disminuyó redujo'],
  ['más', 'menos'],
  // Chinese and Japanese, found inside runs of characters
  ['喜欢 喜歡 爱 愛 好き', '讨厌 討厭 嫌い 恨'],
  ['启用 打开 开启 有効 オン', '禁用 关闭 關閉 无效 無効 オフ'],
  ['允许 許可 可以', '禁止 拒绝'],
  ['增加 上升 提高 増加', '减少 下降 降低 減少'],
  ['之前 以前', '之后 以后 以後'],
  ['左', '右'],
  ['总是 總是 いつも 必ず', '有时 時々', '很少 めったに'],
  ['大', '小'],
  ['多', '少'],
  ['早', '晚 遅'],
];

/** Word → the groups it belongs to, and on which side. */
export const POLES: ReadonlyMap<string, readonly (readonly [group: number, pole: number])[]> = (() => {
  const map = new Map<string, [number, number][]>();
  CONTRARIES.forEach((poles, group) => {
    poles.forEach((words, pole) => {
      for (const word of list(words)) {
        const held = map.get(word) ?? [];
        held.push([group, pole]);
        map.set(word, held);
      }
    });
  });
  return map;
})();

/** Prefixes that make the contrary of a word. */
export const CONTRARY_PREFIXES: readonly string[] = [
  'un',
  'in',
  'im',
  'ir',
  'il',
  'dis',
  'non-',
  'non',
  'de',
  'des',
  'dés',
  'mis',
  'anti',
];

/** Negation inside runs of Han and kana, longest first where they overlap; the value says whether it negates. */
export const RUN_NEGATION: ReadonlyMap<string, boolean> = new Map([
  ...list(
    '不仅 不仅仅 不但 不过 不過 不错 不錯 差不多 没关系 非常 不管 不断 无论 かもしれない じゃないか 違いない なければならない なければなりません 少ない 危ない もったいない',
  ).map((w) => [w, false] as const),
  ...list('不 没 沒 無 无 别 未 非 勿 ない なかった なく ません ませんでした ずに まい やめ 停止 辞め').map(
    (w) => [w, true] as const,
  ),
]);
