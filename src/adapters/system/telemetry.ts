import { setTimeout as wait } from 'node:timers/promises';
import { pino, stdSerializers, type Logger } from 'pino';
import { isFailure } from '../../domain/attempt.ts';
import { SluiceError } from '../../domain/errors.ts';
import { openPartOf } from '../../domain/listener-url.ts';
import type { Ambient } from '../../ports/ambient.ts';
import type { Log } from '../../ports/log.ts';
import type { EndpointReport, Refusal, Telemetry } from '../../ports/telemetry.ts';
import { attemptRecord, cut } from './attempt-record.ts';
import { sampleFailures } from './sample-failures.ts';
import { makeSampler } from './sampler.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** Which attempts have a record: a sample of those that failed, or each one. */
  readonly attempts?: 'failed' | 'all';
  readonly ambient: Ambient;
  /** Where the lines go; stderr when absent. */
  readonly output?: LogOutput;
}

export interface LogOutput {
  write(line: string): void;
  /** Resolves when all was written, or cannot be. */
  close(): Promise<void>;
}

/** Lines that wait for a slow reader of stderr, in characters; beyond it they are dropped, and nothing else waits. */
const WAITING_CHARS_MAX = 4 * 1024 * 1024;

/** How long the end of the process waits for a reader of the log. */
const CLOSE_MS = 1_000;

/** Refused calls that are logged in a second: anyone can send what is refused. */
const REFUSED_PER_SECOND_MAX = 10;

/**
 * Telemetry that goes to the log: failed attempts, deaths and trouble at `warn`, a sample of refused calls at `info`;
 * other attempts at `info` where each is asked for. What else goes well is counted and not logged. Write keys, headers
 * and bodies never get here.
 */
export function makeLogTelemetry({ level, attempts = 'failed', ambient, output = stderr() }: LogOptions): Log {
  const log = openPino(level, ambient, output);
  const told = telemetryTo(log, ambient);
  const telemetry = attempts === 'all' ? told : sampleFailures(onlyFailures(told), ambient);
  return {
    ...telemetry,
    note: (what, details) => {
      log.info(details, what);
    },
    failed: (error) => {
      const isExplained = error instanceof SluiceError;
      log.fatal({ err: error }, isExplained ? error.message : 'the process ends of an unexpected error');
    },
    close: async () => {
      await Promise.race([output.close(), wait(CLOSE_MS, undefined, { ref: false })]);
    },
  };
}

function openPino(level: LogOptions['level'], ambient: Ambient, output: LogOutput): Logger {
  return pino(
    {
      level,
      base: null,
      serializers: { error: stdSerializers.err, cause: stdSerializers.err },
      timestamp: () => `,"time":"${new Date(ambient.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
}

function telemetryTo(log: Logger, ambient: Ambient): Telemetry {
  const refusals = makeSampler({
    ambient,
    perSecondMax: REFUSED_PER_SECOND_MAX,
    onLeftOut: (leftOut) => {
      log.info({ leftOut }, 'more calls were refused in that second');
    },
  });
  return {
    accepted: () => undefined,
    refused: (refusal) => {
      // A full disk is told once, as trouble.
      if (refusal.reason !== 'log_full' && refusals.isTaken()) logRefusal(log, refusal);
    },
    attempted: (report) => {
      log[isFailure(report.attempt) ? 'warn' : 'info'](attemptRecord(report), `attempt ${report.attempt.outcome}`);
    },
    died: (destination, eventId, reason) => {
      log.warn({ destination, eventId, reason }, 'delivery is dead');
    },
    expired: (destination, count) => {
      log.warn({ destination, count }, 'events went past their retention before they were delivered');
    },
    filtered: () => undefined,
    endpointChanged: (report) => {
      logEndpoint(log, report);
    },
    trouble: (what, details) => {
      log.warn(details, what);
    },
  };
}

function onlyFailures(telemetry: Telemetry): Telemetry {
  return {
    ...telemetry,
    attempted: (report) => {
      if (isFailure(report.attempt)) telemetry.attempted(report);
    },
  };
}

/** In the background: a slow reader of the log must not slow down the server, and one that is gone must not end it. */
function stderr(): LogOutput {
  const stream = pino.destination({ dest: 2, sync: false, maxLength: WAITING_CHARS_MAX });
  stream.on('error', () => undefined);
  return {
    write: (line) => {
      stream.write(line);
    },
    close: async () =>
      new Promise((resolve) => {
        // At the process's exit the stream would write the rest over and over until it succeeds, which it never does
        // on a terminal that is closed or a disk that is full.
        stream.flushSync = () => undefined;
        stream.once('close', resolve).once('error', resolve);
        stream.end();
      }),
  };
}

/** Named by its origin alone, since the rest of a URL is often a secret. */
function logEndpoint(log: Logger, { destination, endpoint, state, reason }: EndpointReport): void {
  const record = { destination, endpoint: openPartOf(endpoint), state, reason };
  if (state === 'open') log.info(record, 'endpoint is open again');
  else log.warn(record, `endpoint is ${state}: what is owed to it waits`);
}

function logRefusal(log: Logger, { source, reason, type, count, message }: Refusal): void {
  log.info({ source, reason, type, count, detail: cut(message) }, 'call refused');
}
