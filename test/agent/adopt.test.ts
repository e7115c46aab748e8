import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { agentBench } from '../support/agent-bench.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { PeerDriver } from '../support/peer-driver.ts';
import { mountsBelow } from '../support/temporary-folder.ts';
import { wireRequest } from '../support/wire-request.ts';

const DAY_MS = 24 * HOUR_MS;
/** Half over, so due in four hours. */
const HALF_OVER = { lifetimeMs: DAY_MS, ageMs: 12 * HOUR_MS };
const OVERDUE = { lifetimeMs: DAY_MS, ageMs: 20 * HOUR_MS };

describe('the live volumes of cert-manager’s csi-driver', () => {
  const bench = agentBench('adopt');
  let peer: PeerDriver;
  before(async () => {
    const { clock, kubelet, home } = bench;
    peer = new PeerDriver({ dataRoot: home.root, kubelet, authority: await createCertificateAuthority({ clock }), clock });
    await peer.open();
  });

  const metadataOf = (volume: InlineVolume) =>
    JSON.parse(readFileSync(join(peer.folderOf(volume), 'metadata.json'), 'utf8')) as Record<string, unknown>;
  const tracesOf = (volume: InlineVolume) => bench.traces(volume).filter((trace) => trace.includes(volumeIdOf(volume)));

  it('are taken up, renewed when their certificates are due, and unpublished, without a trace (invariants 2, 4, 5 and 6)', async () => {
    const volumes = volumesOf('all');
    for (const volume of volumes) await peer.publish(volume, HALF_OVER);
    const found = volumes.map((volume) => bench.read(volume));
    await bench.start();
    assert.deepEqual(bench.journal.all('volume-set-aside'), []);
    assert.equal(bench.journal.all('volume-adopted').length, volumes.length);
    for (const volume of volumes) {
      const dueMs = (bench.status(volume)?.renewAt?.getTime() ?? 0) - bench.clock.now().getTime();
      assert.equal(dueMs, 4 * HOUR_MS);
      assert.equal(Date.parse(String(metadataOf(volume)['nextIssuanceTime'])), bench.status(volume)?.renewAt?.getTime());
    }
    await bench.clock.advance(4 * HOUR_MS);
    await bench.journal.nth('renewed', volumes.length);
    for (const [index, volume] of volumes.entries()) {
      const now = bench.read(volume);
      const { mountId, root, serial } = found[index]!;
      assert.deepEqual([now.mountId, now.root, now.set], [mountId, root, '..1'], 'renewed in the same bind');
      assert.notEqual(now.serial, serial);
      assert.equal(Date.parse(String(metadataOf(volume)['nextIssuanceTime'])), bench.status(volume)?.renewAt?.getTime());
    }
    for (const volume of volumes) {
      await bench.unpublish(volume);
      assert.deepEqual(tracesOf(volume), []);
    }
    assert.ok(mountsBelow(bench.home.root).includes(bench.home.shared), 'the tmpfs that others may need is never unmounted');
  });

  it('are left as they are by a second start, before and after a renewal (invariants 4 and 6)', async () => {
    const [volume] = volumesOf('again', 1) as [InlineVolume];
    await peer.publish(volume, HALF_OVER);
    const found = bench.read(volume);
    await bench.start();
    await bench.start();
    assert.deepEqual(bench.read(volume), found);
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    const renewed = bench.read(volume);
    const { renewAt } = bench.status(volume)!;
    await bench.start();
    assert.deepEqual([bench.read(volume), bench.status(volume)?.renewAt], [renewed, renewAt]);
    await bench.unpublish(volume);
  });

  it('keep the set before for as long as readers may hold it, then lose it (invariant 2)', async () => {
    const [volume] = volumesOf('sets', 1) as [InlineVolume];
    await peer.publish(volume, HALF_OVER);
    const old = bench.read(volume).set;
    await bench.start();
    await bench.passDue(volume);
    const { directory } = bench.home.adopted(bench.status(volume)!.volumeId);
    assert.ok(readdirSync(directory).includes(old));
    await bench.passDue(volume);
    await bench.passDue(volume);
    assert.deepEqual(readdirSync(directory).toSorted(), ['..2', '..3', '..data', 'ca.crt', 'keystore.p12', 'tls.crt', 'tls.key']);
    const { mode, gid } = statSync(join(directory, '..data', 'tls.key'));
    assert.deepEqual([mode & 0o777, gid], [0o440, 0]);
    await bench.unpublish(volume);
  });

  it('that are overdue are not renewed all at once, and issue nothing at the start (invariant 6)', async () => {
    const volumes = volumesOf('overdue');
    for (const volume of volumes) await peer.publish(volume, OVERDUE);
    await bench.start();
    const now = bench.clock.now().getTime();
    const delaysMs = volumes.map((volume) => (bench.status(volume)?.renewAt?.getTime() ?? 0) - now);
    assert.ok(delaysMs.every((delayMs) => delayMs >= 0 && delayMs <= 5 * MINUTE_MS));
    assert.ok(new Set(delaysMs.map((delayMs) => Math.floor(delayMs / MINUTE_MS))).size >= 3, String(delaysMs));
    assert.equal(bench.journal.all('renewed').length, 0);
    await bench.clock.advance(5 * MINUTE_MS);
    await bench.journal.nth('renewed', volumes.length);
    for (const volume of volumes) await bench.unpublish(volume);
  });

  it('take kubelet’s republish as the same, whatever their driver did not store of the first (invariant 4)', async () => {
    const [volume] = volumesOf('republish', 1) as [InlineVolume];
    await peer.publish(volume, HALF_OVER);
    const found = bench.read(volume);
    await bench.start();
    await bench.publish(volume);
    await bench.agent.publish({ ...wireRequest(bench.kubelet, volume), fsType: 'tmpfs' }, new AbortController().signal);
    assert.deepEqual(bench.read(volume), found);
    const other = { ...volume, attributes: { ...volume.attributes, 'csi.cert-manager.io/duration': '1h' } };
    await assert.rejects(bench.publish(other), { code: 'volume-differs' });
    await bench.unpublish(volume);
  });

  it('that reuse their key keep the one that the pod has', async () => {
    const [plain] = volumesOf('reuse', 1) as [InlineVolume];
    const volume = { ...plain, attributes: { ...plain.attributes, 'csi.cert-manager.io/reuse-private-key': 'true' } };
    await peer.publish(volume, HALF_OVER);
    const keyPath = join(bench.targetPath(volume), 'tls.key');
    const key = readFileSync(keyPath, 'utf8');
    await bench.start();
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    assert.equal(readFileSync(keyPath, 'utf8'), key);
    await bench.unpublish(volume);
  });

  it('whose stored context has a token lose it with the first renewal, and it is written nowhere (invariant 8)', async () => {
    const [volume] = volumesOf('token', 1) as [InlineVolume];
    await peer.publish(volume, HALF_OVER, '{"":{"token":"secret-token"}}');
    await bench.start();
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    assert.ok(!JSON.stringify(metadataOf(volume)).includes('secret-token'));
    assert.deepEqual(metadataOf(volume)['volumeID'], volumeIdOf(volume));
    assert.equal(statSync(join(peer.folderOf(volume), 'metadata.json')).mode & 0o777, 0o600);
    await bench.unpublish(volume);
  });

  it('can go back to their driver and come again: what it wrote meanwhile is what counts (invariants 2 and 4)', async () => {
    const [volume] = volumesOf('back', 1) as [InlineVolume];
    await peer.publish(volume, HALF_OVER);
    await bench.start();
    await bench.passDue(volume);
    await bench.close();
    await peer.renew(volume, { lifetimeMs: DAY_MS, ageMs: 0 });
    const found = bench.read(volume);
    await bench.start();
    assert.deepEqual(bench.read(volume), found);
    assert.equal((bench.status(volume)?.renewAt?.getTime() ?? 0) - bench.clock.now().getTime(), 16 * HOUR_MS);
    assert.equal((await bench.passDue(volume)).kind, 'renewed');
    assert.match(readlinkSync(join(bench.targetPath(volume), '..data')), /^\.\.\d+$/);
    await bench.unpublish(volume);
    assert.deepEqual(tracesOf(volume), []);
  });

  it('live beside new ones, which get a tmpfs of their own', async () => {
    const [old, young] = volumesOf('beside', 2) as [InlineVolume, InlineVolume];
    await peer.publish(old, HALF_OVER);
    await bench.start();
    await bench.publish(young);
    assert.notEqual(bench.read(old).root.split(':')[0], bench.read(young).root.split(':')[0]);
    for (const volume of [old, young]) {
      await bench.unpublish(volume);
      assert.deepEqual(tracesOf(volume), []);
    }
  });
});

function volumesOf(name: string, count = 20): InlineVolume[] {
  return Array.from({ length: count }, (_, index) => localCaVolume(`${name}-${index}`, '24h'));
}
