import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lstat, mkdir, readdir, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { openPrivateSocket } from '../../../driver/csi/private-socket.ts';
import { temporaryDir } from './served-agent.ts';

async function open(context: TestContext, path: string) {
  // Whoever only looks whether somebody answers hangs up without listening.
  const socket = await openPrivateSocket(path, (connection) => connection.on('error', () => undefined).end('hello'));
  context.after(() => socket.close());
  return socket;
}

async function greetingAt(path: string): Promise<string> {
  let text = '';
  for await (const chunk of connect(path)) text += String(chunk);
  return text;
}

/** Leaves a socket behind that nobody serves, as a process that was killed does. */
async function leaveStaleSocket(path: string): Promise<void> {
  const script = 'require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))';
  await once(spawn(process.execPath, ['-e', script, path]), 'exit');
  assert.ok((await lstat(path)).isSocket());
}

describe('a private socket', () => {
  for (const umask of [0o000, 0o022, 0o077]) {
    it(`has mode 0600 and nothing lies beside it, at umask ${umask.toString(8).padStart(3, '0')}`, async (t) => {
      const dir = await temporaryDir(t);
      const path = join(dir, 'csi.sock');
      const before = process.umask(umask);
      try {
        await open(t, path);
      } finally {
        process.umask(before);
      }
      assert.equal((await lstat(path)).mode & 0o7777, 0o600);
      assert.deepEqual(await readdir(dir), ['csi.sock']);
      assert.equal(await greetingAt(path), 'hello');
    });
  }

  it('takes the place of a socket that nobody serves any more', async (t) => {
    const path = join(await temporaryDir(t), 'csi.sock');
    await leaveStaleSocket(path);
    await open(t, path);
    assert.equal(await greetingAt(path), 'hello');
  });

  it('clears away what a process left that was killed while it made its socket', async (t) => {
    const dir = await temporaryDir(t);
    await mkdir(join(dir, '.csi.'), { mode: 0o700 });
    await leaveStaleSocket(join(dir, '.csi.', '.s'));
    await open(t, join(dir, 'csi.sock'));
    assert.deepEqual(await readdir(dir), ['csi.sock']);
  });

  it('may have the longest path there is, and refuses a longer one', async (t) => {
    const dir = join(await temporaryDir(t), 'd'.repeat(40));
    await mkdir(dir);
    const longest = join(dir, 'x'.repeat(107 - Buffer.byteLength(dir) - 1));
    await open(t, longest);
    assert.equal(await greetingAt(longest), 'hello');
    await assert.rejects(open(t, `${longest}x`), { code: 'disk-failed', message: /at most 107 bytes/ });
  });

  it('may have a name of one letter', async (t) => {
    const dir = await temporaryDir(t);
    await writeFile(join(dir, 'kept'), '');
    await open(t, join(dir, 's'));
    assert.deepEqual((await readdir(dir)).toSorted(), ['kept', 's']);
  });

  it('does not push aside a process that still answers', async (t) => {
    const path = join(await temporaryDir(t), 'csi.sock');
    await open(t, path);
    await assert.rejects(open(t, path), { code: 'disk-failed', message: /another process answers there; stop it first/ });
    assert.equal(await greetingAt(path), 'hello');
  });

  const obstacles: readonly { readonly name: string; readonly make: (path: string) => Promise<unknown> }[] = [
    { name: 'a file', make: (path) => writeFile(path, 'precious') },
    { name: 'a directory', make: (path) => mkdir(path) },
    { name: 'a symbolic link, even a dangling one', make: (path) => symlink('/nowhere', path) },
  ];
  for (const { name, make } of obstacles) {
    it(`does not push aside ${name}`, async (t) => {
      const path = join(await temporaryDir(t), 'csi.sock');
      await make(path);
      const before = await lstat(path);
      await assert.rejects(open(t, path), { code: 'disk-failed', message: /not a socket lies there; move it away or choose another path/ });
      assert.equal((await lstat(path)).ino, before.ino);
    });
  }

  it('says that its directory does not exist', async (t) => {
    const path = join(await temporaryDir(t), 'missing', 'csi.sock');
    await assert.rejects(open(t, path), {
      code: 'disk-failed',
      message: `Cannot serve on "${path}": its directory does not exist; create it or choose another path`,
    });
  });

  it('knows when its path was removed, or leads to another socket', async (t) => {
    const path = join(await temporaryDir(t), 'csi.sock');
    const socket = await open(t, path);
    assert.equal(await socket.isInPlace(), true);
    await rename(path, `${path}.moved`);
    assert.equal(await socket.isInPlace(), false);
    await open(t, path);
    assert.equal(await socket.isInPlace(), false);
  });

  it('removes its path when closed, and takes no more connections', async (t) => {
    const path = join(await temporaryDir(t), 'csi.sock');
    const socket = await open(t, path);
    await socket.close();
    assert.deepEqual(await readdir(dirname(path)), []);
    await assert.rejects(greetingAt(path), { code: 'ENOENT' });
  });

  it("leaves a successor's socket alone when closed", async (t) => {
    const path = join(await temporaryDir(t), 'csi.sock');
    const socket = await open(t, path);
    await unlink(path);
    const successor = createServer((connection) => connection.end('successor')).listen(path);
    t.after(() => successor.close());
    await once(successor, 'listening');
    await socket.close();
    assert.equal(await greetingAt(path), 'successor');
  });
});
