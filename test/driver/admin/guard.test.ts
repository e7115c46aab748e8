import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { once } from 'node:events';
import { request } from 'node:http';
import { volumeIdOf } from '../../../demo/kubelet.ts';
import { askAdmin, RENEW } from '../../support/admin-client.ts';
import { serveMadeUpNode } from '../../support/admin-sources.ts';
import { openDriverBench } from '../../support/driver-bench.ts';

describe('the admin listener', () => {
  const local = ['localhost', 'LOCALHOST:8080', '127.0.0.1', '127.0.0.1:9404', '[::1]', '[::1]:1', '127.9.8.7:80'];
  const foreign = [
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:9404',
    '10.0.0.1',
    '[::]',
    '0.0.0.0',
    'localhost:x',
    '127.1',
  ];
  it('is served to whoever asks this machine by a name of the loopback, and to nobody who asks by another', async (context) => {
    const bench = await openDriverBench(context);
    for (const path of ['/v1/volumes', '/v1/checks', '/nothing']) {
      const ask = async (host: string) => (await askAdmin(`${bench.adminUrl}${path}`, { headers: { host } })).status;
      for (const host of local) assert.equal(await ask(host), path === '/nothing' ? 404 : 200, host);
      for (const host of foreign) assert.equal(await ask(host), 421, host);
    }
  });

  it('renews nothing without its header, so that no web page can', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const url = `${bench.adminUrl}/v1/volumes/${volumeIdOf(web)}/renew`;
    for (const headers of [{}, { 'podcert-admin': '0' }, { 'content-type': 'text/plain', origin: 'http://evil.example' }]) {
      assert.equal((await askAdmin(url, { method: 'POST', headers })).status, 403);
    }
    const preflight = await askAdmin(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://evil.example',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'podcert-admin',
      },
    });
    assert.equal(preflight.status, 405);
    assert.deepEqual(
      Object.keys(preflight.headers).filter((name) => name.startsWith('access-control')),
      [],
    );
    assert.equal((await askAdmin(url)).status, 405);
    assert.deepEqual(bench.journal.all('renewed'), []);
    assert.equal((await askAdmin(url, RENEW)).status, 202);
    await bench.journal.nth('renewed', 1);
  });

  it('lets no answer be kept, framed, read for something else or run anything', async (context) => {
    const bench = await openDriverBench(context);
    for (const path of ['/v1/volumes', '/v1/volumes/nobody', '/nothing']) {
      const { headers } = await askAdmin(`${bench.adminUrl}${path}`, { method: 'HEAD' });
      assert.equal(headers['cache-control'], 'no-store');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/);
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
    }
  });

  it('has one long answer at a time, and forgets who does not wait for it', async (context) => {
    const [gate, isUnderWay] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let [begun, atOnce, most] = [0, 0, 0];
    const check = async () => {
      begun += 1;
      isUnderWay.resolve();
      most = Math.max(most, (atOnce += 1));
      await gate.promise;
      atOnce -= 1;
      return [];
    };
    const url = await serveMadeUpNode(context, [], { check });
    const first = askAdmin(`${url}/v1/checks`);
    await isUnderWay.promise;
    const impatient = request(`${url}/v1/checks`, { agent: false }).on('error', () => undefined);
    impatient.end();
    const page = askAdmin(`${url}/`);
    // What takes no time is answered meanwhile; and once it is, what came before it has been seen too.
    const answered = async () => assert.equal((await askAdmin(`${url}/v1/volumes/nobody`)).status, 404);
    await answered();
    const closed = new Promise((resolve) => impatient.once('close', resolve));
    impatient.destroy();
    await closed;
    await answered();
    gate.resolve();
    assert.deepEqual([(await first).status, (await page).status], [200, 200]);
    assert.deepEqual([begun, most], [1, 1]);
  });

  it('takes no body, and waits for the end of none', async (context) => {
    const bench = await openDriverBench(context);
    const { hostname, port } = new URL(bench.adminUrl);
    for (const length of ['content-length: 1000000000', 'transfer-encoding: chunked']) {
      const socket = connect(Number(port), hostname);
      socket.write(`POST /v1/volumes/x/renew HTTP/1.1\r\nhost: localhost\r\npodcert-admin: 1\r\n${length}\r\n\r\n`);
      let answer = '';
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      await once(socket, 'close');
      assert.match(answer, /^HTTP\/1\.1 413 /);
    }
  });
});
