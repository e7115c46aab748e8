import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { describe, it } from 'node:test';
import { openssl } from '../support/openssl.ts';
import { apply, getJson, kubectl } from './cluster-access.ts';
import { requestsIn } from './certificate-requests.ts';
import { caIssuer, waitUntilIssuerIsReady } from './issuers.ts';
import { ownNamespace } from './namespaces.ts';
import { deletePods, eventsOf, createPods, startPod } from './pods.ts';
import { readVolume } from './volume-files.ts';
import { waitFor } from './wait.ts';

describe('a pod of a cluster with cert-manager', () => {
  const namespace = ownNamespace('issuing');

  it('gets its key, its certificate and the CA, by a chain that OpenSSL follows to a self-signed root', async () => {
    const pod = await startPod({ namespace, name: 'web', attributes: { 'key-usages': 'digital signature,server auth', duration: '24h' } });
    const { keyPem, chainPem, caPem, leaf } = await readVolume(namespace, 'web');
    assert.equal(leaf.checkPrivateKey(createPrivateKey(keyPem)), true);
    const verdict = await openssl(
      [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslserver',
        '-verify_hostname',
        'web',
        '-CAfile',
        'ca.pem',
        '-untrusted',
        'chain.pem',
        'chain.pem',
      ],
      { 'ca.pem': caPem, 'chain.pem': chainPem },
    );
    assert.equal(verdict.ok, true, verdict.output);
    const [request, ...others] = await requestsIn(namespace);
    assert.deepEqual(others, []);
    assert.equal(request?.spec.username, 'system:serviceaccount:podcert-system:podcert');
    assert.deepEqual(request.metadata.ownerReferences, [{ apiVersion: 'v1', kind: 'Pod', name: 'web', uid: pod.metadata.uid }]);
  });

  it('loses the finished request with the pod', async () => {
    await deletePods(namespace, 'web');
    await waitFor('the garbage collector', namespace, 60_000, async () => (await requestsIn(namespace)).length === 0 || undefined);
  });

  it('finds every variable in its names', async () => {
    await apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'shop', namespace } });
    const pod = await startPod({
      namespace,
      name: 'variables',
      serviceAccountName: 'shop',
      attributes: {
        'common-name': '$POD_NAME.${POD_NAMESPACE}',
        'dns-names': '${POD_NAME}.$POD_NAMESPACE.svc, $SERVICE_ACCOUNT_NAME.example',
        'uri-sans': 'spiffe://cluster.local/ns/${POD_NAMESPACE}/sa/${SERVICE_ACCOUNT_NAME}, urn:uuid:$POD_UID',
        organizations: '$SERVICE_ACCOUNT_NAME',
      },
    });
    const { leaf } = await readVolume(namespace, 'variables');
    assert.equal(leaf.subject, `O=shop\nCN=variables.${namespace}`);
    assert.deepEqual(leaf.subjectAltName?.split(', '), [
      `DNS:variables.${namespace}.svc`,
      'DNS:shop.example',
      `URI:spiffe://cluster.local/ns/${namespace}/sa/shop`,
      `URI:urn:uuid:${pod.metadata.uid}`,
    ]);
  });

  it('gets a literal subject in the order that X.509 writes it', async () => {
    const subject = String.raw`CN=$POD_NAME,OU=web+L=Bonn,O=Example\, Inc.,C=DE`;
    await startPod({ namespace, name: 'literal', attributes: { 'literal-subject': subject } });
    const { leaf, chainPem } = await readVolume(namespace, 'literal');
    const { output } = await openssl(['x509', '-in', 'leaf.pem', '-noout', '-subject', '-nameopt', 'RFC2253'], { 'leaf.pem': chainPem });
    assert.match(output, /^subject=CN=literal,(OU=web\+L=Bonn|L=Bonn\+OU=web),O=Example\\, Inc\.,C=DE\n$/);
    assert.match(leaf.subject, /^C=DE\n/);
  });

  for (const [algorithm, attributes] of [
    ['rsa', { 'key-algorithm': 'RSA' }],
    ['ed25519', { 'key-algorithm': 'Ed25519' }],
  ] as const) {
    it(`gets a key of the algorithm ${algorithm}`, async () => {
      await startPod({ namespace, name: algorithm, attributes });
      const { keyPem, leaf } = await readVolume(namespace, algorithm);
      assert.equal(createPrivateKey(keyPem).asymmetricKeyType, algorithm);
      assert.equal(leaf.checkPrivateKey(createPrivateKey(keyPem)), true);
    });
  }

  it('gets its certificate from a ClusterIssuer', async (context) => {
    // cert-manager looks for the Secrets of ClusterIssuers in its own namespace.
    const { data } = await getJson<{ data: object }>(['secret', 'ca', `--namespace=${namespace}`]);
    await apply({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/tls',
      metadata: { name: namespace, namespace: 'cert-manager' },
      data,
    });
    context.after(() => kubectl(['delete', `secret/${namespace}`, '--namespace=cert-manager']));
    await apply(caIssuer('ClusterIssuer', { name: namespace }, namespace));
    context.after(() => kubectl(['delete', `clusterissuer/${namespace}`]));
    await waitUntilIssuerIsReady(`clusterissuer/${namespace}`);
    await startPod({ namespace, name: 'cluster-wide', attributes: { 'issuer-kind': 'ClusterIssuer', 'issuer-name': namespace } });
    const { leaf, caPem } = await readVolume(namespace, 'cluster-wide');
    const verdict = await openssl(['verify', '-CAfile', 'ca.pem', 'leaf.pem'], { 'ca.pem': caPem, 'leaf.pem': leaf.toString() });
    assert.equal(verdict.ok, true, verdict.output);
  });

  it('waits with all problems of its attributes in one event', async () => {
    await createPods({ namespace, name: 'wrong', attributes: { duration: '90d', 'dns-name': 'x' } });
    const message = await waitFor('the event', namespace, 60_000, async () =>
      (await eventsOf(namespace, 'wrong')).find((text) => text.includes('is not a Go duration')),
    );
    assert.match(message, /write "csi\.cert-manager\.io\/dns-names", the nearest/);
    await deletePods(namespace, 'wrong');
  });
});
