import { eventIdOf, type LoggedEvent } from '../domain/event.ts';
import { isoOf } from '../domain/timestamp.ts';

/** An event as the management API shows it. */
export function shownEvent(epoch: number, event: LoggedEvent) {
  const body = JSON.parse(event.body) as Readonly<Record<string, unknown>>;
  const userId = typeof body.userId === 'string' ? body.userId : null;
  return { ...headOf(epoch, event, userId), body };
}

/** The same as JSON, for many a second: the body is put in as it is, and parsed only where its `userId` is not known. */
export function shownEventJson(epoch: number, event: LoggedEvent): string {
  return `${JSON.stringify(headOf(epoch, event, userIdOf(event))).slice(0, -1)},"body":${event.body}}`;
}

function headOf(
  epoch: number,
  { position, messageId, source, type, name, receivedAtMs }: LoggedEvent,
  userId: string | null,
) {
  return { id: eventIdOf(epoch, position), messageId, source, type, name, userId, receivedAt: isoOf(receivedAtMs) };
}

/** What stands beside a body is the `userId` unless there was none; lone surrogates are replaced there. */
function userIdOf({ user, body }: LoggedEvent): string | null {
  if (user !== null && !body.includes('"anonymousId"') && !user.includes('\uFFFD')) return user;
  if (!body.includes('"userId"')) return null;
  const { userId } = JSON.parse(body) as { readonly userId?: unknown };
  return typeof userId === 'string' ? userId : null;
}
