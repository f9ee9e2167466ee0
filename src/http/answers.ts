import type { FastifyReply } from 'fastify';

/** The ways to say that a call was taken. */
export interface Answers {
  /** Exactly 200 `{"success":true}`: several libraries take any other 2xx for a failure (protocol section 3.4). */
  readonly succeed: (reply: FastifyReply) => void;
  /** A script that tells a function of the page (JSONP, section 1.4). */
  readonly callBack: (name: string, reply: FastifyReply) => void;
  /** One transparent pixel (section 1.5). */
  readonly showPixel: (reply: FastifyReply) => void;
}

const SUCCESS = '{"success":true}';
const SUCCESS_HEADERS = { 'Content-Type': 'application/json', 'Content-Length': String(SUCCESS.length) };
const LAST_SUCCESS_HEADERS = { ...SUCCESS_HEADERS, Connection: 'close' };

/** GIF89a, 43 bytes. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

/** A page that isolates itself takes nothing from elsewhere that does not say so; and nobody is to guess what it is. */
const EMBEDDED = {
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-cache, max-age=0',
};
const SCRIPT_HEADERS = { ...EMBEDDED, 'Content-Type': 'text/javascript' };
const PIXEL_HEADERS = { ...EMBEDDED, 'Content-Type': 'image/gif' };

/** @param isClosing whether the server waits for its connections to end: what is answered last on one says so */
export function makeAnswers(isClosing: () => boolean): Answers {
  const end = ({ raw: response }: FastifyReply, headers: Record<string, string>, body: string | Buffer): void => {
    const last = isClosing() ? { Connection: 'close' } : {};
    response.writeHead(200, { ...headers, ...last, 'Content-Length': String(body.length) }).end(body);
  };
  return {
    succeed(reply) {
      reply.raw.writeHead(200, isClosing() ? LAST_SUCCESS_HEADERS : SUCCESS_HEADERS).end(SUCCESS);
    },
    callBack(name, reply) {
      end(reply, SCRIPT_HEADERS, `typeof ${name} == "function" && ${name}({ success: true });`);
    },
    showPixel(reply) {
      end(reply, PIXEL_HEADERS, PIXEL);
    },
  };
}
