import {
  type Expected,
  type Kind,
  type LibraryRequest,
  type Sample,
  sampleOf,
  type Sending,
  type Wire,
} from './library.ts';

/** How a library that sends everything in batches writes one. */
export interface BatchFormat {
  readonly kinds: readonly Kind[];
  /** One item, with its keys in the library's order. */
  readonly item: (sample: Sample, sending: Sending) => object;
  readonly envelope: (items: readonly object[], sending: Sending) => object;
  /** The library's serialiser; JSON as JavaScript writes it when there is none. */
  readonly write?: (value: object) => string;
  readonly wire: (text: string, sending: Sending, path?: string) => Wire;
}

/** A request for each kind alone, as a library sends that is flushed after each call, and one with all of them. */
export function batchRequests(format: BatchFormat): (sending: Sending) => readonly LibraryRequest[] {
  return (sending) => {
    const request = (kind: Kind | 'many', kinds: readonly Kind[]): LibraryRequest => {
      const items = kinds.map((each) => format.item(sampleOf(each, sending.user(each)), sending));
      const text = (format.write ?? JSON.stringify)(format.envelope(items, sending));
      return { kind, text, events: eventsIn(text), wire: (body, path) => format.wire(body, sending, path) };
    };
    return [...format.kinds.map((kind) => request(kind, [kind])), request('many', format.kinds)];
  };
}

/** How a library sends that makes one request of each call. */
export interface SingleFormat {
  readonly kinds: readonly Kind[];
  readonly body: (sample: Sample, sending: Sending) => object;
  readonly wire: (text: string, kind: Kind, sending: Sending, path?: string) => Wire;
}

export function singleRequests(format: SingleFormat): (sending: Sending) => readonly LibraryRequest[] {
  return (sending) =>
    format.kinds.map((kind) => {
      const text = JSON.stringify(format.body(sampleOf(kind, sending.user(kind)), sending));
      const events = [{ type: kind, ...(JSON.parse(text) as Expected) }];
      return { kind, text, events, wire: (body, path) => format.wire(body, kind, sending, path) };
    });
}

interface Envelope {
  readonly batch: readonly Expected[];
  readonly context?: object;
  readonly integrations?: object;
}

/** What the protocol makes of a batch: the envelope's context and integrations are under each item's own. */
export function eventsIn(text: string): readonly Expected[] {
  const { batch, context, integrations } = JSON.parse(text) as Envelope;
  const under = (outer: object | undefined, own: unknown): object => ({ ...outer, ...(own as object | null) });
  return batch.map((item) => ({
    ...item,
    context: under(context, item['context']),
    integrations: under(integrations, item['integrations']),
  }));
}
