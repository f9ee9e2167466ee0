import { ApiError, type Client } from '../../contract/client.ts';
import { nearest } from '../../contract/nearest.ts';
import { isJsonObject } from '../../lib/json-object.ts';
import { CommandFailure } from '../exit-codes.ts';
import { note } from '../output.ts';
import { printable } from '../printable.ts';
import type { Target } from './target.ts';
import { unreached } from './unreached.ts';

export interface Asked {
  readonly client: Client;
  readonly target: Target;
}

/**
 * What a call came to, as a message that names the way out, and how the command ends. The one place that says so; what it
 * does not know is a bug, and handed back as it is.
 */
export async function failureOf(error: unknown, asked: Asked): Promise<unknown> {
  if (error instanceof ApiError) return refused(error, asked);
  if (error instanceof TypeError && error.cause !== undefined) return unreached(error.cause, asked.target);
  // The client, about an id that no URL can hold.
  if (error instanceof TypeError && / cannot be '/.test(error.message))
    return new CommandFailure('usage', error.message);
  return error;
}

async function refused(error: ApiError, { client, target }: Asked): Promise<CommandFailure> {
  const said = printable(error.message, 1_000);
  if (error.code === 'unexpected_answer') return notSluice(error, target);
  if (error.code === 'not_found') {
    return new CommandFailure('failed', `the Sluice at ${target.url} cannot do that: ${said}`, [
      'is it older than this command? It says its version at /livez',
    ]);
  }
  if (error.status === 401)
    return new CommandFailure('forbidden', `${target.url}: ${noTokenText(error, target)}`, TOKEN_WAYS);
  if (error.code === 'role_too_low') {
    return new CommandFailure('forbidden', said, ['an admin makes one: sluice tokens create NAME --role admin']);
  }
  if (error.status === 403 || error.code === 'too_many_wrong_tokens') return new CommandFailure('forbidden', said);
  if (error.status === 404) return new CommandFailure('missing', said, await nearby(error, client));
  const more = problemLines(error);
  if (error.code === 'invalid_parameter' || error.code === 'invalid_body') {
    return new CommandFailure('usage', more.length > 0 ? 'Sluice refuses what was given:' : said, more);
  }
  return new CommandFailure('failed', said, [...more, ...againLines(error)]);
}

const TOKEN_WAYS = ['give one with --token-file FILE or SLUICE_TOKEN, or keep it: sluice profiles add NAME --url URL'];

function noTokenText({ code, message }: ApiError, { tokenBy }: Target): string {
  if (code === 'api_token_expired') return printable(message, 400);
  return tokenBy === null ? 'it asks for an API token' : `the token of ${tokenBy} is none that it knows`;
}

function notSluice({ status, message }: ApiError, { url }: Target): CommandFailure {
  if (status >= 300 && status < 400) {
    return new CommandFailure('unreachable', `${url} answers with a redirect (${status}), which Sluice never does`, [
      'name the URL that it leads to with --url, such as https:// in place of http://',
    ]);
  }
  return new CommandFailure('unreachable', `what answers at ${url} is not Sluice: ${printable(message, 300)}`, [
    'is the URL complete, with the path below which a proxy has it?',
  ]);
}

/** Every mistake with its place, as the answer lists them. */
function problemLines({ details }: ApiError): readonly string[] {
  const problems: unknown = details['problems'];
  if (!Array.isArray(problems)) return [];
  return problems.filter(isJsonObject).map(({ path, message }) => {
    const place = printable(String(path), 200);
    return `  ${place === '' ? '' : `${place}: `}${printable(String(message), 500)}`;
  });
}

function againLines({ status, retryAfterS }: ApiError): readonly string[] {
  if (retryAfterS !== null) return [`try again in ${retryAfterS} s`];
  return status >= 500 ? ['its log says more'] : [];
}

/** How what is not there is listed, and called; by the code of the error. */
const LISTS: Readonly<Record<string, { readonly command: string; readonly of?: (client: Client) => Candidates }>> = {
  source_not_found: {
    command: 'sluice sources list',
    of: (client) => client.pages.listSources({ query: { limit: 200 } }),
  },
  destination_not_found: {
    command: 'sluice destinations list',
    of: (client) => client.pages.listDestinations({ query: { limit: 200 } }),
  },
  api_token_not_found: {
    command: 'sluice tokens list',
    of: (client) => client.pages.listApiTokens({ query: { limit: 200 } }),
  },
  write_key_not_found: { command: 'sluice sources keys list SOURCE' },
  event_not_found: { command: 'sluice events list' },
  delivery_not_found: { command: 'sluice deliveries list' },
  replay_not_found: { command: 'sluice replay list' },
  bin_not_found: { command: 'sluice bins list' },
  bin_request_not_found: { command: 'sluice bins requests BIN' },
};

type Candidates = AsyncIterable<{ readonly data: readonly { readonly id: string; readonly name: string }[] }>;

/**
 * Says it where a filter names a source or a destination that there is not: nothing is found then, and a mistyped id looks
 * the same as good news. It is no failure: history has those that are gone.
 */
export async function noteUnknown(
  { client }: Pick<Asked, 'client'>,
  { source, destination }: { readonly source?: string; readonly destination?: string },
): Promise<void> {
  const looks = [
    ...(source === undefined ? [] : [client.getSource({ params: { id: source } })]),
    ...(destination === undefined ? [] : [client.getDestination({ params: { id: destination } })]),
  ];
  for (const look of await Promise.allSettled(looks)) {
    if (look.status === 'fulfilled' || !(look.reason instanceof ApiError) || look.reason.status !== 404) continue;
    note(printable(look.reason.message, 300), ...(await nearby(look.reason, client)));
  }
}

/** Ids that were probably meant, and the command that lists them. Asking for them may fail too, and then nothing is said. */
async function nearby({ code, details }: ApiError, client: Client): Promise<readonly string[]> {
  const list = LISTS[code];
  if (list === undefined) return [];
  const asked = [details['source'], details['destination'], details['id']].find((id) => typeof id === 'string') ?? '';
  const meant = list.of === undefined ? null : await meantBy(asked, list.of(client)).catch(() => null);
  return [...(meant === null ? [] : [`did you mean ${meant}?`]), `those that there are: ${list.command}`];
}

async function meantBy(asked: string, candidates: Candidates): Promise<string | null> {
  const idsByName = new Map<string, string>();
  for await (const { data } of candidates) {
    for (const { id, name } of data) idsByName.set(id, id).set(name, id);
  }
  const near = nearest(asked, [...idsByName.keys()]);
  const id = near === null ? undefined : idsByName.get(near);
  if (near === null || id === undefined) return null;
  return near === id ? printable(id) : `${printable(id)} ("${printable(near)}")`;
}
