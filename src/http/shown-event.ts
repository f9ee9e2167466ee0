import { eventIdOf, type LoggedEvent } from '../domain/event.ts';
import { isoOf } from '../domain/timestamp.ts';

/** An event as the management API shows it. */
export function shownEvent(epoch: number, event: LoggedEvent) {
  const body = JSON.parse(event.body) as Readonly<Record<string, unknown>>;
  const userId = typeof body.userId === 'string' ? body.userId : null;
  return { ...headOf(epoch, event, userId), body };
}

function headOf(
  epoch: number,
  { position, messageId, source, type, name, receivedAtMs }: LoggedEvent,
  userId: string | null,
) {
  return { id: eventIdOf(epoch, position), messageId, source, type, name, userId, receivedAt: isoOf(receivedAtMs) };
}
