import type { EventAppender } from './event-log.ts';

/** What whoever watches this process from outside asks for. Nothing of it is secret. */
export interface Monitoring {
  /** Whether calls are accepted and delivered, looked at now. Always answers within a few seconds. */
  readiness(): Promise<Readiness>;
  /** All metrics, in Prometheus' text format. Always answers within a few seconds; who asks at once shares an answer. */
  metrics(): Promise<string>;
  /** A call was answered with 200, that long after its headers had come. */
  answered(durationMs: number): void;
}

export interface Readiness {
  /** All checks are `ok`. */
  readonly isReady: boolean;
  readonly version: string;
  readonly checks: Readonly<Record<string, Check>>;
  /** What the event log promises here. */
  readonly facts: EventAppender['facts'];
}

export interface Check {
  readonly status: 'ok' | 'full' | 'silent';
  readonly [measure: string]: string | number | null;
}
