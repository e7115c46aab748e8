import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { createKubernetesApi, type KubernetesApi } from '../../node-agent/kubernetes/api.ts';
import { openPodAccount } from '../../node-agent/kubernetes/pod-account.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { makeTlsIdentity } from '../support/tls-identity.ts';

const RESOURCE = { group: 'example.test', version: 'v1', plural: 'things' };
const never = new AbortController().signal;

describe('the account of a pod', () => {
  const folder = temporaryFolder('account');
  const clock = new ManualClock();
  const server = createServer();
  const tokens: (string | undefined)[] = [];
  let connections = 0;
  /** What answers wait for. */
  let answering = Promise.resolve();
  let api: KubernetesApi;

  /** As kubelet writes the account's files. */
  function write(files: { readonly token?: string; readonly ca?: string }): void {
    if (files.token !== undefined) writeFileSync(join(folder, 'token'), files.token);
    if (files.ca !== undefined) writeFileSync(join(folder, 'ca.crt'), files.ca);
  }

  /** The token that a list came with. */
  async function list(): Promise<string | undefined> {
    await api.list(RESOURCE, {}, never);
    return tokens.at(-1);
  }

  before(async () => {
    server.on('request', ({ headers }, response) => {
      tokens.push(headers.authorization);
      void answering.then(() => response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] })));
    });
    server.on('secureConnection', () => (connections += 1));
    const identity = await makeTlsIdentity();
    server.setSecureContext(identity);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    api = createKubernetesApi(openPodAccount(`https://127.0.0.1:${port}`, clock, folder), clock);
    write({ ca: identity.cert });
  });

  after(() => {
    api.close();
    server.close();
    server.closeAllConnections();
  });

  it('is tried again at the next call where its files are not there yet', async () => {
    await assert.rejects(list(), { code: 'issuer-unavailable', message: /ENOENT.*token/ });
    write({ token: 'first\n' });
    assert.equal(await list(), 'Bearer first');
  });

  it('keeps one connection for calls that come one after the other', async () => {
    const before = connections;
    for (let count = 0; count < 5; count += 1) await list();
    assert.equal(connections, before);
  });

  it('lets go of connections that are idle, and of none with a call under way', async () => {
    await list();
    const before = connections;
    const { promise, resolve: answer } = Promise.withResolvers<void>();
    answering = promise;
    const asked = once(server, 'request');
    const underWay = list();
    await asked;
    api.close();
    answer();
    await underWay;
    assert.equal(connections, before);
    api.close();
    await list();
    assert.equal(connections, before + 1);
  });

  it('has its token within a minute after kubelet exchanged it', async () => {
    write({ token: 'second' });
    await clock.advance(MINUTE_MS);
    assert.equal(await list(), 'Bearer second');
  });

  it('sends nothing of its own with the token of somebody else', async () => {
    await api.as('theirs').create(RESOURCE, 'default', {}, never);
    assert.equal(tokens.at(-1), 'Bearer theirs');
    assert.equal(await list(), 'Bearer second');
  });

  it('trusts a server with a new CA within a minute, and no longer one with the old', async () => {
    const identity = await makeTlsIdentity();
    write({ ca: identity.cert });
    await clock.advance(MINUTE_MS);
    await assert.rejects(list(), { code: 'issuer-unavailable', message: /certificate/ });
    server.setSecureContext(identity);
    assert.equal(await list(), 'Bearer second');
  });
});
