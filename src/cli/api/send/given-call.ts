import { randomUUID } from 'node:crypto';
import { InvalidArgumentError } from 'commander';
import type { CallType } from '../../../contract/vocabulary.ts';
import { isJsonObject, type JsonObject } from '../../../lib/json-object.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { valueOf } from '../given-settings.ts';

/** What flags say of a call. */
export interface CallFlags {
  readonly user?: string;
  readonly anonymous?: string;
  readonly event?: string;
  readonly name?: string;
  readonly group?: string;
  readonly previous?: string;
  readonly property?: readonly (readonly [name: string, value: unknown])[];
  readonly properties?: JsonObject;
  readonly context?: JsonObject;
  readonly messageId?: string;
}

/** A call as a library sends it. */
export type GivenCall = JsonObject & { readonly type: CallType; readonly messageId: string };

/** Who a library would be that sends it. */
export const OWN_CONTEXT = { library: { name: 'sluice-cli' } };

/**
 * The call that flags describe, with a message id by which it is found again.
 *
 * @throws CommandFailure for what its type needs and is not there
 */
export function callOf(type: CallType, flags: CallFlags): GivenCall {
  const { user, anonymous, event, name, group, previous, property = [], properties = {}, context = {} } = flags;
  if (user === undefined && anonymous === undefined) throw lacking('whose it is: --user ID or --anonymous ID');
  const facts = { ...properties, ...Object.fromEntries(property) };
  return {
    type,
    messageId: flags.messageId ?? `sluice-cli-${randomUUID()}`,
    ...(user === undefined ? {} : { userId: user }),
    ...(anonymous === undefined ? {} : { anonymousId: anonymous }),
    ...ownOf(type, { event, name, group, previous }, facts),
    context: { ...OWN_CONTEXT, ...context },
  };
}

function ownOf(
  type: CallType,
  { event, name, group, previous }: { readonly [Key in 'event' | 'name' | 'group' | 'previous']: string | undefined },
  facts: JsonObject,
): JsonObject {
  switch (type) {
    case 'track':
      if (event === undefined) throw lacking("what happened: --event 'Order Completed'");
      return { event, properties: facts };
    case 'page':
    case 'screen':
      return { ...(name === undefined ? {} : { name }), properties: facts };
    case 'identify':
      return { traits: facts };
    case 'group':
      if (group === undefined) throw lacking('which group: --group ID');
      return { groupId: group, traits: facts };
    case 'alias':
      if (previous === undefined) throw lacking('who it was before: --previous ID');
      return { previousId: previous };
  }
}

function lacking(what: string): CommandFailure {
  return new CommandFailure('usage', `say ${what}`);
}

/** Gathers `--property plan=pro`. @throws InvalidArgumentError */
export function collectProperty(
  text: string,
  before: readonly (readonly [string, unknown])[] = [],
): readonly (readonly [string, unknown])[] {
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new InvalidArgumentError('It must be a name and a value, such as plan=pro.');
  return [...before, [name, valueOf(value)]];
}

/** A JSON object. @throws InvalidArgumentError */
export function jsonObjectOf(text: string): JsonObject {
  const value = valueOf(text);
  if (!isJsonObject(value)) throw new InvalidArgumentError('It must be a JSON object, such as {"plan":"pro"}.');
  return value;
}
