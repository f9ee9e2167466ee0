import type { FastifyInstance, FastifyReply } from 'fastify';

/** Success for those who cannot read `{"success":true}`. */
export interface Answers {
  /** A script that tells a function of the page (JSONP, protocol section 1.4). */
  callBack(name: string, reply: FastifyReply): void;
  /** One transparent pixel (section 1.5). */
  showPixel(reply: FastifyReply): void;
}

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

export function makeAnswers(app: FastifyInstance): Answers {
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  const end = ({ raw: response }: FastifyReply, headers: Record<string, string>, body: string | Buffer): void => {
    // What is answered last says so, or the connection would be waited for.
    if (isClosing) response.setHeader('Connection', 'close');
    response.writeHead(200, { ...headers, 'Content-Length': String(body.length) }).end(body);
  };
  return {
    callBack(name, reply) {
      end(reply, SCRIPT_HEADERS, `typeof ${name} == "function" && ${name}({ success: true });`);
    },
    showPixel(reply) {
      end(reply, PIXEL_HEADERS, PIXEL);
    },
  };
}
