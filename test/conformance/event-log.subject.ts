import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { afterEach, beforeEach } from 'node:test';
import type { NewEvent, Position, Slice } from '../../src/domain/event.ts';
import type { EventLog, EventReader } from '../../src/ports/event-log.ts';
import { SimulatedAmbient } from '../support/simulated-ambient.ts';

/** What a test may make small, so that it meets the limit. */
export interface EventLogLimits {
  readonly segmentBytesMax?: number;
  readonly segmentMs?: number;
  readonly dedupeMs?: number;
  readonly dedupeKeysMax?: number;
  readonly appendCharsMax?: number;
}

export interface EventLogBackend {
  readonly name: string;
  /** An empty place for a log. */
  makePlace(): Promise<string>;
  removePlace(place: string): Promise<void>;
  open(place: string, ambient: SimulatedAmbient, limits: EventLogLimits): Promise<EventLog>;
  /**
   * A process that opens the log in this place and appends events without end: each alone, its message id `killed-<n>`
   * counting from 0. Prints `<n> <position>` for each that is acknowledged.
   */
  startAppender(place: string): ChildProcess;
  /** Makes a log in this place, which is closed, one that came out of a backup. Absent where none can. */
  readonly markRestored?: (place: string) => Promise<void>;
  /** Promises that it cannot keep, each with the reason. */
  readonly cannot: {
    readonly surviveRestart?: string;
    readonly surviveKill?: string;
  };
}

export const SOURCE = 'src_web';
/** For a page without limits. */
export const ALL = { eventsMax: 1_000_000, charsMax: Number.MAX_SAFE_INTEGER };

/** An empty log before each test of the suite that uses it, and how suites speak of it. */
export class EventLogSubject {
  readonly #backend: EventLogBackend;
  place = '';
  ambient = new SimulatedAmbient();
  #log: EventLog | null = null;
  #eventsMade = 0;

  constructor(backend: EventLogBackend) {
    this.#backend = backend;
    beforeEach(async () => {
      this.place = await backend.makePlace();
      this.ambient = new SimulatedAmbient();
      this.#eventsMade = 0;
      await this.open();
    });
    afterEach(async () => {
      await this.close();
      await backend.removePlace(this.place);
    });
  }

  get log(): EventLog {
    assert.ok(this.#log !== null, 'the log is open');
    return this.#log;
  }

  async open(limits: EventLogLimits = {}): Promise<void> {
    this.#log = await this.#backend.open(this.place, this.ambient, limits);
  }

  async close(): Promise<void> {
    const log = this.#log;
    this.#log = null;
    await log?.close();
  }

  /** The log anew: with other limits and, where the backend can, with what is in it. */
  async reopen(limits: EventLogLimits = {}): Promise<void> {
    await this.close();
    await this.open(limits);
  }

  makeEvent(fields: Partial<NewEvent> = {}): NewEvent {
    const number = this.#eventsMade++;
    return {
      source: SOURCE,
      type: 'track',
      messageId: `message-${number}`,
      name: 'Order Completed',
      user: 'user-1',
      receivedAtMs: this.ambient.nowMs(),
      integrations: null,
      body: JSON.stringify({ number }),
      ...fields,
    };
  }

  makeEvents(count: number, fields: Partial<NewEvent> = {}): NewEvent[] {
    return Array.from({ length: count }, () => this.makeEvent(fields));
  }

  async append(...events: NewEvent[]): Promise<Position[]> {
    return [...(await this.log.append(events))];
  }

  async readAll(sources = [SOURCE]): Promise<Slice> {
    return this.log.read({ sources: new Set(sources), after: 0, ...ALL });
  }

  /** Two events each. For a log whose segments end after every commit. */
  async fillSegments(count: number): Promise<void> {
    for (let segment = 0; segment < count; segment++) await this.append(...this.makeEvents(2));
  }
}

/** Segments that take one commit. */
export const TINY_SEGMENTS: EventLogLimits = { segmentBytesMax: 1 };

export function positionsOf({ events }: Slice): Position[] {
  return events.map(({ position }) => position);
}

/** Collects slices, and tells when they reach a position. */
export async function startFollowing(
  reader: EventReader,
  wanted?: () => ReadonlySet<string>,
): Promise<{
  readonly slices: Slice[];
  readonly after: Position;
  until(position: Position): Promise<void>;
  stop(): void;
}> {
  const slices: Slice[] = [];
  let reached = 0;
  let awaited: { position: Position; resolve: () => void } | null = null;
  const tail = await reader.follow((slice) => {
    slices.push(slice);
    reached = slice.upTo;
    if (awaited !== null && reached >= awaited.position) awaited.resolve();
  }, wanted);
  return {
    slices,
    after: tail.after,
    until: async (position) =>
      new Promise((resolve) => {
        if (reached >= position) resolve();
        else awaited = { position, resolve };
      }),
    stop: () => {
      tail.stop();
    },
  };
}

export function assertSeamless(slices: readonly Slice[], startedAfter: Position): void {
  let expected = startedAfter;
  for (const { after, upTo, events } of slices) {
    assert.equal(after, expected, 'a slice begins where the one before ended');
    assert.ok(upTo > after);
    for (const { position } of events) assert.equal(position, (expected += 1));
    assert.equal(upTo, expected);
  }
}
