/** Capitalised words that are no names. */

const list = (text: string): string[] => text.split(' ');

/** Never names, wherever they stand. */
export const NEVER_NAMES: ReadonlySet<string> = new Set(
  list(
    "i i'm i've i'd i'll user users you we he she it they my your his her our their sie ihr ich du wir er ok okay vs eg ie etc mr mrs ms dr prof",
  ),
);

/**
 * Words that sentences of memories begin with: pronouns, articles, prepositions, question words, and the verbs of notes
 * without a subject ("Prefers …"). What is not here may be a name.
 */
export const COMMON_STARTS: ReadonlySet<string> = new Set([
  ...list(
    'a an the this that these those there here i you he she it we they my your his her its our their who what when where why how which',
  ),
  ...list(
    'in on at to from by for with without of as if since because while after before during until about over under between into through',
  ),
  ...list(
    'and or but so yet then also now still just only even once every each all some many most both either first finally currently recently usually often',
  ),
  ...list(
    'sometimes always never not no do does did is are was were be been has have had can could will would should may might must let please',
  ),
  ...list(
    'user users assistant customer client person people someone everyone team project note remember reminder fact memory summary',
  ),
  ...list(
    'likes like loves love enjoys enjoy prefers prefer preferred uses use used using wants want needs need lives live living works work working',
  ),
  ...list(
    'plans plan planning has had got gets bought buys owns own speaks speak studies study studied learning learns learned thinks think thought believes',
  ),
  ...list(
    'interested allergic born married moved moves went goes go visited visits traveled travelled met meets called named asked asks said says told',
  ),
  ...list(
    'hates hate dislikes dislike avoids avoid considers considering considered favorite favourite runs run running makes made making started starts',
  ),
  ...list(
    'stopped takes took taking drinks drink drank eats eat ate plays play played reads read writes wrote watches watched keeps keep keeping set sets',
  ),
  ...list(
    'meeting meetings deployment production server servers database tests test build builds error errors bug version release all please make sure add remove',
  ),
  ...list(
    'der die das ein eine ich du er sie es wir ihr mein meine dein sein seine ihre im am in an auf mit ohne für von nach bei zum zur und oder aber wenn weil',
  ),
  ...list('heute gestern morgen benutzer nutzer kunde mag liebt hat ist wohnt arbeitet nutzt bevorzugt'),
  ...list(
    'le la les un une des du de il elle on nous vous ils elles je tu mon ma mes son sa ses ce cette dans en sur avec sans pour par et ou mais',
  ),
  ...list("l'utilisateur utilisateur aime préfère habite travaille utilise a est"),
  ...list(
    'el los las una unos yo tú él ella nosotros ellos mi su sus este esta con sin para por y o pero usuario le gusta prefiere vive trabaja usa tiene es',
  ),
]);

/** Words that stand for a person in one text whom another text may name. */
export const STAND_INS: ReadonlySet<string> = new Set(
  list('he she they user users it i we you er sie ich wir il elle el él ella'),
);

/** A word without plural and possessive endings: enough to see "theme" in "themes". */
export function stemOf(lower: string): string {
  const word = lower.endsWith("'s") ? lower.slice(0, -2) : lower;
  if (word.length > 4 && word.endsWith('ies')) return `${word.slice(0, -3)}y`;
  if (word.length > 3 && word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1);
  return word;
}
