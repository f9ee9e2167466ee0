import type { alertOperations } from '../contract/alerts.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { AlertSending } from '../pipeline/send-alerts.ts';
import type { ListedAlert } from '../pipeline/watch-alerts.ts';
import type { HandlersOf } from './handlers.ts';

export interface AlertRouteParts {
  readonly alerts: {
    /** See `AlertWatch.list`. */
    list(): readonly ListedAlert[];
    /** Null where the log alone is told. */
    sending(): AlertSending | null;
  };
}

/** What an operator is told without asking, for who asks. */
export function alertHandlers({ alerts }: AlertRouteParts): HandlersOf<typeof alertOperations> {
  return {
    listAlerts: () => {
      const sending = alerts.sending();
      return {
        data: alerts.list().map(({ kind, state, destination, sinceMs, untilMs, message }) => ({
          ...{
            kind,
            state,
            destination,
            message,
            since: isoOf(sinceMs),
            until: untilMs === null ? null : isoOf(untilMs),
          },
        })),
        next: null,
        sending: sending === null ? null : shownSending(sending),
      };
    },
  };
}

function shownSending({ last, waiting }: AlertSending) {
  return { lastAt: last === null ? null : isoOf(last.atMs), problem: last?.problem ?? null, waiting };
}
