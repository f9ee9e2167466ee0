import { makeSystemAmbient } from '../adapters/system/ambient.ts';
import { makeLogTelemetry } from '../adapters/system/telemetry.ts';
import { type Flags, loadServeConfig } from './flags.ts';
import { run } from './run.ts';

/** `sluice serve`: production. */
export async function serve(flags: Flags): Promise<never> {
  const config = loadServeConfig(flags);
  const ambient = makeSystemAmbient();
  const log = makeLogTelemetry({ level: config.log.level, ambient });
  return run({ config, mode: 'serve', ambient, log, telemetry: log, onReady: () => undefined });
}
