import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeEvent, makeReport } from '../../test/support/reports.ts';
import type { AttemptRecord } from '../domain/attempt.ts';
import type { AttemptReport } from '../ports/telemetry.ts';
import type { Paint } from './colors.ts';
import { acceptedLine, attemptLine, diedLine, endpointLine, refusedLine, troubleLine } from './terminal-lines.ts';

const plain: Paint = (_tone, text) => text;
const AT_MS = new Date(2026, 0, 1, 12, 0, 1, 123).getTime();

const EVENT = makeEvent({ receivedAtMs: AT_MS });

function report(attempt: Partial<AttemptRecord>, rest: Partial<AttemptReport> = {}): AttemptReport {
  const secretEndpoint = 'https://a.example:8443/SECRET?token=SECRET';
  return makeReport(
    { endpoint: secretEndpoint, atMs: AT_MS, durationMs: 6, ...attempt },
    { eventId: 'evt_100000000007', ...rest },
  );
}

describe('the line of an event that arrived', () => {
  it('says when, what, about whom, from which source, and its id', () => {
    assert.equal(acceptedLine(EVENT, 'evt_7', plain), '12:00:01.123 ← track "Hello"  user u1, source dev  evt_7');
  });

  it('leaves out what the event does not have', () => {
    const line = acceptedLine({ ...EVENT, type: 'identify', name: null, user: null }, 'evt_7', plain);
    assert.equal(line, '12:00:01.123 ← identify  source dev  evt_7');
  });

  it('says of a duplicate that it is one', () => {
    assert.equal(
      acceptedLine(EVENT, null, plain),
      '12:00:01.123 ← track "Hello"  user u1, source dev  duplicate of message id m-1: taken before, not delivered again',
    );
  });

  it('cannot be used to write to the terminal', () => {
    const line = acceptedLine({ ...EVENT, name: '\u001b]0;x\u0007', user: 'a\nb', messageId: '\u009b' }, null, plain);
    assert.doesNotMatch(line, /\p{Cc}/u);
  });
});

describe('the line of a refused call', () => {
  it('says why in plain words, with the reason code', () => {
    const refusal = {
      atMs: AT_MS,
      source: null,
      reason: 'unknown_source',
      type: null,
      message: 'no source has this write key',
      count: 1,
    } as const;
    assert.equal(
      refusedLine(refusal, plain),
      '12:00:01.123 ← call refused: no source has this write key (unknown_source)',
    );
    assert.match(refusedLine({ ...refusal, count: 3 }, plain), /← batch of 3 refused: no source/);
    assert.equal(
      refusedLine({ ...refusal, source: 'web', type: 'page' }, plain),
      '12:00:01.123 ← page refused  source web: no source has this write key (unknown_source)',
    );
  });
});

describe('the line of an attempt', () => {
  it('says where a success went, with status and duration', () => {
    assert.equal(
      attemptLine(report({}), plain),
      '12:00:01.129 → track "Hello"  delivered to crm (a.example:8443): 200 in 6 ms  evt_100000000007',
    );
  });

  it('says why an attempt failed and when the next one is', () => {
    const failed = report(
      { outcome: 'failed', status: 503 },
      { message: 'the endpoint answered 503', retryAtMs: AT_MS + 1_006 },
    );
    assert.equal(
      attemptLine(failed, plain),
      '12:00:01.129 → track "Hello"  failed at crm (a.example:8443) in 6 ms: the endpoint answered 503; attempt 1, next in 1 s at 12:00:02.129  evt_100000000007',
    );
  });

  it('says that there is no next one', () => {
    const message = 'nothing listens at that address and port';
    const last = report({ outcome: 'failed', status: null, number: 2, errorCode: 'connection_refused' }, { message });
    assert.match(
      attemptLine(last, plain),
      / in 6 ms: nothing listens at that address and port; attempt 2 was the last/,
    );
    const rejected = report(
      { outcome: 'rejected', status: null, errorCode: 'tls_untrusted' },
      { message: 'untrusted' },
    );
    assert.match(attemptLine(rejected, plain), /rejected at crm \(a\.example:8443\): untrusted; no retry can help/);
  });

  it('says of one that was skipped why it was not needed', () => {
    assert.match(
      attemptLine(report({ outcome: 'skipped', status: null }), plain),
      /not needed at crm .*another webhook took it, or this one is held/,
    );
  });

  it('shows nothing of a URL but its host', () => {
    for (const outcome of ['succeeded', 'failed', 'rejected', 'skipped'] as const) {
      assert.doesNotMatch(attemptLine(report({ outcome }), plain), /SECRET/);
    }
  });
});

describe('the other lines', () => {
  it('say that a delivery is dead, and why', () => {
    assert.equal(
      diedLine(AT_MS, 'crm', 'evt_1', 'http_503', plain),
      '12:00:01.123 → evt_1  dead at crm: no attempt is left (http_503)',
    );
  });

  it('say that an endpoint is held, and open again', () => {
    const endpoint = { destination: 'crm', endpoint: 'https://a.example:8443/SECRET', sinceMs: 1 };
    assert.equal(
      endpointLine(AT_MS, { ...endpoint, state: 'held', reason: 'circuit_breaker' }, plain),
      '12:00:01.123 ! crm (a.example:8443) is held (circuit_breaker); its events wait',
    );
    assert.equal(
      endpointLine(AT_MS, { ...endpoint, state: 'open', reason: null }, plain),
      '12:00:01.123 ! crm (a.example:8443) is open again',
    );
  });

  it('say what is wrong, with its details', () => {
    const details = { folder: '/data\n', error: new Error('no space'), lanes: 3, left: { bytes: 5n } };
    assert.equal(
      troubleLine(AT_MS, 'the disk is full', details, plain),
      '12:00:01.123 ! the disk is full: folder /data\\u{a}, error no space, lanes 3, left { bytes: 5n }',
    );
    assert.equal(troubleLine(AT_MS, 'late', {}, plain), '12:00:01.123 ! late');
  });
});
