import { headerProblem } from '../../domain/endpoint-headers.ts';
import { assert } from '../../lib/assert.ts';
import type { WebhookTarget } from '../../ports/webhook-sender.ts';

/** What every request carries, names and values in turn. `Content-Length` and `Host` are those of the connection. */
export function fixedHeadersOf({ headers, replay }: WebhookTarget, version: string): readonly string[] {
  const given = Object.entries(headers);
  for (const [name, value] of given) {
    assert(headerProblem(name, value) === null, 'an endpoint has headers that the configuration would take');
  }
  const hasUserAgent = given.some(([name]) => name.toLowerCase() === 'user-agent');
  return [
    ...(hasUserAgent ? [] : ['User-Agent', `Segment/1.0 (Sluice/${version})`]),
    'Content-Type',
    'application/json',
    ...(replay === null ? [] : ['X-Sluice-Replay', replay]),
    ...given.flat(),
  ];
}
