import type { Answered } from '../../api.ts';
import { formatOf } from '../../format.ts';

export type Script = Answered<'getBin'>['script'];

export interface Preset {
  readonly key: string;
  readonly label: string;
  /** What one sees by it. */
  readonly about: string;
  readonly script: Script;
}

/** What one wants to watch before an endpoint does it by itself. */
export const PRESETS: readonly Preset[] = [
  {
    key: 'ok',
    label: '200 at once',
    about: 'Everything that is sent here is delivered.',
    script: [],
  },
  {
    key: 'retry',
    label: '503 twice, then 200',
    about:
      'Watch a retry: the next delivery fails twice and succeeds with its third attempt. Its destination has to have two retries or more; with fewer the delivery is dead.',
    script: [{ status: 503, times: 2 }, { status: 200 }],
  },
  {
    key: 'dead',
    label: 'Always 500',
    about:
      'Watch dead letters: each delivery is dead when its retries are spent. Choose 200 at once, and retry them from the dead letters of the destination.',
    script: [{ status: 500 }],
  },
  {
    key: 'hang',
    label: 'Hang',
    about:
      'Watch timeouts, and the circuit breaker: requests are taken and never answered. After ten seconds and ten of them the endpoint is held, and its events wait.',
    script: [{ hang: true }],
  },
  {
    key: 'slow',
    label: 'Slow: 3 s',
    about: 'Watch what a slow endpoint does to the time that events take; a destination with a shorter timeout fails.',
    script: [{ status: 200, delayMs: 3_000 }],
  },
  {
    key: 'gone',
    label: '410',
    about: 'Watch the endpoint being paused: what comes afterwards waits until somebody resumes it.',
    script: [{ status: 410 }],
  },
  {
    key: 'limit',
    label: '429 with Retry-After',
    about: 'Watch an endpoint that asks for time: it is held for 30 seconds, and then asked again.',
    script: [{ status: 429, headers: { 'Retry-After': '30' } }],
  },
  {
    key: 'reset',
    label: 'Reset',
    about: 'Watch connections that end without an answer.',
    script: [{ reset: true }],
  },
  {
    key: 'some',
    label: '3 of 10 fail',
    about: 'Watch an endpoint that fails now and then: three of ten requests, by chance, are answered with 500.',
    script: [{ status: 500, rate: 0.3 }],
  },
];

/** The one that a bin answers by; undefined for a script of somebody's own. */
export function presetOf(script: Script): Preset | undefined {
  const text = JSON.stringify(script);
  return PRESETS.find((preset) => JSON.stringify(preset.script) === text);
}

/** In a few words. */
export function scriptWords(script: Script): string {
  return presetOf(script)?.label ?? `a script of ${formatOf(script.length, 'step')}`;
}

/** What a script of one's own can begin with. */
export const EXAMPLE: Script = [
  { status: 503, headers: { 'Retry-After': '2' }, times: 2 },
  { reset: true },
  { status: 200, body: '{"taken":true}', delayMs: 250 },
];
