import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { AgentError } from '../../node-agent/errors.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { isSharedAt, parseMountTable } from '../../node-agent/volume/mount-table.ts';
import { mountsBelow, temporaryFolder } from '../support/temporary-folder.ts';

const TMPFS = { sizeBytes: 1024 * 1024, inodes: 64, mode: 0o550 };
const isRealRoot = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] !== '1';

describe('the disk', () => {
  const folder = temporaryFolder('disk');
  const disk = createDisk(createHome(folder));

  function place(name: string): string {
    const path = join(folder, name);
    mkdirSync(path);
    return path;
  }

  it('writes files with exactly the mode asked for, whatever the umask', async () => {
    const before = process.umask(0o077);
    try {
      await disk.writeFile(join(folder, 'file'), 'content', 0o440);
      await disk.makeDirectory(join(folder, 'directory'), 0o755);
    } finally {
      process.umask(before);
    }
    assert.equal(lstatSync(join(folder, 'file')).mode & 0o7777, 0o440);
    assert.equal(lstatSync(join(folder, 'directory')).mode & 0o7777, 0o755);
  });

  it('gives a file to the group asked for', { skip: isRealRoot ? false : 'one group id only in this user namespace' }, async () => {
    await disk.writeFile(join(folder, 'grouped'), 'content', 0o440, 2000);
    assert.equal(lstatSync(join(folder, 'grouped')).gid, 2000);
  });

  it('never writes over a file or through a link that is there', async () => {
    writeFileSync(join(folder, 'existing'), 'old');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    for (const name of ['existing', 'link']) {
      await assert.rejects(disk.writeFile(join(folder, name), 'new', 0o440), { code: 'disk-failed' });
    }
    assert.equal(readFileSync(join(folder, 'existing'), 'utf8'), 'old');
    assert.throws(() => lstatSync(join(folder, 'elsewhere')), { code: 'ENOENT' });
  });

  it('takes it as done when what is to be removed or unmounted is not there', async () => {
    const missing = join(folder, 'missing');
    await disk.removeFile(missing);
    await disk.removeDirectory(missing);
    await disk.unmount(missing);
    await disk.unmount(place('not-mounted'));
  });

  it('says what keeps a tmpfs mounted, also among unmounts of what is not there', async () => {
    const path = place('in-use');
    disk.mountTmpfs(path, { ...TMPFS, mode: 0o750 });
    const open = openSync(join(path, 'open'), 'w');
    const missing = Array.from({ length: 20 }, (_, index) => disk.unmount(join(folder, `nowhere-${index}`)));
    await assert.rejects(disk.unmount(path), { code: 'disk-failed', message: /EBUSY/ });
    await Promise.all(missing);
    closeSync(open);
    await disk.unmount(path);
    assert.deepEqual(mountsBelow(folder), []);
  });

  it('unmounts as many at once as a node may have to', async () => {
    const paths = Array.from({ length: 300 }, (_, index) => join(folder, `many-${index}`));
    await Promise.all(paths.map((path) => disk.unmount(path)));
  });

  it('mounts a tmpfs that is nosuid, nodev, noexec and of the size asked for', async () => {
    const path = place('tmpfs');
    disk.mountTmpfs(path, TMPFS);
    const line = mountLine(path);
    for (const option of ['nosuid', 'nodev', 'noexec', 'size=1024k', 'nr_inodes=64', 'mode=550'])
      assert.match(line, new RegExp(`\\b${option}\\b`));
    if (isRealRoot && kernelAtLeast(6, 4)) assert.match(line, /\bnoswap\b/);
    const entry = (await disk.mountTable()).find(({ mountPoint }) => mountPoint === path);
    assert.deepEqual([entry?.fileSystem, entry?.source, entry?.readOnly], ['tmpfs', 'podcert', false]);
    await disk.unmount(path);
    assert.deepEqual(mountsBelow(folder), []);
  });

  it('says that a full tmpfs is full', async () => {
    const path = place('full');
    disk.mountTmpfs(path, { ...TMPFS, sizeBytes: 4096 });
    await assert.rejects(disk.writeFile(join(path, 'big'), 'x'.repeat(10_000), 0o440), { code: 'disk-full' });
    await disk.unmount(path);
  });

  it('says what privilege is missing', { skip: isRealRoot ? false : 'not root outside' }, () => {
    // The same call by an ordinary user, in a process of its own.
    const script = `
      const { createDisk } = await import(${JSON.stringify(new URL('../../node-agent/volume/disk.ts', import.meta.url).href)});
      try { createDisk({ isInMemory: () => false, staging: '/nowhere' }).mountTmpfs('/tmp', ${JSON.stringify(TMPFS)}); } catch (error) { console.log(error.code, error.message); }`;
    const capabilities = ['--inh-caps=-all', '--bounding-set=-sys_admin'];
    const run = spawnSync('setpriv', [...capabilities, process.execPath, '--input-type=module', '-e', script], { encoding: 'utf8' });
    assert.match(run.stdout, /^not-permitted Cannot mount a tmpfs at "\/tmp": EPERM, .*CAP_SYS_ADMIN/);
  });

  for (const mountApi of ['detect', 'classic'] as const) {
    it(`makes a bind that is read-only in the host's mount table too (${mountApi} mount calls)`, async () => {
      // This process plays the host: it shares `shared` with a process in a mount namespace of its own, as Bidirectional does.
      const shared = place(`shared-${mountApi}`);
      spawnSync('mount', ['-t', 'tmpfs', 'shared', shared]);
      spawnSync('mount', ['--make-shared', shared]);
      const [source, target] = [join(shared, 'source'), join(shared, 'target')];
      for (const path of [source, target]) mkdirSync(path);
      const script = `
        const { createDisk } = await import(${JSON.stringify(new URL('../../node-agent/volume/disk.ts', import.meta.url).href)});
        const disk = createDisk({ isInMemory: () => false, staging: ${JSON.stringify(join(shared, 'staging'))} }, ${JSON.stringify({ mountApi })});
        disk.mountTmpfs(${JSON.stringify(source)}, ${JSON.stringify(TMPFS)});
        disk.bindReadOnly(${JSON.stringify(source)}, ${JSON.stringify(target)});
        console.log('bound');
        process.stdin.resume();`;
      const driver = spawn('unshare', ['--mount', '--propagation', 'unchanged', process.execPath, '--input-type=module', '-e', script], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      try {
        await once(driver.stdout, 'data');
        const entries = (await disk.mountTable()).filter(({ mountPoint }) => mountPoint.startsWith(`${shared}/`));
        assert.deepEqual(
          entries.map(({ mountPoint, readOnly, source }) => [mountPoint, readOnly, source]),
          [
            [source, false, 'podcert'],
            [target, true, 'podcert'],
          ],
        );
        writeFileSync(join(source, 'file'), 'seen');
        assert.equal(readFileSync(join(target, 'file'), 'utf8'), 'seen');
        assert.throws(() => writeFileSync(join(target, 'other'), ''), { code: 'EROFS' });
        assert.deepEqual(readdirSync(shared), ['source', 'target']);
      } finally {
        driver.stdin.end();
        await once(driver, 'exit');
      }
    });
  }

  for (const mountApi of ['detect', 'classic'] as const) {
    it(`never binds through a link in place of the target (${mountApi} mount calls)`, async () => {
      const [source, target] = [place(`link-source-${mountApi}`), join(folder, `link-target-${mountApi}`)];
      const binding = createDisk(createHome(folder), { mountApi });
      binding.mountTmpfs(source, TMPFS);
      symlinkSync(place(`victim-${mountApi}`), target);
      assert.throws(
        () => binding.bindReadOnly(source, target),
        (error) => error instanceof AgentError && error.code === 'disk-failed',
      );
      assert.deepEqual(
        mountsBelow(folder).filter((path) => path.includes('victim')),
        [],
      );
      await binding.unmount(source);
    });
  }
});

describe('the mount table', () => {
  it('tells by the innermost mount around a path whether what is mounted there is seen on the host', () => {
    const table = parseMountTable([line('/', ''), line('/var/lib/podcert', 'shared:7 '), line('/var', 'master:1 ')].join('\n'));
    assert.ok(isSharedAt(table, '/var/lib/podcert'));
    assert.ok(!isSharedAt(table, '/var/lib/podcert-other'));
    assert.ok(!isSharedAt(table, '/elsewhere'));
  });

  it('tells of a mount whose source is called like the sign in the middle of a line', () => {
    const text = '36 35 98:0 / /a rw shared:1 - tmpfs - rw';
    assert.deepEqual(
      parseMountTable(text).map(({ mountPoint, source, isShared }) => [mountPoint, source, isShared]),
      [['/a', '-', true]],
    );
  });

  it('reads mount points with blanks, tabs and backslashes', () => {
    const text = '36 35 98:0 / /a\\040b\\011c\\134d ro,noatime shared:1 master:2 - tmpfs podcert rw,size=4k,noswap';
    assert.deepEqual(parseMountTable(`${text}\n\nnonsense\n`), [
      {
        device: '98:0',
        isShared: true,
        mountPoint: '/a b\tc\\d',
        readOnly: true,
        fileSystem: 'tmpfs',
        source: 'podcert',
        options: ['rw', 'size=4k', 'noswap'],
      },
    ]);
  });
});

/** A line of mountinfo; `tag` is an optional field with a blank behind it. */
function line(mountPoint: string, tag: string): string {
  return `36 35 98:0 / ${mountPoint} rw ${tag}- tmpfs podcert rw`;
}

function mountLine(path: string): string {
  return (
    readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(` ${path} `)) ?? ''
  );
}

function kernelAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
