/** Headers as a server has them: those of the Fetch API, or a plain object with names in any case. */
export type WebhookHeaders =
  { get(name: string): string | null } | Readonly<Record<string, string | readonly string[] | undefined>>;

/** @param name in lower case */
export function headerOf(headers: WebhookHeaders, name: string): string | null {
  if (isFetch(headers)) return headers.get(name);
  const value = headers[name] ?? Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  if (value === undefined) return null;
  return typeof value === 'string' ? value : value.join(', ');
}

function isFetch(headers: WebhookHeaders): headers is { get(name: string): string | null } {
  return typeof headers.get === 'function';
}
