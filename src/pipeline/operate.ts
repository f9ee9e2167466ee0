import type { Noted } from '../domain/audit.ts';
import type { Destination, Endpoint } from '../domain/destination.ts';
import { SluiceError } from '../domain/errors.ts';
import { CALL_TYPES, type CallType, type NewEvent } from '../domain/event.ts';
import { openPartOf } from '../domain/listener-url.ts';
import { callBytesMax, jsonDepthMax } from '../domain/limits.ts';
import { normalised } from '../domain/normalise.ts';
import { REFUSALS } from '../domain/refusal.ts';
import { asTest, sampleCallOf } from '../domain/sample-call.ts';
import { mistakeIn } from '../domain/validate.ts';
import type { Workspace } from '../domain/workspace.ts';
import { isDeeperThan } from '../lib/json-depth.ts';
import { isJsonObject, type JsonObject } from '../lib/json-object.ts';
import { utf8BytesOf } from '../lib/utf8.ts';
import type { Ambient } from '../ports/ambient.ts';
import type { EndpointTest, TestAsk } from './test-endpoints.ts';
import { keptAwayBy } from './trace-event.ts';

/** Where lanes are. */
export interface OperatedDelivery {
  /** See `EndpointTester`. */
  test(asked: TestAsk): Promise<readonly EndpointTest[]>;
  /** See `pauseEndpoints`. */
  pause(asked: EndpointAsk): Promise<readonly string[]>;
  /** See `resumeEndpoints`. */
  resume(asked: EndpointAsk): Promise<readonly string[]>;
}

/** Which of a destination's endpoints; without a URL all of them. */
export interface EndpointAsk {
  readonly destination: string;
  readonly url: string | null;
}

/** What an operator has done to a destination. */
export interface OperatorAction {
  readonly action: 'destination.test' | 'destination.pause' | 'destination.resume';
  /** Id of the destination. */
  readonly subject: string;
  /** Endpoints by their origins: what follows may be a secret. */
  readonly after: JsonObject;
}

export interface OperateParts {
  readonly workspace: { current(): Pick<Workspace, 'sources' | 'destinations'> };
  readonly delivery: OperatedDelivery;
  readonly ambient: Pick<Ambient, 'nowMs' | 'uuid'>;
}

export interface TestRequest {
  /** Of the event; `track`, or what the event says, where it is not given. */
  readonly type?: CallType;
  /** A whole call, as a library would send it; without it, a sample. */
  readonly event?: JsonObject;
  /** URL of the one endpoint that is asked; without it, all are. */
  readonly endpoint?: string;
}

export interface DestinationTest {
  /** The `messageId` of what was sent. */
  readonly messageId: string;
  readonly type: CallType;
  /** What would keep such an event away from the destination, and did not keep the test. */
  readonly keptAwayBy: 'integrations' | 'filter' | null;
  readonly endpoints: readonly EndpointTest[];
}

export interface Operate {
  /**
   * Sends a test event to a destination, whether it is enabled or not, and whatever holds its endpoints. Nothing of it
   * is in the log or the history. Rejects `destination_not_found`, `endpoint_not_found`, `too_many_tests`; of an event
   * that a library would not get accepted `test_event_refused`, `too_deep`, `call_too_large`.
   */
  test(id: string, request: TestRequest, noted: Noted<OperatorAction>): Promise<DestinationTest>;
  /**
   * See `pauseEndpoints`. A destination that is disabled is sent nothing, and owed nothing that could wait: it cannot be
   * paused. Answers which endpoints are paused. Rejects `destination_not_found`, `destination_disabled`,
   * `endpoint_not_found`, `store_full`.
   */
  pause(id: string, endpoint: string | null, noted: Noted<OperatorAction>): Promise<readonly string[]>;
  /** See `resumeEndpoints`. Answers whose pauses ended. Rejects as `pause` does. */
  resume(id: string, endpoint: string | null, noted: Noted<OperatorAction>): Promise<readonly string[]>;
}

/** What an operator can have done to a destination. */
export function makeOperate({ workspace, delivery, ambient }: OperateParts): Operate {
  const found = (id: string): Destination => {
    const destination = workspace.current().destinations.find((each) => each.id === id);
    if (destination === undefined) throw new SluiceError('destination_not_found', { destination: id.slice(0, 64) });
    return destination;
  };
  const turn = async (verb: 'pause' | 'resume', id: string, url: string | null, noted: Noted<OperatorAction>) => {
    const destination = found(id);
    if (!destination.enabled) throw new SluiceError('destination_disabled', { destination: id });
    const asked = url === null ? null : endpointOf(destination, url).url;
    const urls = asked === null ? destination.endpoints.map((endpoint) => endpoint.url) : [asked];
    const action = { action: `destination.${verb}`, subject: id, after: { endpoints: urls.map(originOf) } } as const;
    return noted(action, async () => delivery[verb]({ destination: id, url: asked }));
  };
  return {
    async test(id, request, noted) {
      const destination = found(id);
      const endpoints =
        request.endpoint === undefined ? destination.endpoints : [endpointOf(destination, request.endpoint)];
      const event = testEventOf(request, sourceOf(destination, workspace.current()), ambient);
      const { type, messageId } = event;
      const after = { type, messageId, endpoints: endpoints.map(({ url }) => originOf(url)) };
      const tested = await noted({ action: 'destination.test', subject: id, after }, async () =>
        delivery.test({ destination: { ...destination, endpoints }, event }),
      );
      return { messageId, type, keptAwayBy: keptAwayBy(event, destination), endpoints: tested };
    },
    pause: async (...asked) => turn('pause', ...asked),
    resume: async (...asked) => turn('resume', ...asked),
  };
}

/** Two spellings of one URL are one endpoint. */
function endpointOf(destination: Destination, url: string): Endpoint {
  const href = URL.parse(url)?.href ?? url;
  const endpoint = destination.endpoints.find((each) => (URL.parse(each.url)?.href ?? each.url) === href);
  if (endpoint === undefined) throw new SluiceError('endpoint_not_found', { destination: destination.id });
  return endpoint;
}

/** The first that it has, whose events look like that one's; a destination without any is tested all the same. */
function sourceOf({ sources: [first] }: Destination, { sources }: Pick<Workspace, 'sources'>) {
  return sources.find(({ id }) => id === first) ?? { id: first ?? 'test', kind: null };
}

function testEventOf(
  { type: asked, event }: TestRequest,
  source: Parameters<typeof normalised>[2],
  ambient: Pick<Ambient, 'nowMs' | 'uuid'>,
): NewEvent & { readonly type: CallType } {
  const receivedAtMs = ambient.nowMs();
  const type = asked ?? typeIn(event) ?? 'track';
  if (event !== undefined) checkCall(event, type);
  const call = asTest(event ?? sampleCallOf(type, receivedAtMs), `sluice-test-${ambient.uuid()}`);
  const arrival = { channel: 'server', receivedAtMs, ip: null, userAgent: null, envelope: null } as const;
  return { ...normalised(call, type, source, arrival, () => ambient.uuid()), type };
}

function checkCall(event: JsonObject, type: CallType): void {
  if (isDeeperThan(jsonDepthMax, event)) throw new SluiceError('too_deep', { depthMax: jsonDepthMax });
  if (utf8BytesOf(JSON.stringify(event)) > callBytesMax)
    throw new SluiceError('call_too_large', { bytesMax: callBytesMax });
  const mistake = mistakeIn(event, type);
  if (mistake !== null) throw new SluiceError('test_event_refused', { code: mistake, reason: REFUSALS[mistake] });
}

function typeIn(event: unknown): CallType | null {
  return isJsonObject(event) ? (CALL_TYPES.find((type) => type === event.type) ?? null) : null;
}

function originOf(url: string): string {
  return openPartOf(url) ?? '';
}
