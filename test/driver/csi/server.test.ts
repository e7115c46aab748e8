import assert from 'node:assert/strict';
import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import * as fc from 'fast-check';
import { probeCsi } from '../../../driver/csi/probe.ts';
import { nodeService } from '../../../proto/load.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { VOLUME, serveAgent, untilAborted } from './served-agent.ts';

/** What every HTTP/2 client sends first (RFC 9113 section 3.4). */
const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const never = new AbortController().signal;

describe('the CSI server', () => {
  it('says over its own socket whether it is ready, and does not when it is gone', async (t) => {
    const { server, socketPath } = await serveAgent(t);
    assert.equal(await probeCsi(socketPath, never), true);
    await server.close(0);
    await assert.rejects(probeCsi(socketPath, never), { code: status.UNAVAILABLE });
  });

  it('refuses a message of more than 4 MiB and serves on', async (t) => {
    const { kubelet } = await serveAgent(t);
    const request = { volumeId: 'v'.repeat(5 * 2 ** 20), targetPath: '/t' };
    await assert.rejects(kubelet.call(nodeService.NodeUnpublishVolume, request), { code: status.RESOURCE_EXHAUSTED });
    await kubelet.unpublish(VOLUME);
  });

  it('serves on after whatever bytes come over the socket', async (t) => {
    const { kubelet, socketPath } = await serveAgent(t);
    const frame = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([HTTP2_PREFACE, bytes]));
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      frame,
      fc.constant(Buffer.from('GET / HTTP/1.1\r\n\r\n')),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        const connection = connect(socketPath).on('error', () => undefined);
        const closed = once(connection, 'close');
        connection.resume().end(bytes);
        await closed;
      }),
      { numRuns: 50 },
    );
    assert.equal(await kubelet.probe(), true);
  });

  it('answers INTERNAL to a message that is none, and serves on', async (t) => {
    const { kubelet } = await serveAgent(t);
    const garbled = { ...nodeService.NodeUnpublishVolume, requestSerialize: () => Buffer.from([0xff, 0xff, 0xff]) };
    await assert.rejects(kubelet.call(garbled, { volumeId: '', targetPath: '' }), { code: status.INTERNAL });
    assert.equal(await kubelet.probe(), true);
  });

  it('serves calls side by side', async (t) => {
    const arrived = Promise.withResolvers<void>();
    let inFlight = 0;
    const publish = async () => {
      inFlight += 1;
      if (inFlight === 50) arrived.resolve();
      await arrived.promise;
    };
    const { kubelet } = await serveAgent(t, { publish });
    await Promise.all(Array.from({ length: 50 }, (_, index) => kubelet.publish({ ...VOLUME, name: `tls-${index}` })));
  });
});

describe('a shutdown', () => {
  it('takes no new call, lets one in flight end, and then ends itself', async (t) => {
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const publish = async () => {
      begin();
      await release;
    };
    const { kubelet, server, socketPath } = await serveAgent(t, { publish });
    const call = kubelet.publish(VOLUME);
    await begun;
    const closed = server.close(25_000).then(() => 'closed');
    await assert.rejects(probeCsi(socketPath, never), { code: status.UNAVAILABLE });
    assert.equal(await Promise.race([closed, Promise.resolve('draining')]), 'draining');
    finish();
    await call;
    assert.equal(await closed, 'closed');
    await assert.rejects(lstat(socketPath), { code: 'ENOENT' });
  });

  it('interrupts what is still in flight after the grace, and says so', async (t) => {
    const clock = new ManualClock(new Date());
    const { begun, run } = untilAborted();
    const { kubelet, server } = await serveAgent(t, { publish: (_, signal) => run(signal) }, clock);
    const refused = assert.rejects(kubelet.publish(VOLUME), { code: status.UNAVAILABLE, details: /shutting down; call again/ });
    const signal = await begun;
    const { promise: sleeping, resolve } = Promise.withResolvers<void>();
    const sleep = clock.sleep.bind(clock);
    t.mock.method(clock, 'sleep', (delayMs: number, until: AbortSignal) => {
      resolve();
      return sleep(delayMs, until);
    });
    const closed = server.close(25_000);
    await sleeping;
    await clock.advance(24_999);
    assert.equal(signal.aborted, false);
    await clock.advance(1);
    await refused;
    await closed;
  });

  it('cuts off a call that does not heed its interruption', async (t) => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const publish = () => {
      begin();
      return new Promise<never>(() => undefined);
    };
    const { kubelet, server } = await serveAgent(t, { publish });
    const refused = assert.rejects(kubelet.publish(VOLUME));
    await begun;
    await server.close(0);
    await refused;
  });

  it('is over at once while a client only holds a connection', async (t) => {
    const { server, socketPath } = await serveAgent(t);
    const idle = connect(socketPath);
    await once(idle, 'connect');
    const hungUp = once(idle, 'close');
    idle.resume();
    await server.close(25_000);
    await hungUp;
  });
});
