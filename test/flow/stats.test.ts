import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { volumeIdOf } from '../../demo/kubelet.ts';
import type { InlineVolume } from '../../demo/kubelet.ts';
import { HOUR_MS } from '../../node-agent/clock.ts';
import { AgentError } from '../../node-agent/errors.ts';
import type { Issuer } from '../../node-agent/ports.ts';
import { nodeService } from '../../proto/load.ts';
import type { VolumeHealthEntry } from '../../proto/messages.ts';
import { openDriverBench } from '../support/driver-bench.ts';
import type { DriverBench } from '../support/driver-bench.ts';

const { NodeGetVolumeHealth, NodeGetVolumeStats } = nodeService;

function statsOf({ kubelet }: DriverBench, volume: InlineVolume) {
  return kubelet.call(NodeGetVolumeStats, { volumeId: volumeIdOf(volume), volumePath: kubelet.targetPath(volume), stagingTargetPath: '' });
}

async function healthOf({ kubelet }: DriverBench, volume: InlineVolume): Promise<readonly VolumeHealthEntry[]> {
  const [volumeId, volumePublishPath] = [volumeIdOf(volume), kubelet.targetPath(volume)];
  const { volumeHealth } = await kubelet.call(NodeGetVolumeHealth, { volumeId, volumePublishPath, stagingTargetPath: '' });
  assert.equal(volumeHealth?.volumeId, volumeId);
  return volumeHealth.healthStatuses;
}

/** A local CA that fails as `failure` says, while there is one. */
function failingAs(trouble: { failure?: AgentError }): (localCa: Issuer) => Issuer {
  return (localCa) => ({
    ...localCa,
    async issue(...order) {
      if (trouble.failure !== undefined) throw trouble.failure;
      return localCa.issue(...order);
    },
  });
}

/** What df(1) says of a path. */
function df(path: string): readonly string[] {
  const columns = '--output=size,used,avail,itotal,iused,iavail';
  return execFileSync('df', ['--block-size=1', columns, path], { encoding: 'utf8' }).trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
}

describe('what kubelet asks of a volume that is there', () => {
  it('is answered with what df says of its target, and that it is well', async (context) => {
    const bench = await openDriverBench(context);
    const web = bench.volume('web');
    await bench.kubelet.publish(web);
    const { usage, volumeCondition } = await statsOf(bench, web);
    assert.deepEqual(
      usage.map(({ unit }) => unit),
      ['BYTES', 'INODES'],
    );
    assert.deepEqual(
      usage.flatMap(({ total, used, available }) => [total, used, available]),
      df(bench.kubelet.targetPath(web)),
    );
    assert.ok(usage.every(({ used }) => Number(used) > 0));
    assert.equal(volumeCondition?.abnormal, false);
    assert.match(volumeCondition.message, /good until/);
    assert.deepEqual(await healthOf(bench, web), []);
  });

  it('is never asked of a path that is not where the volume is published (invariant 10)', async (context) => {
    const bench = await openDriverBench(context);
    const [web, other] = [bench.volume('web'), bench.volume('other')];
    for (const volume of [web, other]) await bench.kubelet.publish(volume);
    const volumeId = volumeIdOf(web);
    const ask = (request: { volumeId: string; volumePath: string }) =>
      bench.kubelet.call(NodeGetVolumeStats, { stagingTargetPath: '', ...request });
    for (const volumePath of ['/', '/etc', 'some/path', bench.kubelet.targetPath(other), `${bench.kubelet.targetPath(web)}/.`]) {
      await assert.rejects(ask({ volumeId, volumePath }), { code: status.NOT_FOUND }, volumePath);
    }
    for (const unknown of ['csi-unknown', '../state', '/']) {
      await assert.rejects(ask({ volumeId: unknown, volumePath: bench.kubelet.targetPath(web) }), { code: status.NOT_FOUND });
    }
    await assert.rejects(ask({ volumeId: '', volumePath: '' }), {
      code: status.INVALID_ARGUMENT,
      details: /volume_id: is missing.*volume_path: is missing/,
    });
    const health = (id: string) => bench.kubelet.call(NodeGetVolumeHealth, { volumeId: id, volumePublishPath: '', stagingTargetPath: '' });
    await assert.rejects(health(''), { code: status.INVALID_ARGUMENT });
    await assert.rejects(health('csi-unknown'), { code: status.NOT_FOUND });
    await bench.kubelet.unpublish(web);
    await assert.rejects(statsOf(bench, web), { code: status.NOT_FOUND });
    await assert.rejects(healthOf(bench, web), { code: status.NOT_FOUND });
  });

  it('tells of renewals that fail for too long, then of the expiry, and of neither once the issuer works', async (context) => {
    const trouble: { failure?: AgentError } = {};
    const bench = await openDriverBench(context, { localCa: failingAs(trouble) });
    const web = bench.volume('web', { duration: '24h' });
    await bench.kubelet.publish(web);
    const { renewAt, notAfterAt } = await bench.journal.nth('published', 1);
    trouble.failure = new AgentError('issuer-unavailable', 'The CA is on holiday');
    await bench.clock.advance(renewAt.getTime() - bench.clock.now().getTime());
    await bench.journal.nth('renewal-failed', 1);
    assert.deepEqual(await healthOf(bench, web), []);
    // Two fifths of the rest have passed, which is more than half of the three fifths that are left.
    await bench.clock.advance((notAfterAt.getTime() - renewAt.getTime()) * 0.4);
    const [degraded, ...others] = await healthOf(bench, web);
    assert.deepEqual([degraded?.status, degraded?.reason, others], ['DEGRADED', 'RenewalFailing', []]);
    assert.match(degraded?.message ?? '', /see to the issuer "ca" \(LocalCA\).*The CA is on holiday/);
    const { volumeCondition } = await statsOf(bench, web);
    assert.equal(volumeCondition?.abnormal, true);
    assert.match(volumeCondition.message, /The CA is on holiday/);
    assert.match(await bench.metrics(), /^podcert_abnormal_volumes\{reason="RenewalFailing"\} 1$/m);
    await bench.clock.advance(notAfterAt.getTime() - bench.clock.now().getTime());
    const [expired] = await healthOf(bench, web);
    assert.deepEqual([expired?.status, expired?.reason], ['INACCESSIBLE', 'CertificateExpired']);
    delete trouble.failure;
    const renewed = bench.journal.next((event) => event.kind === 'renewed');
    await bench.clock.advance(HOUR_MS);
    await renewed;
    assert.deepEqual(await healthOf(bench, web), []);
    assert.deepEqual((await statsOf(bench, web)).volumeCondition?.abnormal, false);
  });

  it('tells at once of a renewal that was denied', async (context) => {
    const trouble: { failure?: AgentError } = {};
    const bench = await openDriverBench(context, { localCa: failingAs(trouble) });
    const web = bench.volume('web', { duration: '24h' });
    await bench.kubelet.publish(web);
    trouble.failure = new AgentError('request-denied', 'The request was denied: not on a Sunday');
    await bench.clock.advance((await bench.journal.nth('published', 1)).renewAt.getTime() - bench.clock.now().getTime());
    await bench.journal.nth('renewal-failed', 1);
    const [denied] = await healthOf(bench, web);
    assert.deepEqual([denied?.status, denied?.reason], ['DEGRADED', 'RequestDenied']);
    assert.match(denied?.message ?? '', /let the approver allow it.*not on a Sunday/);
  });

  it('tells what a volume waits for that is not published yet (CSI specification, NodeGetVolumeHealth)', async (context) => {
    const answered = Promise.withResolvers<void>();
    const waitingCa = (localCa: Issuer): Issuer => ({
      ...localCa,
      async issue(order, waiting, signal) {
        waiting({ reason: 'the operator is at lunch' });
        await answered.promise;
        return localCa.issue(order, waiting, signal);
      },
    });
    const bench = await openDriverBench(context, { localCa: waitingCa, release: () => answered.resolve() });
    const web = bench.volume('web');
    const published = bench.kubelet.publish(web);
    await bench.journal.nth('waiting', 1);
    const [pending] = await healthOf(bench, web);
    assert.deepEqual([pending?.status, pending?.reason], ['DEGRADED', 'CertificatePending']);
    assert.match(pending?.message ?? '', /the operator is at lunch/);
    await assert.rejects(statsOf(bench, web), { code: status.NOT_FOUND });
    answered.resolve();
    await published;
    assert.deepEqual(await healthOf(bench, web), []);
  });
});
