import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { volumeIdOf } from '../../demo/kubelet.ts';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { fill } from '../support/fill.ts';
import { LOCAL_CA, openField } from '../support/field-bench.ts';
import type { Field } from '../support/field-bench.ts';
import { report, rounds } from '../support/field-report.ts';
import { PLACE, startReader } from '../volume/set-reader.ts';
import type { Way } from '../volume/set-reader.ts';

const isRealRoot = readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] !== '1';

/** Runs a program in the pod's folder as user 1000 with one more group or none. @returns what it said, and whether it may. */
function readAs(folder: string, group: string | undefined): { readonly mayRead: boolean; readonly said: string } {
  const groups = group === undefined ? '--clear-groups' : `--groups=${group}`;
  const files = ['tls.key', 'tls.crt', 'ca.crt'];
  const { status, stdout, stderr } = spawnSync('setpriv', ['--reuid=1000', '--regid=1000', groups, 'cat', ...files], {
    cwd: folder,
    encoding: 'utf8',
  });
  return { mayRead: status === 0, said: status === 0 ? stdout : stderr };
}

/** Counts the renewals of a driver, and knows which are due. */
class Swaps {
  count = 0;
  readonly #field: Field;
  readonly #renewAt = new Map<string, Date>();

  constructor(field: Field) {
    this.#field = field;
    const { journal } = field.driver;
    for (const { volumeId, renewAt } of journal.all('published')) this.#renewAt.set(volumeId, renewAt);
    void journal.next((event) => {
      if (event.kind !== 'renewed') return false;
      this.#renewAt.set(event.volumeId, event.renewAt);
      this.count += 1;
      return false;
    });
  }

  areUnderWay(): boolean {
    const now = this.#field.time.now();
    return [...this.#renewAt.values()].some((at) => at <= now);
  }
}

describe('files in the field', { timeout: 3_600_000 }, () => {
  it('are of one set for whoever resolves ..data once, holds its folder or reads one file, and never missing (invariant 2)', async (context) => {
    const wanted = rounds({ usual: 300, full: 10_000 });
    const field = await openField(context, { issuers: 'local', flags: { 'log-level': '1' } });
    field.time.speed = 0;
    const volumes = field.volumes(10, { ...LOCAL_CA, duration: '1h', 'podcert.io/combined-file': 'all.pem' });
    for (const volume of volumes) await field.kubelet.publish(volume);
    const swaps = new Swaps(field);
    const folders = volumes.map((volume) => field.kubelet.targetPath(volume));
    const readers = [
      ['set', 'handle'],
      ['combined', 'names'],
    ].map((ways) => startReader({ folders, ways: ways as Way[], judge: 'pair' }, 0));
    const isReading = () => readers.every(({ shared }) => Atomics.load(shared, PLACE.stop) === 0);
    try {
      for (let step = 1; swaps.count < wanted && isReading(); step += 1) {
        // Shorter than from one renewal of a volume to its next.
        await field.time.advance(19 * MINUTE_MS);
        while (swaps.areUnderWay()) await pause(1);
        for (const { shared } of readers) Atomics.store(shared, PLACE.now, step);
        // Renewals are minutes apart, which no round takes; here it must not take longer either.
        while (isReading() && readers.some(({ shared }) => Atomics.load(shared, PLACE.roundBeganAt) < step)) await pause(1);
      }
    } finally {
      for (const { shared } of readers) Atomics.store(shared, PLACE.stop, 1);
    }
    assert.deepEqual(await Promise.all(readers.map(({ ended }) => ended)), [undefined, undefined]);
    const [safe = 0, others = 0] = readers.map(({ shared }) => Atomics.load(shared, PLACE.rounds));
    assert.ok(Math.min(safe, others) > wanted, `${safe} and ${others} rounds only`);
    const straddled = readers.reduce((sum, { shared }) => sum + Atomics.load(shared, PLACE.straddled), 0);
    report(context, {
      injected: 'readers in tight loops at the target path while sets are swapped',
      rounds: swaps.count,
      observed:
        `${safe} reads by ..data resolved once or by its folder held open, ${Math.floor(others / 2)} of one combined file: no key of another certificate, no ENOENT; ` +
        `of ${Math.floor(others / 2)} reads by two visible names ${straddled} saw the key of one set and the certificate of the next (docs/attributes.md, “Reading while they change”)`,
    });
  });

  it('stay whole on a full tmpfs, which is told, and are renewed once there is room (invariant 2)', async (context) => {
    const field = await openField(context, { issuers: 'both' });
    const volume = field.volume('web', { ...LOCAL_CA, duration: '1h' });
    await field.kubelet.publish(volume);
    const before = field.read(volume);
    const times = rounds({ usual: 2, full: 4 });
    const fillers = [join(field.home.volumes, volumeIdOf(volume)), field.home.state];
    for (let time = 0; time < times; time += 1) {
      const filler = fill(fillers[time % 2] ?? '');
      const ended = await field.passDue(volume);
      assert.ok(ended.kind === 'renewal-failed' && ended.failure.code === 'disk-full', JSON.stringify(ended));
      assert.equal(field.read(volume).set, `..${time + 1}`);
      rmSync(filler);
      assert.equal((await field.passDue(volume)).kind, 'renewed');
      assert.equal(field.read(volume).set, `..${time + 2}`);
    }
    assert.equal(field.read(volume).mountId, before.mountId);
    assert.match(await field.metrics(), new RegExp(`podcert_failures_total\\{event="renewal-failed",code="disk-full"\\} ${times}\\n`));
    await field.driver.log.untilLogged(/Renewal failed and will be tried again; the old certificate stays.*ENOSPC/);
    report(context, {
      injected: "the volume's tmpfs, or the one of the node's state, is full at a renewal; then there is room again",
      rounds: times,
      observed: 'disk-full in log and metric, the old set whole; the next attempt renewed; never mounted anew',
    });
  });

  it("can be read by the pod's group after every renewal, and by no other user", { skip: !isRealRoot }, async (context) => {
    const times = rounds({ usual: 5, full: 50 });
    const field = await openField(context, { issuers: 'local' });
    const volume = { ...field.volume('web', { ...LOCAL_CA, duration: '1h' }), fsGroup: 2_000 };
    await field.kubelet.publish(volume);
    const folder = field.kubelet.targetPath(volume);
    const seen = new Set<string>();
    for (let time = 0; time <= times; time += 1) {
      if (time > 0) assert.equal((await field.passDue(volume)).kind, 'renewed');
      const { mayRead, said } = readAs(folder, '2000');
      assert.ok(mayRead, said);
      seen.add(said);
      for (const others of [undefined, '1000', '2001']) {
        const other = readAs(folder, others);
        assert.ok(!other.mayRead && /Permission denied/.test(other.said), `group ${others}: ${other.said.slice(0, 100)}`);
      }
    }
    assert.equal(seen.size, times + 1, 'another certificate each time');
    report(context, {
      injected: 'user 1000 reads with fsGroup 2000, without it, and with another group, after each renewal',
      rounds: times,
      observed: 'read each time with the group; Permission denied without',
    });
  });

  it('tell who watches the folder once a swap, by one event of ..data, when the new set is there', async (context) => {
    const times = rounds({ usual: 20, full: 200 });
    const field = await openField(context, { issuers: 'local' });
    const volume = field.volume('web', { ...LOCAL_CA, duration: '1h' });
    await field.kubelet.publish(volume);
    const names: (string | null)[] = [];
    const done = Promise.withResolvers<void>();
    const watcher = watch(field.kubelet.targetPath(volume), (type, name) => {
      assert.equal(type, 'rename');
      names.push(name);
      if (name === '..end') done.resolve();
    });
    try {
      for (let time = 1; time <= times; time += 1) assert.equal((await field.passDue(volume)).kind, 'renewed');
      // Events come in their order: after this one none is under way.
      writeFileSync(join(field.home.volumes, volumeIdOf(volume), '..end'), '');
      await done.promise;
    } finally {
      watcher.close();
    }
    assert.equal(names.filter((name) => name === '..data').length, times);
    assert.deepEqual(
      names.filter((name) => name?.startsWith('..') !== true),
      [],
      'what pods read by is never touched',
    );
    report(context, {
      injected: 'an inotify watch on the folder at the target path, while sets are swapped',
      rounds: times,
      observed: `${times} events of ..data, and none of a visible name`,
    });
  });
});
