import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { agentBench } from '../support/agent-bench.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

/** A process with mounts of its own, which holds a folder: the kernel takes other mounts away with the folder that they are at. */
interface Copy {
  /** Where we see the folder that it holds, though it may have no path any more. */
  readonly held: string;
  /** Where we see a path as that process does. */
  at(path: string): string;
  end(): Promise<void>;
}

describe('a process with a private copy of the mounts, taken while a volume was mounted', { timeout: 240_000 }, () => {
  const copies: Copy[] = [];
  // Before the bench's own hook, so that the copies let go of what that removes.
  after(() => Promise.all(copies.map((copy) => copy.end())));
  const bench = agentBench('private-mounts');

  /** Unmounts reach it no more than they reach a container that was started with `rprivate`. */
  async function takeCopy(folder: string): Promise<Copy> {
    const child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', 'cd "$1" && echo ready && exec cat', '-', folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    const copy = {
      held: `/proc/${child.pid}/cwd`,
      at: (path: string) => `/proc/${child.pid}/root${path}`,
      async end() {
        child.stdin.end();
        await ended;
      },
    };
    copies.push(copy);
    await once(child.stdout, 'data');
    return copy;
  }

  it('finds no key and no password after unpublish, though it holds the mounts (invariants 5 and 8)', async () => {
    const volume = localCaVolume('unpublished', '3h');
    await bench.start();
    await bench.publish(volume);
    const { own, state, partsDirectory } = bench.homeOf(volume);
    const target = bench.targetPath(volume);
    const key = readFileSync(join(target, 'tls.key'), 'utf8');
    const sets = [await takeCopy(own), await takeCopy(target)];
    const states = [await takeCopy(state), await takeCopy(partsDirectory)];
    for (const { held } of sets) assert.equal(readFileSync(join(held, 'tls.key'), 'utf8'), key);
    assert.deepEqual(
      states.map(({ held }) => readdirSync(held).toSorted()),
      [['parts', 'record.json', 'secrets.json'], ['1.json']],
    );
    await bench.unpublish(volume);
    for (const copy of [...sets, ...states]) {
      assert.deepEqual(readdirSync(copy.held), []);
      for (const path of [own, target, state]) assert.ok(!existsSync(copy.at(path)));
    }
  });

  it('finds no key but the current one and the one before, after renewals (invariants 2 and 8)', async () => {
    const volume = localCaVolume('renewed', '3h');
    await bench.start();
    await bench.publish(volume);
    const target = bench.targetPath(volume);
    const { own, partsDirectory } = bench.homeOf(volume);
    const copy = await takeCopy(target);
    const keys: string[] = [];
    const now = () => readFileSync(join(target, readlinkSync(join(target, '..data')), 'tls.key'), 'utf8');
    for (let renewals = 0; renewals < 4; renewals += 1) {
      keys.push(now());
      assert.equal((await bench.passDue(volume)).kind, 'renewed');
    }
    keys.push(now());
    assert.equal(new Set(keys).size, 5);
    for (const path of [own, target]) assert.deepEqual(keysIn(copy.at(path)), keys.slice(-2).toSorted());
    assert.deepEqual(readdirSync(copy.at(partsDirectory)), ['5.json']);
    await bench.unpublish(volume);
    assert.deepEqual(readdirSync(copy.held), []);
  });

  it('finds an older key no longer than a minute, however quick the renewals are (invariants 2 and 8)', async () => {
    const volume = localCaVolume('quick', '3h');
    await bench.start();
    await bench.publish(volume);
    const target = bench.targetPath(volume);
    const copy = await takeCopy(target);
    const { volumeId } = bench.homeOf(volume);
    const renewNow = async () => {
      const ended = bench.nextEnd(volume);
      bench.agent.renew(volumeId);
      assert.equal((await ended).kind, 'renewed');
    };
    for (let renewals = 0; renewals < 3; renewals += 1) await renewNow();
    assert.equal(keysIn(copy.at(target)).length, 4);
    await bench.clock.advance(MINUTE_MS);
    await renewNow();
    assert.equal(keysIn(copy.at(target)).length, 2);
    await bench.unpublish(volume);
  });
});

/** Every private key in PEM in the file sets of a folder. */
function keysIn(folder: string): string[] {
  const sets = readdirSync(folder).filter((name) => /^\.\.\d+$/.test(name));
  return sets.map((set) => readFileSync(join(folder, set, 'tls.key'), 'utf8')).toSorted();
}
