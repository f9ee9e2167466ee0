/**
 * How hard a token is to guess, for those that somebody chose: made of words, repetitions and sequences, it is guessed
 * in its first thousand tries, however long it is.
 *
 * A token is cut into parts, each counted as one: a known word, what came before once more, a run of the alphabet, of
 * digits or of a keyboard's row, or a single character that is none of these. Separators count nothing. Each part is
 * worth a hex digit at least, so that ten of them are 40 bits; by the limit on wrong tokens, ten thousand addresses
 * would try for ten years.
 *
 * Random texts pass: among 16 random hex digits, the weakest that have to, one in 30,000 has fewer parts than that.
 */
export function isGuessable(token: string): boolean {
  return partsOf(token.toLowerCase()) < PARTS_MIN || new Set(token).size < DISTINCT_MIN;
}

const PARTS_MIN = 10;
/** Of 16 random hex digits, one in two million has fewer different ones. */
const DISTINCT_MIN = 5;
/** Shorter ones happen in random texts. */
const RUN_MIN = 3;

const SEPARATORS = /^[-_.:/+ ]$/;
const KEYBOARD = [
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  'qwertzuiop',
  'azertyuiop',
  '1q2w3e4r5t6y7u8i9o0p',
  '1qaz2wsx3edc',
];
/** Each also backwards. */
const RUNS = ['abcdefghijklmnopqrstuvwxyz', '0123456789abcdef', '1234567890', ...KEYBOARD].flatMap((row) => [
  row,
  Array.from(row).reverse().join(''),
]);

/** As people write them in place of letters. */
const LEET: Readonly<Record<string, string>> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '8': 'b', '@': 'a', $: 's', '!': 'i' },
};

/**
 * What placeholders and hurried tokens are made of: of our own pages and of other people's, and what lists of the most
 * used passwords begin with. Those of three letters are only what placeholders have often.
 */
const WORDS = `
  access account admin administrator alpha anything api apikey auth authorization bearer beta bigsecret changeit
  changeme change chosen company config console corp credential dashboard database default demo deploy destination dev
  development docker dummy enterprise event events example fake foobar gateway generate generated goes guest hello here
  hook hooks insert internal keep kubernetes letmein live local localhost login master monkey mypassword myself mytoken
  name network none nothing null operator pass passphrase passwd password passw0rd placeholder please prod production
  project public random real replace root safe sample secret secure security segment server service session sesame
  sluice some something staging start strong super supersecret sysadmin system temp temporary test testing tester token
  todo undefined update user username value very webhook webhooks welcome with word write writekey your yourself
  abc admins another any baseball batman battery correct dragon family football freedom friend horse iloveyou jordan
  king love lovely magic michael mustang ninja pokemon power princess qwerty shadow soccer staple starwars summer spring
  autumn winter sunshine superman thisis trustno1 whatever monday tuesday wednesday thursday friday saturday sunday
  january february march april june july august september october november december long enough only this that must
  characters crypto openssl output string uuid and are for get key new not now one out own set six ten the two use was
  you four five seven nine
`
  .trim()
  .split(/\s+/);

function partsOf(text: string): number {
  const plain = text.replaceAll(/./g, (character) => LEET[character] ?? character);
  let parts = 0;
  for (let at = 0; at < text.length;) {
    const length = Math.max(wordAt(text, at), wordAt(plain, at), repetitionAt(text, at), runAt(text, at), 1);
    if (length > 1 || !SEPARATORS.test(text.charAt(at))) parts++;
    at += length;
  }
  return parts;
}

function wordAt(text: string, at: number): number {
  const found = WORDS.filter((word) => text.startsWith(word, at));
  return found.reduce((longest, { length }) => Math.max(longest, length), 0);
}

/** How much of what follows has stood before it: also one character that goes on and on. */
function repetitionAt(text: string, at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < text.length && text[from + length] === text[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest >= RUN_MIN ? longest : 0;
}

function runAt(text: string, at: number): number {
  let length = RUN_MIN;
  while (at + length <= text.length && RUNS.some((run) => run.includes(text.slice(at, at + length)))) length++;
  return length > RUN_MIN ? length - 1 : 0;
}
