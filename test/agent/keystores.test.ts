import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { openssl } from '../support/openssl.ts';

const PASSWORD = 'csi.cert-manager.io/pkcs12-password';

/** A volume whose password is in its attributes, or in the Secret of `nodePublishSecretRef`. */
function volumeOf(place: 'attribute' | 'secret', pod: string, password: string): InlineVolume {
  const volume = localCaVolume(pod, '3h');
  const { [PASSWORD]: _, ...others } = volume.attributes;
  const attributes = { ...others, 'podcert.io/truststore-file': 'truststore.p12' };
  if (place === 'attribute') return { ...volume, attributes: { ...attributes, [PASSWORD]: password } };
  return {
    ...volume,
    attributes: { ...attributes, 'podcert.io/pkcs12-password-key': 'p' },
    secrets: { p: password, other: 'unasked-for' },
  };
}

describe('a volume with keystores', () => {
  const bench = agentBench('keystores');

  before(() => bench.start());

  /** Key and certificate out of the keystore, and the CA out of the truststore; they must be those of the other files. */
  async function assertOpens(volume: InlineVolume, password: string): Promise<void> {
    const read = (name: string) => readFileSync(join(bench.targetPath(volume), name));
    for (const [name, beside] of [
      ['keystore.p12', 'tls.crt'],
      ['truststore.p12', 'ca.crt'],
    ] as const) {
      const { ok, output } = await openssl(['pkcs12', '-in', name, '-passin', `pass:${password}`, '-noenc'], { [name]: read(name) });
      assert.ok(ok, output);
      const certificate = new X509Certificate(output.slice(output.indexOf('-----BEGIN CERTIFICATE')));
      assert.equal(certificate.fingerprint256, new X509Certificate(read(beside)).fingerprint256);
    }
  }

  for (const place of ['attribute', 'secret'] as const) {
    it(`has its password, by ${place}, for renewals after a restart too, in a file of its own (invariants 6 and 8)`, async () => {
      const volume = volumeOf(place, `renewed-${place}`, 'hunter2');
      await bench.publish(volume);
      await assertOpens(volume, 'hunter2');
      const { record, secrets } = bench.homeOf(volume);
      assert.doesNotMatch(readFileSync(record, 'utf8'), /hunter2|unasked-for/);
      assert.equal(statSync(secrets).mode & 0o7777, 0o600);
      assert.doesNotMatch(readFileSync(secrets, 'utf8'), /unasked-for/);

      await bench.start();
      assert.equal(bench.status(volume)?.state, 'mounted');
      assert.equal((await bench.passDue(volume)).kind, 'renewed');
      await assertOpens(volume, 'hunter2');
      await bench.publish(volume);
      await bench.unpublish(volume);
      assert.ok(!existsSync(secrets));
    });
  }

  for (const restarted of [false, true]) {
    it(`is another one with another password in its attributes, ${restarted ? 'after' : 'without'} a restart (invariant 3)`, async () => {
      const volume = volumeOf('attribute', `other-${restarted}`, 'hunter2');
      await bench.publish(volume);
      if (restarted) await bench.start();
      await assert.rejects(bench.publish(volumeOf('attribute', `other-${restarted}`, 'hunter3')), { code: 'volume-differs' });
      await bench.publish(volume);
      await bench.unpublish(volume);
    });
  }

  it('keeps the password it has where the Secret has changed since (invariant 4)', async () => {
    const volume = volumeOf('secret', 'changed', 'hunter2');
    await bench.publish(volume);
    await bench.publish({ ...volume, secrets: { p: 'hunter3' } });
    await bench.publish({ ...volume, secrets: {} });
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    await assertOpens(volume, 'hunter2');
    await bench.unpublish(volume);
  });

  it('takes a new password when it is mended (invariant 7)', async () => {
    const volume = volumeOf('secret', 'mended', 'hunter2');
    await bench.publish(volume);
    await bench.close();
    await bench.disk.disk.removeFile(bench.homeOf(volume).secrets);
    await bench.start();
    assert.equal(bench.status(volume)?.state, 'broken');
    const mended = bench.nextEnd(volume);
    await bench.publish({ ...volume, secrets: { p: 'hunter3' } });
    assert.equal((await mended).kind, 'renewed');
    await assertOpens(volume, 'hunter3');
    await bench.unpublish(volume);
  });

  it('has no file of secrets where there is no keystore', async () => {
    const volume = localCaVolume('plain', '3h');
    const attributes = Object.fromEntries(Object.entries(volume.attributes).filter(([name]) => !name.includes('pkcs12')));
    await bench.publish({ ...volume, attributes });
    assert.ok(!existsSync(bench.homeOf(volume).secrets));
    await bench.start();
    assert.equal(bench.status(volume)?.state, 'mounted');
    await bench.unpublish(volume);
  });
});
