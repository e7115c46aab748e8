import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { DAY_MS, MINUTE_MS } from '../../node-agent/clock.ts';
import type { AgentEvent } from '../../node-agent/events.ts';
import type { VolumeHome } from '../../node-agent/volume/home.ts';
import { openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';

interface Harm {
  readonly name: string;
  readonly harm: (home: VolumeHome, set: string) => void;
}

const KEYSTORE = { 'pkcs12-enable': 'true', 'pkcs12-password': 'changeit' };

const harms: readonly Harm[] = [
  { name: 'the key', harm: (_, set) => rmSync(join(set, 'tls.key')) },
  { name: 'the certificate and the keystore', harm: (_, set) => (rmSync(join(set, 'tls.crt')), rmSync(join(set, 'keystore.p12'))) },
  { name: '..data', harm: ({ data }) => rmSync(data) },
  { name: 'the current set', harm: (_, set) => rmSync(set, { recursive: true }) },
  { name: 'all names', harm: (home) => ['tls.key', 'tls.crt', 'ca.crt'].forEach((name) => rmSync(home.visible(name))) },
  { name: 'everything in the volume', harm: (home) => empty(home.directory) },
  { name: 'the record', harm: ({ record }) => rmSync(record) },
  { name: 'the secrets', harm: ({ secrets }) => rmSync(secrets) },
  { name: 'the parts', harm: ({ partsDirectory }) => empty(partsDirectory) },
  { name: 'the whole state', harm: ({ state }) => rmSync(state, { recursive: true }) },
  {
    name: 'the state and a file with it',
    harm: ({ state }, set) => (rmSync(state, { recursive: true }), rmSync(join(set, 'keystore.p12'))),
  },
];

describe('files deleted in the field', { timeout: rounds({ usual: 240_000, full: 1_200_000 }) }, () => {
  it('are written again within a minute, with the same certificate, and a restart takes the volume up (invariants 2 and 7)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const before = await field.remains();
    const cycles = rounds({ usual: 1, full: 10 });
    // Time stands still while files are written, so that a minute is one on any machine.
    field.time.speed = 0;
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      for (const [index, { name, harm }] of harms.entries()) {
        const volume = field.volume(`web-${cycle}-${index}`, KEYSTORE);
        await field.kubelet.publish(volume);
        const { mountId, serial, set } = field.read(volume);
        const home = field.homeOf(volume);
        const creates = field.cluster.proxy.count('create');
        const restored = told(field, 'files-restored', volume);
        harm(home, join(home.directory, set));
        await field.time.advance(MINUTE_MS);
        await restored;
        const after = field.read(volume);
        assert.deepEqual([after.mountId, after.serial], [mountId, serial], name);
        assert.equal(field.cluster.proxy.count('create'), creates, `no request is made where ${name} is gone`);
      }
    }
    await field.stop();
    await field.start();
    assert.deepEqual(field.driver.journal.all('volume-set-aside'), []);
    const volumes = field.driver.journal.all('volume-resumed').length;
    assert.equal(volumes, cycles * harms.length);
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      for (const index of harms.keys()) await field.kubelet.unpublish(field.volume(`web-${cycle}-${index}`, KEYSTORE));
    }
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: `of a live volume, ${harms.map(({ name }) => name).join('; ')} deleted`,
      rounds: cycles * harms.length,
      observed: `all there again at the next look, within a minute; same mount and certificate, no request; all taken up by the next start`,
    });
  });

  it('that somebody adds are let be, and go with the volume (invariants 2 and 5)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const before = await field.remains();
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const { directory, state, partsDirectory } = field.homeOf(volume);
    for (const folder of [directory, join(directory, field.read(volume).set), state, partsDirectory]) {
      writeFileSync(join(folder, '..stray'), 'stray');
    }
    await field.time.at(60, field.time.sleep(3 * MINUTE_MS, never));
    assert.deepEqual(field.driver.journal.all('files-restored'), []);
    await field.kubelet.unpublish(volume);
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: 'a foreign file in the volume, in its set, in its state and among its parts',
      rounds: 4,
      observed: 'nothing is written; nothing is left after unpublish',
    });
  });

  it('for good, the CA alone and what it could be made of, cost a new certificate too: no pod gets an empty CA for it', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    const { directory, partsDirectory } = field.homeOf(volume);
    const renewed = field.renewed(volume);
    rmSync(join(directory, before.set, 'ca.crt'));
    empty(partsDirectory);
    await field.time.at(60, renewed);
    const after = field.read(volume);
    assert.deepEqual([after.mountId, after.serial !== before.serial], [before.mountId, true]);
    report(context, {
      injected: 'the CA of a live volume and its parts deleted',
      rounds: 1,
      observed: 'a new certificate and its CA in the same mount',
    });
  });

  it('for good, the key and all that it could be made of, cost a new certificate at once', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const volume = field.volume('web');
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    const { directory, state } = field.homeOf(volume);
    const lost = told(field, 'files-lost', volume);
    const renewed = field.renewed(volume);
    empty(directory);
    rmSync(state, { recursive: true });
    await field.time.at(60, lost);
    await field.time.at(60, renewed);
    const after = field.read(volume);
    assert.equal(after.mountId, before.mountId);
    assert.notEqual(after.serial, before.serial);
    assert.match(await field.metrics(), /podcert_events_total\{event="files-lost"\} 1/);
    report(context, {
      injected: 'everything in a live volume and all of its state deleted',
      rounds: 1,
      observed: 'told in log and metric within a minute; a new certificate in the same mount',
    });
  });

  it('by an unmount of the state cost no certificate, and no key is ever written to what is below it (invariant 8)', async (context) => {
    const field = await openField(context, { durationMs: 30 * DAY_MS });
    const volumes = field.volumes(3, KEYSTORE);
    for (const volume of volumes) await field.kubelet.publish(volume);
    const before = volumes.map((volume) => field.read(volume));
    const restored = volumes.map((volume) => told(field, 'files-restored', volume));
    unmountLazily(field.home.state);
    // Before anybody has looked.
    const late = field.volume('late', KEYSTORE);
    await field.kubelet.publish(late);
    assert.equal(field.driver.journal.all('state-remounted').length, 1);
    await field.time.at(60, Promise.all(restored));
    const after = volumes.map((volume) => field.read(volume).serial);
    assert.deepEqual(
      after,
      before.map(({ serial }) => serial),
    );
    await field.stop();
    await field.start();
    assert.equal(field.driver.journal.all('volume-resumed').length, 4);
    for (const volume of [...volumes, late]) await field.kubelet.unpublish(volume);
    await field.stop();
    unmountLazily(field.home.state);
    assert.deepEqual(readdirSync(field.home.state), [], 'nothing is in the folder on which it is mounted');
    report(context, {
      injected: 'the state tmpfs of 3 live volumes unmounted lazily, then a publish',
      rounds: 1,
      observed: 'mounted again, told; records, secrets and parts written again within a minute; 4 of 4 taken up by the next start',
    });
  });

  it("by an unmount of one volume's tmpfs are told, leave the pod its files and the others their renewals (invariants 4 and 7)", async (context) => {
    const field = await openField(context, { durationMs: 100_000 });
    const before = await field.remains();
    const volume = field.volume('web');
    const other = field.volume('other');
    await field.kubelet.publish(volume);
    await field.kubelet.publish(other);
    const kept = field.read(volume);
    const lost = told(field, 'files-lost', volume);
    unmountLazily(field.homeOf(volume).directory);
    await field.time.at(60, lost);
    for (let renewal = 0; renewal < 3; renewal += 1) await field.time.at(60, field.renewed(other));
    assert.deepEqual(field.read(volume), kept);
    assert.deepEqual(readdirSync(field.homeOf(volume).directory), [], 'no key is written in its place');
    assert.ok(field.driver.journal.all('renewal-failed').length > 0);
    assert.ok(field.logged.some((line) => line.includes('delete the pod')));
    for (const one of [volume, other]) await field.kubelet.unpublish(one);
    assert.deepEqual((await field.remains()).toSorted(), before.toSorted());
    report(context, {
      injected: "a live volume's tmpfs unmounted lazily from the data root",
      rounds: 1,
      observed: 'told within a minute; the pod keeps its files; 3 renewals of its neighbour meanwhile; nothing left after unpublish',
    });
  });
});

const never = new AbortController().signal;

/** Resolves with the next such event of the volume. */
async function told(field: Field, kind: AgentEvent['kind'], volume: InlineVolume): Promise<void> {
  await field.driver.journal.next((event) => event.kind === kind && 'volumeId' in event && event.volumeId === volumeIdOf(volume));
}

function empty(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
}

function unmountLazily(path: string): void {
  assert.ok(readFileSync('/proc/self/mountinfo', 'utf8').includes(` ${path} `));
  execFileSync('umount', ['-l', path]);
}
