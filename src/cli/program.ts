import { Command } from 'commander';
import { version } from '../version.ts';
import { addBins } from './api/bins/bins.ts';
import { addDeliveries } from './api/deliveries/deliveries.ts';
import { addDestinations } from './api/destinations/destinations.ts';
import { addEvents } from './api/events/events.ts';
import { addProfiles } from './api/profiles-command.ts';
import { addListen } from './api/listen/listen.ts';
import { addReplay } from './api/replay/replay.ts';
import { addRetry } from './api/deliveries/retry.ts';
import { addSend } from './api/send/send.ts';
import { addSources } from './api/sources/sources.ts';
import { addTail } from './api/tail/tail.ts';
import { addTokens } from './api/tokens.ts';
import { addCompletion } from './completion/commands.ts';
import { addImport } from './api/import/import.ts';
import { addVerify } from './api/verify/verify.ts';
import { exitCodesText } from './exit-codes.ts';
import { addBackup, addConfig, addDoctor, addExport, addRestore } from './folder/commands.ts';
import { addDev, addServe } from './server/commands.ts';
import { addSetup } from './setup.ts';

const EXAMPLES = `
Examples:
  sluice dev                                a first look: source, write key and request bin are built in
  sluice send track --user u1 --event Hello --watch                  a call, and what became of it
  sluice tail --outcome failed              what fails, live
  sluice config check                       what is wrong with ./sluice.yaml and the environment, all of it at once
  sluice config                             what serve runs by, and where each value is from
  sluice serve                              production, by ./sluice.yaml
  sluice serve --config /etc/sluice.yaml --data-dir /var/lib/sluice --host 0.0.0.0 --port 8080
  SLUICE_HTTP_PORT=9000 sluice serve        environment variables stand over the file, flags over both
  kill -HUP PID                             make serve read its configuration again
  sluice profiles add production --url https://sluice.example.com    where commands go from now on
  sluice destinations list                  how they stand, and what waits there
  sluice retry --destination crm --from 1h  what died of the last hour, again
  sluice replay crm --from 24h              all of the last day, again
  sluice setup node --url https://events.example.com --write-key wk_website
  sluice backup --data-dir /var/lib/sluice --to /backup/today        while it runs
  sluice restore --from /backup/today --data-dir /var/lib/sluice
  sluice doctor                             what is wrong with folder, disk, clock, port, certificate and endpoints
  sluice import events.ndjson.gz --write-key wk_website              goes on where it was when it is stopped
  sluice verify captured.txt --secret-file secret                    why a signature is not valid
  sluice config diff                        what ./sluice.yaml would change of sources and destinations
  sluice export --data-dir /var/lib/sluice --to sources.yaml         what is there, as such a file
`;

/** What is in which part of `--help`, in this order. Each command declares itself beside its code. */
const PARTS: readonly (readonly [heading: string, add: readonly ((program: Command) => void)[]])[] = [
  ['Run a Sluice:', [addDev, addServe, addConfig]],
  ['Look after its data folder:', [addBackup, addRestore, addExport, addDoctor]],
  [
    'Ask a running Sluice:',
    [
      addSend,
      addImport,
      addListen,
      addBins,
      addTail,
      addEvents,
      addDeliveries,
      addRetry,
      addReplay,
      addSources,
      addDestinations,
      addTokens,
    ],
  ],
  ['Beside it:', [addProfiles, addSetup, addVerify, addCompletion]],
];

/**
 * The command line. Exits are exceptions (`CommanderError`), and messages begin with `sluice: `.
 *
 * What runs a server is loaded when it runs: `--help` needn't wait for it.
 */
export function makeProgram(): Command {
  const program = new Command('sluice')
    .description('A self-hosted event gateway: Segment libraries in, signed and retried webhooks out.')
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this')
    .helpCommand(false)
    // Options behind a command's name are that command's, though others have some of the same name.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: /, 'sluice: '));
      },
    })
    .addHelpText('after', EXAMPLES + exitCodesText());
  for (const [heading, parts] of PARTS) {
    program.commandsGroup(heading);
    for (const add of parts) add(program);
  }
  nameHelp(program, 'sluice');
  return program;
}

/** Has each command name its own help where it was used wrongly. */
function nameHelp(command: Command, words: string): void {
  command.showHelpAfterError(`Try \`${words} --help\`.`);
  for (const below of command.commands) nameHelp(below, `${words} ${below.name()}`);
}
