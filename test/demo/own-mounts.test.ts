import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const OWN_MOUNTS = join(import.meta.dirname, '../../demo/own-mounts.ts');

/** Calls runWithOwnMounts in a process of its own, as if nothing had made mounts of our own before. */
function runInside(code: string, { path = process.env['PATH'], before = [] }: { path?: string | undefined; before?: string[] } = {}) {
  const inside = ['--input-type=module', '--eval', code];
  const outside = `import { runWithOwnMounts } from ${JSON.stringify(OWN_MOUNTS)};
    process.exitCode = runWithOwnMounts(${JSON.stringify(inside)});`;
  const [command, ...args] = [...before, process.execPath, '--input-type=module', '--eval', outside];
  const { PODCERT_OWN_MOUNTS: _, ...env } = process.env;
  return spawnSync(command, args, { encoding: 'utf8', env: { ...env, PATH: path }, timeout: 30_000 });
}

describe('mounts of our own', () => {
  it('are not those of the process outside, and the status comes back', () => {
    const { status, stdout } = runInside(`import { readlinkSync } from 'node:fs';
      console.log(readlinkSync('/proc/self/ns/mnt'), process.env.PODCERT_OWN_MOUNTS);
      process.exitCode = 7;`);
    assert.match(stdout, /^mnt:\[\d+\] (root|user)\n$/);
    assert.ok(!stdout.startsWith(readlinkSync('/proc/self/ns/mnt')));
    assert.equal(status, 7);
  });

  it('say what to install where unshare is missing', () => {
    const { status, stderr } = runInside('', { path: '/nonexistent' });
    assert.match(stderr, /^Cannot make mounts of our own: unshare cannot be started .*ENOENT/);
    assert.match(stderr, /unshare\(1\) and setpriv\(1\) of util-linux/);
    assert.equal(status, 69);
  });

  it('say which privilege is missing where the kernel refuses', (test) => {
    if (process.getuid?.() !== 0 || isInUserNamespace()) return test.skip('only root has the privilege to give up');
    const { status, stderr } = runInside('', { before: ['setpriv', '--bounding-set=-sys_admin', '--inh-caps=-all', '--no-new-privs'] });
    assert.match(stderr, /^Cannot make mounts of our own: .*not permitted/);
    assert.match(stderr, /the capability CAP_SYS_ADMIN \(in a container: --privileged/);
    assert.equal(status, 69);
  });

  it('vanish with a process outside that is killed: the one inside is told to end', () => {
    const { stdout } = runInside(`process.on('SIGTERM', () => { console.log('told'); process.exit(); });
      process.kill(process.ppid, 'SIGKILL');
      setTimeout(() => {}, 20_000);`);
    assert.equal(stdout, 'told\n');
  });
});

/** Whether the root of this namespace is an ordinary user outside (user_namespaces(7)). */
function isInUserNamespace(): boolean {
  return !/^\s+0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'utf8'));
}
