import { type Client, makeClient } from '../../src/contract/client.ts';
import type { listenerOperations } from '../../src/contract/listeners.ts';
import { assertMessage } from '../support/contract.ts';
import { type Drive, LISTED } from './driver.ts';
import type { Scene } from './scene.ts';

/** How listeners are asked for. @param sceneNow there once tests run */
export function listenerDrives(sceneNow: () => Scene): {
  readonly [Id in keyof typeof listenerOperations]: Drive<Id>;
} {
  return {
    listListeners: async ({ done, refused }) => {
      await done();
      await refused('invalid_parameter', { query: LISTED });
    },
    listen: async ({ done, refused }) => {
      await done({ params: { name: 'ada' } });
      await refused('invalid_parameter', { params: { name: '-' } });
    },
    answerRequest: async ({ done, refused }, other) => {
      const params = { name: 'answering' };
      const { token, sluice } = sceneNow();
      const { id } = await other('createDestination').done({
        body: { name: 'Answered', sources: ['web'], settings: { webhookUrl: 'listener:answering' } },
      });
      const client = makeClient({ url: sluice.url, token });
      // Not by the driver, which asks one thing after the other.
      const test = client.testDestination({ params: { id }, body: {} });
      const request = await requestTo('answering', client);
      const body = { id: request, status: 204, headers: { server: 'mine' }, body: '', isCut: false };
      await done({ params, body });
      const { endpoints } = await test;
      if (endpoints[0]?.status !== 204) throw new Error(JSON.stringify(endpoints));
      await refused('exchange_not_found', { params, body });
      await refused('invalid_body', { params, body: { id: request } });
      await refused('invalid_parameter', { params: { name: '-' }, body });
    },
  };
}

/** Id of the first request that whoever listens is told. */
async function requestTo(name: string, client: Client): Promise<string> {
  for await (const { kind, data } of client.listen({ params: { name } })) {
    assertMessage(kind, data, 'listen');
    if (kind === 'request') return data.id;
  }
  throw new Error('nothing was told');
}
