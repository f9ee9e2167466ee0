import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { describe, it } from 'node:test';
import { AddressForbidden, makeAddressGuard, makeSharedResolver, type AddressGuard } from './address-guard.ts';

function addresses(...given: readonly string[]): LookupAddress[] {
  return given.map((address) => ({ address, family: isIP(address) }));
}

function guardOf(allow: readonly string[], ...answers: readonly (readonly string[])[]): AddressGuard {
  let asked = 0;
  return makeAddressGuard({ allow, deny: [] }, (_host, answer) => {
    answer(null, addresses(...answers[Math.min(asked++, answers.length - 1)]!));
  });
}

/** What would be dialled, in order. */
async function dialled(guard: AddressGuard, host = 'hooks.example'): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    guard.lookup(host, { all: true }, (error, found) => {
      if (error === null) resolve((found as LookupAddress[]).map(({ address }) => address));
      else reject(error);
    });
  });
}

describe('the address guard', () => {
  it('forbids a literal address that is not public, and says how to allow it', () => {
    assert.equal(
      makeAddressGuard({ allow: [], deny: [] }).problemOf('169.254.169.254'),
      'the URL leads to 169.254.169.254, which is link-local; allow it with network.allow',
    );
  });
  it('has nothing against a public literal address or a name', () => {
    assert.equal(makeAddressGuard({ allow: [], deny: [] }).problemOf('8.8.8.8'), null);
    assert.equal(makeAddressGuard({ allow: [], deny: [] }).problemOf('2606:4700::1111'), null);
    assert.equal(makeAddressGuard({ allow: [], deny: [] }).problemOf('localhost'), null);
  });
  it('forbids a name that resolves to a private address', async () => {
    await assert.rejects(dialled(guardOf([], ['10.0.0.5']), 'hooks.internal'), (error) => {
      assert(error instanceof AddressForbidden);
      assert.match(error.message, /^hooks\.internal resolves to 10\.0\.0\.5, which is private; .*network\.allow$/);
      return true;
    });
  });
  it('dials only the public ones of mixed answers', async () => {
    const guard = guardOf([], ['fd00:ec2::254', '10.0.0.5', '93.184.216.34', '::ffff:127.0.0.1', '2606:4700::1111']);
    assert.deepEqual(await dialled(guard), ['93.184.216.34', '2606:4700::1111']);
  });
  it('hands one address to who asks for one', async () => {
    const found = await new Promise((resolve) => {
      guardOf([], ['10.0.0.5', '93.184.216.34']).lookup('hooks.example', {}, (error, address, family) => {
        resolve([error, address, family]);
      });
    });
    assert.deepEqual(found, [null, '93.184.216.34', 4]);
  });
  it('judges a name anew each time it is dialled', async () => {
    const rebinding = guardOf([], ['93.184.216.34'], ['127.0.0.1']);
    assert.deepEqual(await dialled(rebinding), ['93.184.216.34']);
    await assert.rejects(dialled(rebinding), AddressForbidden);
  });
  it('forbids an address with a zone id as the one without', async () => {
    await assert.rejects(dialled(guardOf([], ['fe80::1%eth0'])), /which is link-local/);
  });
  it('passes on that a name does not resolve', async () => {
    const failure = new Error('no such name');
    const guard = makeAddressGuard({ allow: [], deny: [] }, (_host, answer) => {
      answer(failure, []);
    });
    await assert.rejects(dialled(guard), failure);
  });
});

describe('network.allow', () => {
  it('lets single addresses and ranges through', () => {
    const guard = makeAddressGuard({ allow: ['10.1.2.3', '127.0.0.0/8', 'fd12::/16', '::1'], deny: [] });
    for (const address of ['10.1.2.3', '127.0.0.1', '127.255.0.1', 'fd12::5', '::1']) {
      assert.equal(guard.problemOf(address), null, address);
    }
    for (const address of ['10.1.2.4', '192.168.0.1', 'fd13::5', '::2']) {
      assert.notEqual(guard.problemOf(address), null, address);
    }
  });
  it('lets a wrapped address through with the one inside it, or with itself', () => {
    for (const allow of ['10.0.0.0/8', '64:ff9b::/96', '64:ff9b::a00:5']) {
      assert.equal(makeAddressGuard({ allow: [allow], deny: [] }).problemOf('64:ff9b::10.0.0.5'), null, allow);
    }
    assert.notEqual(makeAddressGuard({ allow: ['10.0.0.0/8'], deny: [] }).problemOf('64:ff9b::127.0.0.1'), null);
  });
  it('does not open a Teredo address by one of its two ends', () => {
    // Server 10.0.0.5, client 127.0.0.1.
    assert.notEqual(
      makeAddressGuard({ allow: ['10.0.0.0/8'], deny: [] }).problemOf('2001:0:a00:5:0:0:80ff:fffe'),
      null,
    );
    assert.equal(
      makeAddressGuard({ allow: ['10.0.0.0/8', '127.0.0.0/8'], deny: [] }).problemOf('2001:0:a00:5:0:0:80ff:fffe'),
      null,
    );
  });
});

describe('network.deny', () => {
  const denying = (...deny: readonly string[]): AddressGuard =>
    makeAddressGuard({ allow: ['10.0.0.0/8', '127.0.0.0/8'], deny }, (_host, answer) => {
      answer(null, addresses('93.184.216.34', '10.1.2.3'));
    });

  it('forbids public addresses, and says why', () => {
    assert.equal(denying('8.8.8.0/24').problemOf('8.8.8.8'), 'the URL leads to 8.8.8.8, which network.deny names');
    assert.notEqual(denying('2606:4700::/32').problemOf('2606:4700::1111'), null);
    assert.equal(denying('8.8.8.0/24').problemOf('8.8.4.4'), null);
  });
  it('wins over network.allow', () => {
    const guard = denying('10.1.0.0/16');
    assert.equal(guard.problemOf('10.2.0.1'), null);
    assert.match(guard.problemOf('10.1.0.1') ?? '', /which network\.deny names/);
  });
  it('forbids what wraps an address that it names', () => {
    for (const wrapped of ['::ffff:8.8.8.8', '64:ff9b::808:808', '2002:808:808::1', '2001:0:808:808:0:0:f7f7:f7f7']) {
      assert.match(denying('8.8.8.8').problemOf(wrapped) ?? '', /network\.deny/, wrapped);
    }
  });
  it('forbids an address in whatever way the range is spelled', () => {
    for (const range of ['::ffff:8.8.8.8', '::ffff:808:0/112', '8.8.8.8/32', '8.0.0.0/8', '0.0.0.0/0']) {
      assert.match(denying(range).problemOf('8.8.8.8') ?? '', /network\.deny/, range);
    }
  });
  it('leaves the other addresses of a name', async () => {
    assert.deepEqual(await dialled(denying('93.184.216.0/24')), ['10.1.2.3']);
    await assert.rejects(
      dialled(denying('93.184.216.34', '10.0.0.0/8')),
      /resolves to 93\.184\.216\.34, which network/,
    );
  });
});

describe('the shared resolver', () => {
  it('asks once for all who want a name at the same time, and again for who comes later', async () => {
    const asked: string[] = [];
    const pending: (() => void)[] = [];
    const ask = (host: string, _options: object, answer: (error: null, found: LookupAddress[]) => void): void => {
      asked.push(host);
      pending.push(() => {
        answer(null, addresses('93.184.216.34'));
      });
    };
    const resolver = makeSharedResolver(ask as unknown as Parameters<typeof makeSharedResolver>[0]);
    const guard = makeAddressGuard({ allow: [], deny: [] }, resolver);
    const first = Promise.all([dialled(guard, 'a.example'), dialled(guard, 'a.example'), dialled(guard, 'b.example')]);
    assert.deepEqual(asked, ['a.example', 'b.example']);
    for (const answer of pending.splice(0)) answer();
    assert.deepEqual(await first, [['93.184.216.34'], ['93.184.216.34'], ['93.184.216.34']]);

    const later = dialled(guard, 'a.example');
    assert.deepEqual(asked, ['a.example', 'b.example', 'a.example']);
    pending[0]!();
    assert.deepEqual(await later, ['93.184.216.34']);
  });
});
