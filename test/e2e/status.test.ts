import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ChecksAnswer, NodeAnswer, RenewalAnswer, VolumeAnswer } from '../../driver/admin/answers.ts';
import { askAdmin, askJson, RENEW } from '../support/admin-client.ts';
import { kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import { ADMIN_PORT, forwardAdmin, type Forwarded } from './port-forward.ts';
import { inPod, readVolume, waitForRenewal } from './volume-files.ts';

describe('the admin listener of a node', () => {
  const namespace = ownNamespace('status');
  let forwarded: Forwarded;
  before(async () => {
    await startPod({ namespace, name: 'web', attributes: { duration: '24h', 'reuse-private-key': 'true' } });
    forwarded = await forwardAdmin();
  });
  after(() => forwarded?.stop());

  const fromPod = (port: number, path: string) =>
    inPod(namespace, 'web', `printf 'GET ${path} HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' | nc -w 5 ${forwarded.podIp} ${port}`);
  const proxied = (port: number, path: string) =>
    kubectl(['get', `--raw=/api/v1/namespaces/${DRIVER_NAMESPACE}/pods/${forwarded.podName}:${port}/proxy${path}`]);

  it('is reached by kubectl port-forward, shows a pod’s volume, and renews it by a new key', async () => {
    const old = await readVolume(namespace, 'web');
    const { volumes } = await askJson<NodeAnswer>(`${forwarded.url}/v1/volumes`);
    const { volumeId, names } = volumes.find(({ pod }) => pod?.namespace === namespace) ?? assert.fail('no volume');
    assert.deepEqual(names, ['DNS:web']);
    const url = `${forwarded.url}/v1/volumes/${volumeId}`;
    const { chain, files } = await askJson<VolumeAnswer>(url);
    assert.equal(chain[0]?.fingerprint, old.leaf.fingerprint256.replaceAll(':', '').toLowerCase());
    assert.deepEqual(
      files.map(({ name, mode }) => [name, mode]),
      ['ca.crt', 'tls.crt', 'tls.key'].map((name) => [name, '0440']),
    );
    const { receivedAt, ...asked } = await askJson<RenewalAnswer>(`${url}/renew`, RENEW);
    assert.deepEqual(asked, { volumeId, generation: 1, failures: 0 });
    const renewed = await waitForRenewal(namespace, 'web', old);
    assert.notEqual(renewed.keyPem, old.keyPem);
    const { generation, history, receivedAt: renewedAt = '' } = await askJson<VolumeAnswer>(url);
    assert.equal(generation, 2);
    assert.ok(renewedAt > receivedAt);
    assert.deepEqual(
      history.map(({ kind }) => kind),
      ['published', 'renewed'],
    );
    const page = await askAdmin(`${forwarded.url}/`);
    assert.match(page.headers['content-type'] ?? '', /^text\/html/);
    assert.ok(page.text.includes(`${namespace}/web`));
  });

  it('finds nothing wrong with a node on which nothing is', async () => {
    const { checks } = await askJson<ChecksAnswer>(`${forwarded.url}/v1/checks`);
    const names = ['registration', 'mount-propagation', 'data-root', 'api', 'watch', 'clock', 'requests', 'keys'];
    for (const name of names) {
      const check = checks.find((check) => check.name === name);
      assert.equal(check?.outcome, 'ok', `${name}: ${check?.finding}`);
    }
    assert.deepEqual(
      checks.filter(({ outcome }) => outcome === 'failed'),
      [],
    );
  });

  it('is reached neither at the pod’s IP nor by the API server’s proxy, where health and metrics are', async () => {
    // Answered at once: nc tells that it has said all, and Node.js takes that for the end.
    assert.match(await fromPod(9403, '/readyz'), /\nok\n$/);
    await assert.rejects(fromPod(ADMIN_PORT, '/v1/volumes'), /refused/i);
    assert.match(await proxied(9402, '/metrics'), /podcert_volumes/);
    await assert.rejects(proxied(ADMIN_PORT, '/v1/volumes'), /refused|ServiceUnavailable|unable to/i);
  });
});
