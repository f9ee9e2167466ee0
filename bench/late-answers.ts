import type { Socket } from 'node:net';
import { nowUs } from './calls.ts';

interface Due {
  readonly socket: Socket;
  readonly cameUs: number;
}

/** Timers fire at most once a millisecond: what is due within half of one goes now, so that the mean is what was asked. */
const SWEEP_MS = 1;
const EARLY_US = 500;

/**
 * Answers that follow their requests after a fixed time, as those of an endpoint that is slow and well. They fall due in
 * the order in which the requests came, so one timer for all of them looks at the oldest alone.
 */
export class LateAnswers {
  readonly #answer: string;
  #afterUs = 0;
  #due: Due[] = [];
  /** Those before it in `#due` were answered. */
  #next = 0;
  #timer: NodeJS.Timeout | null = null;
  #answered = 0;
  #tookUs = 0;

  constructor(answer: string) {
    this.#answer = answer;
  }

  /** From now on, after so long; 0: whoever asks answers by itself. */
  set afterMs(ms: number) {
    this.#afterUs = ms * 1_000;
    this.#answered = 0;
    this.#tookUs = 0;
  }

  get areAsked(): boolean {
    return this.#afterUs > 0;
  }

  /** Mean of what they took since the time was set: on a busy machine more than that. */
  get meanMs(): number {
    return this.#answered === 0 ? 0 : this.#tookUs / this.#answered / 1_000;
  }

  add(socket: Socket, cameUs: number): void {
    this.#due.push({ socket, cameUs });
    this.#timer ??= setInterval(() => {
      this.#sweep();
    }, SWEEP_MS);
  }

  #sweep(): void {
    const atUs = nowUs();
    const cameUpToUs = atUs + EARLY_US - this.#afterUs;
    for (let due = this.#due[this.#next]; due !== undefined && due.cameUs <= cameUpToUs; due = this.#due[this.#next]) {
      due.socket.write(this.#answer);
      this.#next += 1;
      this.#answered += 1;
      this.#tookUs += atUs - due.cameUs;
    }
    // Now and then, since it moves all that are left.
    if (this.#next * 2 < this.#due.length) return;
    this.#due = this.#due.slice(this.#next);
    this.#next = 0;
    if (this.#due.length > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
