import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { volumeIdOf, type InlineVolume } from '../../../demo/kubelet.ts';
import type { NodeAnswer, RenewalAnswer, VolumeAnswer } from '../../../driver/admin/answers.ts';
import type { Issuer } from '../../../node-agent/ports.ts';
import { askAdmin, askJson, RENEW } from '../../support/admin-client.ts';
import { openDriverBench } from '../../support/driver-bench.ts';
import type { DriverBench } from '../../support/driver-bench.ts';
import { failingWhile } from '../../support/failing-issuer.ts';
import { openssl } from '../../support/openssl.ts';
import { readPodFolder } from '../../support/pod-folder.ts';

const readSummary = (bench: DriverBench, volume: InlineVolume) =>
  askJson<VolumeAnswer>(`${bench.adminUrl}/v1/volumes/${volumeIdOf(volume)}`);
const renewUrl = (bench: DriverBench, volumeId: string) => `${bench.adminUrl}/v1/volumes/${volumeId}/renew`;

describe('GET /v1/volumes', () => {
  it('says what there is: nothing at first, then each volume as it is, and nothing of one that is gone', async (context) => {
    const bench = await openDriverBench(context);
    const list = () => askJson<NodeAnswer>(`${bench.adminUrl}/v1/volumes`);
    const empty = await list();
    assert.deepEqual(empty.volumes, []);
    assert.equal(empty.nowAt, bench.clock.now().toISOString());
    assert.match(empty.driver.nodeId, /^node-/);
    const web = bench.volume('web', { 'ip-sans': '10.0.0.1,2001:db8::7', 'uri-sans': 'spiffe://example/web' });
    await bench.kubelet.publish(web);
    const { renewAt, notAfterAt } = await bench.journal.nth('published', 1);
    const { volumes } = await list();
    assert.deepEqual(volumes, [
      {
        volumeId: volumeIdOf(web),
        volume: 'tls',
        state: 'mounted',
        health: { kind: 'healthy', message: `The certificate is good until ${notAfterAt.toISOString()}` },
        pod: web.pod,
        issuer: { name: 'ca', kind: 'LocalCA', group: 'podcert.io' },
        names: ['DNS:web.example', 'IP:10.0.0.1', 'IP:2001:db8::7', 'URI:spiffe://example/web'],
        receivedAt: bench.clock.now().toISOString(),
        notAfterAt: notAfterAt.toISOString(),
        renewAt: renewAt.toISOString(),
        generation: 1,
      },
    ]);
    await bench.kubelet.unpublish(web);
    assert.deepEqual((await list()).volumes, []);
  });

  it('says why one that waits has no certificate, and the names that it asked for', async (context) => {
    const bench = await openDriverBench(context, { cluster: { decide: () => ({ kind: 'ignore' }) }, localCa: 'none' });
    const web = bench.volume('web');
    const publish = bench.kubelet.publish(web).catch((error: unknown) => error);
    await bench.journal.nth('waiting', 1);
    const { volumes } = await askJson<NodeAnswer>(`${bench.adminUrl}/v1/volumes`);
    assert.equal(volumes[0]?.state, 'issuing');
    assert.deepEqual(volumes[0].names, ['DNS:web.example']);
    assert.notEqual(volumes[0].waiting?.reason ?? '', '');
    assert.equal(volumes[0].notAfterAt, undefined);
    const refused = await askAdmin(renewUrl(bench, volumeIdOf(web)), RENEW);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /has no certificate to renew: it is issuing/);
    await bench.kubelet.unpublish(web);
    await publish;
  });
});

describe('GET /v1/volumes/<id>', () => {
  it('tells of files and chain what the pod has and OpenSSL reads, and nothing that is in them', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web', {
      duration: '24h',
      'common-name': 'a+b, "c"',
      'podcert.io/combined-file': 'all.pem',
      'podcert.io/file-mode': '0444',
    });
    await bench.kubelet.publish(web);
    const answer = await readSummary(bench, web);
    const folder = bench.kubelet.targetPath(web);
    assert.equal(answer.targetPath, folder);
    assert.deepEqual(
      answer.files,
      ['all.pem', 'ca.crt', 'tls.crt', 'tls.key'].map((name) => {
        const { size, mode } = statSync(join(folder, name));
        return { name, sizeBytes: size, mode: `0${(mode & 0o777).toString(8)}` };
      }),
    );
    assert.deepEqual(
      answer.files.map(({ mode }) => mode),
      ['0440', '0444', '0444', '0440'],
    );
    const leaf = new X509Certificate(readFileSync(join(folder, 'tls.crt')));
    const [said] = answer.chain;
    assert.deepEqual(said?.names, ['DNS:web.example']);
    assert.equal(said.key, 'ECDSA P-256');
    assert.equal(said.fingerprint, leaf.fingerprint256.replaceAll(':', '').toLowerCase());
    const { output } = await openssl([
      'x509',
      '-noout',
      '-subject',
      '-issuer',
      '-serial',
      '-nameopt',
      'RFC2253',
      '-in',
      join(folder, 'tls.crt'),
    ]);
    assert.equal(output, `subject=${said.subject}\nissuer=${said.issuer}\nserial=${said.serial.toUpperCase()}\n`);
    assert.deepEqual(
      answer.history.map(({ kind, isTrouble }) => [kind, isTrouble]),
      [['published', false]],
    );
    assert.match(answer.history[0]?.message ?? '', /^Certificate published: serial [0-9a-f]+$/);
  });

  it('is 404 for a volume that nobody knows, whatever it is called', async (context) => {
    const bench = await openDriverBench(context);
    for (const name of ['nobody', '..%2f..%2fetc', '%00', 'a%22b', 'x'.repeat(5_000)]) {
      const { status, text } = await askAdmin(`${bench.adminUrl}/v1/volumes/${name}`);
      assert.equal(status, 404);
      assert.match((JSON.parse(text) as { readonly error: string }).error, /^There is no volume ".{1,140}" on this node$/);
    }
    assert.equal((await askAdmin(renewUrl(bench, 'nobody'), RENEW)).status, 404);
  });
});

describe('a renewal that is asked for', () => {
  for (const reuse of ['true', 'false']) {
    it(`comes at once, with a new key where the pod has reuse-private-key "${reuse}", and only that one`, async (context) => {
      const bench = await openDriverBench(context);
      const web = bench.volume('web', { duration: '1h', 'reuse-private-key': reuse });
      await bench.kubelet.publish(web);
      const before = await readPodFolder(bench.kubelet.targetPath(web));
      const asked = await askAdmin(renewUrl(bench, volumeIdOf(web)), RENEW);
      assert.equal(asked.status, 202);
      const { receivedAt, ...answer } = JSON.parse(asked.text) as RenewalAnswer;
      assert.deepEqual(answer, { volumeId: volumeIdOf(web), generation: 1, failures: 0 });
      assert.equal(receivedAt, bench.clock.now().toISOString());
      const { renewAt } = await bench.journal.nth('renewed', 1);
      const after = await readPodFolder(bench.kubelet.targetPath(web));
      assert.notEqual(after.keyPem, before.keyPem);
      assert.equal(after.isPair, true);
      const { volumes } = await askJson<NodeAnswer>(`${bench.adminUrl}/v1/volumes`);
      assert.equal(volumes[0]?.generation, 2);
      await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
      await bench.journal.nth('renewed', 2);
      const later = await readPodFolder(bench.kubelet.targetPath(web));
      assert.equal(later.keyPem === after.keyPem, reuse === 'true');
    });
  }

  it('leaves the files while it fails, and has a new key when it comes (invariant 4)', async (context) => {
    let isDown = false;
    const bench = await openDriverBench(context, { localCa: failingWhile(() => isDown) });
    const web = bench.volume('web', { duration: '6h', 'reuse-private-key': 'true' });
    await bench.kubelet.publish(web);
    const before = await readPodFolder(bench.kubelet.targetPath(web));
    isDown = true;
    await askAdmin(renewUrl(bench, volumeIdOf(web)), RENEW);
    const { retryAt } = await bench.journal.nth('renewal-failed', 1);
    assert.deepEqual(await readPodFolder(bench.kubelet.targetPath(web)), before);
    const { failing: trouble, history } = await readSummary(bench, web);
    assert.deepEqual(trouble?.failure, { code: 'issuer-unavailable', message: 'The issuer is down' });
    const last = history.at(-1);
    assert.deepEqual([last?.kind, last?.isTrouble], ['renewal-failed', true]);
    assert.match(last?.message ?? '', /^Renewal failed and will be tried again; the old certificate stays: The issuer is down$/);
    isDown = false;
    await bench.clock.advance(retryAt.getTime() - bench.clock.now().getTime());
    await bench.journal.nth('renewed', 1);
    assert.notEqual((await readPodFolder(bench.kubelet.targetPath(web))).keyPem, before.keyPem);
  });

  it('is made once more where the one under way has the old key', async (context) => {
    const gate = Promise.withResolvers<void>();
    let orders = 0;
    const slow = (localCa: Issuer): Issuer => ({
      ...localCa,
      async issue(...order) {
        if ((orders += 1) === 2) await gate.promise;
        return localCa.issue(...order);
      },
    });
    const bench = await openDriverBench(context, { localCa: slow, release: gate.resolve });
    const web = bench.volume('web', { duration: '6h', 'reuse-private-key': 'true' });
    await bench.kubelet.publish(web);
    const before = await readPodFolder(bench.kubelet.targetPath(web));
    const { renewAt } = await bench.journal.nth('published', 1);
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    assert.equal((await askAdmin(renewUrl(bench, volumeIdOf(web)), RENEW)).status, 202);
    gate.resolve();
    await bench.journal.nth('renewed', 1);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).keyPem, before.keyPem);
    assert.equal((await readSummary(bench, web)).isNewKeyAwaited, true);
    await bench.clock.advance(0);
    await bench.journal.nth('renewed', 2);
    assert.notEqual((await readPodFolder(bench.kubelet.targetPath(web))).keyPem, before.keyPem);
    assert.equal((await readSummary(bench, web)).isNewKeyAwaited, undefined);
    assert.equal(orders, 3);
  });
});
