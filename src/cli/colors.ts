/** Whether text for this stream may have colours: it is a terminal, and nobody said no (https://no-color.org). */
export function hasColors({ isTTY = false }: { readonly isTTY?: boolean }): boolean {
  return isTTY && (process.env['NO_COLOR'] ?? '') === '';
}
