import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { text } from 'node:stream/consumers';
import { createKubernetesApi, type ApiAnswer } from '../../node-agent/kubernetes/api.ts';
import { connect } from '../../node-agent/kubernetes/connect.ts';
import { openKubeconfig } from '../../node-agent/kubernetes/kubeconfig.ts';
import { backOffMs } from '../../node-agent/kubernetes/api-back-off.ts';
import { ApiError } from '../../node-agent/kubernetes/api-error.ts';
import { userEntry } from '../support/kubeconfig-file.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { makeTlsIdentity, type TlsIdentity } from '../support/tls-identity.ts';

const RESOURCE = { group: 'example.test', version: 'v1', plural: 'things' };
const never = new AbortController().signal;

/** A server that answers every list with nothing, and remembers how it was asked. */
describe('the Kubernetes client', () => {
  let identity: TlsIdentity;
  let server: Server;
  let directory: string;
  let connections = 0;
  let certificates: (string | undefined)[] = [];
  const seen: { authorization: string; path: string; userAgent: string }[] = [];
  const changes: { method: string; path: string; type: string; body: string }[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'podcert-client-'));
    identity = await makeTlsIdentity();
    server = createServer({ ...identity, requestCert: true, rejectUnauthorized: false }, (request, response) => {
      const { method = '', headers, url = '', socket } = request;
      certificates.push((socket as TLSSocket).getPeerX509Certificate()?.toString());
      seen.push({ authorization: headers.authorization ?? '', path: url, userAgent: headers['user-agent'] ?? '' });
      void text(request).then((body) => {
        if (method !== 'GET') changes.push({ method, path: url, type: headers['content-type'] ?? '', body });
        response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }));
      });
    });
    server.on('secureConnection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(directory, { recursive: true, force: true });
  });

  /** A kubeconfig whose user is told in its own words. */
  async function kubeconfig(user: object, changes: { readonly server?: string; readonly ca?: string } = {}): Promise<string> {
    const { port } = server.address() as AddressInfo;
    const ca = Buffer.from(changes.ca ?? identity.cert).toString('base64');
    const path = join(directory, 'config');
    const config = {
      clusters: [
        { name: 'c', cluster: { server: changes.server ?? `https://127.0.0.1:${port}/prefix/`, 'certificate-authority-data': ca } },
      ],
      users: [{ name: 'u', user }],
      contexts: [
        { name: 'one', context: { cluster: 'c', user: 'u' } },
        { name: 'nowhere', context: { cluster: 'none', user: 'u' } },
      ],
      'current-context': 'one',
    };
    await writeFile(path, JSON.stringify(config));
    return path;
  }

  async function list(user: object) {
    const api = createKubernetesApi(openKubeconfig(await kubeconfig(user)), new ManualClock());
    await api.list(RESOURCE, { labelSelector: 'a=b', fieldSelector: 'spec.nodeName=c' }, never);
    api.close();
    return seen.at(-1);
  }

  it('asks under the path of the server, by group, version and plural, as podcert', async () => {
    const asked = await list({ token: 'abc' });
    assert.deepEqual(asked, {
      authorization: 'Bearer abc',
      path: '/prefix/apis/example.test/v1/things?labelSelector=a%3Db&fieldSelector=spec.nodeName%3Dc',
      userAgent: 'podcert',
    });
  });

  it('applies an object as its manager, by one call that makes it or changes it', async () => {
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ token: 'abc' })), new ManualClock());
    await api.apply(RESOURCE, { namespace: 'shop', name: 'one' }, { kind: 'Thing' }, never);
    api.close();
    assert.deepEqual(changes, [
      {
        method: 'PATCH',
        path: '/prefix/apis/example.test/v1/namespaces/shop/things/one?fieldManager=podcert&force=true',
        type: 'application/apply-patch+yaml',
        body: '{"kind":"Thing"}',
      },
    ]);
  });

  it('reads the token from a file, also when the file ends with a new line', async () => {
    const tokenFile = join(directory, 'token');
    await writeFile(tokenFile, 'from-a-file\n');
    const asked = await list({ 'auth-provider': { name: 'tokenFile', config: { tokenFile } } });
    assert.equal(asked?.authorization, 'Bearer from-a-file');
  });

  it('runs an exec plugin once for calls that come together', async () => {
    const log = join(directory, 'runs');
    const credential = JSON.stringify({ kind: 'ExecCredential', status: { token: 'from-exec' } });
    const args = ['-c', `echo run >> ${log}; echo '${credential}'`];
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args };
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ exec })), new ManualClock());
    await Promise.all([1, 2, 3].map(() => api.list(RESOURCE, {}, never)));
    api.close();
    assert.equal(seen.at(-1)?.authorization, 'Bearer from-exec');
    assert.equal(await readFile(log, 'utf8'), 'run\n');
  });

  it('tells how each call was answered, a watch too, and where no answer came', async () => {
    const answers: ApiAnswer[] = [];
    const tell = (answer: ApiAnswer) => answers.push(answer);
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ token: 'abc' })), new ManualClock(), tell);
    const load = () => [api.calls.waiting, api.calls.running];
    assert.deepEqual(load(), [0, 0]);
    const created = api.create(RESOURCE, 'shop', {}, never);
    assert.deepEqual(load(), [0, 1]);
    await created;
    await api.watch(RESOURCE, { selector: {}, resourceVersion: '1', timeoutSeconds: 1 }, never);
    api.close();
    const deaf = createServer(identity, ({ socket }) => socket.destroy()).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const deafHost = `127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const unheard = createKubernetesApi(
      openKubeconfig(await kubeconfig({ token: 'abc' }, { server: `https://${deafHost}` })),
      new ManualClock(),
      tell,
    );
    await assert.rejects(unheard.list(RESOURCE, {}, never), ApiError);
    unheard.close();
    deaf.close();
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    assert.deepEqual(answers, [
      { method: 'POST', host, status: 200 },
      { method: 'GET', host, status: 200 },
      { method: 'GET', host: deafHost, status: undefined },
    ]);
  });

  it('keeps one connection for calls that come one after the other', async () => {
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ token: 'abc' })), new ManualClock());
    const before = connections;
    for (let count = 0; count < 5; count += 1) await api.list(RESOURCE, {}, never);
    assert.equal(connections - before, 1);
    api.close();
  });

  it('does not speak to a server that its CA did not certify', async () => {
    const { cert } = await makeTlsIdentity();
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ token: 'abc' }, { ca: cert })), new ManualClock());
    const asked = seen.length;
    await assert.rejects(api.list(RESOURCE, {}, never), { code: 'issuer-unavailable', message: /certificate/ });
    assert.equal(seen.length, asked);
  });

  for (const { name, user } of [
    { name: 'a client certificate', user: (own: TlsIdentity) => userEntry(own) },
    { name: 'a client certificate and a token', user: (own: TlsIdentity) => ({ ...userEntry(own), token: 'ours' }) },
    { name: 'a password', user: () => ({ username: 'us', password: 'ours' }) },
    { name: 'an impersonation', user: () => ({ token: 'ours', as: 'somebody' }) },
  ]) {
    it(`sends nothing of its own credentials with the token of somebody else: ${name}`, async () => {
      const own = await makeTlsIdentity();
      const api = createKubernetesApi(openKubeconfig(await kubeconfig(user(own))), new ManualClock());
      certificates = [];
      const before = connections;
      await api.list(RESOURCE, {}, never);
      for (const token of ['theirs', 'others']) await api.as(token).create(RESOURCE, 'default', {}, never);
      await api.list(RESOURCE, {}, never);
      api.close();
      assert.deepEqual(
        seen.slice(-3, -1).map(({ authorization }) => authorization),
        ['Bearer theirs', 'Bearer others'],
      );
      const ours = name.includes('certificate') ? own.cert.trim() : undefined;
      assert.deepEqual(
        certificates.map((pem) => pem?.trim()),
        [ours, undefined, undefined, ours],
      );
      // Each of the two keeps its connection.
      assert.equal(connections - before, 2);
    });
  }

  it('rejects with the signal’s reason when aborted', async () => {
    const api = createKubernetesApi(openKubeconfig(await kubeconfig({ token: 'abc' })), new ManualClock());
    const caller = new AbortController();
    const listed = api.list(RESOURCE, {}, caller.signal);
    caller.abort(new Error('enough'));
    await assert.rejects(listed, { message: 'enough' });
  });

  const refusals: readonly { readonly name: string; readonly open: () => Promise<object>; readonly message: RegExp }[] = [
    {
      name: 'a file that is not there',
      open: async () => ({ kubeconfig: '/nowhere/config' }),
      message: /--kubeconfig "\/nowhere\/config": ENOENT/,
    },
    {
      name: 'an unknown context',
      open: async () => ({ kubeconfig: await kubeconfig({}), context: 'two' }),
      message: /--context "two": .*write one of "one", "nowhere"/,
    },
    {
      name: 'a context without a cluster',
      open: async () => ({ kubeconfig: await kubeconfig({}), context: 'nowhere' }),
      message: /no cluster/,
    },
    {
      name: 'a server without TLS',
      open: async () => ({ kubeconfig: await kubeconfig({}, { server: 'http://127.0.0.1:1' }) }),
      message: /"http:\/\/127\.0\.0\.1:1" is no https URL/,
    },
    { name: 'a context of no kubeconfig', open: async () => ({ context: 'one' }), message: /--context "one": .*name a kubeconfig file/ },
    { name: 'no kubeconfig outside a pod', open: async () => ({}), message: /does not run in a pod.*name a kubeconfig file/ },
  ];
  for (const { name, open, message } of refusals) {
    it(`refuses ${name}, and says what to do`, async () => {
      const options = await open();
      await assert.rejects(connect(options, new ManualClock()), { code: 'misconfigured', message });
    });
  }
});

function delay(failures: number, random: number, retryAfterMs?: number): number {
  return backOffMs(failures, retryAfterMs === undefined ? new Error('x') : new ApiError('x', { retryAfterMs }), () => random);
}

describe('backOffMs', () => {
  it('doubles from 1 s up to 30 s, give or take half', () => {
    assert.deepEqual(
      [1, 2, 3, 6, 1_000].map((failures) => delay(failures, 0.5)),
      [1_000, 2_000, 4_000, 30_000, 30_000],
    );
    assert.deepEqual([delay(1, 0), delay(1, 1)], [500, 1_500]);
  });

  it('obeys Retry-After, but not for ever', () => {
    assert.deepEqual([delay(1, 0.5, 17_000), delay(5, 0.5, 2_000), delay(1, 0.5, 999_999_000)], [17_000, 16_000, 600_000]);
  });
});
