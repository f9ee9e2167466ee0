import type { Command } from 'commander';
import { type Client, makeClient } from '../../contract/client.ts';
import { CommandFailure } from '../exit-codes.ts';
import { durationText } from '../printable.ts';
import { failureOf } from './failures.ts';
import { type ApiFlags, type Target, targetOf, urlOf } from './target.ts';

/** The Sluice that a command talks to. */
export interface Remote {
  readonly client: Client;
  readonly target: Target;
  /** Whether what it says is for programs. */
  readonly isJson: boolean;
}

const WHICH = 'Which Sluice:';

/** A command that talks to a running Sluice: it takes which one, as whom, and whether to answer in JSON. */
export function apiCommand(parent: Command, nameAndArguments: string, description: string): Command {
  return withTarget(parent.command(nameAndArguments).description(description));
}

/** A command with commands below it. */
export function commandGroup(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).helpCommand(false).enablePositionalOptions();
}

function withTarget(command: Command): Command {
  return command
    .option('--json', 'print JSON, with times and numbers as they are')
    .optionsGroup(WHICH)
    .option('--url <url>', 'where it is (environment: SLUICE_URL; default: the profile in use, else sluice dev)', urlOf)
    .option('--profile <name>', 'the profile to go by (environment: SLUICE_PROFILE)')
    .option('--token-file <file>', 'file with the API token; - for stdin')
    .option(
      '--token <token>',
      'the API token; others on this machine can see it: better a file, SLUICE_TOKEN or a profile',
    )
    .optionsGroup('Options:');
}

/**
 * The action of such a command. Whatever a call comes to ends here, as a message and an exit code.
 *
 * @param run gets what it talks to, the command's flags, and its arguments
 */
export function asking(
  // Commander does not know the types of what it hands over; whoever declares flags and arguments does.
  run: (remote: Remote, flags: never, ...given: never[]) => Promise<void>,
): (...given: unknown[]) => Promise<void> {
  return async (...given) => {
    // Behind the arguments, commander gives flags and the command.
    const flags = given.at(-2) as never;
    const remote = remoteOf(flags);
    try {
      await run(remote, flags, ...(given.slice(0, -2) as never[]));
    } catch (error) {
      throw await failureOf(error, remote);
    }
  };
}

/** Asks nothing yet. @throws CommandFailure when it cannot be told which Sluice is meant */
export function remoteOf(flags: ApiFlags): Remote {
  const target = targetOf(flags, process.env);
  return { client: clientOf(target), target, isJson: flags.json ?? false };
}

/** How long an answer may take to begin: Sluice is never so busy that it needs longer. */
const PATIENCE_MS = 30_000;

/** @param patienceMs for calls that wait for others, such as an endpoint */
export function clientOf({ url, token }: Pick<Target, 'url' | 'token'>, patienceMs = PATIENCE_MS): Client {
  return makeClient({ url, ...(token === null ? {} : { token }), fetch: patientFetch(url, patienceMs) });
}

/** A server that takes requests and does not answer, because it hangs or is halted, is not waited for forever. */
function patientFetch(url: string, patienceMs: number): typeof fetch {
  return async (input, init) => {
    const over = new AbortController();
    const timer = setTimeout(() => {
      const wayOut = 'is it halted, or busy beyond measure? Its log and /livez may say more';
      over.abort(
        new CommandFailure('unreachable', `${url} does not answer within ${durationText(patienceMs)}`, [wayOut]),
      );
    }, patienceMs);
    const signals = [over.signal, init?.signal ?? null].filter((signal) => signal !== null);
    try {
      return await fetch(input, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      clearTimeout(timer);
    }
  };
}
