import { Argument, Command, Option } from 'commander';
import { LIBRARIES } from '../domain/setup-code.ts';
import { version } from '../version.ts';
import type { BackupFlags } from './backup.ts';
import type { DiffFlags } from './config-diff.ts';
import type { ExportFlags } from './export.ts';
import { type Flags, hostOf, pathOf, portOf, urlOf } from './flags.ts';
import { Hangups } from './hangups.ts';
import type { RestoreFlags } from './restore.ts';
import type { SetupFlags } from './setup.ts';
import type { ShowFlags } from './show-config.ts';

const EXAMPLES = `
Examples:
  sluice dev                                a first look: source, write key and request bin are built in
  sluice config check                       what is wrong with ./sluice.yaml and the environment, all of it at once
  sluice config                             what serve runs by, and where each value is from
  sluice serve                              production, by ./sluice.yaml
  sluice serve --config /etc/sluice.yaml --data-dir /var/lib/sluice --host 0.0.0.0 --port 8080
  SLUICE_HTTP_PORT=9000 sluice serve        environment variables stand over the file, flags over both
  kill -HUP PID                             make serve read its configuration again
  sluice setup node --url https://events.example.com --write-key wk_website
  sluice backup --data-dir /var/lib/sluice --to /backup/today        while it runs
  sluice restore --from /backup/today --data-dir /var/lib/sluice
  sluice config diff                        what ./sluice.yaml would change of sources and destinations
  sluice export --data-dir /var/lib/sluice --to sources.yaml         what is there, as such a file
`;

const DIFF_CODES = `
The data folder is only read, also beside a running Sluice. Exit codes:
  0  nothing would change
  1  it cannot be told: the configuration has mistakes, or the data folder cannot be read
  2  the command was wrong
  3  something would change
`;

const EXPORT_EXAMPLES = `
Without --secrets, an environment variable stands for each secret, and a comment lists them. Another Sluice
declares the same with this file; on this one, what the management API made is the file's from then on.
  sluice export --data-dir /var/lib/sluice > sluice.yaml
  sluice export --data-dir /var/lib/sluice --secrets --to everything.yaml
`;

const BACKUP_EXAMPLES = `
Every night by cron, which mails you what goes wrong. Those older than two weeks go once a new one is there:
  0 3 * * *  sluice backup --quiet --data-dir /var/lib/sluice --to /backup/sluice-$(date +\\%F) && find /backup -maxdepth 1 -name 'sluice-*' -mtime +14 -exec rm -r {} +
`;

/**
 * The command line. Exits are exceptions (`CommanderError`), and messages begin with `sluice: `.
 *
 * A command's parts are loaded when it runs: `--help` needn't wait for a server.
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
    .showHelpAfterError('Try `sluice --help`.')
    .addHelpText('after', EXAMPLES);
  serverCommand(program, 'dev', 'run on this machine with a live view, for development').action(
    async (flags: Flags) => {
      const hangups = new Hangups();
      const { dev } = await import('./dev.ts');
      await dev(flags, hangups);
    },
  );
  serverCommand(program, 'serve', 'run in production').action(async (flags: Flags) => {
    // Before the parts are loaded, which takes a while.
    const hangups = new Hangups();
    const { serve } = await import('./serve.ts');
    await serve(flags, hangups);
  });
  configCommands(program);
  copyCommands(program);
  exportCommand(program);
  setupCommand(program);
  return program;
}

function setupCommand(program: Command): void {
  program
    .command('setup')
    .description('print the code that has a Segment library send here')
    .addArgument(
      new Argument('[library]', 'which one; without it, all of them are listed').choices(LIBRARIES.map(({ id }) => id)),
    )
    .option('--url <url>', 'where the library reaches Sluice', urlOf, 'http://127.0.0.1:8080')
    .option('--write-key <key>', 'write key of the source that it sends to', 'dev')
    .action(async (library: string | undefined, flags: SetupFlags) => {
      const { setup } = await import('./setup.ts');
      setup(library, flags);
    });
}

function copyCommands(program: Command): void {
  copyCommand(program, 'backup', 'copy the data folder to a new one, beside a running Sluice or without one')
    .requiredOption('--to <dir>', 'where to make the backup; there must be nothing yet', pathOf)
    .addHelpText('after', BACKUP_EXAMPLES)
    .action(async (flags: BackupFlags) => {
      const { backup } = await import('./backup.ts');
      await backup(flags);
    });
  copyCommand(program, 'restore', 'make a data folder from a backup')
    .requiredOption('--from <dir>', 'the backup', pathOf)
    .action(async (flags: RestoreFlags) => {
      const { restore } = await import('./restore.ts');
      await restore(flags);
    });
}

function copyCommand(program: Command, name: string, description: string): Command {
  return folderCommand(program, name, description).option('--quiet', 'print nothing but errors');
}

/** A command that looks into a data folder. */
function folderCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file that names the data folder (environment: SLUICE_CONFIG)', pathOf)
    .option('--data-dir <dir>', 'data folder, instead of the one that the configuration names', pathOf);
}

function configCommands(program: Command): void {
  const config = serverCommand(
    program,
    'config',
    'print what `serve` runs by, where each value is from, secrets masked',
  )
    .option('--json', 'print it as JSON')
    .helpCommand(false)
    .enablePositionalOptions()
    .action(async (flags: ShowFlags) => {
      const { showConfig } = await import('./show-config.ts');
      showConfig(flags);
    });
  serverCommand(config, 'check', 'tell all mistakes in file and environment').action(async (flags: Flags) => {
    const { checkConfig } = await import('./check-config.ts');
    checkConfig(flags);
  });
  folderCommand(config, 'diff', 'tell what the next start or SIGHUP would change of sources and destinations')
    .option('--json', 'print it as JSON')
    .addHelpText('after', DIFF_CODES)
    .action(async (flags: DiffFlags) => {
      const { diffConfig } = await import('./config-diff.ts');
      diffConfig(flags);
    });
}

function exportCommand(program: Command): void {
  folderCommand(program, 'export', 'write sources and destinations as a configuration file')
    .option('--to <file>', 'where to write it; there must be no such file yet (default: stdout)', pathOf)
    .option('--secrets', 'write secrets into it, instead of a variable for each')
    .addOption(
      new Option('--origin <origin>', 'only those that the management API made; not those of a file').choices(['api']),
    )
    .addHelpText('after', EXPORT_EXAMPLES)
    .action(async (flags: ExportFlags) => {
      const { exportConfig } = await import('./export.ts');
      exportConfig(flags);
    });
}

function serverCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file (environment: SLUICE_CONFIG)', pathOf)
    .option('--data-dir <dir>', 'folder that holds all events and deliveries', pathOf)
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)', hostOf)
    .option('--port <port>', 'port to listen on, 0 for a free one (default: 8080)', portOf);
}
