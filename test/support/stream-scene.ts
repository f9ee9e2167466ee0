import assert from 'node:assert/strict';
import type { NewEvent } from '../../src/domain/event.ts';
import type { StreamQuery } from '../../src/domain/stream-query.ts';
import { LiveStream } from '../../src/pipeline/live-stream.ts';
import type { StreamFrames, StreamReader } from '../../src/pipeline/stream-group.ts';
import type { AttemptFilter } from '../../src/pipeline/watch-attempts.ts';
import { makeEvent } from './reports.ts';
import { SimulatedAmbient } from './simulated-ambient.ts';

export const ALL: StreamQuery = { kinds: ['event', 'attempt', 'refused'], of: {} };
export const EVENTS: StreamQuery = { kinds: ['event'], of: {} };

export interface Message {
  readonly kind: string;
  readonly id: string | null;
  /** Names of events, reasons of gaps. */
  readonly what: string;
  readonly count: number | null;
}

/** Takes all that it is told, or nothing while it is asleep. */
export class Reader implements StreamReader {
  readonly messages: Message[] = [];
  readonly pieces: Uint8Array[] = [];
  waitingBytes = 0;
  isAllowed = true;
  isEnded = false;

  write(bytes: Uint8Array): void {
    assert.ok(!this.isEnded, 'nobody writes to a reader that has ended');
    this.pieces.push(bytes);
    const lines = new TextDecoder().decode(bytes).split('\n');
    for (const line of lines) if (line !== '') this.messages.push(JSON.parse(line) as Message);
  }

  isStillAllowed(): boolean {
    return this.isAllowed;
  }

  end(): void {
    this.isEnded = true;
  }

  get told(): readonly string[] {
    return this.messages.filter(({ kind }) => kind !== 'mark' && kind !== 'opening').map(({ what }) => what);
  }

  get gaps(): readonly Message[] {
    return this.messages.filter(({ kind }) => kind === 'gap');
  }

  get lastId(): string | null {
    return this.messages.findLast(({ id }) => id !== null)?.id ?? null;
  }
}

/** A stream on simulated time, whose messages are lines. */
export class Scene {
  readonly ambient = new SimulatedAmbient();
  readonly watched: (readonly AttemptFilter[])[] = [];
  readonly failures: unknown[] = [];
  rendered = 0;
  readonly stream: LiveStream;
  #position = 0;

  constructor() {
    const line = (message: Message): string => `${JSON.stringify(message)}\n`;
    const frames: StreamFrames = {
      item: (item, id) => {
        this.rendered += 1;
        return line({ kind: item.kind, id, what: nameOf(item), count: null });
      },
      gap: ({ reason, counts }, id) => {
        const count = counts === null ? null : counts.event + counts.attempt + counts.refused;
        return line({ kind: 'gap', id, what: reason, count });
      },
      opening: () => line({ kind: 'opening', id: null, what: '', count: null }),
      mark: (id) => line({ kind: 'mark', id, what: '', count: null }),
    };
    this.stream = new LiveStream({
      ...{ ambient: this.ambient, frames, onFailure: (error) => this.failures.push(error) },
      watch: async (filters) => {
        this.watched.push(filters);
        return Promise.resolve();
      },
    });
  }

  /** Opens the stream, and answers when the reader is told what comes. */
  async open(query: StreamQuery, lastId: string | null = null): Promise<{ reader: Reader; leave: () => void }> {
    const reader = new Reader();
    const leave = this.stream.join(reader, query, lastId);
    await this.ambient.advance(0);
    return { reader, leave };
  }

  accept(names: readonly string[], more: Partial<NewEvent> = {}): void {
    const events = names.map((name) => makeEvent({ name, receivedAtMs: this.ambient.nowMs(), ...more }));
    this.stream.telemetry.accepted(
      1,
      events,
      Float64Array.from(events, () => (this.#position += 1)),
    );
  }

  refuse(reason: string): void {
    const about = { source: 'web', type: 'track', message: '', count: 1, route: 'track', writeKey: null } as const;
    this.stream.telemetry.refused({ atMs: this.ambient.nowMs(), reason, subject: { messageId: reason }, ...about });
  }

  async tick(): Promise<void> {
    await this.ambient.advance(500);
  }
}

function nameOf(item: Parameters<StreamFrames['item']>[0]): string {
  switch (item.kind) {
    case 'event':
      return item.event.name ?? '';
    case 'attempt':
      return item.report.eventId;
    case 'refused':
      return item.sample?.reason ?? '';
  }
}

/** Names of events. */
export const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `e${from + at}`);
