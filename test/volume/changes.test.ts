import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, before, beforeEach, describe, it } from 'node:test';
import { parseVolumeId } from '../../node-agent/volume-id.ts';
import type { VolumeId } from '../../node-agent/volume-id.ts';
import { Changes } from '../../node-agent/volume/changes.ts';
import { mount, unmount } from '../../node-agent/volume/kernel.ts';
import { takeOwnMounts } from '../support/own-namespaces.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('what changed in the volumes', () => {
  const folder = temporaryFolder('changes');
  const [web, api] = [idOf('web'), idOf('api')];
  const root = join(folder, 'root');
  let changes: Changes;

  // Elsewhere, other tests mount all the time.
  before(takeOwnMounts);
  beforeEach(() => {
    mkdirSync(root);
    for (const volumeId of [web, api]) for (const path of directoriesOf(volumeId)) mkdirSync(path, { recursive: true });
    writeFileSync(join(folder, web, 'set', 'tls.key'), '');
    changes = new Changes();
    changes.open(root);
    for (const volumeId of [web, api]) changes.watch(volumeId, directoriesOf(volumeId));
  });
  afterEach(() => {
    changes.close();
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  });

  function directoriesOf(volumeId: VolumeId): readonly string[] {
    return [join(folder, volumeId), join(folder, volumeId, 'set'), join(folder, `${volumeId}-parts`)];
  }

  function taken(): unknown {
    const changed = changes.take();
    return changed === 'all' ? changed : [...changed].toSorted();
  }

  it('is nothing as long as nobody does anything, read or write', () => {
    assert.deepEqual(taken(), []);
    readFileSync(join(folder, web, 'set', 'tls.key'));
    writeFileSync(join(folder, web, 'set', 'tls.key'), 'longer');
    assert.deepEqual(taken(), []);
  });

  for (const { what, change } of [
    { what: 'deletes a file', change: () => rmSync(join(folder, web, 'set', 'tls.key')) },
    { what: 'adds a file', change: () => writeFileSync(join(folder, web, 'other'), '') },
    { what: 'renames a file', change: () => renameSync(join(folder, web, 'set', 'tls.key'), join(folder, web, 'tls.key')) },
    { what: 'deletes a directory', change: () => rmSync(join(folder, web, 'set'), { recursive: true }) },
    { what: 'deletes an empty directory', change: () => rmdirSync(join(folder, `${web}-parts`)) },
    { what: 'moves a directory away', change: () => renameSync(join(folder, web), join(folder, 'gone')) },
    { what: 'has a directory shut', change: () => chmodSync(join(folder, web, 'set'), 0o700) },
  ]) {
    it(`is the volume of which somebody ${what}, once`, () => {
      change();
      assert.deepEqual(taken(), [web]);
      assert.deepEqual(taken(), []);
    });
  }

  it('is all where something was mounted or unmounted, once', () => {
    const path = join(folder, 'mounted');
    mkdirSync(path);
    mount('tmpfs', path, 'tmpfs', 0, 'size=4k');
    const told = [taken(), taken()];
    unmount(path);
    assert.deepEqual(told, ['all', []]);
    assert.deepEqual(taken(), 'all');
    assert.deepEqual(taken(), []);
  });

  it('is all where something happened in the data root', () => {
    mkdirSync(join(root, 'volumes'));
    assert.deepEqual([taken(), taken()], ['all', []]);
    renameSync(root, join(folder, 'other'));
    assert.deepEqual(taken(), 'all');
  });

  it('is a volume that is not watched, or cannot be, each time, until it is', () => {
    changes.watch(web, [...directoriesOf(web), join(folder, 'missing')]);
    changes.unwatch(api);
    assert.deepEqual([taken(), taken()], [[api, web].toSorted(), [api, web].toSorted()]);
    changes.watch(api, directoriesOf(api));
    changes.watch(web, directoriesOf(web));
    assert.deepEqual([taken(), taken()], [[], []]);
  });

  it('is a volume for which there is no room among the watches, each time, until there is', () => {
    changes.close();
    changes = new Changes();
    changes.open(root, directoriesOf(web).length);
    for (const volumeId of [web, api]) changes.watch(volumeId, directoriesOf(volumeId));
    assert.deepEqual([taken(), taken()], [[api], [api]]);
    changes.forget(web);
    changes.watch(api, directoriesOf(api));
    assert.deepEqual([taken(), taken()], [[], []]);
  });

  it('is nothing of a volume that is forgotten, nor of a directory that it has no more', () => {
    changes.watch(web, [join(folder, web)]);
    writeFileSync(join(folder, web, 'set', 'other'), '');
    changes.forget(api);
    writeFileSync(join(folder, api, 'other'), '');
    assert.deepEqual(taken(), []);
  });

  it('is all where more was done than the kernel keeps', () => {
    const most = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    // Each is two events, and the kernel merges only those that follow each other and are the same.
    for (let done = 0; done <= most; done += 2) {
      chmodSync(join(folder, web), 0o755);
      chmodSync(join(folder, api), 0o755);
    }
    assert.deepEqual(taken(), 'all');
    assert.deepEqual(taken(), []);
    rmSync(join(folder, web, 'set', 'tls.key'));
    assert.deepEqual(taken(), [web]);
  });

  it('leaves no watch in the kernel of what is watched no more', () => {
    const before = watchesOfThisProcess();
    for (let time = 0; time < 100; time += 1) {
      changes.watch(web, directoriesOf(web));
      changes.watch(api, [...directoriesOf(api), join(folder, 'missing')]);
    }
    assert.equal(watchesOfThisProcess(), before - directoriesOf(api).length);
    changes.forget(web);
    assert.equal(watchesOfThisProcess(), 1);
  });

  it('is all before anything is watched, and after', () => {
    changes.close();
    assert.deepEqual(taken(), 'all');
    changes.close();
  });
});

/** The inotify watches of this process, by its descriptors (proc_pid_fdinfo(5)). */
function watchesOfThisProcess(): number {
  const folder = '/proc/self/fdinfo';
  const texts = readdirSync(folder).map((name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : ''));
  return texts.join('').match(/^inotify /gm)?.length ?? 0;
}

function idOf(name: string): VolumeId {
  const volumeId = parseVolumeId(`csi-${name}`);
  assert.ok(volumeId !== undefined);
  return volumeId;
}
