import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { CommandFailure } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { type ClientEnvironment, readProfiles } from './profiles.ts';

/** What every command takes that talks to a running Sluice. */
export interface ApiFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly profile?: string;
  readonly json?: boolean;
}

/** The Sluice that a command talks to, and as whom. */
export interface Target {
  /** Without a slash at its end; with the path below which a proxy has it. */
  readonly url: string;
  readonly token: string | null;
  /** What gave the token, in words: `SLUICE_TOKEN`; null where there is none. */
  readonly tokenBy: string | null;
  /** What gave the URL, in words; null for the default. */
  readonly urlBy: string | null;
}

/** Where `sluice dev` listens. */
export const DEFAULT_URL = 'http://127.0.0.1:8080';

/**
 * Which Sluice is meant: by the flags, else by the environment, else by the profile in use, else the one of `sluice dev`
 * on this machine. A token that belongs to another URL than the one that is asked is never sent to it.
 *
 * @throws CommandFailure when two things say which, or the profile or a file cannot be read
 */
export function targetOf(flags: ApiFlags, environment: ClientEnvironment): Target {
  const said = saidTarget(flags, environment);
  const given = tokenOf(flags);
  return given === null ? said : { ...said, ...given };
}

function saidTarget(flags: ApiFlags, environment: ClientEnvironment): Target {
  const [url, profile] = [given(environment, 'SLUICE_URL'), given(environment, 'SLUICE_PROFILE')];
  const ofEnvironment = tokenIn(environment);
  if (flags.profile !== undefined) {
    if (flags.url !== undefined) throw new CommandFailure('usage', 'give either --url or --profile, not both');
    return profileTarget(flags.profile, '--profile', environment);
  }
  if (flags.url !== undefined) {
    const isItsToken = profile === null && (url === null || urlIn(url) === flags.url);
    return { url: flags.url, urlBy: '--url', ...(isItsToken ? ofEnvironment : NO_TOKEN) };
  }
  if (url !== null) {
    if (profile !== null) throw new CommandFailure('usage', 'SLUICE_URL and SLUICE_PROFILE are both set; unset one');
    return { url: urlIn(url), urlBy: 'SLUICE_URL', ...ofEnvironment };
  }
  const named = profile ?? readProfiles(environment).current;
  if (named === null) return { url: DEFAULT_URL, urlBy: null, ...ofEnvironment };
  const target = profileTarget(named, profile === null ? null : 'SLUICE_PROFILE', environment);
  return ofEnvironment.token === null ? target : { ...target, ...ofEnvironment };
}

type GivenToken = Pick<Target, 'token' | 'tokenBy'>;
const NO_TOKEN: GivenToken = { token: null, tokenBy: null };

function profileTarget(name: string, by: string | null, environment: ClientEnvironment): Target {
  const { profiles } = readProfiles(environment);
  const profile = profiles.get(name);
  if (profile === undefined) {
    const known = [...profiles.keys()];
    const wayOut =
      known.length === 0
        ? 'there is none yet; make it with `sluice profiles add`'
        : `there are ${known.map((each) => printable(each)).join(', ')}`;
    throw new CommandFailure('usage', `there is no profile ${printable(name)} (${by ?? 'in use'}): ${wayOut}`);
  }
  const said = `the profile ${printable(name)}`;
  return { url: profile.url, token: profile.token, tokenBy: profile.token === null ? null : said, urlBy: said };
}

function tokenIn(environment: ClientEnvironment): GivenToken {
  const token = given(environment, 'SLUICE_TOKEN');
  return token === null ? NO_TOKEN : { token: checkedToken(token, 'SLUICE_TOKEN'), tokenBy: 'SLUICE_TOKEN' };
}

/** The token that the flags name; null for none. Of a file, or of stdin for `-`. */
function tokenOf({ token, tokenFile }: ApiFlags): GivenToken | null {
  if (token !== undefined && tokenFile !== undefined) {
    throw new CommandFailure('usage', 'give either --token or --token-file, not both');
  }
  if (token !== undefined) return { token: checkedToken(token, '--token'), tokenBy: '--token' };
  if (tokenFile === undefined) return null;
  return { token: checkedToken(textOf(tokenFile), '--token-file'), tokenBy: '--token-file' };
}

/** The text of a file, of stdin for `-`. @throws CommandFailure */
export function textOf(file: string): string {
  try {
    // By its number: to name `process.stdin` makes a terminal answer that nothing was typed yet.
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure('usage', `cannot read ${printable(file, 200)}: ${printable(reason, 200)}`);
  }
}

/** What a header can carry: anything else would be refused with an error about headers. */
export function checkedToken(text: string, by: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new CommandFailure('usage', `${by} holds no token: that is one word of visible ASCII characters`);
}

function given(environment: ClientEnvironment, name: string): string | null {
  const text = environment[name] ?? '';
  return text === '' ? null : text;
}

function urlIn(text: string): string {
  const url = baseUrl(text);
  if (url === null) throw new CommandFailure('usage', `SLUICE_URL: ${NO_URL}`);
  return url;
}

const NO_URL = 'It must be the URL of a Sluice, such as https://sluice.example.com.';

/** A value of `--url`. @throws InvalidArgumentError */
export function urlOf(text: string): string {
  const url = baseUrl(text);
  if (url === null) throw new InvalidArgumentError(NO_URL);
  return url;
}

/**
 * The URL below which a Sluice has its paths, without a slash at its end; null for what is none. Of what people copy from
 * a browser, the dashboard's path is left out.
 */
export function baseUrl(text: string): string | null {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') return null;
  const path = url.pathname.replace(/\/(?:api\/v1|api|dashboard)(?:\/.*)?$/, '').replace(/\/+$/, '');
  return `${url.origin}${path}`;
}
