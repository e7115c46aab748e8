import assert from 'node:assert/strict';
import { lstat, mkdir, readdir, rm, unlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { TestContext } from 'node:test';
import { findPlugin, registerPlugin } from '../../../demo/kubelet-registration.ts';
import { keepRegistered } from '../../../driver/csi/registration.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { serveAgent } from './served-agent.ts';

const OFFERED = 'waiting for kubelet to register the driver';
const REFUSED = 'kubelet refused to register the driver';
const CHECK_MS = 10_000;
const never = new AbortController().signal;

/** Moves past one look at the socket after the other, each of which has ended before the next begins. */
class CheckClock extends ManualClock {
  #asleep = Promise.withResolvers<void>();

  override sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    if (delayMs === CHECK_MS) this.#asleep.resolve();
    return super.sleep(delayMs, signal);
  }

  async nextCheck(): Promise<void> {
    await this.#asleep.promise;
    this.#asleep = Promise.withResolvers<void>();
    await this.advance(CHECK_MS);
    await this.#asleep.promise;
  }
}

/** A driver that serves, and its registration under way until `stop` or the test's end. */
async function register(context: TestContext, prepare: (registrationDir: string) => Promise<unknown> = (dir) => mkdir(dir)) {
  const { dir, socketPath: endpoint, log } = await serveAgent(context);
  const registrationDir = join(dir, 'plugins_registry');
  await prepare(registrationDir);
  const clock = new CheckClock();
  const stopping = new AbortController();
  const path = join(registrationDir, 'csi.cert-manager.io-reg.sock');
  const answers: boolean[] = [];
  const reporting = { log, clock, countCall: () => undefined, noteRegistration: (isRegistered: boolean) => answers.push(isRegistered) };
  const options = { socketPath: path, driverName: 'csi.cert-manager.io', endpoint, ...reporting };
  const ended = keepRegistered(options, stopping.signal);
  const stop = async () => {
    stopping.abort(new Error('stopped'));
    await ended;
  };
  context.after(stop);
  return { endpoint, registrationDir, path, clock, log, answers, ended, stop };
}

describe('the registration with kubelet', () => {
  it('is found, asked and confirmed as kubelet does it, and gone when the driver ends', async (t) => {
    const { endpoint, registrationDir, path, log, answers, stop } = await register(t);
    const found = await findPlugin(registrationDir, never);
    assert.equal(found, path);
    assert.equal((await lstat(path)).mode & 0o777, 0o600);
    const info = await registerPlugin(found, never);
    assert.deepEqual(info, { type: 'CSIPlugin', name: 'csi.cert-manager.io', endpoint, supportedVersions: ['1.0.0'] });
    await log.untilLogged('kubelet registered the driver');
    assert.deepEqual(answers, [false, true]);
    await stop();
    assert.deepEqual(await readdir(registrationDir), []);
  });

  it('is there for a kubelet that starts later, under the same socket', async (t) => {
    const { clock, path, log } = await register(t);
    await log.untilLogged(OFFERED);
    const { ino } = await lstat(path);
    await registerPlugin(path, never);
    await clock.nextCheck();
    await clock.nextCheck();
    await registerPlugin(path, never);
    assert.equal((await lstat(path)).ino, ino);
  });

  it('is made again when its socket was removed', async (t) => {
    const { clock, path, log, registrationDir } = await register(t);
    await log.untilLogged(OFFERED);
    await unlink(path);
    await clock.nextCheck();
    await registerPlugin(await findPlugin(registrationDir, never), never);
    await log.untilLogged('kubelet registered the driver');
  });

  it('is made again when the folder was removed and came back, and says the trouble once', async (t) => {
    const { clock, registrationDir, log, answers } = await register(t);
    await log.untilLogged(OFFERED);
    await registerPlugin(await findPlugin(registrationDir, never), never);
    assert.equal(answers.at(-1), true);
    await rm(registrationDir, { recursive: true });
    await clock.nextCheck();
    await clock.nextCheck();
    await clock.nextCheck();
    assert.equal(log.entries.filter(({ level }) => level === 'error').length, 1);
    assert.match(String(log.entries.at(-1)?.fields['error']), /its directory does not exist/);
    assert.equal(answers.at(-1), false);
    await mkdir(registrationDir);
    await clock.nextCheck();
    await registerPlugin(await findPlugin(registrationDir, never), never);
  });

  it("waits until another's socket is gone, such as that of the sidecar in front of us", async (t) => {
    const sidecar = createServer();
    t.after(() => sidecar.close());
    const { clock, path, log } = await register(t, async (dir) => {
      await mkdir(dir);
      await once(sidecar.listen(join(dir, 'csi.cert-manager.io-reg.sock')), 'listening');
    });
    const { fields } = await log.untilLogged('cannot offer the driver to kubelet; trying again');
    assert.match(String(fields['error']), /another process answers there/);
    sidecar.close();
    await clock.nextCheck();
    await log.untilLogged(OFFERED);
    await registerPlugin(path, never);
  });

  it('stays up after a refusal, and is made again after a back-off that doubles', async (t) => {
    const { clock, path, log } = await register(t);
    await log.untilLogged(OFFERED);
    const waits: number[] = [];
    for (let refusals = 1; refusals <= 3; refusals += 1) {
      await registerPlugin(path, never, 'node not found');
      const { fields } = await log.untilLogged(REFUSED, refusals);
      assert.equal(fields['error'], 'node not found');
      const before = clock.now().getTime();
      const { ino } = await lstat(path);
      while (log.entries.filter(({ message }) => message === OFFERED).length === refusals) {
        assert.equal((await lstat(path)).ino, ino, 'stays up meanwhile');
        await clock.nextCheck();
      }
      waits.push(clock.now().getTime() - before);
    }
    assert.deepEqual(waits, [10_000, 20_000, 40_000]);
  });

  it('is not made again when kubelet changed its mind meanwhile', async (t) => {
    const { clock, path, log } = await register(t);
    await log.untilLogged(OFFERED);
    const { ino } = await lstat(path);
    await registerPlugin(path, never, 'not yet');
    await registerPlugin(path, never);
    await clock.nextCheck();
    await clock.nextCheck();
    assert.equal((await lstat(path)).ino, ino);
  });

  it('tells of each answer, also those of a kubelet that was started anew', async (t) => {
    const { path, log, answers } = await register(t);
    await log.untilLogged(OFFERED);
    await registerPlugin(path, never, 'node not found');
    await log.untilLogged(REFUSED);
    assert.deepEqual(answers, [false, false]);
    await registerPlugin(path, never);
    await registerPlugin(path, never);
    await log.untilLogged('kubelet registered the driver', 2);
    assert.deepEqual(answers, [false, false, true, true]);
  });

  it('stands down with one line where there is no folder', async (t) => {
    const { ended, log } = await register(t, async () => undefined);
    await ended;
    assert.deepEqual(
      log.entries.map(({ level }) => level),
      ['info'],
    );
    assert.match(String(log.entries[0]?.message), /no such folder; a node-driver-registrar has to do it/);
  });
});
