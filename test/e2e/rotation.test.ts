import assert from 'node:assert/strict';
import { createPrivateKey } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { ownNamespace } from './namespaces.ts';
import { startPods } from './pods.ts';
import { inPod, readVolume, waitForRenewal } from './volume-files.ts';

/** Renewed for the first time 6 to 13 s after it was issued. */
const duration = '20s';
const FACTS = 'id -u; for name in tls.key tls.crt ca.crt; do stat -L -c "%a %u:%g" /tls/$name; done';
/** Reads the key as a user that the file of users names. */
const READ_AS = (user: string) => `su ${user} -c "cat /tls/tls.key"`;
/** Reads the key as root and as that user, both of the generation that is there as it begins: a renewal may come between the two. */
const READ_TWICE = (user: string) =>
  `set=$(readlink -f /tls/..data) && cat $set/tls.key && echo "=== end" && su ${user} -c "cat $set/tls.key"`;
const USERS = ['member:x:1000:2000::/:/bin/sh', 'stranger:x:1001:1001::/:/bin/sh'];

describe('a running pod', () => {
  const namespace = ownNamespace('rotation');
  before(() =>
    startPods(
      { namespace, name: 'user', attributes: { duration }, securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 } },
      { namespace, name: 'reuse', attributes: { duration, 'reuse-private-key': 'true' } },
      { namespace, name: 'group', attributes: { duration, 'fs-group': '2000' } },
    ),
  );

  it('reads its files by fsGroup as a user who is not root, before and after a renewal', async () => {
    const expected = ['1000', '440 0:2000', '440 0:2000', '440 0:2000', ''].join('\n');
    assert.equal(await inPod(namespace, 'user', FACTS), expected);
    await waitForRenewal(namespace, 'user', await readVolume(namespace, 'user'));
    assert.equal(await inPod(namespace, 'user', FACTS), expected);
  });

  it('lets its group read the key, and no other user, before and after a renewal', async () => {
    for (const user of USERS) await inPod(namespace, 'group', `echo ${user} >>/etc/passwd`);
    const judge = async () => {
      await assert.rejects(inPod(namespace, 'group', READ_AS('stranger')), /Permission denied/);
      const [byRoot = '', byMember] = (await inPod(namespace, 'group', READ_TWICE('member'))).split('=== end\n');
      assert.match(byRoot, /PRIVATE KEY/);
      assert.equal(byMember, byRoot);
      assert.match(await inPod(namespace, 'group', READ_AS('member')), /PRIVATE KEY/);
    };
    const old = await readVolume(namespace, 'group');
    await judge();
    await waitForRenewal(namespace, 'group', old);
    await judge();
  });

  it('cannot write into its volume', async () => {
    await assert.rejects(inPod(namespace, 'reuse', 'echo x > /tls/file'), /Read-only file system/);
    await assert.rejects(inPod(namespace, 'reuse', 'rm /tls/tls.key'), /Read-only file system/);
  });

  it('has a new key after each renewal', async () => {
    const old = await readVolume(namespace, 'user');
    const renewed = await waitForRenewal(namespace, 'user', old);
    assert.notEqual(renewed.keyPem, old.keyPem);
    assert.equal(renewed.leaf.checkPrivateKey(createPrivateKey(renewed.keyPem)), true);
  });

  it('keeps its key where it asks for that, with a new certificate each time', async () => {
    const old = await readVolume(namespace, 'reuse');
    const renewed = await waitForRenewal(namespace, 'reuse', old);
    assert.equal(renewed.keyPem, old.keyPem);
    assert.equal(renewed.leaf.checkPrivateKey(createPrivateKey(renewed.keyPem)), true);
  });
});
