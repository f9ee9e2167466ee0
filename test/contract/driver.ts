import assert from 'node:assert/strict';
import type { Answer, Asking, Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId, type Operations } from '../../src/contract/operations.ts';
import type { ErrorCode } from '../../src/domain/errors.ts';
import { assertAnswer } from '../support/contract.ts';
import type { Scene } from './scene.ts';

/** What is asked: an operation's parameters, and whatever else, as mistakes are. */
interface Given {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Asks one operation, and fails unless it is answered as its contract says. */
export interface Driver<Id extends OperationId> {
  /** It is done. Answers what was answered. */
  readonly done: (given?: Partial<Asking<Operations[Id]>>) => Promise<Answer<Operations[Id]>>;
  /** It is refused, with this code. */
  readonly refused: (code: ErrorCode, given?: Given) => Promise<void>;
}

/** Asks an operation in every way that matters, and others for what that needs. */
export type Drive<Id extends OperationId> = (
  driver: Driver<Id>,
  driveOther: <Other extends OperationId>(id: Other) => Driver<Other>,
) => Promise<void>;

/** Parameters of what is not there. */
export const NONE = { id: 'none' };
/** A query of lists that come in pages. */
export const LISTED = { limit: '1' };

/** @param outcomes gets what came of each request */
export function openDriver<Id extends OperationId>(
  scene: Pick<Scene, 'ask' | 'token'>,
  id: Id,
  outcomes?: Set<string>,
): Driver<Id> {
  const operation: Operation = OPERATIONS[id];
  const send = async ({ params = {}, query = {}, body }: Given) => {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
      encodeURIComponent(params[name] ?? ''),
    );
    const told = await scene.ask({
      method: operation.method,
      target: `${path}?${new URLSearchParams(query).toString()}`,
      headers: { authorization: `Bearer ${scene.token}` },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    if (operation.messages !== undefined && told.status === operation.status) {
      assert.match(told.headers['content-type'] ?? '', /^text\/event-stream/);
      assert.notEqual(told.text, '');
      return { status: told.status, body: null };
    }
    const answer = { status: told.status, body: told.text === '' ? null : (JSON.parse(told.text) as unknown) };
    assertAnswer(id, answer);
    return answer;
  };
  return {
    done: async (given = {}) => {
      const { status, body } = await send(given as Given);
      assert.equal(status, operation.status, JSON.stringify(body));
      outcomes?.add('done');
      return body as Answer<Operations[Id]>;
    },
    refused: async (code, given = {}) => {
      const { body } = await send(given);
      assert.equal((body as { error?: { code: string } } | null)?.error?.code, code, JSON.stringify({ given, body }));
      outcomes?.add('refused');
    },
  };
}
