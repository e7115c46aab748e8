import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentError } from '../../node-agent/errors.ts';
import type { Disk } from '../../node-agent/ports.ts';
import { renderFiles } from '../../node-agent/formats/render.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { VolumeFiles, currentSet, ensureDirectory } from '../../node-agent/volume/files.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import type { VolumeHome } from '../../node-agent/volume/home.ts';
import { rotate, tidy } from '../../node-agent/volume/rotation.ts';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import { accepted } from '../spec/publish-request.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { contentsOf, generationOf } from './generation-text.ts';
import { PLACE, startReader } from './set-reader.ts';

const STARTED_AT = new Date('2026-01-01T00:00:00Z');
const isRealRoot = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] !== '1';
const spec = accepted();

/** The instant `seconds` after the beginning. */
function at(seconds: number): Date {
  return new Date(STARTED_AT.getTime() + seconds * 1_000);
}

function fail(error: unknown): void {
  assert.fail(`could not tidy: ${String(error)}`);
}

function made(generation: number) {
  return { contents: contentsOf(generation), receivedAt: STARTED_AT, renewals: generation - 1, lateMs: generation };
}

/** What a rotation puts there. */
async function next(generation: number) {
  return { made: made(generation), set: await renderFiles(contentsOf(generation), spec.files), fsGroup: undefined };
}

/** A directory in place of whatever is there, with a file, a directory, and a link that leads elsewhere. */
function putDirectory(path: string, elsewhere: string): void {
  rmSync(path, { force: true });
  mkdirSync(join(path, 'below'), { recursive: true });
  writeFileSync(join(path, 'below', 'file'), '');
  symlinkSync(elsewhere, join(path, 'link'));
}

function setsOf(home: VolumeHome): readonly string[] {
  return readdirSync(home.directory)
    .filter((name) => /^\.\.\d+$/.test(name))
    .toSorted();
}

function partsOf(home: VolumeHome): readonly string[] {
  return readdirSync(home.partsDirectory);
}

describe('the file sets of a volume', () => {
  const root = temporaryFolder('files');
  const disk = createDisk(createHome(root));
  let count = 0;

  /** A volume with its tmpfs, and with its first set, that of generation 1. */
  async function makeVolume(fsGroup?: number, sizeBytes = 1024 * 1024): Promise<{ home: VolumeHome; files: VolumeFiles }> {
    const volumeId = parseVolumeId(`csi-${(count += 1)}`);
    assert.ok(volumeId);
    const home = createHome(root).volume(volumeId);
    for (const path of [home.partsDirectory, home.directory]) mkdirSync(path, { recursive: true });
    disk.mountTmpfs(home.directory, { sizeBytes, inodes: 256, mode: 0o550, ...(fsGroup === undefined ? {} : { group: fsGroup }) });
    const files = new VolumeFiles(disk, home);
    await files.stage({ number: 1, ...made(1) }, await renderFiles(contentsOf(1), spec.files), fsGroup);
    await files.swap(1);
    return { home, files };
  }

  it('gives a reader one whole generation each time, over 2,000 rotations, and never ENOENT (invariant 2)', async () => {
    const { home, files } = await makeVolume();
    const { shared, ended } = startReader({ folders: [home.directory], ways: ['set', 'name'], judge: 'generation' }, 40);
    const isReading = () => Atomics.load(shared, PLACE.stop) === 0;
    for (let generation = 2; generation <= 2_001 && isReading(); generation += 1) {
      // Twenty seconds pass from one rotation to the next, but the reader's round may not take more than the 60 s that it is promised.
      const second = generation * 20;
      while (isReading() && second - Atomics.load(shared, PLACE.roundBeganAt) >= 60) await turn();
      Atomics.store(shared, PLACE.now, second);
      const number = await rotate(files, await next(generation), at(second), fail);
      assert.equal(number, generation);
    }
    Atomics.store(shared, PLACE.stop, 1);
    assert.equal(await ended, undefined);
    assert.ok(Atomics.load(shared, PLACE.rounds) > 1_000, `${Atomics.load(shared, PLACE.rounds)} rounds only`);
    assert.ok(setsOf(home).length <= 4, `${setsOf(home).length} sets are left`);
    assert.equal(generationOf(readFileSync(join(home.directory, 'tls.key'), 'utf8')), 2_001);
  });

  for (const { name, swaps, sets } of [
    { name: 'until the next swap when that comes after a minute', swaps: [0, 3_600], sets: ['..1', '..2'] },
    { name: 'for a minute when the next swaps come sooner', swaps: [0, 20, 40], sets: ['..1', '..2', '..3'] },
    { name: 'no longer than the later of the two', swaps: [0, 20, 85], sets: ['..2', '..3'] },
    { name: 'also through a swap just before the minute is over', swaps: [0, 20, 79], sets: ['..1', '..2', '..3'] },
  ]) {
    it(`keeps a set that was replaced ${name} (invariant 2)`, async () => {
      const { home, files } = await makeVolume();
      for (const [index, second] of swaps.slice(1).entries()) await rotate(files, await next(index + 2), at(second), fail);
      assert.deepEqual(setsOf(home), sets);
      assert.deepEqual(partsOf(home), [`${swaps.length}.json`], 'only the current parts stay');
      for (const set of sets) assert.equal(generationOf(readFileSync(join(home.directory, set, 'tls.key'), 'utf8')), Number(set.slice(2)));
    });
  }

  it('after a restart removes what was staged and never became current, and keeps the set before (invariant 2)', async () => {
    const { home, files } = await makeVolume();
    await rotate(files, await next(2), at(100), fail);
    await files.stage({ number: 3, ...made(3) }, await renderFiles(contentsOf(3), spec.files), undefined);
    await tidy(new VolumeFiles(disk, home), 2, at(200), fail);
    assert.deepEqual([setsOf(home), partsOf(home), currentSet(home)], [['..1', '..2'], ['2.json'], 2]);
  });

  it('keeps the old set whole and current when the tmpfs is full, and leaves nothing of the new one (invariant 2)', async () => {
    const { home, files } = await makeVolume(undefined, 64 * 1024);
    const before = readdirSync(home.directory, { recursive: true });
    writeFileSync(join(home.directory, '..ballast'), 'x'.repeat(16 * 1024));
    await assert.rejects(rotate(files, await next(2), at(100), fail), { code: 'disk-full', message: /ENOSPC, no space or inode is left/ });
    assert.deepEqual(
      readdirSync(home.directory, { recursive: true }).filter((name) => name !== '..ballast'),
      before,
    );
    assert.deepEqual(partsOf(home), ['1.json']);
    for (const name of ['tls.key', 'tls.crt', 'ca.crt']) assert.equal(generationOf(readFileSync(join(home.directory, name), 'utf8')), 1);
  });

  it('has room again a minute after rotations without a pause filled its tmpfs, also after a restart (invariant 2)', async () => {
    const { home, files } = await makeVolume();
    let generation = 2;
    const rush = async () => {
      for (; ; generation += 1) await rotate(files, await next(generation), at(100), fail);
    };
    await assert.rejects(rush, { code: 'disk-full' });
    await assert.rejects(rotate(files, await next(generation), at(159), fail), { code: 'disk-full' });
    const restarted = new VolumeFiles(disk, home);
    await tidy(restarted, generation - 1, at(160), fail);
    await assert.rejects(rotate(restarted, await next(generation), at(219), fail), { code: 'disk-full' });
    for (const current of [files, restarted]) {
      await rotate(current, await next(generation), at(220), fail);
      assert.equal(generationOf(readFileSync(join(home.directory, 'tls.key'), 'utf8')), generation);
      generation += 1;
    }
    assert.ok(setsOf(home).length <= 3, `${setsOf(home).length} sets are left`);
  });

  it('shows all names at once, and none before the swap', async () => {
    const seen: string[][] = [];
    const volumeId = parseVolumeId('csi-names');
    assert.ok(volumeId);
    const home = createHome(root).volume(volumeId);
    for (const path of [home.partsDirectory, home.directory]) mkdirSync(path, { recursive: true });
    const visible = () => ['tls.key', 'tls.crt', 'ca.crt'].filter((name) => existsSync(join(home.directory, name)));
    const watched: Disk = Object.fromEntries(
      Object.entries(disk).map(([name, operation]) => [
        name,
        (...args: unknown[]) => {
          seen.push(visible());
          return (operation as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Disk;
    const files = new VolumeFiles(watched, home);
    await files.stage({ number: 1, ...made(1) }, await renderFiles(contentsOf(1), spec.files), undefined);
    await files.swap(1);
    assert.ok(seen.length > 8);
    assert.deepEqual(new Set(seen.flat()), new Set());
    assert.deepEqual(visible(), ['tls.key', 'tls.crt', 'ca.crt']);
  });

  it('makes links that are relative, so that they hold wherever the volume is mounted', async () => {
    const { home } = await makeVolume();
    assert.equal(readlinkSync(home.data), '..1');
    for (const name of ['tls.key', 'tls.crt', 'ca.crt']) assert.equal(readlinkSync(join(home.directory, name)), `..data/${name}`);
  });

  for (const group of isRealRoot ? [undefined, 2_000] : [undefined]) {
    it(`gives files 0440 and the volume 0550 to ${group === undefined ? 'root' : 'the group of the pod'}, sets 0755 to root`, async () => {
      const { home } = await makeVolume(group);
      const look = (...path: string[]) => {
        const { mode, uid, gid } = lstatSync(join(home.directory, ...path));
        return [mode & 0o7777, uid, gid];
      };
      assert.deepEqual(look(), [0o550, 0, group ?? 0]);
      assert.deepEqual(look('..1'), [0o755, 0, 0]);
      for (const name of ['tls.key', 'tls.crt', 'ca.crt']) assert.deepEqual(look('..1', name), [0o440, 0, group ?? 0]);
      assert.equal(lstatSync(join(home.partsDirectory, '1.json')).mode & 0o7777, 0o600);
    });
  }
});

describe('a directory that is to be there', () => {
  const root = temporaryFolder('directories');
  const disk = createDisk(createHome(root));

  /** What somebody does just before the directory is made. */
  const after = (meanwhile: (path: string) => void): Disk => ({
    ...disk,
    async makeDirectory(path, mode) {
      meanwhile(path);
      await disk.makeDirectory(path, mode);
    },
  });

  it('is fine where another driver made it a moment before', async () => {
    const path = join(root, 'made');
    await ensureDirectory(
      after(() => mkdirSync(path, { mode: 0o711 })),
      path,
      0o700,
    );
    assert.equal(lstatSync(path).mode & 0o7777, 0o711);
  });

  for (const { name, meanwhile } of [
    { name: 'a link to one', meanwhile: (path: string) => symlinkSync(root, path) },
    { name: 'a file', meanwhile: (path: string) => writeFileSync(path, '') },
  ]) {
    it(`is not there where somebody put ${name} in its place (invariant 10)`, async () => {
      const path = join(root, name.replaceAll(' ', '-'));
      await assert.rejects(ensureDirectory(after(meanwhile), path, 0o700), { code: 'disk-failed', message: /EEXIST/ });
      await assert.rejects(ensureDirectory(disk, path, 0o700), { code: 'disk-failed', message: /EEXIST/ });
    });
  }

  it('is not there where it was made but its mode could not be set', async () => {
    const path = join(root, 'half');
    const half: Disk = {
      ...disk,
      async makeDirectory() {
        mkdirSync(path);
        throw new AgentError('not-permitted', 'EPERM', { cause: Object.assign(new Error('EPERM'), { code: 'EPERM' }) });
      },
    };
    await assert.rejects(ensureDirectory(half, path, 0o700), { code: 'not-permitted' });
  });
});

describe('what somebody puts in the way of a rotation', () => {
  const root = temporaryFolder('in-the-way');
  const disk = createDisk(createHome(root));
  let count = 0;

  /** A volume with sets 1 and 2, and a folder elsewhere that nothing may be removed from. */
  async function makeVolume() {
    const volumeId = parseVolumeId(`csi-${(count += 1)}`);
    assert.ok(volumeId);
    const home = createHome(root).volume(volumeId);
    for (const path of [home.partsDirectory, home.directory]) mkdirSync(path, { recursive: true });
    disk.mountTmpfs(home.directory, { sizeBytes: 1024 * 1024, inodes: 256, mode: 0o550 });
    const files = new VolumeFiles(disk, home);
    for (const generation of [1, 2]) await rotate(files, await next(generation), at(0), fail);
    const elsewhere = join(root, `elsewhere-${count}`);
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'kept'), '');
    return { home, files, elsewhere };
  }

  for (const { name, of } of [
    { name: 'the link that becomes the current one', of: ({ nextData }: VolumeHome) => nextData },
    { name: 'the link to the current set', of: ({ data }: VolumeHome) => data },
    { name: 'a name that the pod opens', of: (home: VolumeHome) => home.visible('tls.key') },
    { name: 'a file of the current set', of: (home: VolumeHome) => home.file(2, 'tls.key') },
    { name: 'what is no file of a set', of: (home: VolumeHome) => join(home.set(1), 'stray') },
    { name: 'the parts of the current set', of: (home: VolumeHome) => home.parts(2) },
  ]) {
    it(`goes, be it a directory in place of ${name}, and nothing elsewhere goes with it (invariants 2 and 10)`, async () => {
      const { home, files, elsewhere } = await makeVolume();
      putDirectory(of(home), elsewhere);
      for (const generation of [3, 4]) await rotate(files, await next(generation), at(generation * 3_600), fail);
      assert.deepEqual([setsOf(home), partsOf(home), currentSet(home)], [['..3', '..4'], ['4.json'], 4]);
      for (const file of ['tls.key', 'tls.crt', 'ca.crt']) assert.equal(generationOf(readFileSync(join(home.directory, file), 'utf8')), 4);
      assert.deepEqual(readdirSync(home.directory).toSorted(), ['..3', '..4', '..data', 'ca.crt', 'tls.crt', 'tls.key']);
      assert.deepEqual(readdirSync(elsewhere), ['kept']);
    });
  }

  it('stays where it is a file system of its own, with all that is on it, is told, and holds up no other set (invariant 10)', async () => {
    const { home, files } = await makeVolume();
    const mounted = join(home.set(1), 'mounted');
    mkdirSync(mounted);
    disk.mountTmpfs(mounted, { sizeBytes: 64 * 1024, inodes: 16, mode: 0o700 });
    writeFileSync(join(mounted, 'kept'), '');
    const told: unknown[] = [];
    await rotate(files, await next(3), at(3_600), (error) => told.push(error));
    await rotate(files, await next(4), at(7_200), (error) => told.push(error));
    assert.deepEqual([currentSet(home), setsOf(home), readdirSync(mounted)], [4, ['..1', '..3', '..4'], ['kept']]);
    assert.ok(told.length === 2 && told.every((error) => String(error).includes('EBUSY')));
    await disk.unmount(mounted);
    await rotate(files, await next(5), at(10_800), fail);
    assert.deepEqual(setsOf(home), ['..4', '..5']);
  });
});
