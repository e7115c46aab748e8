import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findPlugin, registerPlugin } from '../../demo/kubelet-registration.ts';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import type { VolumeHome } from '../../node-agent/volume/home.ts';
import { nodeService } from '../../proto/load.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report } from '../support/field-report.ts';
import { mountsBelow } from '../support/temporary-folder.ts';

interface Damage {
  readonly name: string;
  readonly harm: (path: string) => void;
}

const damages: readonly Damage[] = [
  { name: 'cut in half', harm: (path) => truncateSync(path, Math.floor(readFileSync(path).length / 2)) },
  { name: 'empty', harm: (path) => truncateSync(path) },
  { name: 'a directory', harm: (path) => (rmSync(path), mkdirSync(path)) },
  { name: 'a FIFO', harm: (path) => (rmSync(path), execFileSync('mkfifo', [path])) },
  { name: 'binary garbage', harm: (path) => writeFileSync(path, randomBytes(4096)) },
  { name: 'JSON of something else', harm: (path) => writeFileSync(path, '{"kind":"List","items":[]}') },
];

/** What may be wrong with the files that a start reads. */
const broken: readonly { readonly name: string; readonly harm: (home: VolumeHome, other: VolumeHome) => void }[] = [
  ...damages.map(({ name, harm }) => ({
    name: `record ${name}`,
    harm: ({ record }: VolumeHome) => harm(record),
  })),
  { name: "record another volume's", harm: (home, other) => cpSync(other.record, home.record) },
  ...damages.map(({ name, harm }) => ({
    name: `parts ${name}`,
    harm: (home: VolumeHome) => harm(home.parts(1)),
  })),
];

describe('restarts in the field', { timeout: 240_000 }, () => {
  it('take up every volume but one that is damaged, which is told, keeps its files and is mended by a publish (invariants 4 and 7)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const before = await field.remains();
    const other = field.volume('other');
    await field.kubelet.publish(other);
    const volumes = broken.map((_, index) => field.volume(`web-${index}`));
    for (const volume of volumes) await field.kubelet.publish(volume);
    const kept = volumes.map((volume) => field.read(volume));
    const facts = field.read(other);
    await field.stop();
    for (const [index, volume] of volumes.entries()) broken[index]?.harm(field.homeOf(volume), field.homeOf(other));
    await field.start();
    assert.deepEqual(field.read(other), facts);
    const { journal, log } = field.driver;
    assert.deepEqual(
      journal
        .all('volume-set-aside')
        .map(({ volumeId }) => volumeId)
        .toSorted(),
      volumes.map(volumeIdOf).toSorted(),
    );
    assert.ok((await field.metrics()).includes(`podcert_volumes{state="broken"} ${broken.length}\n`));
    for (const [index, volume] of volumes.entries()) {
      assert.ok(log.all.some((line) => line.includes('"message":"Volume set aside') && line.includes(volumeIdOf(volume))));
      assert.equal(await healthOf(field, volume), 'StateUnusable', broken[index]?.name);
      assert.deepEqual(field.read(volume), kept[index]);
      const mended = field.renewed(volume);
      await field.kubelet.publish(volume);
      await mended;
      assert.equal(field.read(volume).mountId, kept[index]?.mountId);
    }
    await field.stop();
    await field.start();
    assert.equal(field.driver.journal.all('volume-resumed').length, broken.length + 1);
    for (const volume of [...volumes, other]) await field.kubelet.unpublish(volume);
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: `the file that is damaged while no driver runs: ${broken.map(({ name }) => name).join(', ')}`,
      rounds: broken.length,
      observed:
        'the start ends, the neighbour as it was; told in log, metric and health; the pod keeps its set; a publish mends it for good',
    });
  });

  it('after an upgrade take up what older versions wrote, without a new certificate (invariant 6)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    const home = field.homeOf(volume);
    await field.stop();
    const { receivedAt, ...pems } = JSON.parse(readFileSync(home.parts(1), 'utf8')) as Record<string, unknown>;
    writeFileSync(home.record, oldestRecord(field, volume));
    const { keyPem, chainPem, issuerCaPem } = pems;
    writeFileSync(home.parts(1), JSON.stringify({ renewals: 0, receivedAt, keyPem, chainPem, issuerCaPem }));
    const creates = field.cluster.proxy.count('create');
    await field.start();
    assert.deepEqual(field.driver.journal.all('volume-set-aside'), []);
    assert.equal(field.driver.journal.all('volume-resumed').length, 1);
    await field.kubelet.publish(volume);
    assert.deepEqual([field.read(volume), field.cluster.proxy.count('create')], [before, creates]);
    report(context, {
      injected: 'record and parts of format version 1, the first and so far only one, as the first driver wrote them',
      rounds: 1,
      observed: 'taken up; the same set; no request; kubelet’s publish is the same one',
    });
  });

  it('after a downgrade set aside what a newer version wrote, and destroy none of it (invariant 7)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    const home = field.homeOf(volume);
    await field.stop();
    const newer = JSON.stringify({ formatVersion: 2, all: 'different' });
    writeFileSync(home.record, newer);
    writeFileSync(`${home.state}/more.json`, newer);
    const parts = readFileSync(home.parts(1), 'utf8');
    await field.start();
    const [setAside] = field.driver.journal.all('volume-set-aside');
    assert.match(setAside?.failure.message ?? '', /format version is 2, this driver reads 1/);
    await field.time.at(60, field.time.sleep(3 * MINUTE_MS, never));
    assert.deepEqual(
      [home.record, `${home.state}/more.json`, home.parts(1)].map((path) => readFileSync(path, 'utf8')),
      [newer, newer, parts],
    );
    assert.deepEqual(field.read(volume), before);
    await field.kubelet.unpublish(volume);
    assert.ok(!existsSync(home.state));
    report(context, {
      injected: 'a record of format version 2, and a file that only that version knows',
      rounds: 1,
      observed: 'set aside with both versions named; every byte of it still there minutes later; unpublish removes it',
    });
  });

  it('after a reboot have nothing to take up, and give fresh keys in fresh mounts (invariant 5)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const before = await field.remains();
    const volumes = field.volumes(3);
    for (const volume of volumes) await field.kubelet.publish(volume);
    const keys = volumes.map((volume) => keyOf(field, volume));
    const creates = field.cluster.proxy.count('create');
    await field.driver.kill();
    // A reboot leaves directories on the disk, and no mount.
    for (const path of mountsBelow(field.home.root).toReversed()) unmount(path);
    for (const volume of volumes) unmount(field.kubelet.targetPath(volume));
    await field.start();
    for (const volume of volumes) await field.kubelet.publish(volume);
    for (const [index, volume] of volumes.entries()) {
      field.read(volume);
      assert.notEqual(keyOf(field, volume), keys[index]);
    }
    assert.equal(field.cluster.proxy.count('create') - creates, 3);
    for (const volume of volumes) await field.kubelet.unpublish(volume);
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: 'SIGKILL, and every mount of the driver gone, with directories left, as after a reboot; then kubelet publishes again',
      rounds: volumes.length,
      observed: 'another key in one mount each, 1 request each; nothing left after unpublish',
    });
  });

  it('of kubelet, and all that may become of its registration socket, end in a registration', async (context) => {
    const field = await openField(context);
    const folder = `${field.home.root}-plugins`;
    mkdirSync(folder);
    const endpoint = field.flags['endpoint']?.replace('unix://', '') ?? '';
    field.flags = { ...field.flags, 'registration-dir': folder, 'kubelet-registration-path': endpoint };
    await field.stop();
    await field.start();
    await registerPlugin(await findPlugin(folder, never), never);
    const harms: Readonly<Record<string, () => Promise<unknown>>> = {
      'kubelet restarts and asks again': async () => undefined,
      'the socket is deleted': async () => rmSync(await findPlugin(folder, never)),
      'the folder is emptied and made anew': async () => (rmSync(folder, { recursive: true }), mkdirSync(folder)),
      'kubelet refuses the registration': async () => registerPlugin(await findPlugin(folder, never), never, 'no such node yet'),
      'kubelet refuses again': async () => registerPlugin(await findPlugin(folder, never), never, 'no such node yet'),
    };
    for (const [name, harm] of Object.entries(harms)) {
      const before = socketIn(folder);
      await harm();
      const isNew = !name.includes('restarts');
      if (isNew) await field.time.at(30, untilAnother(field, folder, before));
      assert.equal(socketIn(folder) === before, !isNew, name);
      await registerPlugin(await findPlugin(folder, never), never);
    }
    report(context, {
      injected: Object.keys(harms).join('; '),
      rounds: Object.keys(harms).length,
      observed: 'the socket there again, a new one after a refusal, and kubelet’s next registration good each time',
    });
  });
});

const never = new AbortController().signal;

/** When the socket in kubelet's folder was made, since an inode may be used again; undefined where there is none. */
function socketIn(folder: string): number | undefined {
  const [name] = readdirSync(folder).filter((name) => name.endsWith('-reg.sock'));
  return name === undefined ? undefined : statSync(join(folder, name)).mtimeMs;
}

async function untilAnother(field: Field, folder: string, before: number | undefined): Promise<void> {
  while ([before, undefined].includes(socketIn(folder))) await field.time.sleep(1_000, never);
}

function keyOf(field: Field, volume: InlineVolume): string {
  return readFileSync(join(field.kubelet.targetPath(volume), 'tls.key'), 'utf8');
}

/** What is wrong with a volume, as kubelet is told. */
async function healthOf({ kubelet }: Field, volume: InlineVolume): Promise<string | undefined> {
  const [volumeId, volumePublishPath] = [volumeIdOf(volume), kubelet.targetPath(volume)];
  const request = { volumeId, volumePublishPath, stagingTargetPath: '' };
  return (await kubelet.call(nodeService.NodeGetVolumeHealth, request)).volumeHealth?.healthStatuses[0]?.reason;
}

/** A record byte for byte as the first version of this driver wrote it, but for what is of the volume. */
function oldestRecord({ kubelet }: Field, volume: InlineVolume): string {
  const [volumeId, targetPath, { name, uid }] = [volumeIdOf(volume), kubelet.targetPath(volume), volume.pod];
  const ours = '"csi.cert-manager.io/issuer-name":"ca","csi.cert-manager.io/key-algorithm":"ECDSA"';
  const dnsNames = '"csi.cert-manager.io/dns-names":"$POD_NAME.example"';
  const pod = `"csi.storage.k8s.io/pod.name":"${name}","csi.storage.k8s.io/pod.namespace":"default","csi.storage.k8s.io/pod.uid":"${uid}"`;
  const others = '"csi.storage.k8s.io/serviceAccount.name":"default","csi.storage.k8s.io/ephemeral":"true"';
  const access = '"access":"mount","accessMode":"SINGLE_NODE_WRITER","fsType":"","mountFlags":[],"volumeMountGroup":""';
  return (
    `{"formatVersion":1,"volumeId":"${volumeId}","targetPath":"${targetPath}","readOnly":true,` +
    `"attributes":{${ours},${dnsNames},${pod},${others}},${access}}`
  );
}
