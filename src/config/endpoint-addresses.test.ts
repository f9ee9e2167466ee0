import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OWN_NETWORK } from '../domain/address-policy.ts';
import { addressMistakes } from './endpoint-addresses.ts';

const PLACE = 'f:7: destinations[0].settings.webhookUrl: ';

/** What is wrong with a destination's URL. */
function mistakes(
  webhookUrl: string,
  network: { readonly allow?: readonly string[]; readonly deny?: readonly string[] } = {},
  alsoAllowed: readonly string[] = [],
): readonly string[] {
  const destinations = [{ settings: { webhookUrl, webhooks: [] } }];
  const reach = { network: { allow: [], deny: [], ...network }, alerts: {}, destinations };
  return addressMistakes(reach, alsoAllowed, () => 'f:7');
}

describe("an address in an endpoint's URL", () => {
  it('is refused with its place and the way out when it is not public', () => {
    assert.deepEqual(mistakes('https://10.0.0.5/hook?token=abc'), [
      `${PLACE}is 10.0.0.5, which is private; allow it with network.allow`,
    ]);
  });
  for (const host of ['0x7f.1', '2130706433', '017700000001', '127.1', '127.0.0.1.', '%31%32%37.0.0.1']) {
    it(`is refused when it is spelled ${host}`, () => {
      assert.deepEqual(mistakes(`http://${host}:8080/`), [
        `${PLACE}is 127.0.0.1, which is loopback; allow it with network.allow`,
      ]);
    });
  }
  for (const host of ['[::1]', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[::127.0.0.1]']) {
    it(`is refused when it is ${host}`, () => {
      assert.match(mistakes(`https://${host}/`).join(), /, which is loopback; allow it with network\.allow$/);
    });
  }
  for (const port of [22, 25, 6379]) {
    it(`is refused with the port ${port} too: it is the address that counts`, () => {
      assert.deepEqual(mistakes(`http://10.0.0.5:${port}/`), [
        `${PLACE}is 10.0.0.5, which is private; allow it with network.allow`,
      ]);
    });
  }
  it('is taken when it is public, or allowed', () => {
    assert.deepEqual(mistakes('https://8.8.8.8/'), []);
    assert.deepEqual(mistakes('https://[2606:4700::1111]/'), []);
    assert.deepEqual(mistakes('https://10.0.0.5/', { allow: ['10.0.0.0/8'] }), []);
  });
  it('is refused when it is denied, public or allowed or not', () => {
    assert.deepEqual(mistakes('https://8.8.8.8/', { deny: ['8.8.8.0/24'] }), [
      `${PLACE}is 8.8.8.8, which network.deny names`,
    ]);
    assert.match(mistakes('https://10.0.0.5/', { allow: ['10.0.0.0/8'], deny: ['10.0.0.5'] }).join(), /network\.deny/);
    assert.match(mistakes('https://10.0.0.5/', { deny: ['10.0.0.5'] }, OWN_NETWORK).join(), /network\.deny/);
  });
  it("may be of one's own network where that is allowed besides, and link-local all the same not", () => {
    for (const host of ['127.0.0.1', '[::1]', '10.0.0.5', '172.16.0.1', '192.168.1.1', '[fd00::1]']) {
      assert.deepEqual(mistakes(`http://${host}/`, {}, OWN_NETWORK), []);
    }
    assert.match(mistakes('http://169.254.169.254/', {}, OWN_NETWORK).join(), /which is link-local/);
  });
  it('is looked for in every webhook', () => {
    const webhooks = ['https://a.example', 'https://10.0.0.1', 'https://[::1]'].map((url) => ({ url }));
    const found = addressMistakes(
      { network: { allow: [], deny: [] }, alerts: {}, destinations: [{ settings: { webhooks } }] },
      [],
      () => 'f:7',
    );
    assert.deepEqual(found, [
      'f:7: destinations[0].settings.webhooks[1].url: is 10.0.0.1, which is private; allow it with network.allow',
      'f:7: destinations[0].settings.webhooks[2].url: is ::1, which is loopback; allow it with network.allow',
    ]);
  });
  it('is looked for where alerts go', () => {
    const reach = {
      network: { allow: [], deny: [] },
      alerts: { webhookUrl: 'http://10.0.0.1/hook' },
      destinations: [],
    };
    assert.deepEqual(
      addressMistakes(reach, [], () => 'f:3'),
      ['f:3: alerts.webhookUrl: is 10.0.0.1, which is private; allow it with network.allow'],
    );
  });
  it('is not judged for a name, whatever that is', () => {
    assert.deepEqual(mistakes('http://localhost:8080/'), []);
    assert.deepEqual(mistakes('http://10.0.0.5.example/'), []);
  });
});
