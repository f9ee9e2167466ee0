import { flushCompileCache } from 'node:module';
import { type Changes, startSluice, type Sluice } from '../../compose.ts';
import type { Loaded } from '../../config/load.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { Telemetry } from '../../ports/telemetry.ts';
import type { Log } from '../../ports/log.ts';
import { appliedRecord } from './applied.ts';
import type { Configured } from '../flags.ts';
import type { Hangups } from './hangups.ts';
import { outliveReaders } from '../output.ts';
import { Reloads } from './reloads.ts';
import { startRecord } from './start-record.ts';
import { watchTerminal } from './watch-terminal.ts';

export interface Running {
  readonly configured: Configured;
  /** What it said at the start. */
  readonly loaded: Loaded;
  readonly hangups: Hangups;
  readonly mode: 'dev' | 'serve';
  readonly ambient: Ambient;
  readonly log: Log;
  /** Who is told what happens: the log, and whoever else. */
  readonly telemetry: Telemetry;
  /** Called when calls are accepted, after the line that says so. */
  readonly onReady: (url: string) => void;
  /** Called when another configuration was applied, and the log was told. */
  readonly onApplied: (changes: Changes) => void;
}

type StopSignal = 'SIGTERM' | 'SIGINT';

/**
 * Runs a Sluice until a signal stops it, and then ends the process:
 *
 *     starting ──▶ listening ──SIGTERM, SIGINT──▶ stopping ──▶ exit 0
 *         │            │                             │
 *         └────────────┴──unexpected failure─────────┴──────▶ exit 1, logged once
 *
 * A second signal ends it at once with 1, or with 130 (as shells do) when it is SIGINT. That is safe at any time:
 * state is on disk. SIGHUP reads the configuration again, once it listens; to `dev` it also says that its terminal was
 * closed, and stops it.
 *
 * @throws whatever kept it from starting or stopping; the process then has nothing left to do and should exit
 */
export async function run({
  configured,
  loaded,
  hangups,
  mode,
  ambient,
  log,
  telemetry,
  onReady,
  onApplied,
}: Running): Promise<never> {
  const { config } = loaded;
  const stopSignal = firstSignal();
  const isTerminalClosed = watchTerminal();
  const onFailure = failingOnce(log);
  // An unhandled rejection ends here as well.
  process.on('uncaughtException', onFailure);
  outliveReaders();
  // Timers of the ambient keep no process alive, and it must live until its stop is complete.
  setInterval(() => undefined, 2 ** 31 - 1);

  // The files hold other people's data, and secrets: nobody else on this machine may read them.
  process.umask(0o077);
  try {
    const sluice = await startSluice({ config, mode, telemetry, ambient, onFailure });
    const url = urlOf(sluice);
    log.note('listening', startRecord({ config, mode, url }, sluice));
    if (sluice.apiTokenFile !== null) log.note('the API token is in a file', { file: sluice.apiTokenFile });
    process.stdout.write(`sluice: listening on ${url}\n`);
    onReady(url);
    // Now, since whoever is killed keeps nothing for the next start.
    flushCompileCache();

    const reloads = new Reloads({
      ...{ configured, started: loaded, sluice, telemetry, onFailure },
      onApplied: (changes) => {
        log.note('configuration applied', appliedRecord(changes));
        onApplied(changes);
      },
    });
    hangups.listen(() => {
      // A terminal that is closed sends the same signal. Whoever watched in it is gone, and `dev` runs for nobody else.
      if (mode === 'dev' && isTerminalClosed()) process.kill(process.pid, 'SIGTERM');
      else {
        reloads.ask();
        sluice.lookAtCertificate().catch(onFailure);
      }
    });
    log.note('stopping', { signal: await stopSignal, drainMs: config.delivery.drainMs });
    reloads.end();
    await sluice.stop();
    log.note('stopped', {});
  } finally {
    await log.close();
  }
  process.exit(0);
}

async function firstSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let isFirst = true;
    const onSignal = (signal: StopSignal): void => {
      if (!isFirst) process.exit(signal === 'SIGINT' ? 130 : 1);
      isFirst = false;
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}

/** What fails while the process ends of a failure is a consequence of it, and not logged. */
function failingOnce(log: Log): (error: unknown) => void {
  let isEnding = false;
  return (error) => {
    if (isEnding) return;
    isEnding = true;
    log.failed(error);
    void log.close().finally(() => process.exit(1));
  };
}

function urlOf({ address: { scheme, host, port } }: Sluice): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
