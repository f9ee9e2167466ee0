/** Calls of this name as the lines of a file, numbered from `from` on: every other one has an id of its own. */
export function linesOf(name: string, count: number, from = 0): string {
  return Array.from({ length: count }, (_, index) => {
    const n = from + index;
    const id = n % 2 === 0 ? { messageId: `${name} ${n}` } : {};
    return `${JSON.stringify({ type: 'track', userId: `u${n}`, event: name, timestamp: '2020-01-01T00:00:00Z', properties: { n }, ...id })}\n`;
  }).join('');
}
