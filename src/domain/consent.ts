import { isJsonObject, mergedOver } from '../lib/json-object.ts';
import type { JsonObject } from '../lib/json-object.ts';
import type { RefusalReason } from './refusal.ts';

/** The track call that says what somebody consents to: the only one whose context is looked at. */
export const CONSENT_EVENT = 'Segment Consent Preference Updated';

/**
 * What keeps a call of the event `CONSENT_EVENT` from being taken, or `null` (protocol section 3.2): it must say of
 * each category, as true or false, whether there is consent. The version and the advertising id may be left out.
 *
 * @param envelopes the context of the batch, which the call inherits
 */
export function mistakeInConsent(own: unknown, envelopes: unknown): RefusalReason | null {
  const context = objectIn(
    isJsonObject(own) && isJsonObject(envelopes) ? mergedOver(envelopes, own) : (own ?? envelopes),
  );
  const { categoryPreferences, version } = objectIn(context.consent);
  const { advertisingId } = objectIn(context.device);
  return (
    mistakeInCategories(categoryPreferences) ??
    (isAbsent(version) || typeof version === 'number' ? null : 'consent_version_should_be_number') ??
    (isAbsent(advertisingId) || typeof advertisingId === 'string' ? null : 'device_advertisingid_should_be_string')
  );
}

function mistakeInCategories(categories: unknown): RefusalReason | null {
  if (isAbsent(categories)) return 'consent_categorypreferences_should_exist';
  if (!isJsonObject(categories)) return 'consent_categorypreferences_fields_should_be_object';
  const areSaid = Object.values(categories).every((value) => typeof value === 'boolean');
  return areSaid ? null : 'consent_categorypreferences_fields_should_be_bool';
}

function objectIn(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
