/** The first minute: `sluice dev` as a newcomer meets it. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { SluiceProcess } from '../support/sluice-process.ts';
import { post } from '../support/tracking.ts';

interface BinRequests {
  readonly data: readonly { readonly method: string; readonly path: string; readonly body: string }[];
}

/** For those that can tell their own from what others sent. */
let shared: SluiceProcess;
before(async () => {
  shared = await SluiceProcess.start({ command: 'dev' });
});
after(async () => shared.close());

describe('sluice dev', () => {
  it('shows an event arriving and its attempt going out, and the request in its bin (fact 4)', async () => {
    const sluice = shared;
    await post(sluice.url, '/v1/track', { userId: 'u1', event: 'Hello' }, { writeKey: 'dev' });
    await sluice.printed(/← track "Hello".*user u1/);
    await sluice.printed(/→ track "Hello".*delivered to dev-bin.*200 in/);
    const bin = (await (await fetch(`${sluice.url}/api/v1/bins/dev/requests`)).json()) as BinRequests;
    assert.equal(bin.data.length, 1);
    assert.equal((JSON.parse(bin.data[0]?.body ?? '') as { event: string }).event, 'Hello');
  });

  it('shows an empty bin before anything was sent', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev' });
    const response = await fetch(`${sluice.url}/api/v1/bins/dev/requests`);
    assert.deepEqual([response.status, await response.json()], [200, { data: [], next: null }]);
  });

  it('prints a curl line that works as it stands', async () => {
    await using sluice = await SluiceProcess.start({ command: 'dev' });
    const line = await sluice.printed(/curl -u dev: .*/);
    const { url, json } = /(?<url>http:\S+\/v1\/track).*-d '(?<json>.*)'/.exec(line)?.groups ?? {};
    assert.equal((await post('', url ?? '', json ?? '', { writeKey: 'dev' })).status, 200);
    await sluice.printed(/→ track "Hello".*delivered/);
  });

  it('says in plain words why a call was refused', async () => {
    const sluice = shared;
    await post(sluice.url, '/v1/track', { event: 'nobody' }, { writeKey: 'dev' });
    await sluice.printed(/← track refused.*userId.*anonymousId/);
    await post(sluice.url, '/v1/track', { userId: 'u', event: 'E' }, { writeKey: 'nobody' });
    await sluice.printed(/← track refused.*write key/);
  });

  it('listens on loopback only', async () => {
    const started = SluiceProcess.start({ command: 'dev', flags: ['--host', '0.0.0.0'] });
    await assert.rejects(started, /asks for no login and so listens on loopback only, not on 0\.0\.0\.0/);
  });

  it('answers only to its own names, so that no web page can reach it by another', async () => {
    const sluice = shared;
    const status = await new Promise((resolve, reject) => {
      request(`${sluice.url}/livez`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    assert.equal(status, 403);
  });
});
