import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { MINUTE_MS } from '../../node-agent/clock.ts';
import { nodeService } from '../../proto/load.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import { Gate, gatedDisk } from '../support/gate.ts';
import { readPodFolder } from '../support/pod-folder.ts';
import { condition } from '../support/signer.ts';
import type { Verdict } from '../support/signer.ts';

const ignore = (): Verdict => ({ kind: 'ignore' });

describe('publish', () => {
  it('issues once for each of 200 volumes that are published twice at once (invariants 1, 3 and 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const volumes = Array.from({ length: 200 }, (_, index) => bench.volume(`web-${index}`));
    await Promise.all([...volumes, ...volumes].map((volume) => bench.kubelet.publish(volume)));
    const folders = await Promise.all(volumes.map((volume) => readPodFolder(bench.kubelet.targetPath(volume))));
    assert.deepEqual(
      folders.map(({ isPair, leaf }) => [isPair, leaf.subjectAltName]),
      volumes.map(({ pod }) => [true, `DNS:${pod.name}.example`]),
    );
    const { proxy } = bench.cluster;
    assert.deepEqual([proxy.count('create'), proxy.count('delete'), proxy.count('get'), proxy.count('list')], [200, 0, 0, 1]);
    // Each has a renewal, and one look is for all.
    assert.deepEqual([bench.agenda.size, bench.journal.all('published').length], [201, 200]);
    // Every issuance waits a moment, and that is a detail.
    const waits = bench.log.all.filter((line) => line.includes('aiting for a certificate'));
    assert.ok(waits.length >= 200 && waits.every((line) => line.includes('"level":"debug"')), waits[0]);

    await Promise.all(volumes.map((volume) => bench.kubelet.unpublish(volume)));
    assert.deepEqual(await bench.remains(), []);
  });

  it('answers a republish with OK and changes nothing, not even an inode', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const target = bench.kubelet.targetPath(web);
    const look = async () => [
      statSync(target).ino,
      statSync(join(target, 'tls.key')).ino,
      readlinkSync(join(target, '..data')),
      await bench.onDisk(),
    ];
    const before = [await look(), bench.journal.events.length];
    await bench.kubelet.publish(web);
    assert.deepEqual([await look(), bench.journal.events.length], before);
  });

  for (const { name, change, code, details } of [
    {
      name: 'other attributes',
      change: { volumeContext: { added: 'x' } },
      code: status.ALREADY_EXISTS,
      details: /other attributes; unpublish/,
    },
    { name: 'another readonly', change: { readonly: false }, code: status.ALREADY_EXISTS, details: /other attributes; unpublish/ },
    {
      name: 'another target',
      change: { targetPath: '/elsewhere' },
      code: status.FAILED_PRECONDITION,
      details: /another target path; unpublish/,
    },
  ]) {
    it(`refuses a second publish with ${name}, and leaves the volume as it is (invariant 4)`, async (context) => {
      const bench = await openDriverBench(context);
      const web = bench.volume('web');
      await bench.kubelet.publish(web);
      const { volumeContext, ...request } = bench.kubelet.publishRequest(web);
      const changed = { ...request, ...change, volumeContext: { ...volumeContext, ...change.volumeContext } };
      await assert.rejects(bench.kubelet.call(nodeService.NodePublishVolume, changed), { code, details });
      assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
    });
  }

  it('tells a caller that gives up what is awaited, leaves nothing on disk, and lets the next call join the same request', async (context) => {
    const verdict = Promise.withResolvers<Verdict>();
    const bench = await openDriverBench(context, { cluster: { decide: () => verdict.promise } });
    const web = bench.volume('web');
    const target = bench.kubelet.targetPath(web);
    mkdirSync(dirname(target), { recursive: true });
    // So short that no watch falls silent before it ends.
    const first = bench.kubelet.call(nodeService.NodePublishVolume, bench.kubelet.publishRequest(web), undefined, 20_000);
    const { requestName } = await bench.journal.nth('request-created', 1);
    await bench.log.untilLogged(new RegExp(`Waiting for a certificate.*${requestName}.*not approved yet`));
    const isTold = assert.rejects(first, {
      code: status.UNAVAILABLE,
      details: new RegExp(`not issued yet: .*${requestName}.*not approved yet.*; the issuance goes on`),
    });
    await bench.clock.advance(MINUTE_MS);
    await isTold;
    assert.deepEqual(await bench.onDisk(), []);
    assert.equal(bench.journal.all('still-waiting')[0]?.requestName, requestName);

    const second = bench.kubelet.publish(web);
    verdict.resolve({ kind: 'sign' });
    await second;
    assert.equal((await readPodFolder(target)).isPair, true);
    assert.equal(bench.cluster.proxy.count('create'), 1);
  });

  it('gives up, deletes the request and forgets the volume when no call has come for ten minutes (invariants 5 and 9)', async (context) => {
    const bench = await openDriverBench(context, { cluster: { decide: ignore } });
    const caller = new AbortController();
    const call = bench.kubelet.publish(bench.volume('web'), caller.signal);
    await bench.journal.nth('request-created', 1);
    caller.abort(new Error('gone'));
    await assert.rejects(call, { message: 'gone' });
    await bench.log.untilLogged(/"code":"UNAVAILABLE"/);
    await bench.clock.jump(9 * MINUTE_MS);
    assert.equal((await bench.cluster.requests()).length, 1);
    await bench.clock.jump(MINUTE_MS);
    await bench.journal.nth('issuance-abandoned', 1);
    await bench.journal.nth('request-deleted', 1);
    assert.deepEqual(await bench.cluster.requests(), []);
    assert.deepEqual(await bench.remains(), []);
  });

  for (const { kind, code } of [
    { kind: 'deny', code: status.PERMISSION_DENIED },
    { kind: 'fail', code: status.UNAVAILABLE },
  ] as const) {
    it(`tells the request's name and message when cert-manager decides to ${kind}, to every call that waits, and leaves nothing`, async (context) => {
      const verdict = Promise.withResolvers<Verdict>();
      const bench = await openDriverBench(context, { cluster: { decide: () => verdict.promise } });
      const web = bench.volume('web');
      const calls = Promise.allSettled([bench.kubelet.publish(web), bench.kubelet.publish(web)]);
      const { requestName } = await bench.journal.nth('request-created', 1);
      // Answered on a connection that came after those of both calls.
      await bench.kubelet.probe();
      verdict.resolve({ kind, message: 'team "blue" may not' });
      for (const call of await calls) {
        assert.ok(call.status === 'rejected');
        assert.equal(call.reason.code, code);
        assert.match(call.reason.details, new RegExp(`default/${requestName}" .*team "blue" may not`));
      }
      assert.deepEqual(await bench.remains(), []);
      const failed = bench.journal.all('issuance-failed').map((event) => event.requestName);
      assert.deepEqual(failed, [requestName]);
    });
  }

  it('makes one request in 30 s, however often kubelet calls, while what is issued cannot be used', async (context) => {
    const certificate = Buffer.from('no certificate').toString('base64');
    const conditions = [condition('Ready', 'True', 'Issued', 'issued by the test')];
    const bench = await openDriverBench(context, { cluster: { decide: () => ({ kind: 'status', status: { conditions, certificate } }) } });
    const web = bench.volume('web');
    const refused = { code: status.UNAVAILABLE, details: /certificate/ };
    await assert.rejects(bench.kubelet.publish(web), refused);
    const held = bench.journal.next((event) => event.kind === 'waiting' && event.reason.includes('the next request is made 30 s after'));
    const second = assert.rejects(bench.kubelet.publish(web), refused);
    await held;
    assert.equal(bench.cluster.proxy.count('create'), 1);
    await bench.clock.advance(30_000);
    await second;
    assert.equal(bench.cluster.proxy.count('create'), 2);
  });

  it('asks for no certificate for a target that nothing can be bound to', async (context) => {
    const bench = await openDriverBench(context, { cluster: {} });
    const web = bench.volume('web');
    mkdirSync(dirname(bench.kubelet.targetPath(web)), { recursive: true });
    writeFileSync(bench.kubelet.targetPath(web), 'x');
    await assert.rejects(bench.kubelet.publish(web), { code: status.INTERNAL });
    assert.equal(bench.cluster.proxy.count('create'), 0);
  });

  it('refuses a volume with all that is wrong in one message, each with its field, value and cure', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web', { 'issuer-name': '', duration: '-1h', 'key-size': '7', 'ca-file': '../ca', 'podcert.io/verfy': 'key' });
    const refusal = await bench.kubelet.publish({ ...web, readOnly: false }).then(
      () => assert.fail('it was published'),
      (error: { code: number; details: string }) => error,
    );
    assert.equal(refusal.code, status.INVALID_ARGUMENT);
    for (const part of [
      'issuer-name',
      'duration "-1h"',
      'key-size "7"',
      'ca-file "../ca"',
      'podcert.io/verfy',
      'podcert.io/verify',
      'readonly',
    ]) {
      assert.ok(refusal.details.includes(part), `${part} is not in: ${refusal.details}`);
    }
    assert.deepEqual(await bench.remains(), []);
  });

  it('says how to turn the local CA on where it is off', async (context) => {
    const bench = await openDriverBench(context, { localCa: 'none' });
    await assert.rejects(bench.kubelet.publish(bench.volume('web')), {
      code: status.INVALID_ARGUMENT,
      details: /issuer-kind "LocalCA": the local CA is off on this node; start the driver with --local-ca-dir=/,
    });
    assert.deepEqual(await bench.remains(), []);
  });

  it("refuses a target where somebody else's file system is mounted, and leaves that alone", async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    const target = bench.kubelet.targetPath(web);
    mkdirSync(target, { recursive: true });
    assert.equal(spawnSync('mount', ['-t', 'ramfs', 'foreign', target]).status, 0);
    writeFileSync(join(target, 'theirs'), 'x');
    await assert.rejects(bench.kubelet.publish(web), { code: status.INTERNAL, details: /something is mounted there already; unmount it/ });
    await assert.rejects(bench.kubelet.unpublish(web), { code: status.INTERNAL, details: /file system from "foreign" is mounted there/ });
    assert.deepEqual(readdirSync(target), ['theirs']);
    assert.deepEqual(readdirSync(join(bench.dataRoot, 'volumes')), []);
  });

  it("unpublishes what cert-manager's csi-driver mounted before the image was swapped", async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    const target = bench.kubelet.targetPath(web);
    mkdirSync(target, { recursive: true });
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', target]).status, 0);
    await bench.kubelet.unpublish(web);
    assert.deepEqual(await bench.remains(), []);
  });

  for (const { name, make, details } of [
    { name: 'is a file', make: (target: string) => writeFileSync(target, 'x'), details: /it exists and is not a directory; remove it/ },
    {
      name: 'has a file for a parent',
      make: (target: string) => writeFileSync(dirname(target), 'x'),
      details: /its parent directory does not exist/,
    },
  ]) {
    it(`says plainly that a target ${name}, and leaves nothing`, async (context) => {
      const bench = await openDriverBench(context);
      const target = join(bench.dataRoot, '..', 'folder', 'target');
      mkdirSync(dirname(dirname(target)), { recursive: true });
      if (name === 'is a file') mkdirSync(dirname(target));
      make(target);
      const request = { ...bench.kubelet.publishRequest(bench.volume('web')), targetPath: target };
      await assert.rejects(bench.kubelet.call(nodeService.NodePublishVolume, request), { code: status.INTERNAL, details });
      assert.deepEqual(await bench.remains(), []);
    });
  }

  it('never covers or takes away the bind of another volume that is said to have the same target (invariants 4 and 10)', async (context) => {
    const gate = new Gate();
    const bench = await openDriverBench(context, { disk: (disk) => gatedDisk(disk, 'rename', gate), release: () => gate.open() });
    const [web, other] = [bench.volume('web'), bench.volume('other')];
    const intruder = { ...bench.kubelet.publishRequest(other), targetPath: bench.kubelet.targetPath(web) };
    const answers = { code: status.FAILED_PRECONDITION, details: /is the target path of volume "csi-/ };
    const atRecord = gate.shut();
    const published = bench.kubelet.publish(web);
    await atRecord;
    await assert.rejects(bench.kubelet.call(nodeService.NodePublishVolume, intruder), answers);
    gate.open();
    await published;
    await assert.rejects(bench.kubelet.call(nodeService.NodePublishVolume, intruder), answers);
    await assert.rejects(bench.kubelet.call(nodeService.NodeUnpublishVolume, intruder), answers);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
  });

  it('uses a target directory that the caller has made', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    mkdirSync(bench.kubelet.targetPath(web), { recursive: true });
    await bench.kubelet.publish(web);
    assert.equal((await readPodFolder(bench.kubelet.targetPath(web))).isPair, true);
    await bench.kubelet.unpublish(web);
    assert.throws(() => lstatSync(bench.kubelet.targetPath(web)), { code: 'ENOENT' });
  });
});
