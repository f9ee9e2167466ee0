import type { Command } from 'commander';
import { CommandFailure } from '../exit-codes.ts';
import { note, print, printJson, makeTable } from '../output.ts';
import { printable } from '../printable.ts';
import { clientOf, commandGroup } from './api-command.ts';
import { failureOf } from './failures.ts';
import { askSecret, canAsk } from './prompts.ts';
import { type Profile, type Profiles, profilesFile, readProfiles, writeProfiles } from './profiles.ts';
import { type ApiFlags, checkedToken, DEFAULT_URL, targetOf, urlOf } from './target.ts';

const EXAMPLES = `
Examples:
  sluice profiles add production --url https://sluice.example.com              asks for the token
  pass sluice/token | sluice profiles add production --url https://… --token-file -
  sluice profiles use production                                            every command goes there from now on
  sluice sources list --profile staging                                     this one somewhere else

They are in \${XDG_CONFIG_HOME:-~/.config}/sluice/profiles.json, tokens included, which you alone may read.
`;

interface AddFlags extends Pick<ApiFlags, 'token' | 'tokenFile' | 'json'> {
  readonly url: string;
  /** Commander makes this of `--no-check`. */
  readonly check: boolean;
}

/** `sluice profiles`: Sluices by name, so that no command has to be told where and as whom. */
export function addProfiles(program: Command): void {
  const profiles = commandGroup(
    program,
    'profiles',
    'Sluices by name: where they are, and with which token',
  ).addHelpText('after', EXAMPLES);
  profiles
    .command('add <name>')
    .description('add a profile, or change it; the first one is in use at once')
    .requiredOption('--url <url>', 'where it is', urlOf)
    .option('--token-file <file>', 'file with the API token; - for stdin')
    .option('--token <token>', 'the API token; others on this machine can see it')
    .option('--no-check', 'keep it without asking whether the Sluice knows the token')
    .option('--json', 'print JSON')
    .action(add);
  profiles
    .command('list')
    .description('list profiles; tokens are not shown')
    .option('--json', 'print JSON')
    .action(list);
  profiles
    .command('use <name>')
    .description('go by this profile where nothing else is said')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Pick<ApiFlags, 'json'>) => {
      const known = readProfiles(process.env);
      const { url } = profileIn(known, name);
      writeProfiles({ ...known, current: name }, process.env);
      if (json === true) printJson({ name, url, isCurrent: true });
      else print(`commands go to ${url} now (${printable(name)})`);
    });
  profiles
    .command('remove <name>')
    .description('forget a profile and its token')
    .option('--json', 'print JSON')
    .action((name: string, { json }: Pick<ApiFlags, 'json'>) => {
      const known = readProfiles(process.env);
      profileIn(known, name);
      const left = new Map([...known.profiles].filter(([each]) => each !== name));
      const isUsed = known.current === name;
      writeProfiles({ current: isUsed ? null : known.current, profiles: left }, process.env);
      if (json === true) printJson({ removed: name });
      else print(`removed ${printable(name)}`);
      if (isUsed) note(`it was in use: commands go to ${DEFAULT_URL} now`);
    });
}

async function add(name: string, flags: AddFlags): Promise<void> {
  if (!/^[\w.-]{1,64}$/.test(name)) {
    throw new CommandFailure('usage', 'a profile is called by letters, digits, `.`, `_` and `-`, at most 64');
  }
  const known = readProfiles(process.env);
  const profile: Profile = { url: flags.url, token: await tokenFor(flags) };
  const who = flags.check ? await checked(profile) : null;
  const current = known.current ?? name;
  writeProfiles({ current, profiles: new Map([...known.profiles, [name, profile]]) }, process.env);
  if (flags.json === true) {
    printJson({ name, url: profile.url, hasToken: profile.token !== null, isCurrent: current === name, session: who });
    return;
  }
  print(`${name} is ${profile.url}${who === null ? '' : `, asked as ${printable(who.name)} (${who.role})`}`);
  if (current === name) print('commands go there now');
  else note(`commands still go by ${printable(current)}; change that: sluice profiles use ${name}`);
  if (profile.token !== null && isPlainAndFar(profile.url)) {
    note('this URL has no https: whoever is on the way can read the token');
  }
}

/** From flags or environment, else typed by who is there; null for a Sluice that asks for none. */
async function tokenFor(flags: AddFlags): Promise<string | null> {
  const given = targetOf(flags, process.env).token;
  if (given !== null) return given;
  if (!canAsk()) return null;
  const typed = await askSecret(`API token for ${flags.url} (not shown; empty for none): `);
  return typed === '' ? null : checkedToken(typed, 'what was typed');
}

async function checked({ url, token }: Profile) {
  const client = clientOf({ url, token });
  try {
    return await client.getSession();
  } catch (error) {
    const tokenBy = token === null ? null : 'this profile';
    throw await failureOf(error, { client, target: { url, token, tokenBy, urlBy: '--url' } });
  }
}

function isPlainAndFar(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|127\.[\d.]+|\[::1\])$/.test(hostname);
}

function list({ json = false }: Pick<ApiFlags, 'json'>): void {
  const { current, profiles } = readProfiles(process.env);
  const rows = [...profiles].map(([name, { url, token }]) => ({
    ...{ name, url, hasToken: token !== null, isCurrent: name === current },
  }));
  if (json) {
    printJson(rows);
    return;
  }
  if (rows.length === 0) {
    note(`there is none in ${profilesFile(process.env)}; make one: sluice profiles add NAME --url URL`);
    return;
  }
  const table = makeTable<(typeof rows)[number]>([
    { title: 'PROFILE', of: ({ name }) => name, isKept: true },
    { title: 'URL', of: ({ url }) => url },
    { title: 'TOKEN', of: ({ hasToken }) => (hasToken ? 'kept' : 'none') },
    { title: '', of: ({ isCurrent }) => (isCurrent ? 'in use' : ''), tone: () => 'good' },
  ]);
  print(...table.lines(rows));
}

function profileIn({ profiles }: Profiles, name: string): Profile {
  const profile = profiles.get(name);
  if (profile === undefined) {
    throw new CommandFailure('missing', `there is no profile ${printable(name)}`, [
      'those that there are: sluice profiles list',
    ]);
  }
  return profile;
}
