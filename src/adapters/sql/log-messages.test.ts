import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NewEvent } from '../../domain/event.ts';
import { packAppend, unpackAppend } from './log-messages.ts';

describe('an append as it goes to the writer', () => {
  it('comes out as it went in', () => {
    const track: NewEvent = {
      ...{ source: 'web', type: 'track', messageId: 'm', name: 'Bought', user: 'u', receivedAtMs: 1_700_000_000_000 },
      ...{ integrations: '{"All":false}', body: '{"a":1}' },
    };
    const group: NewEvent = { ...track, type: 'group', name: null, user: null, integrations: null, body: '{}' };
    for (const events of [[], [track], [track, group, track]]) {
      const { events: unpacked, nowMs } = unpackAppend(structuredClone(packAppend(events, 1.5)));
      assert.deepEqual([unpacked, nowMs], [events, 1.5]);
    }
  });
});
