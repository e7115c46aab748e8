import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { openssl } from '../support/openssl.ts';
import { apply, kubectl } from './cluster-access.ts';
import { DRIVER_NAMESPACE } from './install.ts';
import { ownNamespace } from './namespaces.ts';
import { startPod } from './pods.ts';
import { inPod, readVolume, waitForRenewal } from './volume-files.ts';

const PASSWORD = 'a password of the test';
const FILES = ['keystore.p12', 'truststore.p12', 'tls.der', 'key.der', 'all.pem', 'tls.crt'];

describe('a pod that asks for keystores and other files', () => {
  const namespace = ownNamespace('keystores');
  before(async () => {
    const stringData = { 'keystore-password': PASSWORD };
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keystore', namespace }, stringData });
    await startPod({
      namespace,
      name: 'web',
      publishSecret: 'keystore',
      attributes: {
        // Renewed for the first time 6 to 13 s after it was issued.
        duration: '20s',
        'pkcs12-enable': 'true',
        'podcert.io/pkcs12-password-key': 'keystore-password',
        'podcert.io/truststore-file': 'truststore.p12',
        'podcert.io/combined-file': 'all.pem',
        'podcert.io/der': 'true',
      },
    });
  });

  it('finds them whole and of one certificate, before and after a renewal, by a password from a Secret', async () => {
    await judge(await readFiles(namespace));
    await waitForRenewal(namespace, 'web', await readVolume(namespace, 'web'));
    await judge(await readFiles(namespace));
  });

  it('has its password in no log and no request', async () => {
    const log = await kubectl(['logs', 'daemonset/podcert', `--namespace=${DRIVER_NAMESPACE}`]);
    const requests = await kubectl(['get', 'certificaterequests', `--namespace=${namespace}`, '--output=json']);
    for (const text of [log, requests]) assert.equal(text.includes(PASSWORD), false);
  });
});

/** Files of one generation, by their names. */
async function readFiles(namespace: string): Promise<Readonly<Record<string, Buffer>>> {
  const line = `cd -P /tls/..data && for name in ${FILES.join(' ')}; do base64 $name && echo =====; done`;
  const texts = (await inPod(namespace, 'web', line)).split('=====\n');
  return Object.fromEntries(FILES.map((name, index) => [name, Buffer.from(texts[index] ?? '', 'base64')]));
}

/** Has OpenSSL take the certificate out of each file: it must be the same everywhere, and the key its own. */
async function judge(files: Readonly<Record<string, Buffer>>): Promise<void> {
  const opened = await openssl(['pkcs12', '-in', 'keystore.p12', '-nodes', '-passin', `pass:${PASSWORD}`], files);
  const trusted = await openssl(['pkcs12', '-in', 'truststore.p12', '-nokeys', '-passin', `pass:${PASSWORD}`], files);
  const leaf = await openssl(['x509', '-in', 'tls.der', '-inform', 'DER'], files);
  const key = await openssl(['pkey', '-in', 'key.der', '-inform', 'DER', '-pubout'], files);
  const ownKey = await openssl(['x509', '-in', 'tls.der', '-inform', 'DER', '-noout', '-pubkey'], files);
  for (const { ok, output } of [opened, trusted, leaf, key, ownKey]) assert.ok(ok, output);
  assert.ok(opened.output.includes(leaf.output), 'the keystore has the certificate');
  assert.match(opened.output, /PRIVATE KEY/);
  assert.match(trusted.output, /BEGIN CERTIFICATE/);
  assert.equal(key.output, ownKey.output);
  for (const name of ['all.pem', 'tls.crt']) assert.ok(files[name]?.includes(leaf.output.trim()), name);
  assert.match(String(files['all.pem']), /PRIVATE KEY/);
}
