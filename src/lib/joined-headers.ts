/**
 * HTTP headers with one value each: those of a repeated one are joined by commas (RFC 9110, section 5.3). A header
 * named `__proto__` is a header.
 */
export function joinedHeaders(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  // `fromEntries` defines what it is given, where an assignment to `__proto__` would set the prototype.
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      typeof value === 'object' ? value.join(', ') : (value ?? ''),
    ]),
  );
}
