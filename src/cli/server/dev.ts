import { openSystem, teeTelemetry } from '../../compose.ts';
import type { LogLevel } from '../../config/schema.ts';
import { devConfig, type Flags } from '../flags.ts';
import type { Hangups } from './hangups.ts';
import { run } from './run.ts';
import { appliedText } from './applied.ts';
import { hasColors } from '../colors.ts';
import { makeTerminal } from './terminal.ts';
import { welcome } from './welcome.ts';

/** `sluice dev`: on this machine, with a source and a request bin built in, and a live view of what happens. */
export async function dev(flags: Flags, hangups: Hangups): Promise<never> {
  const configured = devConfig(flags, process.env);
  const loaded = configured.load();
  const { ambient, log } = openSystem({ ...loaded.config.log, level: logLevel(loaded.config.log.level) });
  const terminal = makeTerminal({
    write: (text) => process.stdout.write(text),
    ambient,
    colors: hasColors(process.stdout),
  });
  return run({
    configured,
    loaded,
    hangups,
    mode: 'dev',
    ambient,
    log,
    telemetry: teeTelemetry(terminal, log),
    onReady: (url) => {
      process.stdout.write(welcome(url));
      terminal.open();
    },
    onApplied: (changes) => {
      process.stdout.write(`sluice: configuration applied: ${appliedText(changes)}\n`);
    },
  });
}

/** The live view tells everything; where the log shares its screen, it needn't tell warnings a second time. */
function logLevel(configured: LogLevel): LogLevel {
  const isShared = process.stderr.isTTY && process.stdout.isTTY;
  return isShared || configured === 'error' ? 'error' : 'warn';
}
