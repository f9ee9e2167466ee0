import assert from 'node:assert/strict';
import type { binOperations } from '../../src/contract/bins.ts';
import { type Drive, LISTED, NONE } from './driver.ts';

/** How request bins are asked for. */
export const BIN_DRIVES: { readonly [Id in keyof typeof binOperations]: Drive<Id> } = {
  createBin: async ({ done, refused }) => {
    assert.match((await done()).url, /\/bins\/bin_/);
    await refused('invalid_parameter', { query: LISTED });
  },
  listBins: async ({ done, refused }, other) => {
    const { id } = await other('createBin').done();
    assert.ok((await done()).data.some((bin) => bin.id === id));
    await refused('invalid_parameter', { query: LISTED });
  },
  getBin: async ({ done, refused }, other) => {
    const { id } = await other('createBin').done();
    assert.deepEqual((await done({ params: { id } })).script, []);
    await refused('bin_not_found', { params: NONE });
  },
  updateBin: async ({ done, refused }, other) => {
    const { id, url } = await other('createBin').done();
    const [params, script] = [{ id }, [{ status: 503, headers: { 'Retry-After': '2' }, times: 2 }, { status: 201 }]];
    assert.deepEqual((await done({ params, body: { script } })).script, script);
    assert.equal((await fetch(url)).status, 503);
    await done({ params, body: {} });
    await refused('invalid_body', { params, body: { script: [{ status: 200, hang: true }] } });
    await refused('bin_not_found', { params: NONE, body: {} });
    const { asked } = await other('getBin').done({ params });
    assert.equal(asked, 1);
    const [entry] = (await other('listAudit').done({ query: { subject: id } })).data;
    assert.deepEqual([entry?.action, entry?.before, entry?.after], ['bin.update', { script: [] }, { script }]);
    await done({ params, body: { script: [{ status: 200, body: 'x'.repeat(60_000) }] } });
    const [long] = (await other('listAudit').done({ query: { subject: id } })).data;
    assert.ok(JSON.stringify(long).length < 5_000);
  },
  listBinRequests: async ({ done, refused }, other) => {
    const { id, url } = await other('createBin').done();
    await fetch(url, { method: 'POST', body: 'kept' });
    const params = { id };
    assert.equal((await done({ params })).data[0]?.body, 'kept');
    await refused('invalid_parameter', { params, query: { limit: '501' } });
    await refused('bin_not_found', { params: NONE });
  },
  emptyBin: async ({ done, refused }, other) => {
    const { id, url } = await other('createBin').done();
    await fetch(url, { method: 'POST', body: 'gone' });
    await done({ params: { id } });
    assert.deepEqual((await other('listBinRequests').done({ params: { id } })).data, []);
    await refused('bin_not_found', { params: NONE });
  },
  getBinRequest: async ({ done, refused }, other) => {
    const { id, url } = await other('createBin').done();
    await fetch(url, { method: 'POST', body: new Uint8Array([0xff]) });
    const [{ id: request } = { id: '' }] = (await other('listBinRequests').done({ params: { id } })).data;
    assert.equal((await done({ params: { id, request } })).bodyBase64, '/w==');
    await refused('bin_request_not_found', { params: { id, request: 'req_1' } });
    await refused('bin_not_found', { params: { ...NONE, request } });
  },
  watchBin: async ({ done, refused }, other) => {
    const { id } = await other('createBin').done();
    await done({ params: { id } });
    await done({ params: { id }, query: { lastEventId: 'req_1' } });
    await refused('bin_not_found', { params: NONE });
  },
};
