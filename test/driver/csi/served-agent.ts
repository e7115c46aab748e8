import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Kubelet } from '../../../demo/kubelet.ts';
import type { InlineVolume } from '../../../demo/kubelet.ts';
import type { GrpcSocket } from '../../../driver/csi/grpc-socket.ts';
import { startCsiServer } from '../../../driver/csi/server.ts';
import { systemClock } from '../../../node-agent/clock.ts';
import type { Clock } from '../../../node-agent/clock.ts';
import type { Agent } from '../../../node-agent/ports.ts';
import { RecordedLog } from './recorded-log.ts';

/** An agent in the real server, and kubelet before it. */
export interface ServedAgent {
  readonly dir: string;
  readonly socketPath: string;
  readonly kubelet: Kubelet;
  readonly server: GrpcSocket;
  readonly log: RecordedLog;
  readonly counted: readonly (readonly [method: string, code: string])[];
}

export const VOLUME: InlineVolume = {
  pod: { namespace: 'shop', name: 'web-0', uid: '5c6f6b51-1f0c-4c9e-9d2f-3f4b3f7b9a01', serviceAccount: 'web' },
  name: 'tls',
  attributes: { 'csi.cert-manager.io/issuer-name': 'ca' },
};

export async function temporaryDir(context: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'podcert-csi-'));
  context.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** Serves an agent that does nothing but what `methods` says, until the test ends. */
export async function serveAgent(context: TestContext, methods: Partial<Agent> = {}, clock: Clock = systemClock): Promise<ServedAgent> {
  const dir = await temporaryDir(context);
  const socketPath = join(dir, 'csi.sock');
  const log = new RecordedLog();
  const counted: [string, string][] = [];
  const server = await startCsiServer({
    socketPath,
    agent: { ...idleAgent, ...methods },
    nodeId: 'node-1',
    driverName: 'csi.cert-manager.io',
    version: '1.2.3',
    isReady: () => true,
    log,
    clock,
    countCall: (method, code) => counted.push([method, code]),
  });
  context.after(() => server.close(0));
  return { dir, socketPath, kubelet: new Kubelet({ socketPath, rootDir: dir }), server, log, counted };
}

const idleAgent: Agent = {
  start: async () => undefined,
  publish: async () => undefined,
  unpublish: async () => undefined,
  renew: () => undefined,
  volumes: () => [],
  volume: () => undefined,
  view: () => undefined,
  ground: () => assert.fail('no ground'),
  stats: () => assert.fail('no stats'),
  health: () => assert.fail('no health'),
  close: async () => undefined,
};

/** A publish or unpublish that ends only when its signal does; `begun` resolves to that signal. */
export function untilAborted() {
  const { promise: begun, resolve } = Promise.withResolvers<AbortSignal>();
  const run = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      resolve(signal);
    });
  return { begun, run };
}
