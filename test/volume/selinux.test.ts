import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { AgentError } from '../../node-agent/errors.ts';
import { isSelinuxLabel } from '../../node-agent/selinux-label.ts';
import { createDisk } from '../../node-agent/volume/disk.ts';
import { createHome } from '../../node-agent/volume/home.ts';
import { hasSelinux } from '../../node-agent/volume/selinux.ts';
import { tmpfsData } from '../../node-agent/volume/tmpfs-data.ts';
import { mountsBelow, temporaryFolder } from '../support/temporary-folder.ts';

const LABEL = 'system_u:object_r:container_file_t:s0';
const TMPFS = { sizeBytes: 1024 * 1024, inodes: 64, mode: 0o550 };

describe('whether a kernel labels by SELinux', () => {
  const folder = temporaryFolder('selinux');
  const nodes = [
    { name: 'knows selinuxfs', files: { 'proc/filesystems': 'nodev\tsysfs\nnodev\tselinuxfs\n\text4\n' }, is: true },
    { name: 'has it mounted', files: { 'proc/filesystems': 'nodev\tsysfs\n', 'sys/fs/selinux/enforce': '0' }, is: true },
    { name: 'knows another file system of a name like it', files: { 'proc/filesystems': 'nodev\tselinuxfs2\n\text4\n' }, is: false },
    { name: 'has the mount point alone', files: { 'proc/filesystems': 'nodev\tsysfs\n', 'sys/fs/selinux/.keep': '' }, is: false },
    { name: 'shows nothing', files: {}, is: false },
  ];
  for (const [index, { name, files, is }] of nodes.entries()) {
    it(`is told of one that ${name}: ${is ? 'yes' : 'no'}`, async () => {
      const root = join(folder, String(index));
      for (const [path, text] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), text);
      }
      assert.equal(await hasSelinux(root), is);
    });
  }
});

describe('the label of a volume', () => {
  it('stands in quotes among the options, so that the commas of its level divide nothing', () => {
    const selinuxLabel = { text: `${LABEL}:c12,c345`, setBy: 'mount_flags' } as const;
    assert.equal(
      tmpfsData({ ...TMPFS, group: 2000, selinuxLabel }, true),
      `size=1048576,nr_inodes=64,mode=550,uid=0,gid=2000,context="${LABEL}:c12,c345"`,
    );
    assert.equal(tmpfsData(TMPFS, true), 'size=1048576,nr_inodes=64,mode=550,uid=0');
  });

  it('is left out where the kernel has no SELinux and would refuse the mount', async () => {
    const [folder, disk] = [temporaryFolder('unlabelled'), createDisk(createHome('/nowhere'))];
    const labelled = { ...TMPFS, selinuxLabel: { text: LABEL, setBy: '--selinux-context' } } as const;
    assert.equal(tmpfsData(labelled, false), tmpfsData(TMPFS, false));
    const path = join(folder, 'tmpfs');
    mkdirSync(path);
    disk.mountTmpfs(path, labelled);
    assert.deepEqual(mountsBelow(folder), [path]);
    await disk.unmount(path);
  });

  const noSelinux = !existsSync('/sys/fs/selinux/enforce') && !readFileSync('/proc/filesystems', 'utf8').includes('selinuxfs');
  for (const { setBy, cure } of [
    { setBy: '--selinux-context', cure: /of --selinux-context: set it to one that/ },
    { setBy: 'mount_flags', cure: /of context= in mount_flags: .*the pod's seLinuxOptions/ },
  ] as const) {
    it(
      `is named, with its cure, where it is of ${setBy} and the kernel refuses it`,
      { skip: noSelinux ? false : 'this kernel takes it' },
      () => {
        const [folder, disk] = [temporaryFolder('refused'), createDisk(createHome('/nowhere'), { hasSelinux: true })];
        const path = join(folder, 'tmpfs');
        mkdirSync(path);
        assert.throws(
          () => disk.mountTmpfs(path, { ...TMPFS, selinuxLabel: { text: LABEL, setBy } }),
          (error: AgentError) => {
            assert.equal(error.code, 'disk-failed');
            assert.match(error.message, new RegExp(`with the SELinux label "${LABEL}" \\(.*\\) at ".*": EINVAL`));
            assert.match(error.message, cure);
            return true;
          },
        );
        assert.deepEqual(mountsBelow(folder), []);
      },
    );
  }

  const labels = [
    { text: LABEL, is: true },
    { text: 'system_u:object_r:container_file_t', is: true },
    { text: 'system_u:object_r:container_file_t:s0-s0:c0.c1023,c3', is: true },
    { text: '', is: false },
    { text: 'container_file_t', is: false },
    { text: 'a:b:', is: false },
    { text: 'a:b:c"', is: false },
    { text: 'a:b:c:s0",size=100g,x="', is: false },
    { text: 'a:b:c:s0\nsize=1', is: false },
    { text: 'a:b:c:s0\0', is: false },
    { text: `a:b:${'c'.repeat(2_000)}`, is: false },
  ];
  for (const { text, is } of labels) {
    it(`may ${is ? '' : 'not '}be ${JSON.stringify(text.slice(0, 60))} (invariant 10)`, () => assert.equal(isSelinuxLabel(text), is));
  }
});
