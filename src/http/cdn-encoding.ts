import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** How a body is sent: as it is, or compressed. */
export type Encoding = 'br' | 'gzip' | 'identity';

const brotli = promisify(brotliCompress);
const deflate = promisify(gzip);

/**
 * The script of 115 KB has 29.9 KB by 6 after 4 ms, 27.4 KB by 11 after 150 ms; gzip has 31.3 KB after 4 ms. It is
 * compressed for each write key, while somebody waits.
 */
const BROTLI_QUALITY = 6;

/** The best that a client takes by its `Accept-Encoding`. What it doesn't name by itself it doesn't get. */
export function encodingFor(acceptEncoding: string | undefined): Encoding {
  const accepted = new Set((acceptEncoding ?? '').toLowerCase().split(',').map(acceptedOf));
  if (accepted.has('br')) return 'br';
  return accepted.has('gzip') || accepted.has('x-gzip') ? 'gzip' : 'identity';
}

/** The coding's name; null where its weight is 0, which refuses it. */
function acceptedOf(entry: string): string | null {
  const [coding = '', ...parameters] = entry.split(';').map((part) => part.trim());
  return parameters.some((each) => /^q=0(?:\.0*)?$/.test(each)) ? null : coding;
}

/** On threads of Node's own: no call waits for it. */
export async function encode(body: Buffer, encoding: Encoding): Promise<Buffer> {
  switch (encoding) {
    case 'br':
      return brotli(body, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
        },
      });
    case 'gzip':
      return deflate(body, { level: 9 });
    case 'identity':
      return body;
  }
}

/**
 * Encoded bodies by name, so that each is made once. Who asks while one is made waits for the same; one that fails is
 * made anew. Beyond `bodiesMax` the one that was not asked for the longest goes.
 */
export class EncodedBodies {
  readonly #bodies = new Map<string, Promise<Buffer>>();
  readonly #bodiesMax: number;

  constructor(bodiesMax: number) {
    this.#bodiesMax = bodiesMax;
  }

  /** @param make asked only when there is none of this name and encoding */
  async get(name: string, encoding: Encoding, make: () => Buffer): Promise<Buffer> {
    // To keep a body as it is would cost the most and save the least.
    if (encoding === 'identity') return make();
    const key = `${encoding} ${name}`;
    const body = this.#bodies.get(key) ?? encode(make(), encoding);
    // A map keeps the order in which keys came: this is the newest now.
    this.#bodies.delete(key);
    this.#bodies.set(key, body);
    const oldest = this.#bodies.keys().next();
    if (this.#bodies.size > this.#bodiesMax && oldest.done !== true) this.#bodies.delete(oldest.value);
    return body.catch((error: unknown) => {
      this.#bodies.delete(key);
      throw error;
    });
  }
}
