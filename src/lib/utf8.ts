/** How many bytes a string takes in UTF-8 at most: no UTF-16 unit takes more than three. */
export function utf8BytesMostOf(text: string): number {
  return 3 * text.length;
}

/** How many bytes a string takes in UTF-8, without encoding it. A lone surrogate counts three, as its replacement. */
export function utf8BytesOf(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair is four bytes: three for its first half by the line above, and one for the second, which is skipped.
    if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(index + 1))) index++;
  }
  return bytes;
}

function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** The beginning of a well-formed text that takes at most so many bytes in UTF-8, without half a character. */
export function cutToUtf8(text: string, bytesMax: number): string {
  if (utf8BytesMostOf(text) <= bytesMax) return text;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8BytesOf(character);
    if (bytes > bytesMax) return text.slice(0, end);
    end += character.length;
  }
  return text;
}
