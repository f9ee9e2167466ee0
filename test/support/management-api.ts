import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiAnswer, assertAnswer, operationAt } from './contract.ts';
import type { SluiceProcess } from './sluice-process.ts';

/** The API token that Sluice made for itself at its first start. */
export function tokenOf({ dataDir }: Pick<SluiceProcess, 'dataDir'>): string {
  return readFileSync(join(dataDir, 'admin.token'), 'utf8').trim();
}

export interface ApiRequest {
  /** Without one: POST of a body, else GET. */
  readonly method?: string | undefined;
  /** Sent as JSON. */
  readonly body?: object;
  /** Without one: `tokenOf`. */
  readonly token?: string;
}

/** Asks the management API. @param path below `/api/v1` */
export async function callApi(
  sluice: Pick<SluiceProcess, 'url' | 'dataDir'>,
  path: string,
  { body, method = body === undefined ? 'GET' : 'POST', token = tokenOf(sluice) }: ApiRequest = {},
): Promise<Response> {
  return fetch(`${sluice.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The same with the answer's body parsed; null where it has none. Fails when the contract says otherwise. */
export async function askApi(...asked: Parameters<typeof callApi>): Promise<ApiAnswer> {
  const [, path, { body, method = body === undefined ? 'GET' : 'POST' } = {}] = asked;
  const response = await callApi(...asked);
  const text = await response.text();
  const answer = { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
  const operation = operationAt(method, path);
  if (operation !== null) assertAnswer(operation, answer);
  return answer;
}
