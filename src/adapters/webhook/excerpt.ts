/** What is kept of a body, as text. @param isCut the last character may be there in part, and is left out then */
export function textOf(bytes: Buffer, isCut: boolean): string {
  return isCut ? new TextDecoder().decode(bytes, { stream: true }) : bytes.toString();
}
