import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import type { VolumeHome } from '../../node-agent/volume/home.ts';
import { unmount } from '../../node-agent/volume/kernel.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

interface Damage {
  readonly name: string;
  /** Done to a volume that has one file set; `other` is another one like it. */
  readonly harm: (home: VolumeHome, other: VolumeHome) => void;
}

/** What makes a file of a record, of secrets or of parts unreadable; the parts of a first set are `1.json`. */
const unreadable = (name: string, pathIn: (home: VolumeHome) => string): Damage[] => [
  { name: `${name} that is missing`, harm: (home) => rmSync(pathIn(home)) },
  { name: `${name} that is empty`, harm: (home) => truncateSync(pathIn(home)) },
  { name: `${name} that ends halfway`, harm: (home) => truncateSync(pathIn(home), Math.floor(readFileSync(pathIn(home)).length / 2)) },
  { name: `${name} that is no JSON`, harm: (home) => writeFileSync(pathIn(home), 'nonsense') },
  { name: `${name} that is JSON of another kind`, harm: (home) => writeFileSync(pathIn(home), '["nonsense"]') },
  { name: `${name} that lacks a field`, harm: (home) => change(pathIn(home), Object.keys(read(pathIn(home))).at(-1) ?? '', undefined) },
  { name: `${name} that is a directory`, harm: (home) => (rmSync(pathIn(home)), mkdirSync(pathIn(home))) },
];

const damages: readonly Damage[] = [
  ...unreadable('a record', (home) => home.record),
  { name: 'a record of a format to come', harm: (home) => change(home.record, 'formatVersion', 2) },
  { name: "another volume's record", harm: (home, other) => cpSync(other.record, home.record) },
  {
    name: 'a record of attributes that are refused by now',
    harm: ({ record }) =>
      change(record, 'attributes', { ...(read(record)['attributes'] as object), 'csi.cert-manager.io/key-algorithm': 'DSA' }),
  },
  ...unreadable('a file of secrets', (home) => home.secrets),
  { name: 'secrets of a format to come', harm: (home) => change(home.secrets, 'formatVersion', 2) },
  { name: 'secrets without the password', harm: (home) => change(home.secrets, 'attributes', {}) },
  ...unreadable('a file of parts', (home) => home.parts(1)),
  { name: "another volume's key", harm: (home, other) => change(home.parts(1), 'keyPem', read(currentParts(other))['keyPem']) },
  { name: 'a key that cannot be parsed', harm: (home) => change(home.parts(1), 'keyPem', 'nonsense') },
  { name: 'a certificate that cannot be parsed', harm: (home) => change(home.parts(1), 'chainPem', 'nonsense') },
  { name: 'an instant that is none', harm: (home) => change(home.parts(1), 'receivedAt', 'yesterday') },
  { name: 'no folder of parts', harm: (home) => rmSync(home.partsDirectory, { recursive: true }) },
  { name: 'a file in place of the folder of parts', harm: (home) => replace(home.partsDirectory) },
  { name: 'no state at all', harm: (home) => rmSync(home.state, { recursive: true }) },
  { name: 'a file in place of its state', harm: (home) => replace(home.state) },
];

describe('a volume that is damaged while no driver runs', () => {
  const bench = agentBench('broken-volume');
  const healthy = localCaVolume('healthy', '3h');

  before(async () => {
    await bench.start();
    await bench.publish(healthy);
  });

  async function damaged(volume: InlineVolume, harm: Damage['harm']): Promise<void> {
    await bench.publish(volume);
    const neighbour = bench.read(healthy);
    await bench.close();
    harm(bench.homeOf(volume), bench.homeOf(healthy));
    await bench.start();
    assert.deepEqual(bench.read(healthy), neighbour);
    assert.equal(bench.status(healthy)?.state, 'mounted');
  }

  function tracesOf(volume: InlineVolume): readonly string[] {
    return bench.traces(volume).filter((trace) => trace.includes(volumeIdOf(volume)));
  }

  for (const [index, { name, harm }] of damages.entries()) {
    it(`with ${name} keeps its files, holds up nobody, and is mended by kubelet's next call (invariants 4 and 7)`, async () => {
      const volume = localCaVolume(`mended-${index}`, '3h');
      await damaged(volume, harm);
      const kept = bench.read(volume);
      assert.equal(bench.status(volume)?.state, 'broken');
      assert.deepEqual(
        bench.journal.all('volume-set-aside').map((event) => [event.volumeId, event.failure.code === 'bug']),
        [[volumeIdOf(volume), false]],
      );
      assert.equal((await bench.passDue(healthy)).kind, 'renewed');
      assert.deepEqual(bench.read(volume), kept);
      const mended = bench.nextEnd(volume);
      await bench.publish(volume);
      assert.equal((await mended).kind, 'renewed');
      const renewed = bench.read(volume);
      assert.deepEqual([renewed.mountId, renewed.serial === kept.serial], [kept.mountId, false]);
      await bench.start();
      assert.equal(bench.status(volume)?.state, 'mounted', 'the mending lasts');
      assert.deepEqual(bench.read(volume), renewed);
      await bench.unpublish(volume);
      assert.deepEqual(tracesOf(volume), []);
    });

    it(`with ${name} is removed by unpublish (invariants 5 and 7)`, async () => {
      const volume = localCaVolume(`removed-${index}`, '3h');
      await damaged(volume, harm);
      await bench.unpublish(volume);
      assert.deepEqual(tracesOf(volume), []);
    });
  }

  it('whose bind is lost as well is bound again before its publish is answered (invariant 1)', async () => {
    const volume = localCaVolume('unbound', '3h');
    await damaged(volume, ({ record }) => writeFileSync(record, '{'));
    await bench.disk.disk.unmount(bench.targetPath(volume));
    const mended = bench.nextEnd(volume);
    await bench.publish(volume);
    assert.ok(bench.look(volume) !== undefined);
    assert.equal((await mended).kind, 'renewed');
    await bench.unpublish(volume);
    assert.deepEqual(tracesOf(volume), []);
  });

  it('without its own tmpfs gets no key written in its place, and its pod keeps its files (invariants 4, 7 and 8)', async () => {
    const volume = localCaVolume('no-tmpfs', '3h');
    await damaged(volume, (home) => unmount(home.directory));
    const kept = bench.read(volume);
    assert.equal(bench.status(volume)?.state, 'broken');
    const failed = bench.nextEnd(volume);
    await bench.publish(volume);
    assert.equal((await failed).kind, 'renewal-failed');
    assert.deepEqual(readdirSync(bench.homeOf(volume).directory), []);
    assert.deepEqual(bench.read(volume), kept);
    await bench.unpublish(volume);
    assert.deepEqual(tracesOf(volume), []);
  });

  it('without a current set gets one at once (invariant 7)', async () => {
    const volume = localCaVolume('no-data', '3h');
    await bench.publish(volume);
    await bench.close();
    rmSync(bench.homeOf(volume).data);
    await bench.start();
    await bench.journal.nth('published', 1);
    bench.read(volume);
    await bench.unpublish(volume);
  });

  for (const name of ['lost+found', '.hidden', 'a b', 'plain-file', 'x'.repeat(200)]) {
    it(`does not stop a start that finds ${JSON.stringify(name.slice(0, 20))} among the volumes (invariant 7)`, async () => {
      await bench.close();
      for (const parent of [bench.home.state, bench.home.volumes]) writeFileSync(join(parent, name), 'foreign');
      const neighbour = bench.read(healthy);
      await bench.start();
      assert.deepEqual(bench.read(healthy), neighbour);
      assert.equal((await bench.passDue(healthy)).kind, 'renewed');
      for (const parent of [bench.home.state, bench.home.volumes]) rmSync(join(parent, name), { force: true });
    });
  }
});

function read(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}

/** The parts of a volume that may have been rotated. */
function currentParts({ partsDirectory }: VolumeHome): string {
  return join(partsDirectory, readdirSync(partsDirectory)[0] ?? '');
}

/** Sets a field of a JSON file, or with `undefined` removes it. */
function change(path: string, field: string, value: unknown): void {
  writeFileSync(path, JSON.stringify({ ...read(path), [field]: value }));
}

/** Puts a file in place of a folder. */
function replace(path: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, 'nonsense');
}
