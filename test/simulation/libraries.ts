import { SluiceError } from '../../src/domain/errors.ts';
import type { CallType } from '../../src/domain/event.ts';
import type { IncomingCall } from '../../src/pipeline/incoming-call.ts';
import type { SimulatedAmbient } from '../support/simulated-ambient.ts';
import type { Dice } from './dice.ts';
import type { Machine } from './machine.ts';
import type { Witness } from './witness.ts';

/** Write keys by source; `off` is disabled, and nobody knows the last one. */
export const WRITE_KEYS = { web: 'wk_web', web2: 'wk_web_2', mobile: 'wk_mobile', off: 'wk_off', none: 'wk_none' };
const SOURCE_OF: Readonly<Record<string, string>> = { wk_web: 'web', wk_web_2: 'web', wk_mobile: 'mobile' };
const GOOD_KEYS = Object.keys(SOURCE_OF);

/** Properties as hostile as libraries can send them, as JSON text. */
const PROPERTIES = [
  '{}',
  '{"__proto__":{"polluted":true},"constructor":{"prototype":1},"toJSON":"x"}',
  '{"10":"a","9":"b","b":1,"a":2,"1e400":1e400,"minus":-0}',
  '{"lone":"\\ud800","line":"\\u2028","nul":"\\u0000","big":9007199254740993}',
  '{"deep":[[[[[[{"x":[{}]}]]]]]]}',
];

interface Item {
  readonly writeKey: string;
  readonly messageId: string;
  readonly isAcceptable: boolean;
  readonly body: Record<string, unknown>;
}

interface Call {
  readonly route: CallType | 'batch';
  readonly writeKey: string | null;
  readonly items: readonly Item[];
  readonly body: unknown;
}

/** Libraries that send calls, and send them again until they are answered, as libraries do. */
export class Libraries {
  readonly #ambient: SimulatedAmbient;
  readonly #dice: Dice;
  readonly #machine: Machine;
  readonly #witness: Witness;
  readonly #answered: Call[] = [];
  #messages = 0;
  #unanswered = 0;

  constructor(ambient: SimulatedAmbient, dice: Dice, machine: Machine, witness: Witness) {
    this.#ambient = ambient;
    this.#dice = dice;
    this.#machine = machine;
    this.#witness = witness;
  }

  /** Calls that some library still waits for. */
  get unanswered(): number {
    return this.#unanswered;
  }

  single(): void {
    const item = this.#makeItem(this.#dice.oneOf([...GOOD_KEYS, ...GOOD_KEYS, WRITE_KEYS.off, WRITE_KEYS.none]));
    const route = item.body['type'] as CallType;
    const isHeader = this.#dice.onceIn(2);
    const body = isHeader ? item.body : { ...item.body, writeKey: item.writeKey };
    this.#begin({ route, writeKey: isHeader ? item.writeKey : null, items: [item], body });
  }

  /** With one write key for all, or each item with its own. */
  batch(count: number): void {
    const forAll = this.#dice.onceIn(2) ? this.#dice.oneOf(GOOD_KEYS) : null;
    const items = Array.from({ length: count }, () => this.#makeItem(forAll ?? this.#dice.oneOf(GOOD_KEYS)));
    const bodies = items.map(({ body, writeKey }) => (forAll === null ? { ...body, writeKey } : body));
    this.#begin({ route: 'batch', writeKey: forAll, items, body: { batch: bodies } });
  }

  /** The answer was lost on the way: a library sends again what was answered long ago. */
  repeat(): void {
    if (this.#answered.length > 0) this.#begin(this.#dice.oneOf(this.#answered));
  }

  #makeItem(writeKey: string): Item {
    const dice = this.#dice;
    this.#messages += 1;
    const messageId = `m${this.#messages}`;
    const isValid = !dice.onceIn(12);
    const properties = JSON.parse(dice.onceIn(4) ? dice.oneOf(PROPERTIES) : '{"n":1}') as unknown;
    const body = {
      ...{ type: dice.oneOf(['track', 'page', 'screen']), messageId, userId: isValid ? `u${dice.upTo(3)}` : null },
      ...{ event: `E${this.#messages}`, properties },
      ...(dice.onceIn(15) ? { integrations: { Webhooks: false } } : {}),
    };
    return { writeKey, messageId, isAcceptable: isValid && writeKey in SOURCE_OF, body };
  }

  #begin(call: Call): void {
    this.#unanswered += 1;
    this.#send(call);
  }

  #send(call: Call): void {
    const { ingest, life } = this.#machine;
    if (ingest === null) {
      this.#again(call, 300);
      return;
    }
    let isOpen = true;
    const once = (run: () => void) => (): void => {
      if (isOpen) run();
      isOpen = false;
    };
    life.onEnd(
      once(() => {
        this.#again(call, 500);
      }),
    );
    ingest.accept(this.#incoming(call)).then(
      once(() => {
        this.#onSuccess(call);
      }),
      (error: unknown) => {
        once(() => {
          this.#onError(call, error);
        })();
      },
    );
  }

  #incoming({ route, writeKey, body }: Call): IncomingCall {
    const receivedAtMs = this.#ambient.nowMs();
    return { route, channel: 'server', receivedAtMs, writeKey, body, bodyBytes: 100, ip: null, userAgent: null };
  }

  #again(call: Call, ms: number): void {
    this.#ambient.after(ms + this.#dice.upTo(200), () => {
      this.#send(call);
    });
  }

  /** Invariant 1: what can be accepted is in the log by now. */
  #onSuccess(call: Call): void {
    this.#unanswered -= 1;
    this.#answered.push(call);
    for (const { writeKey, messageId, isAcceptable } of call.items) {
      const source = SOURCE_OF[writeKey] ?? '';
      if (isAcceptable && !this.#witness.isStored(source, messageId))
        this.#witness.breach(`${messageId} was answered with 200 and is not in the log`);
      if (!isAcceptable && this.#witness.isStored(source, messageId))
        this.#witness.breach(`${messageId} is in the log and should have been refused`);
    }
  }

  #onError(call: Call, error: unknown): void {
    if (!(error instanceof SluiceError)) {
      this.#unanswered -= 1;
      this.#witness.breach(`ingest failed: ${String(error)}`);
      return;
    }
    this.#witness.note(`answered ${error.code}`);
    if (error.status >= 500) this.#again(call, 1_000);
    else this.#unanswered -= 1;
  }
}
