import { Argument, type Command } from 'commander';
import { remoteOf } from '../api/api-command.ts';
import { readProfiles } from '../api/profiles.ts';
import { print } from '../output.ts';
import { printable } from '../printable.ts';
import { type Candidate, propose, type Proposal } from './candidates.ts';
import { SCRIPTS, type Shell } from './scripts.ts';

const SETUP = `
  source <(sluice completion bash)                                        in ~/.bashrc
  source <(sluice completion zsh)                                         in ~/.zshrc, behind compinit
  sluice completion fish > ~/.config/fish/completions/sluice.fish
`;

/** Nobody waits longer for a word. */
const ASK_MS = 700;
/** What a shell takes as one word and nothing else. */
const PLAIN = /^[\w.@-]+$/;

/** `sluice completion`: has a shell complete commands, flags and ids. */
export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('print what has a shell complete commands, flags, and ids of a running Sluice')
    .addArgument(new Argument('<shell>', 'which').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', SETUP)
    .action((shell: Shell) => {
      process.stdout.write(SCRIPTS[shell]);
    });
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      const proposal = propose(program, words);
      const known = await asked(proposal, words.at(-1) ?? '').catch(() => []);
      print(
        ...[...proposal.candidates, ...known].map(({ text, about }) => `${text}\t${printable(about, 80)}`),
        ...(proposal.areFiles ? [':files'] : []),
      );
    });
}

/** Ids and names that a running Sluice, or the file of profiles, knows. Where it does not answer at once: none. */
async function asked({ asks, given }: Proposal, typed: string): Promise<readonly Candidate[]> {
  const known = asks === null ? [] : await knownOf(asks, given);
  return known.filter(({ text }) => PLAIN.test(text) && text.startsWith(typed));
}

async function knownOf(asks: string, given: Proposal['given']): Promise<readonly Candidate[]> {
  if (asks === 'profile') {
    return [...readProfiles(process.env).profiles].map(([text, { url }]) => ({ text, about: url }));
  }
  const { client } = remoteOf(given);
  const asked = { query: { limit: 200 }, signal: AbortSignal.timeout(ASK_MS) };
  const { data } = asks === 'source' ? await client.listSources(asked) : await client.listDestinations(asked);
  return data.map(({ id, name }) => ({ text: id, about: name }));
}
