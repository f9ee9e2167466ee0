import { setTimeout as wait } from 'node:timers/promises';
import { pino, stdSerializers, type Logger } from 'pino';
import type { Ambient } from '../../ports/ambient.ts';
import type { Log } from '../../ports/log.ts';
import type { AttemptReport, Refusal } from '../../ports/telemetry.ts';
import { makeSampler } from './sampler.ts';

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
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

/** Longest text from outside in a record, in UTF-16 units. */
const TEXT_MAX = 256;

/**
 * Telemetry that goes to the log: failed attempts, deaths and trouble at `warn`, a sample of refused calls at `info`.
 * What goes well is counted elsewhere and not logged. Endpoints are named by their origin alone, since the rest of a
 * URL is often a secret; write keys, headers and bodies never get here.
 */
export function makeLogTelemetry({ level, ambient, output = stderr() }: LogOptions): Log {
  const log = pino(
    {
      level,
      base: null,
      serializers: { error: stdSerializers.err, cause: stdSerializers.err },
      timestamp: () => `,"time":"${new Date(ambient.nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    output,
  );
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
      if (refusals.isTaken()) logRefusal(log, refusal);
    },
    attempted: (report) => {
      if (report.attempt.outcome === 'failed' || report.attempt.outcome === 'rejected') logAttempt(log, report);
    },
    died: (destination, eventId, reason) => {
      log.warn({ destination, eventId, reason }, 'delivery is dead');
    },
    expired: (destination, count) => {
      log.warn({ destination, count }, 'events went past their retention before they were delivered');
    },
    trouble: (what, details) => {
      log.warn(details, what);
    },
    note: (what, details) => {
      log.info(details, what);
    },
    failed: (error) => {
      log.fatal({ err: error }, 'the process ends of an unexpected error');
    },
    close: async () => {
      await Promise.race([output.close(), wait(CLOSE_MS, undefined, { ref: false })]);
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
        stream.once('close', resolve).once('error', resolve);
        stream.end();
      }),
  };
}

function logRefusal(log: Logger, { source, reason, type, message }: Refusal): void {
  log.info({ source, reason, type, detail: cut(message) }, 'call refused');
}

function logAttempt(
  log: Logger,
  { destination, eventId, type, name, attempt, message, retryAtMs }: AttemptReport,
): void {
  log.warn(
    {
      destination,
      endpoint: URL.parse(attempt.endpoint)?.origin ?? null,
      eventId,
      type,
      name: name === null ? null : cut(name),
      attempt: attempt.number,
      outcome: attempt.outcome,
      status: attempt.status,
      error: attempt.errorCode,
      detail: message === null ? null : cut(message),
      durationMs: Number(attempt.durationMs.toFixed(1)),
      retryAt: retryAtMs === null ? null : new Date(retryAtMs).toISOString(),
    },
    'attempt failed',
  );
}

function cut(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
}
