/** `sluice/receiver/node`: for `node:http` and whatever takes its listeners. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readNodeBody } from './node-body.ts';
import { type Answer, makeReceiver, type ReceiverOptions } from './receive.ts';

/**
 * A listener that takes webhooks at whatever path it is called for, and always answers.
 *
 *     createServer(receiveWebhooks({ secrets, onEvent })).listen(3000);
 */
export function receiveWebhooks(
  options: ReceiverOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const receive = makeReceiver(options);
  return (request, response) => {
    const { method = '', headers } = request;
    void receive({ method, headers, readBody: async (bytesMax) => readNodeBody(request, bytesMax) }).then((answer) => {
      writeAnswer(request, response, answer);
    });
  };
}

export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer;
  // What was not read of it would be taken for the next request of the connection.
  const closing = request.complete ? {} : { connection: 'close' };
  response.writeHead(status, { ...headers, ...closing }).end(body);
}
