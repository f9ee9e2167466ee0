import { hostname, userInfo } from 'node:os';
import { type Command, InvalidArgumentError } from 'commander';
import { isListenerName, LISTENER_NAME_RULE } from '../../../domain/listener-url.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { note, print, printJsonLine, stdoutPaint } from '../../output.ts';
import { printable } from '../../printable.ts';
import { apiCommand, asking, type Remote } from '../api-command.ts';
import { type ApiFlags, textOf } from '../target.ts';
import { destinationFor, type ListenerDestination } from './destination.ts';
import { exchangeDetails, exchangeLine, exchangeRecord } from './exchanges.ts';
import { KEYS_HELP, readKeys } from './keys.ts';
import { Listening } from './listening.ts';

const EXAMPLES = `
  sluice listen --forward-to http://localhost:3000/hook                    events of all sources, until Ctrl-C
  sluice listen --destination crm --forward-to http://localhost:3000/hook  what crm gets, signed as there
  sluice listen ada --keep --forward-to http://localhost:3000/hook         what comes meanwhile waits for the next time

The program's answer is the outcome of the attempt. Nothing has to reach this machine: the connection goes out from here,
and while it is broken events wait. On a terminal, ${KEYS_HELP}.
`;

interface ListenFlags extends ApiFlags {
  readonly forwardTo: URL;
  readonly destination?: string;
  readonly source?: readonly string[];
  readonly secretFile?: string;
  readonly keep?: boolean;
  readonly insecure?: boolean;
}

/** `sluice listen`: has events come to a program on this machine. */
export function addListen(program: Command): void {
  apiCommand(program, 'listen [name]', 'forward events to a program on this machine, over an outgoing connection')
    .requiredOption('--forward-to <url>', 'where the program takes them', forwardUrlOf)
    .option('--destination <destination>', 'what this destination gets, beside it, signed as there')
    .option('--source <source...>', 'events of these sources; without it and --destination, of all')
    .option('--secret-file <file>', 'what signs; without it, a secret is made and shown')
    .option('--keep', 'stay when the program ends: what comes meanwhile waits')
    .option('--insecure', 'take any certificate of the program')
    .addHelpText('after', EXAMPLES)
    .action(asking(listen));
}

async function listen(remote: Remote, flags: ListenFlags, given: string | undefined): Promise<void> {
  const name = given ?? defaultName();
  if (!isListenerName(name)) throw new CommandFailure('usage', `the name of a listener ${LISTENER_NAME_RULE}`);
  const { client, isJson } = remote;
  const destination = await destinationFor(client, {
    name,
    like: flags.destination ?? null,
    sources: flags.source ?? null,
    secret: flags.secretFile === undefined ? null : textOf(flags.secretFile).trim(),
    isKept: flags.keep ?? false,
  });
  const ending = new AbortController();
  const end = (): void => {
    ending.abort();
  };
  process.once('SIGINT', end).once('SIGTERM', end).once('SIGHUP', end);
  for (const line of openingLines(destination, name, flags.forwardTo)) note(line);
  const paint = stdoutPaint();
  const show = isJson
    ? (exchange: Parameters<typeof exchangeRecord>[0]) => {
        printJsonLine(exchangeRecord(exchange));
      }
    : (exchange: Parameters<typeof exchangeLine>[0]) => {
        print(exchangeLine(exchange, paint));
      };
  const listening = new Listening({
    ...{ remote, name, to: flags.forwardTo, isInsecure: flags.insecure ?? false, signal: ending.signal },
    onExchange: show,
    onLate: ({ number }) => {
      note(`#${number} was answered too late: its time was up, and it is tried again`);
    },
    onThere: once(() => {
      note(`listening as ${name}${process.stdin.isTTY ? `; ${KEYS_HELP}` : ''}`);
    }),
  });
  const giveBack = readKeys(process.stdin, {
    again: (number) => {
      void listening.again(number).then((exchange) => {
        if (exchange === null) note(noSuch(number));
        else show(exchange);
      });
    },
    show: (number) => {
      const exchange = listening.find(number);
      if (exchange === undefined) note(noSuch(number));
      else print(...exchangeDetails(exchange, paint));
    },
    quit: end,
  });
  try {
    if (await listening.run()) throw new CommandFailure('failed', `another program listens as ${name} now`);
  } finally {
    giveBack();
  }
  await leave(remote, destination, name);
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function noSuch(number: number | null): string {
  return number === null ? 'nothing came yet' : `#${number} is not kept: the newest hundred are`;
}

function openingLines(
  { id, name: called, isNew, waiting, madeSecret }: ListenerDestination,
  name: string,
  to: URL,
): readonly string[] {
  return [
    isNew
      ? `made the destination ${id} with the endpoint listener:${name}`
      : `goes on as the destination ${printable(called)} (${printable(id)})${waiting === 0 ? '' : `, for which ${waiting} events wait`}`,
    ...(madeSecret === null ? [] : [`requests are signed with ${madeSecret} (--secret-file names one of yours)`]),
    `forwarding to ${printable(to.href, 500)}`,
  ];
}

/** What goes with the program goes now; what stays says how to go on. */
async function leave({ client }: Remote, { id, isPassing }: ListenerDestination, name: string): Promise<void> {
  if (!isPassing) {
    note(`what comes meanwhile waits; go on with: sluice listen ${name} --forward-to URL`);
    return;
  }
  await client.deleteDestination({ params: { id } });
  note(`deleted the destination ${printable(id)}; --keep has it stay`);
}

/** Whose it is, and where: two colleagues don't take each other's place. */
function defaultName(): string {
  const name = `${userInfo().username}-${hostname()}`.replaceAll(/[^\w.-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, 64) === '' ? 'listener' : name.slice(0, 64);
}

/** @throws InvalidArgumentError */
function forwardUrlOf(text: string): URL {
  const url = URL.parse(/^\d{1,5}$/.test(text) ? `http://localhost:${text}/` : text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new InvalidArgumentError('It must be a URL, such as http://localhost:3000/hook, or a port of this machine.');
}
