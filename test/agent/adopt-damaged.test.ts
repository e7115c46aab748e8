import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { PeerDriver } from '../support/peer-driver.ts';

const HALF_OVER = { lifetimeMs: 24 * HOUR_MS, ageMs: 12 * HOUR_MS };

interface Damage {
  readonly name: string;
  /** Done to the volume in its folder; `other` is the folder of another one. */
  readonly harm: (folder: string, other: string) => void;
}

const keyIn = (folder: string) => join(folder, 'data', 'tls.key');
const metadataIn = (folder: string) => join(folder, 'metadata.json');

/** What makes csi-driver's knowledge of a volume useless, while its pod has its files. */
const unknown: readonly Damage[] = [
  { name: 'no metadata', harm: (folder) => rmSync(metadataIn(folder)) },
  { name: 'metadata that ends halfway', harm: (folder) => truncateSync(metadataIn(folder), 100) },
  { name: 'metadata that is empty', harm: (folder) => truncateSync(metadataIn(folder)) },
  { name: 'metadata that is a list', harm: (folder) => writeFileSync(metadataIn(folder), '[]') },
  { name: 'metadata that is a folder', harm: (folder) => (rmSync(metadataIn(folder)), mkdirSync(metadataIn(folder))) },
  { name: 'another volume’s metadata', harm: (folder, other) => cpSync(metadataIn(other), metadataIn(folder)) },
  { name: 'metadata without a target', harm: (folder) => change(folder, 'targetPath', undefined) },
  { name: 'a context that is no map of texts', harm: (folder) => change(folder, 'volumeContext', { 'csi.cert-manager.io/duration': 24 }) },
  { name: 'a group that is a number', harm: (folder) => change(folder, 'volumeMountGroup', 1000) },
];

const refused: Damage = {
  name: 'attributes that this driver refuses',
  harm: (folder) => {
    const { volumeContext } = JSON.parse(readFileSync(metadataIn(folder), 'utf8')) as { volumeContext: object };
    change(folder, 'volumeContext', { ...volumeContext, 'csi.cert-manager.io/renew-before': '-1h' });
  },
};

const unreadable: readonly Damage[] = [
  { name: 'a certificate that cannot be read', harm: (folder) => writeFileSync(join(folder, 'data', 'tls.crt'), 'nonsense') },
  { name: 'no certificate', harm: (folder) => rmSync(join(folder, 'data', 'tls.crt')) },
  { name: 'another volume’s key', harm: (folder, other) => writeFileSync(keyIn(folder), readFileSync(keyIn(other))) },
];

describe('a damaged volume among the live volumes of cert-manager’s csi-driver', () => {
  const bench = agentBench('adopt-damaged');
  const healthy = localCaVolume('healthy', '24h');
  let count = 0;
  let peer: PeerDriver;
  before(async () => {
    const { clock, kubelet, home } = bench;
    peer = new PeerDriver({ dataRoot: home.root, kubelet, authority: await createCertificateAuthority({ clock }), clock });
    await peer.open();
    await peer.publish(healthy, HALF_OVER);
  });

  /** A volume that is damaged before the driver starts, beside one that must not notice. */
  async function damaged(harm: Damage['harm']): Promise<InlineVolume> {
    const volume = localCaVolume(`damaged-${(count += 1)}`, '24h');
    await bench.close();
    await peer.publish(volume, HALF_OVER);
    harm(peer.folderOf(volume), peer.folderOf(healthy));
    const neighbour = bench.read(healthy);
    await bench.start();
    assert.deepEqual(bench.read(healthy), neighbour);
    assert.equal(bench.status(healthy)?.state, 'mounted');
    return volume;
  }

  async function assertGoes(volume: InlineVolume): Promise<void> {
    assert.equal((await bench.passDue(healthy)).kind, 'renewed');
    await bench.unpublish(volume);
    assert.deepEqual(
      bench.traces(volume).filter((trace) => trace.includes(volumeIdOf(volume))),
      [],
    );
    assert.ok(!existsSync(bench.targetPath(volume)));
  }

  const setAside = () => bench.journal.all('volume-set-aside').map((event) => [event.volumeId, event.failure.code]);

  for (const { name, harm } of [...unknown, refused]) {
    it(`with ${name} is set aside with its files, and unpublished (invariants 4, 5 and 7)`, async () => {
      const volume = await damaged(harm);
      assert.equal(bench.status(volume)?.state, 'broken');
      assert.deepEqual(
        setAside().map(([id]) => id),
        [volumeIdOf(volume)],
      );
      assert.ok(!setAside().some(([, code]) => code === 'bug'));
      bench.read(volume);
      await assertGoes(volume);
    });
  }

  for (const { name, harm } of unknown) {
    it(`with ${name} is mended by kubelet’s next publish, for good (invariants 4 and 7)`, async () => {
      const volume = await damaged(harm);
      const { mountId, serial } = bench.read(volume);
      const mended = bench.nextEnd(volume);
      await bench.publish(volume);
      assert.equal((await mended).kind, 'renewed');
      const now = bench.read(volume);
      assert.deepEqual([now.mountId, now.serial === serial], [mountId, false]);
      await bench.start();
      assert.deepEqual([bench.status(volume)?.state, bench.read(volume)], ['mounted', now]);
      await assertGoes(volume);
    });
  }

  for (const { name, harm } of unreadable) {
    it(`with ${name} is renewed when its driver would have (invariant 7)`, async () => {
      const volume = await damaged(harm);
      assert.deepEqual(setAside(), []);
      assert.equal((bench.status(volume)?.renewAt?.getTime() ?? 0) - bench.clock.now().getTime(), 4 * HOUR_MS);
      assert.match(bench.status(volume)?.health.message ?? '', /^The certificate in the volume cannot be read/);
      bench.issuerFailure = new AgentError('issuer-unavailable', 'Nobody is at home');
      assert.equal((await bench.passDue(volume)).kind, 'renewal-failed');
      bench.issuerFailure = undefined;
      assert.match(bench.status(volume)?.health.message ?? '', /^The certificate in the volume cannot be read.*Nobody is at home/);
      assert.equal((await bench.passDue(volume)).kind, 'renewed');
      bench.read(volume);
      await assertGoes(volume);
    });
  }

  it('with an unreadable certificate that is overdue does not wait longer than others', async () => {
    const volume = await damaged((folder) => {
      rmSync(join(folder, 'data', 'tls.crt'));
      change(folder, 'nextIssuanceTime', '0001-01-01T00:00:00Z');
    });
    const delayMs = (bench.status(volume)?.renewAt?.getTime() ?? 0) - bench.clock.now().getTime();
    assert.ok(delayMs >= 0 && delayMs <= 5 * MINUTE_MS);
    await assertGoes(volume);
  });

  it('without any set yet, as with --continue-on-not-ready, gets one at once (invariant 7)', async () => {
    const volume = await damaged((folder) => {
      for (const name of readdirSync(join(folder, 'data'))) rmSync(join(folder, 'data', name), { recursive: true });
    });
    await bench.journal.nth('published', 1);
    bench.read(volume);
    await assertGoes(volume);
  });

  it('whose data is missing is set aside and gets no key written elsewhere (invariants 7 and 8)', async () => {
    const volume = await damaged((folder) => rmSync(join(folder, 'data'), { recursive: true }));
    assert.equal(bench.status(volume)?.state, 'broken');
    const ended = bench.nextEnd(volume);
    await bench.publish(volume);
    assert.equal((await ended).kind, 'renewal-failed');
    assert.deepEqual(readdirSync(peer.folderOf(volume)), ['metadata.json']);
    await assertGoes(volume);
  });

  it('that is bound nowhere is left as it is until it is unpublished (invariants 5 and 7)', async () => {
    const volume = await damaged(() => undefined);
    await bench.close();
    unmount(bench.targetPath(volume));
    await bench.start();
    assert.equal(bench.status(volume), undefined);
    assert.deepEqual(setAside(), [[volumeIdOf(volume), 'state-corrupt']]);
    assert.deepEqual(readdirSync(peer.folderOf(volume)).toSorted(), ['data', 'metadata.json']);
    await assertGoes(volume);
  });

  it('that is bound nowhere and published again becomes one of ours, whose unpublish removes both (invariants 1 and 5)', async () => {
    const volume = await damaged(() => undefined);
    await bench.close();
    unmount(bench.targetPath(volume));
    await bench.start();
    await bench.publish(volume);
    const published = bench.read(volume);
    await bench.start();
    assert.deepEqual(bench.read(volume), published);
    await assertGoes(volume);
  });

  it('that is only a link leads nowhere: every user of the node can make one on that tmpfs (invariant 10)', async () => {
    const link = localCaVolume('link', '24h');
    const path = peer.folderOf(link);
    await bench.close();
    symlinkSync(peer.folderOf(healthy), path);
    await bench.start();
    assert.equal(bench.status(link), undefined);
    assert.deepEqual(setAside(), [[volumeIdOf(link), 'state-corrupt']]);
    await bench.unpublish(link);
    assert.ok(lstatSync(path).isSymbolicLink(), 'somebody else’s to remove');
    bench.read(healthy);
    unlinkSync(path);
  });

  it('that has no volume id as its name stops nobody (invariant 7)', async () => {
    await bench.close();
    const strange = join(bench.home.shared, '.lost+found');
    mkdirSync(strange);
    await bench.start();
    assert.deepEqual(setAside(), [['.lost+found', 'state-corrupt']]);
    assert.equal((await bench.passDue(healthy)).kind, 'renewed');
    rmSync(strange, { recursive: true });
  });
});

/** Sets a field of the metadata, or with `undefined` removes it. */
function change(folder: string, field: string, value: unknown): void {
  const metadata = JSON.parse(readFileSync(metadataIn(folder), 'utf8')) as Record<string, unknown>;
  writeFileSync(metadataIn(folder), JSON.stringify({ ...metadata, [field]: value }));
}
