import { openSystem } from '../../compose.ts';
import { type Flags, serveConfig } from '../flags.ts';
import type { Hangups } from './hangups.ts';
import { run } from './run.ts';

/** `sluice serve`: production. */
export async function serve(flags: Flags, hangups: Hangups): Promise<never> {
  const configured = serveConfig(flags, process.env);
  const loaded = configured.load();
  const { ambient, log } = openSystem(loaded.config.log);
  return run({
    configured,
    loaded,
    hangups,
    mode: 'serve',
    ambient,
    log,
    telemetry: log,
    onReady: () => undefined,
    onApplied: () => undefined,
  });
}
