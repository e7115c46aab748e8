import assert from 'node:assert/strict';
import { EventEmitter, getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { status } from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { serve } from '../../../driver/csi/rpc.ts';
import { AgentError } from '../../../node-agent/errors.ts';
import type { AgentErrorCode } from '../../../node-agent/errors.ts';
import type { Agent } from '../../../node-agent/ports.ts';
import { nodeService } from '../../../proto/load.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { RecordedLog } from './recorded-log.ts';
import { VOLUME, serveAgent, untilAborted } from './served-agent.ts';

const STATUSES: readonly [AgentErrorCode, status][] = [
  ['invalid-request', status.INVALID_ARGUMENT],
  ['misconfigured', status.INTERNAL],
  ['volume-differs', status.ALREADY_EXISTS],
  ['target-differs', status.FAILED_PRECONDITION],
  ['volume-busy', status.ABORTED],
  ['issuance-aborted', status.ABORTED],
  ['issuance-pending', status.UNAVAILABLE],
  ['request-failed', status.UNAVAILABLE],
  ['request-deleted', status.UNAVAILABLE],
  ['certificate-refused', status.UNAVAILABLE],
  ['issuer-unavailable', status.UNAVAILABLE],
  ['request-denied', status.PERMISSION_DENIED],
  ['disk-full', status.RESOURCE_EXHAUSTED],
  ['not-permitted', status.INTERNAL],
  ['disk-failed', status.INTERNAL],
  ['state-corrupt', status.INTERNAL],
];

function failing(error: Error): Partial<Agent> {
  return { publish: () => Promise.reject(error) };
}

async function refusalOf(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => assert.fail('the call succeeded'),
    (error: unknown) => error as ServiceError,
  );
}

describe('a call that fails', () => {
  for (const [code, expected] of STATUSES) {
    it(`with ${code} is answered ${status[expected]}, with the message and without details`, async (t) => {
      const { kubelet, counted } = await serveAgent(t, failing(new AgentError(code, 'Cannot publish "v": \n100 % größer')));
      const refusal = await refusalOf(kubelet.publish(VOLUME));
      assert.equal(refusal.code, expected);
      assert.equal(refusal.details, 'Cannot publish "v": \\u000a100 % größer');
      assert.deepEqual(refusal.metadata.get('grpc-status-details-bin'), []);
      assert.deepEqual(counted, [['NodePublishVolume', status[expected]]]);
    });
  }

  it('by a bug is answered INTERNAL in neutral words, and the log has its class and stack without its own words', async (t) => {
    const { kubelet, log } = await serveAgent(t, failing(new TypeError('hunter2\n    at hunter2 is not a function')));
    const refusal = await refusalOf(kubelet.publish(VOLUME));
    assert.equal(refusal.code, status.INTERNAL);
    assert.doesNotMatch(refusal.details, /hunter2/);
    const { level, fields } = await log.untilLogged('call failed');
    assert.equal(level, 'error');
    assert.match(String(fields['stack']), /^TypeError\n +at .*rpc\.test\.ts/);
    assert.doesNotMatch(JSON.stringify(log.entries), /hunter2/);
  });

  it('with a message too long or not well-formed for a header is answered all the same', async (t) => {
    const { kubelet } = await serveAgent(t, failing(new AgentError('invalid-request', `\ud800 ${'ü'.repeat(1_000_000)}`)));
    const refusal = await refusalOf(kubelet.publish(VOLUME));
    assert.equal(refusal.code, status.INVALID_ARGUMENT);
    assert.match(refusal.details, /^\ufffd ü+…$/);
  });
});

describe('the log of a call that looks at a volume', () => {
  for (const { code, level } of [
    { code: 'volume-unknown', level: 'debug' },
    { code: 'disk-failed', level: 'error' },
  ] as const) {
    it(`has it at level ${level} where it fails with ${code}: kubelet looks before its first publish`, async (t) => {
      const stats = () => Promise.reject(new AgentError(code, 'no'));
      const { kubelet, log, counted } = await serveAgent(t, { stats });
      const request = { volumeId: 'v', volumePath: '/t', stagingTargetPath: '' };
      const refusal = await refusalOf(kubelet.call(nodeService.NodeGetVolumeStats, request, new AbortController().signal));
      assert.equal(refusal.code, code === 'volume-unknown' ? status.NOT_FOUND : status.INTERNAL);
      assert.equal((await log.untilLogged('call failed')).level, level);
      assert.deepEqual(counted, [['NodeGetVolumeStats', status[refusal.code]]]);
    });
  }
});

describe('the signal of a call', () => {
  it('is aborted when kubelet cancels', async (t) => {
    const { begun, run } = untilAborted();
    const { kubelet, log } = await serveAgent(t, { publish: (_, signal) => run(signal) });
    const caller = new AbortController();
    const call = kubelet.publish(VOLUME, caller.signal);
    const signal = await begun;
    assert.equal(signal.aborted, false);
    caller.abort(new Error('kubelet restarts'));
    await assert.rejects(call, /kubelet restarts/);
    assert.equal((await log.untilLogged('call failed')).fields['code'], 'CANCELLED');
  });

  it("is aborted two seconds before kubelet's deadline, and kubelet learns the reason", async (t) => {
    const clock = new ManualClock(new Date());
    const { begun, run } = untilAborted();
    const { kubelet } = await serveAgent(t, { publish: (_, signal) => run(signal) }, clock);
    const calledAt = new Date();
    const call = refusalOf(kubelet.publish(VOLUME));
    const signal = await begun;
    const { promise: aborted, resolve } = Promise.withResolvers<Date>();
    signal.addEventListener('abort', () => resolve(clock.now()));
    await clock.advance(130_000);
    const waitedMs = (await aborted).getTime() - calledAt.getTime();
    assert.ok(Math.abs(waitedMs - 118_000) < 1_000, `aborted after ${waitedMs} ms`);
    const { code, details } = await call;
    assert.equal(code, status.UNAVAILABLE);
    assert.match(details, /deadline is near; call again/);
  });

  it('leaves half of its time to a caller with a deadline of less than four seconds', async (t) => {
    const { begun, run } = untilAborted();
    const { kubelet } = await serveAgent(t, { unpublish: (_, __, signal) => run(signal) });
    const request = { volumeId: 'v', targetPath: '/t' };
    const startedAt = process.hrtime.bigint();
    const { code } = await refusalOf(kubelet.call(nodeService.NodeUnpublishVolume, request, new AbortController().signal, 400));
    assert.equal(code, status.UNAVAILABLE);
    assert.ok(process.hrtime.bigint() - startedAt > 150_000_000n);
    assert.ok((await begun).aborted);
  });

  it('leaves no timer and no listener behind once the call has ended', async (t) => {
    const clock = new ManualClock(new Date());
    let seen: AbortSignal | undefined;
    const publish = async (_: unknown, signal: AbortSignal) => {
      seen = signal;
    };
    const { kubelet } = await serveAgent(t, { publish }, clock);
    await kubelet.publish(VOLUME);
    assert.equal(clock.sleeping, 0);
    assert.equal(seen?.aborted, false);
  });
});

describe('the log of a call', () => {
  it('is one line of ids and names, which holds nothing secret and no attribute', async (t) => {
    const { kubelet, log, counted } = await serveAgent(t);
    const attributes = {
      ...VOLUME.attributes,
      'csi.cert-manager.io/pkcs12-password': 'hunter2',
      'csi.storage.k8s.io/serviceAccount.tokens': 'hunter3',
    };
    await kubelet.publish({ ...VOLUME, attributes, secrets: { password: 'hunter4' }, fsGroup: 1234 });
    assert.equal(log.entries.length, 1);
    const { level, message, fields } = await log.untilLogged('call');
    const { durationMs, volumeId, ...rest } = fields;
    assert.deepEqual({ level, message }, { level: 'info', message: 'call' });
    assert.deepEqual(rest, { method: 'NodePublishVolume', podNamespace: 'shop', podName: 'web-0', code: 'OK' });
    assert.match(String(volumeId), /^csi-[0-9a-f]{64}$/);
    assert.equal(typeof durationMs, 'number');
    assert.doesNotMatch(JSON.stringify(log.entries), /hunter|issuer|1234/);
    assert.deepEqual(counted, [['NodePublishVolume', 'OK']]);
  });

  it('is at debug level for calls that come often and change nothing', async (t) => {
    const { kubelet, log } = await serveAgent(t);
    await kubelet.probe();
    await kubelet.getInfo();
    await kubelet.capabilities();
    assert.deepEqual(
      log.entries.map(({ level, fields }) => [level, fields['method']]),
      [
        ['debug', 'Probe'],
        ['debug', 'NodeGetInfo'],
        ['debug', 'NodeGetCapabilities'],
      ],
    );
  });

  it('cuts an id that a caller made up', async (t) => {
    const { kubelet, log } = await serveAgent(t);
    await kubelet.call(nodeService.NodeUnpublishVolume, { volumeId: 'x'.repeat(100_000), targetPath: '/t' });
    assert.equal(String(log.entries[0]?.fields['volumeId']).length, 253);
  });
});

describe('a call that ends', () => {
  it('leaves nothing attached to the signal of the process, also where garbage was collected while others were in flight (invariant 9)', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const shutdown = new AbortController();
    const begun: (() => void)[] = [];
    const run = () => new Promise<object>((resolve) => void begun.push(() => resolve({})));
    const log = new RecordedLog();
    const environment = { clock: new ManualClock(), log, countCall: () => {}, shutdown: shutdown.signal };
    const handler = serve(nodeService.NodeGetInfo as unknown as MethodDefinition<object, object>, { run }, environment);
    const answered = Array.from({ length: 5 }, () => {
      const call = Object.assign(new EventEmitter(), { request: {}, cancelled: false, getDeadline: () => Infinity });
      return new Promise((resolve) => handler(call as unknown as Parameters<typeof handler>[0], resolve));
    });
    await turn();
    collectGarbage();
    await turn();
    for (const end of begun) end();
    await Promise.all(answered);
    assert.equal(getEventListeners(shutdown.signal, 'abort').length, 0);
  });
});
