const WORD = /[\p{L}\p{N}]/u;

/**
 * Prepares to be asked whether texts name somebody: hold an id as it is or as JSON writes it, and not as a part of a
 * longer word or number. Who erases user `1` does not want all that has a digit in it gone.
 */
export function makeMention(id: string): (text: string) => boolean {
  const spellings = [...new Set([id, JSON.stringify(id).slice(1, -1)])];
  return (text) => spellings.some((spelling) => isIn(text, spelling));
}

function isIn(text: string, spelling: string): boolean {
  for (let at = text.indexOf(spelling); at >= 0; at = text.indexOf(spelling, at + 1)) {
    if (!isWithinWord(text, at, at + spelling.length)) return true;
  }
  return false;
}

/** Something of a word goes on before its beginning or behind its end. */
function isWithinWord(text: string, begin: number, end: number): boolean {
  const goesOn = (inside: string | undefined, outside: string | undefined): boolean =>
    inside !== undefined && outside !== undefined && WORD.test(inside) && WORD.test(outside);
  // Of a line break, JSON's spelling ends with a letter, which begins no word.
  const isEscape = text[begin - 2] === '\\';
  return (!isEscape && goesOn(text[begin], text[begin - 1])) || goesOn(text[end - 1], text[end]);
}
