import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ownLoopback } from '../support/own-loopback.ts';
import { mountsBelow, temporaryFolder } from '../support/temporary-folder.ts';
import { treeOf } from '../support/volume-facts.ts';

const MAIN = fileURLToPath(new URL('../../driver/main.ts', import.meta.url));

describe('the driver process', { timeout: 180_000 }, () => {
  const started: ChildProcess[] = [];
  after(() => started.forEach((child) => child.kill('SIGKILL')));
  const folder = temporaryFolder('main');
  for (const name of ['ca', 'registration']) mkdirSync(join(folder, name));
  const flags = (change: Readonly<Record<string, string>> = {}) =>
    Object.entries({
      'node-id': 'node-1',
      endpoint: `unix://${folder}/csi.sock`,
      'data-root': join(folder, 'data'),
      'local-ca-dir': join(folder, 'ca'),
      'registration-dir': join(folder, 'registration'),
      'health-bind-address': '0',
      'admin-bind-address': '0',
      ...change,
    }).map(([name, value]) => `--${name}=${value}`);

  /** Resolves once the driver has logged a line with this message. */
  async function startUntil(message: string, args: readonly string[]): Promise<ChildProcess> {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    started.push(child);
    for await (const line of createInterface({ input: child.stderr })) if (line.includes(`"message":"${message}`)) break;
    child.stderr.resume();
    return child;
  }

  it('ends with 0 after SIGTERM and takes its sockets with it', async () => {
    const child = await startUntil('waiting for kubelet', flags());
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.deepEqual(readdirSync(join(folder, 'registration')), []);
    assert.ok(!readdirSync(folder).includes('csi.sock'));
  });

  it('ends with 2 and names the flag of the admin listener where its address is taken, and has touched nothing', async () => {
    const host = ownLoopback();
    const other = createServer().listen(9404, host);
    await once(other, 'listening');
    const args = flags({ 'admin-bind-address': `${host}:9404`, 'data-root': join(folder, 'untouched') });
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    other.close();
    assert.equal(status, 2);
    assert.match(stderr, /EADDRINUSE.*choose another by --admin-bind-address/);
    assert.ok(!readdirSync(folder).includes('untouched'));
  });

  it('touches nothing where another driver answers on the socket', async () => {
    const first = await startUntil('serving', flags());
    const second = spawnSync(process.execPath, [MAIN, ...flags({ 'data-root': join(folder, 'other') })], { encoding: 'utf8' });
    assert.equal(second.status, 1);
    assert.match(second.stderr, /Cannot serve on .* answers/);
    assert.ok(!readdirSync(folder).includes('other'));
    first.kill('SIGTERM');
    await once(first, 'exit');
  });

  it('touches nothing where a driver of another name is at work on the data root, and starts once that one is gone, by SIGKILL too', async () => {
    const first = await startUntil('serving', flags());
    const dataRoot = join(folder, 'data');
    const before = [treeOf(dataRoot), mountsBelow(folder), readdirSync(folder)];
    const other = flags({ 'driver-name': 'other.podcert.io', endpoint: `unix://${folder}/other.sock` });
    const second = spawnSync(process.execPath, [MAIN, ...other], { encoding: 'utf8', timeout: 30_000 });
    assert.match(second.stderr, /--data-root .*: another driver is at work there; stop it, or choose another folder/);
    assert.equal(second.status, 2);
    assert.deepEqual([treeOf(dataRoot), mountsBelow(folder), readdirSync(folder)], before);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const third = await startUntil('serving', other);
    third.kill('SIGTERM');
    assert.deepEqual(await once(third, 'exit'), [0, null]);
  });

  for (const { name, change, says } of [
    { name: 'a flag', change: { 'node-id': '' }, says: /--node-id/ },
    { name: 'what a flag names', change: { 'local-ca-dir': join(folder, 'missing') }, says: /local CA/ },
    { name: 'a kubeconfig', change: { kubeconfig: join(folder, 'missing') }, says: /kubeconfig/ },
  ]) {
    it(`ends with 2 where ${name} is wrong, and says so`, () => {
      const { status, stderr } = spawnSync(process.execPath, [MAIN, ...flags(change)], { encoding: 'utf8' });
      assert.match(stderr, says);
      assert.equal(status, 2);
    });
  }
});
