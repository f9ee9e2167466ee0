/** What a server answered to a call of the tracking API. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Sends one call as any HTTP client would. A string or buffer goes as it is; anything else as JSON. */
export async function post(
  url: string,
  path: string,
  body: unknown,
  { writeKey, headers = {} }: { readonly writeKey?: string; readonly headers?: Record<string, string> } = {},
): Promise<CallAnswer> {
  const authorization = writeKey === undefined ? {} : { authorization: `Basic ${btoa(`${writeKey}:`)}` };
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
