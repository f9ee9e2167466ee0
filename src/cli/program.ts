import { Command } from 'commander';
import { version } from '../version.ts';
import { type Flags, hostOf, pathOf, portOf } from './flags.ts';

const EXAMPLES = `
Examples:
  sluice dev                                a first look: source, write key and request bin are built in
  sluice config check                       what is wrong with ./sluice.yaml, all of it at once
  sluice serve                              production, by ./sluice.yaml
  sluice serve --config /etc/sluice.yaml --data-dir /var/lib/sluice --host 0.0.0.0 --port 8080
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
      const { dev } = await import('./dev.ts');
      await dev(flags);
    },
  );
  serverCommand(program, 'serve', 'run in production').action(async (flags: Flags) => {
    const { serve } = await import('./serve.ts');
    await serve(flags);
  });
  const config = program.command('config').description('look at the configuration').helpCommand(false);
  withConfig(config.command('check').description('check a configuration file and tell all its mistakes')).action(
    async (flags: Flags) => {
      const { checkConfig } = await import('./check-config.ts');
      checkConfig(flags);
    },
  );
  return program;
}

function serverCommand(program: Command, name: string, description: string): Command {
  return withConfig(program.command(name).description(description))
    .option('--data-dir <dir>', 'folder that holds all events and deliveries', pathOf)
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)', hostOf)
    .option('--port <port>', 'port to listen on, 0 for a free one (default: 8080)', portOf);
}

function withConfig(command: Command): Command {
  return command.option('--config <file>', 'configuration file', pathOf);
}
