/**
 * Why a call, or one item of a batch, was answered with 200 and not accepted: the published discard codes (protocol
 * section 3.2) and, below the line, our own for what has none. Codes are part of the public surface.
 */
export const REFUSALS = {
  empty_batch: 'the batch holds no calls',
  no_user_anon_id: 'neither `userId` nor `anonymousId` is there',
  id_required: '`groupId` of a group call, or `previousId` of an alias call, is missing',
  id_not_string: 'an id is empty or not a string',
  event_not_defined: 'a track call needs `event`, the name of what happened',
  event_not_string: '`event` is not a string',
  properties_not_object: '`properties` is not an object',
  traits_not_object: '`traits` is not an object',
  name_not_string: '`name` is not a string',
  category_not_string: '`category` is not a string',
  consent_categorypreferences_should_exist: '`context.consent.categoryPreferences` is missing',
  consent_categorypreferences_fields_should_be_object: '`context.consent.categoryPreferences` is not an object',
  consent_categorypreferences_fields_should_be_bool:
    'a value in `context.consent.categoryPreferences` is neither true nor false',
  consent_version_should_be_number: '`context.consent.version` is not a number',
  device_advertisingid_should_be_string: '`context.device.advertisingId` is not a string',
  unknown_source: 'no source has this write key',
  source_disabled: 'the source of this write key is disabled',

  // Ours.
  item_not_object: 'the item of the batch is not an object',
  type_unknown: 'the item has no `type`, or none of identify, track, page, screen, group and alias',
  item_too_large: 'the item is larger than 32,768 bytes',
  too_many_items: 'the batch holds more than 2,500 calls',
} as const satisfies Record<string, string>;

export type RefusalReason = keyof typeof REFUSALS;

const NUMBER_DIGITS = 7; // 36^7 = 78e9: at 20 a second, more than a century

/** The id of a sample, `ref_…`: its number in base 36, so that ids sort as they came. */
export function refusalIdOf(number: number): string {
  return `ref_${number.toString(36).padStart(NUMBER_DIGITS, '0')}`;
}

/** The number of such an id; null for any other text. */
export function refusalNumberOf(id: string): number | null {
  const digits = /^ref_([0-9a-z]{7,10})$/.exec(id)?.[1];
  return digits === undefined ? null : parseInt(digits, 36);
}
