import assert from 'node:assert/strict';
import { REFUSALS } from '../../../src/domain/refusal.ts';
import { AS_APP, basic, type Gateway, track } from '../../support/gateway.ts';
import { refusedFor, tracked } from '../checks.ts';
import { absent, different, same, type Row, type Section } from '../row.ts';

const consent = (context: object): object => ({ userId: 'u', event: 'Segment Consent Preference Updated', context });
const categories = (categoryPreferences: unknown, more: object = {}): object =>
  consent({ consent: { categoryPreferences, ...more } });

/** A code by which these calls are refused as at Segment. */
function code(reason: keyof typeof REFUSALS, note: string, ...calls: readonly (readonly [string, unknown])[]): Row {
  return same(`\`${reason}\``, note, async (gateway) => {
    for (const [path, call] of calls) await refusedFor(gateway, reason, path, call);
  });
}

/** Codes that are no reason here: of things that there are not, or that have a better name. */
function noReason(codes: readonly string[], note: string, check: Row['check'] = async () => Promise.resolve()): Row {
  return absent(codes.map((each) => `\`${each}\``).join(', '), note, async (gateway) => {
    for (const each of codes) assert.ok(!Object.hasOwn(REFUSALS, each), each);
    await check(gateway);
  });
}

/** That an id is asked for by the reason that is meant here. */
async function asksForOwnId(gateway: Gateway): Promise<void> {
  await refusedFor(gateway, 'id_required', '/v1/group', { userId: 'u' });
  await refusedFor(gateway, 'id_required', '/v1/alias', { userId: 'u' });
}

export const discards: Section = {
  title: 'Validation and discard codes',
  introduction:
    'A call that breaks a rule is answered `200`, counted, and [listed](management-api.md#refused-calls) with Segment’s published code for its reason.',
  rows: [
    code('no_user_anon_id', 'Neither `userId` nor `anonymousId`; `null` is absent.', [
      '/v1/track',
      { event: 'E', userId: null },
    ]),
    different(
      '`id_required`',
      'Says that `groupId` of a group call or `previousId` of an alias call is missing; a user’s is `no_user_anon_id`.',
      asksForOwnId,
    ),
    code(
      'id_not_string',
      'Empty, a number or anything else: of a user, a group or an alias.',
      ['/v1/track', { userId: 7, event: 'E' }],
      ['/v1/track', { userId: '', event: 'E' }],
      ['/v1/group', { userId: 'u', groupId: 7 }],
      ['/v1/alias', { userId: 'u', previousId: 7 }],
    ),
    code('event_not_defined', '', ['/v1/track', { userId: 'u' }], ['/v1/track', { userId: 'u', event: '' }]),
    code('event_not_string', '', ['/v1/track', { userId: 'u', event: 7 }]),
    code(
      'properties_not_object',
      '',
      ['/v1/track', { userId: 'u', event: 'E', properties: [] }],
      ['/v1/page', { userId: 'u', properties: 'x' }],
    ),
    code(
      'traits_not_object',
      '',
      ['/v1/identify', { userId: 'u', traits: 7 }],
      ['/v1/group', { userId: 'u', groupId: 'g', traits: [] }],
    ),
    code(
      'name_not_string',
      'Of a page or screen.',
      ['/v1/page', { userId: 'u', name: 7 }],
      ['/v1/screen', { userId: 'u', name: {} }],
    ),
    code('category_not_string', 'Of a page or screen.', ['/v1/page', { userId: 'u', category: 7 }]),
    different('An empty `name` or `category`', 'Accepted: libraries for phones send screens so.', async (gateway) => {
      await gateway.arrives((mark) => ({
        ...{ path: '/v1/screen', headers: [AS_APP] },
        body: JSON.stringify({ userId: mark, name: '', category: '' }),
      }));
    }),
    code(
      'consent_categorypreferences_should_exist',
      'This and the next four only for `Segment Consent Preference Updated`.',
      ['/v1/track', consent({})],
    ),
    code('consent_categorypreferences_fields_should_be_object', '', ['/v1/track', categories('all')]),
    code('consent_categorypreferences_fields_should_be_bool', '', ['/v1/track', categories({ ads: 1 })]),
    code('consent_version_should_be_number', '', ['/v1/track', categories({}, { version: '2' })]),
    code('device_advertisingid_should_be_string', '', [
      '/v1/track',
      consent({ consent: { categoryPreferences: {} }, device: { advertisingId: 7 } }),
    ]),
    code('empty_batch', '', ['/v1/batch', { batch: [] }]),
    noReason(
      ['empty_batch_result', 'multi_user_error'],
      'Each item is refused with its own reason instead, however many are left.',
      async (gateway) => {
        await refusedFor(gateway, 'event_not_defined', '/v1/batch', { batch: [{ type: 'track', userId: 'u' }] });
      },
    ),
    same('`unknown_source`', 'No source has the write key.', async (gateway) => {
      await gateway.refuses('unknown_source', { headers: [basic('wk_nobody')], body: track('u') });
    }),
    same('`source_disabled`', '', async (gateway) => {
      await gateway.refuses('source_disabled', { headers: [basic('wk_closed')], body: track('u') });
    }),
    noReason(
      ['locked_workspace', 'invalid_settings'],
      'There is no bill to lock it by, and settings are checked when they are made.',
    ),
    noReason(
      [
        'bad_request',
        'TRACKING_API_FAILED',
        'SET_API_FAILED',
        'lambda_err',
        'internal',
        'too_many_requests',
        'FUNCTION_TIMEOUT',
        'RETRY_ERROR',
        'INVOKE_ERROR',
        'BAD_DEPLOY',
      ],
      'Codes of source functions, which there are none of.',
    ),
    different(
      'What has no published code',
      '`item_not_object`, `type_unknown`, `item_too_large`, `too_many_items`, and the [errors](errors.md#calls-that-are-not-accepted) of a `400`.',
      async (gateway) => {
        await refusedFor(gateway, 'item_not_object', '/v1/batch', { batch: [7] });
        await refusedFor(gateway, 'type_unknown', '/v1/batch', { batch: [{ userId: 'u' }] });
        await gateway.rejects(400, 'batch_not_array', { path: '/v1/batch', headers: [AS_APP], body: '{}' });
      },
    ),
    different(
      'Reserved traits and properties (`email`, `revenue`, …)',
      'Not looked at: they arrive as they were sent, whatever their type.',
      async (gateway) => {
        const properties = { revenue: 'a lot', currency: 7, value: null };
        assert.deepEqual((await tracked(gateway, { properties }))['properties'], properties);
      },
    ),
  ],
};
