import type { z } from 'zod';
import type { listenerOperations } from '../contract/listeners.ts';
import { isListenerName, LISTENER_NAME_RULE, listenerIn } from '../domain/listener-url.ts';
import { isoOf } from '../domain/timestamp.ts';
import type { CarriedAnswer } from '../ports/listener-carrier.ts';
import type { WorkspaceStore } from '../ports/workspace-store.ts';
import type { HandlersOf } from './handlers.ts';
import type { ListenerHub } from './listener-hub.ts';
import { invalid } from './parameters.ts';
import { answerWithEvents } from './server-sent.ts';
import type { IsStillAllowed } from './stream-routes.ts';

export interface ListenerRouteParts {
  readonly listeners: ListenerHub;
  readonly workspace: Pick<WorkspaceStore, 'current'>;
}

/** Endpoints that are programs which asked for their requests: `sluice listen`. */
export function listenerHandlers(
  { listeners, workspace }: ListenerRouteParts,
  isStillAllowed: IsStillAllowed,
): HandlersOf<typeof listenerOperations> {
  return {
    listListeners: () => {
      const destinations = destinationsByListener(workspace);
      const standing = new Map(listeners.list().map((each) => [each.name, each]));
      const names = [...new Set([...destinations.keys(), ...standing.keys()])].sort();
      const data = names.map((name) => {
        const { sinceMs = null, waiting = 0 } = standing.get(name) ?? {};
        const since = sinceMs === null ? null : isoOf(sinceMs);
        return { name, isThere: since !== null, since, destinations: destinations.get(name) ?? [], waiting };
      });
      return { data, next: null };
    },
    listen: ({ params }, { request, reply }) => {
      const name = nameIn(params);
      answerWithEvents(
        request,
        reply,
        () => isStillAllowed(request.raw),
        (reader) => listeners.join(name, reader),
      );
      return null;
    },
    answerRequest: ({ params, body }) => {
      listeners.answer(nameIn(params), body.id, answerIn(body));
      return null;
    },
  };
}

function destinationsByListener(workspace: Pick<WorkspaceStore, 'current'>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { id, endpoints } of workspace.current().destinations) {
    for (const { url } of endpoints) {
      const name = listenerIn(url);
      if (name !== null) found.set(name, [...(found.get(name) ?? []), id]);
    }
  }
  return found;
}

type AnswerBody = z.output<(typeof listenerOperations)['answerRequest']['body']>;

function answerIn({ status = 0, headers = {}, body = '', isCut, error }: AnswerBody): CarriedAnswer {
  if (error !== undefined) return { kind: 'failed', ...error };
  return { kind: 'answered', status, headers, body: Buffer.from(body), isCut };
}

/** @throws SluiceError `invalid_parameter` */
function nameIn({ name }: { readonly name: string }): string {
  if (!isListenerName(name)) throw invalid('name', LISTENER_NAME_RULE);
  return name;
}
