import { isJsonObject } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';
import { CONSENT_EVENT, mistakeInConsent } from './consent.ts';
import type { CallType } from './event.ts';
import type { RefusalReason } from './refusal.ts';

/**
 * What keeps a call of this type from being an event, or `null`: the required fields of protocol section 3.1, with
 * the published reasons of 3.2. `null` counts as absent, because libraries send it so.
 *
 * @param envelopeContext the context of the batch, which the call inherits
 */
export function mistakeIn(call: JsonObject, type: CallType, envelopeContext?: unknown): RefusalReason | null {
  return mistakeInUser(call) ?? mistakeInOwnFields(call, type) ?? mistakeInContext(call, type, envelopeContext);
}

function mistakeInUser({ userId, anonymousId }: JsonObject): RefusalReason | null {
  if (isAbsent(userId) && isAbsent(anonymousId)) return 'no_user_anon_id';
  const isGood = (isAbsent(userId) || isId(userId)) && (isAbsent(anonymousId) || isId(anonymousId));
  return isGood ? null : 'id_not_string';
}

function mistakeInOwnFields(call: JsonObject, type: CallType): RefusalReason | null {
  switch (type) {
    case 'identify':
      return mistakeInObject(call.traits, 'traits_not_object');
    case 'group':
      return mistakeInId(call.groupId) ?? mistakeInObject(call.traits, 'traits_not_object');
    case 'alias':
      return mistakeInId(call.previousId);
    case 'track':
      return mistakeInEvent(call.event) ?? mistakeInObject(call.properties, 'properties_not_object');
    case 'page':
    case 'screen':
      return (
        mistakeInText(call.name, 'name_not_string') ??
        mistakeInText(call.category, 'category_not_string') ??
        mistakeInObject(call.properties, 'properties_not_object')
      );
  }
}

function mistakeInContext(call: JsonObject, type: CallType, envelopeContext: unknown): RefusalReason | null {
  return type === 'track' && call.event === CONSENT_EVENT ? mistakeInConsent(call.context, envelopeContext) : null;
}

function mistakeInId(id: unknown): RefusalReason | null {
  if (isAbsent(id)) return 'id_required';
  return isId(id) ? null : 'id_not_string';
}

function mistakeInEvent(event: unknown): RefusalReason | null {
  if (isAbsent(event) || event === '') return 'event_not_defined';
  return typeof event === 'string' ? null : 'event_not_string';
}

/** Empty ones pass, although 3.2 has a reason against them: libraries send screens with an empty name (section 3.1). */
function mistakeInText(text: unknown, reason: RefusalReason): RefusalReason | null {
  return isAbsent(text) || typeof text === 'string' ? null : reason;
}

function mistakeInObject(value: unknown, reason: RefusalReason): RefusalReason | null {
  return isAbsent(value) || isJsonObject(value) ? null : reason;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isId(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}
