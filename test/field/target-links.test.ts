import assert from 'node:assert/strict';
import { chmodSync, chownSync, lchownSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { Worker } from 'node:worker_threads';
import { agentBench } from '../support/agent-bench.ts';
import type { AgentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';
import { sweep } from '../support/sweep.ts';
import { mountsBelow } from '../support/temporary-folder.ts';
import { mountIdAt, treeOf } from '../support/volume-facts.ts';
import { makeVictim } from './victim.ts';

const isRealRoot = /^\s+0\s+0\s+4294967295$/m.test(readFileSync('/proc/self/uid_map', 'utf8'));
/** A user of the node, of whom only root can make the files. */
const asUser = { skip: isRealRoot ? false : 'only root outside a user namespace can give files away' };
const USER = 1000;

/** What the agent has on disk but for the state of the node itself. */
function remains(bench: AgentBench): readonly string[] {
  return [...treeOf(bench.home.state), ...treeOf(bench.home.volumes)];
}

describe('a link in place of the target', { timeout: 240_000 }, () => {
  const bench = agentBench('target-links');

  it('that appears at any step of a publish leads nowhere (invariant 10)', () => sweepSteps('publish', (volume) => bench.publish(volume)));

  it('that appears at any step of an unpublish leads nowhere (invariant 10)', () =>
    sweepSteps(
      'unpublish',
      (volume) => bench.unpublish(volume),
      (volume) => bench.publish(volume),
    ));

  /** Puts the link there at each step of a call in turn, on volumes that were prepared for it. */
  async function sweepSteps(
    call: string,
    act: (volume: InlineVolume) => Promise<void>,
    prepare: (volume: InlineVolume) => Promise<void> = async () => {},
  ): Promise<void> {
    await bench.start();
    const victim = makeVictim(dirname(bench.home.root), call);
    const struck = await sweep(async (at) => {
      const volume = localCaVolume(`${call}-${at}`, '3h');
      await prepare(volume);
      const isStruck = await swapAt(bench, at, bench.targetPath(volume), victim.path, () => act(volume));
      await clear(bench, bench.targetPath(volume));
      await bench.unpublish(volume);
      victim.assertUntouched();
      assert.deepEqual(remains(bench), []);
      return isStruck;
    });
    assert.ok(struck > 10, `only ${struck} steps`);
  }

  it('that comes and goes as fast as it can, meanwhile, leads nowhere (invariant 10)', async () => {
    await bench.start();
    const victim = makeVictim(dirname(bench.home.root), 'race');
    for (let round = 0; round < 20; round += 1) {
      const volume = localCaVolume(`race-${round}`, '3h');
      const target = bench.targetPath(volume);
      mkdirSync(dirname(target), { recursive: true });
      const attacker = startSwapper(target, victim.path);
      try {
        await attacker.started;
        await bench.publish(volume).catch(() => undefined);
        bench.agent.renew(bench.homeOf(volume).volumeId);
        await bench.unpublish(volume).catch(() => undefined);
      } finally {
        await attacker.stop();
      }
      await clear(bench, target);
      await bench.unpublish(volume);
      victim.assertUntouched();
      assert.deepEqual(remains(bench), []);
    }
  });
});

describe('the way to the target', { timeout: 240_000 }, () => {
  const bench = agentBench('target-way');

  it('is never taken to another volume: a link to its folder does not take its files away (invariants 4 and 10)', async () => {
    await bench.start();
    const [mine, other] = [localCaVolume('mine', '3h'), localCaVolume('other', '3h')];
    for (const volume of [mine, other]) await bench.publish(volume);
    const before = bench.read(other);
    const way = dirname(bench.targetPath(mine));
    renameSync(way, `${way}-away`);
    symlinkSync(dirname(bench.targetPath(other)), way);
    await assert.rejects(bench.unpublish(mine), { code: 'disk-failed', message: /the volume "csi-[0-9a-f]+" is mounted there/ });
    await assert.rejects(bench.agent.unpublish('unknown', bench.targetPath(mine), new AbortController().signal), {
      code: 'target-differs',
    });
    assert.deepEqual(bench.read(other), before);
    unlinkSync(way);
    renameSync(`${way}-away`, way);
    await bench.unpublish(mine);
    assert.deepEqual(bench.read(other), before);
    await bench.unpublish(other);
    assert.deepEqual(remains(bench), []);
  });

  for (const { name, prepare, why } of [
    { name: 'a folder of a user', prepare: (way: string) => chownSync(way, USER, 0), why: /belongs to user 1000/ },
    { name: 'a folder below one of a user', prepare: (way: string) => chownSync(dirname(way), USER, 0), why: /belongs to user 1000/ },
    { name: 'a folder that anybody may write', prepare: (way: string) => chmodSync(way, 0o777), why: /can be written by others/ },
    {
      name: 'a folder that a group may write',
      prepare: (way: string) => (chownSync(way, 0, USER), chmodSync(way, 0o770)),
      why: /can be written by others/,
    },
    {
      name: 'a link of a user',
      prepare: (way: string) => (renameSync(way, `${way}-away`), symlinkSync(`${way}-away`, way), lchownSync(way, USER, 0)),
      why: /belongs to user 1000/,
    },
  ]) {
    it(`is refused where it leads through ${name}, who could put a link there (invariant 10)`, asUser, async () => {
      await bench.start();
      const volume = localCaVolume(name.replaceAll(' ', '-'), '3h');
      const way = dirname(bench.targetPath(volume));
      mkdirSync(way, { recursive: true });
      prepare(way);
      await assert.rejects(bench.publish(volume), { code: 'disk-failed', message: why });
      assert.deepEqual(remains(bench), []);
      assert.deepEqual(mountsBelow(way), []);
    });
  }

  it('may lead through a link of root and a folder that is sticky, as /tmp is', async () => {
    await bench.start();
    const volume = localCaVolume('linked', '3h');
    const way = dirname(bench.targetPath(volume));
    mkdirSync(`${way}-away/folder`, { recursive: true });
    chmodSync(`${way}-away`, 0o1777);
    mkdirSync(dirname(way), { recursive: true });
    symlinkSync(`${way}-away/folder`, way);
    await bench.publish(volume);
    assert.ok(mountIdAt(join(`${way}-away/folder`, 'mount')) !== undefined);
    await bench.unpublish(volume);
    assert.deepEqual(mountsBelow(`${way}-away`), []);
  });
});

/** Puts a link in place of the target just before the `at`-th operation of a call. @returns whether the call came so far. */
async function swapAt(bench: AgentBench, at: number, target: string, victim: string, call: () => Promise<void>): Promise<boolean> {
  let isStruck = false;
  bench.disk.arm({
    at,
    moment: 'before',
    strike: () => {
      isStruck = true;
      swap(target, victim);
    },
  });
  await call().catch(() => undefined);
  bench.disk.arm();
  return isStruck;
}

function swap(target: string, victim: string): void {
  try {
    renameSync(target, `${target}-away`);
  } catch {
    // Not there yet; or a mount point, which nobody can move, and then there is no place for a link either.
  }
  try {
    symlinkSync(victim, target);
  } catch {}
}

/** A thread that does the same again and again, and takes it back. */
function startSwapper(target: string, victim: string): { readonly started: Promise<void>; stop(): Promise<void> } {
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL('./swapper-worker.ts', import.meta.url), { workerData: { target, victim, stopped } });
  return {
    started: new Promise((resolve, reject) => worker.once('message', () => resolve()).once('error', reject)),
    stop: () =>
      new Promise((resolve) => {
        worker.once('exit', () => resolve());
        Atomics.store(stopped, 0, 1);
      }),
  };
}

/** Takes away what the attacker left at the target. */
async function clear(bench: AgentBench, target: string): Promise<void> {
  for (const path of mountsBelow(dirname(target)).filter((path) => path !== target)) await bench.disk.disk.unmount(path);
  for (const path of [target, `${target}-away`, `${target}-link`]) {
    if (mountIdAt(path) === undefined) rmSync(path, { force: true, recursive: true });
  }
}
