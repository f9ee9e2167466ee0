import { openSystem } from '../compose.ts';
import { type Flags, loadServeConfig } from './flags.ts';
import { run } from './run.ts';

/** `sluice serve`: production. */
export async function serve(flags: Flags): Promise<never> {
  const config = loadServeConfig(flags);
  const { ambient, log } = openSystem(config.log.level);
  return run({ config, mode: 'serve', ambient, log, telemetry: log, onReady: () => undefined });
}
