import { isoOf } from './timestamp.ts';

export const ALERT_KINDS = ['destination_held', 'dead_letters', 'destination_lags', 'disk_near', 'disk_full'] as const;
/**
 * What an operator is told without asking. `docs/alerts.md` has what each means and what to do, and a test compares the
 * two both ways.
 */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** That something began which an operator should know, or that it is over. */
export interface Alert {
  readonly kind: AlertKind;
  readonly state: 'begun' | 'ended';
  /** Null for what is about all of Sluice. */
  readonly destination: string | null;
  readonly atMs: number;
  /** When it was first seen. */
  readonly sinceMs: number;
  /** A sentence in plain words. No secrets: endpoints are named by their origins. */
  readonly message: string;
}

export const ALERT_FORMATS = ['json', 'slack'] as const;
/** What is posted: an object for programs, or what Slack's incoming webhooks and those that imitate them take. */
export type AlertFormat = (typeof ALERT_FORMATS)[number];

/** Alerts that one request lists; the rest is a number. A network that is down holds every destination at once. */
const LISTED_MAX = 50;

/** The body of a request with alerts that arose together. */
export function alertBody(alerts: readonly Alert[], format: AlertFormat): string {
  const listed = alerts.slice(0, LISTED_MAX);
  const more = alerts.length - listed.length;
  switch (format) {
    case 'json':
      return JSON.stringify({ alerts: listed.map(shownAlert), more });
    case 'slack': {
      const lines = listed.map(slackLine);
      return JSON.stringify({ text: [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n') });
    }
  }
}

function shownAlert({ kind, state, destination, atMs, sinceMs, message }: Alert) {
  return { kind, state, destination, at: isoOf(atMs), since: isoOf(sinceMs), message };
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackLine({ state, message }: Alert): string {
  const escaped = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `${state === 'begun' ? ':red_circle:' : ':large_green_circle:'} Sluice: ${escaped}`;
}
