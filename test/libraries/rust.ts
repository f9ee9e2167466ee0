/**
 * The crate `analytics` 0.2.1: what `http.rs` and `message.rs` of segmentio/analytics-rust (311dc39) send by reqwest 0.11.
 * It was run and its bytes compared with these. A single call has neither a type, a message id nor a timestamp.
 */
import { eventsIn, singleRequests } from './batching.ts';
import {
  type Answer,
  basic,
  DELIVERED,
  DROPPED,
  headOf,
  inOrder,
  KINDS,
  type Library,
  type LibraryRequest,
  type Outcome,
  type Sample,
  sampleOf,
  type Sending,
  type Wire,
} from './library.ts';

const ORDER = ['userId', 'event', 'name', 'groupId', 'previousId', 'traits', 'properties'];

const body = (sample: Sample): object => inOrder(ORDER, { ...sample });

function wire(text: string, { host, writeKey }: Sending, path: string): Wire {
  const bytes = Buffer.from(text);
  const headers = [
    `authorization: ${basic(writeKey)}`,
    'content-type: application/json',
    `content-length: ${bytes.length}`,
    'accept: */*',
    `host: ${host}`,
  ];
  return { head: headOf(`POST ${path} HTTP/1.1`, headers), body: bytes };
}

const singles = singleRequests({
  kinds: KINDS,
  body,
  wire: (text, kind, sending, path = `/v1/${kind}`) => wire(text, sending, path),
});

/** What its `Batcher` makes, with a context that the program gave it. */
function many(sending: Sending): LibraryRequest {
  const batch = KINDS.map((kind) => ({ type: kind, ...body(sampleOf(kind, sending.user(kind))) }));
  const text = JSON.stringify({ batch, context: { app: { name: 'Shop' } } });
  return {
    kind: 'many',
    text,
    events: eventsIn(text),
    wire: (given, path = '/v1/batch') => wire(given, sending, path),
  };
}

/** Tells its program, which has the call still: it has no queue. */
function outcome({ status }: Answer): Outcome {
  return status < 400 ? DELIVERED : DROPPED;
}

export const RUST: readonly Library[] = [
  {
    id: 'rust',
    name: 'Rust',
    sdkNumber: '20',
    version: '0.2.1',
    evidence: 'run',
    needsTls: false,
    requests: (sending) => [...singles(sending), many(sending)],
    outcome,
  },
];
