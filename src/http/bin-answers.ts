import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { BinAnswer } from '../domain/bin-script.ts';
import { binHangMsMax, binWaitingMax } from '../domain/limits.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { BinEnd } from './kept-requests.ts';
import { reset, TIMEOUTS } from './server-sockets.ts';

export interface BinAnswersParts {
  readonly ambient: Pick<Ambient, 'elapsedMs' | 'after'>;
  /** Whether the server waits for its connections to end: what is answered last on one says so. */
  readonly isClosing: () => boolean;
}

interface Exchanged {
  readonly raw: IncomingMessage;
}

interface Waiting {
  /** Ends it, before its time. */
  readonly cutOff: () => void;
}

/** A bin has the origin of the dashboard, and what it answers is nobody's page: nothing of it runs there. */
const HEADERS = { 'Content-Security-Policy': "default-src 'none'; sandbox", 'X-Content-Type-Options': 'nosniff' };
const CONTENT_TYPE = { 'Content-Type': 'application/json' };

/**
 * Gives the answers that bins are scripted to give.
 *
 * Requests that are made to wait cost a connection each and hold up nobody: they are bounded in number, the one that
 * waited longest being reset for one more, and in time, and none of them outlives the server.
 */
export class BinAnswers {
  readonly #ambient: BinAnswersParts['ambient'];
  readonly #isClosing: () => boolean;
  /** Oldest first. */
  readonly #waiting = new Set<Waiting>();

  constructor({ ambient, isClosing }: BinAnswersParts) {
    this.#ambient = ambient;
    this.#isClosing = isClosing;
  }

  /**
   * Answers a request that was read, now or later.
   *
   * @param response that nobody else answers
   * @param ended called once, when it was answered, or ended
   */
  give(answer: BinAnswer, { raw: request }: Exchanged, response: ServerResponse, ended: (end: BinEnd) => void): void {
    const startedAtMs = this.#ambient.elapsedMs();
    const end = (gaveUp: boolean): void => {
      ended({ answeredMs: Math.round(this.#ambient.elapsedMs() - startedAtMs), gaveUp });
    };
    const carryOut = (): void => {
      if (answer.kind === 'answer') this.#write(answer, response);
      else reset(request.socket);
      end(false);
    };
    const waitMs = answer.kind === 'hang' ? binHangMsMax : answer.delayMs;
    if (waitMs === 0) carryOut();
    else this.#wait(waitMs, request.socket, response, { carryOut, end });
  }

  /** Resets what still waits: nobody is to wait for it. */
  close(): void {
    for (const { cutOff } of this.#waiting) cutOff();
  }

  #wait(
    ms: number,
    socket: Socket,
    response: ServerResponse,
    then: { readonly carryOut: () => void; readonly end: (gaveUp: boolean) => void },
  ): void {
    const isOver = (): boolean => {
      if (!this.#waiting.delete(waiting)) return true;
      timer.cancel();
      socket.off('end', leave);
      response.off('close', leave);
      socket.setTimeout(TIMEOUTS.silenceMs);
      return false;
    };
    const leave = (): void => {
      if (isOver()) return;
      response.destroy();
      then.end(true);
    };
    const waiting: Waiting = {
      cutOff: () => {
        if (isOver()) return;
        reset(socket);
        then.end(false);
      },
    };
    const timer = this.#ambient.after(ms, () => {
      if (!isOver()) then.carryOut();
    });
    this.#waiting.add(waiting);
    // Neither side says anything for as long as it takes.
    socket.setTimeout(0);
    // Who ends its side while it is kept waiting has given up: no HTTP client does so that still wants an answer.
    socket.once('end', leave);
    response.once('close', leave);
    if (this.#waiting.size > binWaitingMax) for (const oldest of [...this.#waiting].slice(0, 1)) oldest.cutOff();
  }

  #write({ status, headers, body }: Extract<BinAnswer, { kind: 'answer' }>, response: ServerResponse): void {
    const bytes = Buffer.from(body);
    for (const [name, value] of Object.entries({ ...CONTENT_TYPE, ...headers, ...HEADERS }))
      response.setHeader(name, value);
    if (this.#isClosing()) response.setHeader('Connection', 'close');
    const hasBody = status !== 204 && status !== 205 && status !== 304;
    if (hasBody) response.setHeader('Content-Length', bytes.length);
    response.writeHead(status);
    response.end(hasBody ? bytes : undefined);
  }
}
