import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import type { VolumeHome } from '../../node-agent/volume/home.ts';
import { agentBench } from '../support/agent-bench.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { PeerDriver } from '../support/peer-driver.ts';
import { treeOf } from '../support/volume-facts.ts';
import { makeVictim } from './victim.ts';

const isRealRoot = /^\s+0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'utf8'));
/** A user of the node, of whom only root can make the files. */
const asUser = { skip: isRealRoot ? false : 'only root outside a user namespace can give files away' };
const USER = 1000;

function makePipe(path: string): void {
  rmSync(path, { recursive: true, force: true });
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
}

function replaceByLink(path: string, target: string): void {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(target, path);
}

describe('links and pipes among the files of a volume', { timeout: 240_000 }, () => {
  const bench = agentBench('data-root-links');
  const healthy = localCaVolume('healthy', '24h');
  let victim: ReturnType<typeof makeVictim>;
  let count = 0;
  before(async () => {
    await bench.start();
    await bench.publish(healthy);
    victim = makeVictim(dirname(bench.home.root), 'data-root');
  });

  const places: readonly { readonly name: string; readonly of: (home: VolumeHome) => string }[] = [
    { name: 'its record', of: ({ record }) => record },
    { name: 'its secrets', of: ({ secrets }) => secrets },
    { name: 'the parts of its set', of: (home) => home.parts(1) },
    { name: 'the folder of its parts', of: ({ partsDirectory }) => partsDirectory },
    { name: 'the folder of its state', of: ({ state }) => state },
    { name: 'its link to the current set', of: ({ data }) => data },
    { name: 'its current set', of: (home) => home.set(1) },
    { name: 'a set that is to come', of: (home) => home.set(2) },
    { name: 'the link that becomes the current one', of: ({ nextData }) => nextData },
    { name: 'a file that is no file of a set', of: (home) => home.visible('unheard-of') },
  ];
  for (const { name, of } of places) {
    for (const [kind, put] of [
      ['a named pipe', makePipe],
      ['a link elsewhere', (path: string) => replaceByLink(path, victim.path)],
    ] as const) {
      it(`${kind} in place of ${name} neither stops a start nor leads a renewal or an unpublish astray (invariants 5, 7 and 10)`, async () => {
        const volume = localCaVolume(`replaced-${(count += 1)}`, '24h');
        const home = bench.homeOf(volume);
        const neighbour = bench.read(healthy);
        await bench.publish(volume);
        await bench.close();
        put(of(home));
        await bench.start();
        assert.deepEqual([bench.read(healthy), bench.status(healthy)?.state], [neighbour, 'mounted']);
        const ended = bench.nextEnd(volume);
        if (bench.status(volume)?.state === 'mounted') bench.agent.renew(home.volumeId);
        else await bench.publish(volume);
        await ended;
        await bench.unpublish(volume);
        assert.deepEqual(
          bench.traces(volume).filter((path) => path.includes(volumeIdOf(volume))),
          [],
        );
        victim.assertUntouched();
      });
    }
  }

  for (const { name, of } of places) {
    it(`a link elsewhere in place of ${name} leads neither a renewal nor an unpublish astray, without a start between (invariants 5 and 10)`, async () => {
      const volume = localCaVolume(`live-${(count += 1)}`, '24h');
      const home = bench.homeOf(volume);
      await bench.publish(volume);
      replaceByLink(of(home), victim.path);
      const ended = bench.nextEnd(volume);
      bench.agent.renew(home.volumeId);
      await ended;
      await bench.unpublish(volume);
      assert.deepEqual(
        bench.traces(volume).filter((path) => path.includes(volumeIdOf(volume))),
        [],
      );
      victim.assertUntouched();
    });
  }

  for (const place of ['own', 'state', 'peers'] as const) {
    it(`a link that was there before the volume leads its publish nowhere: ${place} (invariant 10)`, async () => {
      const volume = localCaVolume(`early-${place}`, '24h');
      const path = bench.homeOf(volume)[place];
      mkdirSync(dirname(path), { recursive: true });
      symlinkSync(victim.path, path);
      await bench.publish(volume);
      await bench.unpublish(volume);
      rmSync(path, { force: true });
      victim.assertUntouched();
    });
  }

  it('a pod makes none: its folder takes neither a file nor a link, and its files can be linked from nowhere else (invariant 10)', async () => {
    const volume = localCaVolume('hard-links', '24h');
    await bench.publish(volume);
    const folder = bench.targetPath(volume);
    const key = join(folder, readlinkSync(join(folder, '..data')), 'tls.key');
    assert.throws(() => linkSync(key, join(folder, 'mine')), { code: 'EROFS' });
    assert.throws(() => linkSync(key, join(dirname(folder), 'mine')), { code: 'EXDEV' });
    assert.throws(() => symlinkSync(victim.path, join(folder, '..9')), { code: 'EROFS' });
    assert.throws(() => renameSync(join(folder, '..data'), join(folder, '..data_next')), { code: 'EROFS' });
    await bench.unpublish(volume);
  });
});

describe('the tmpfs of cert-manager’s csi-driver, which every user of the node may write', { timeout: 240_000 }, () => {
  const bench = agentBench('peer-links');
  let peer: PeerDriver;
  let victim: ReturnType<typeof makeVictim>;
  before(async () => {
    const { clock, kubelet, home } = bench;
    peer = new PeerDriver({ dataRoot: home.root, kubelet, authority: await createCertificateAuthority({ clock }), clock });
    await peer.open();
    victim = makeVictim(dirname(bench.home.root), 'peer');
  });

  for (const { name, put } of [
    { name: 'metadata.json', put: (folder: string) => makePipe(join(folder, 'metadata.json')) },
    { name: 'its key', put: (folder: string) => makePipe(join(folder, 'data', 'tls.key')) },
    { name: 'its current set', put: (folder: string) => makePipe(join(folder, 'data', '..data')) },
    { name: 'its folder', put: (folder: string) => makePipe(folder) },
  ]) {
    it(`holds up no start by a named pipe in place of ${name} (invariant 7)`, async () => {
      const volume = localCaVolume(`pipe-${name.replaceAll(' ', '-')}`, '24h');
      await bench.close();
      await peer.publish(volume, { lifetimeMs: 24 * HOUR_MS, ageMs: HOUR_MS });
      put(peer.folderOf(volume));
      await bench.start();
      await bench.unpublish(volume);
      rmSync(peer.folderOf(volume), { force: true });
    });
  }

  it('has the driver remove nothing of a user, though it bears the name of a volume (invariant 10)', asUser, async () => {
    const volume = localCaVolume('foreign', '24h');
    const folder = peer.folderOf(volume);
    mkdirSync(join(folder, 'data'), { recursive: true });
    symlinkSync(victim.path, join(folder, 'link'));
    writeFileSync(join(folder, 'metadata.json'), '{}');
    for (const path of [join(folder, 'metadata.json'), join(folder, 'data'), folder]) chownSync(path, USER, USER);
    const before = treeOf(folder);
    await bench.start();
    assert.deepEqual(
      bench.journal.all('volume-set-aside').map(({ volumeId }) => volumeId),
      [volumeIdOf(volume)],
    );
    await bench.publish(volume);
    await bench.unpublish(volume);
    assert.deepEqual(treeOf(folder), before);
    victim.assertUntouched();
    rmSync(folder, { recursive: true });
  });
});

describe('a data root that is not root’s alone', { timeout: 240_000 }, () => {
  const bench = agentBench('foreign-data-root');
  const { root, state, volumes } = bench.home;
  for (const { name, when = {}, prepare, why } of [
    { name: 'of a user', when: asUser, prepare: () => chownSync(root, USER, 0), why: /belongs to user 1000; / },
    { name: 'that anybody may write', prepare: () => chmodSync(root, 0o777), why: /can be written by others than root; / },
    { name: 'with a link for its volumes', prepare: () => symlinkSync(dirname(root), volumes), why: /EEXIST/ },
    { name: 'with a link for its state', prepare: () => symlinkSync(dirname(root), state), why: /EEXIST/ },
    {
      name: 'with volumes of a user',
      when: asUser,
      prepare: () => (mkdirSync(volumes), chownSync(volumes, USER, 0)),
      why: /no directory of root's/,
    },
  ]) {
    it(`is not begun with: one ${name} (invariant 10)`, when, async () => {
      mkdirSync(root, { mode: 0o755 });
      prepare();
      await assert.rejects(bench.start(), { code: 'disk-failed', message: why });
      assert.ok(lstatSync(root).isDirectory());
      rmSync(root, { recursive: true });
    });
  }
});
