import { openSystem } from '../compose.ts';
import type { LogLevel } from '../config/schema.ts';
import { type Flags, loadDevConfig } from './flags.ts';
import { run } from './run.ts';
import { teeTelemetry } from './tee-telemetry.ts';
import { makeTerminal } from './terminal.ts';
import { welcome } from './welcome.ts';

/** `sluice dev`: on this machine, with a source and a request bin built in, and a live view of what happens. */
export async function dev(flags: Flags): Promise<never> {
  const config = loadDevConfig(flags);
  const { ambient, log } = openSystem(logLevel(config.log.level));
  const terminal = makeTerminal({
    write: (text) => process.stdout.write(text),
    ambient,
    colors: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
  });
  return run({
    config,
    mode: 'dev',
    ambient,
    log,
    telemetry: teeTelemetry(terminal, log),
    onReady: (url) => {
      process.stdout.write(welcome(url));
      terminal.open();
    },
  });
}

/** The live view tells everything; where the log shares its screen, it needn't tell warnings a second time. */
function logLevel(configured: LogLevel): LogLevel {
  const isShared = process.stderr.isTTY && process.stdout.isTTY;
  return isShared || configured === 'error' ? 'error' : 'warn';
}
