import type { Command } from 'commander';
import type { Flags } from '../flags.ts';
import { hostOf, pathOf, portOf } from '../flag-values.ts';
import { Hangups } from './hangups.ts';

/** `sluice dev`: a look on this machine. */
export function addDev(program: Command): void {
  serverCommand(program, 'dev', 'run on this machine with a live view, for development').action(
    async (flags: Flags) => {
      const hangups = new Hangups();
      const { dev } = await import('./dev.ts');
      await dev(flags, hangups);
    },
  );
}

/** `sluice serve`: production. */
export function addServe(program: Command): void {
  serverCommand(program, 'serve', 'run in production').action(async (flags: Flags) => {
    // Before the parts are loaded, which takes a while.
    const hangups = new Hangups();
    const { serve } = await import('./serve.ts');
    await serve(flags, hangups);
  });
}

/** A command that takes what `serve` takes. */
export function serverCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', 'configuration file (environment: SLUICE_CONFIG)', pathOf)
    .option('--data-dir <dir>', 'folder that holds all events and deliveries', pathOf)
    .option('--host <host>', 'address to listen on (default: 127.0.0.1)', hostOf)
    .option('--port <port>', 'port to listen on, 0 for a free one (default: 8080)', portOf);
}
