import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { Kubelet } from '../../demo/kubelet.ts';
import { MINUTE_MS, systemClock } from '../../node-agent/clock.ts';
import { identityService, nodeService } from '../../proto/load.ts';
import type { Empty, NodePublishVolumeRequest } from '../../proto/messages.ts';
import { STATE } from '../cluster/folders.ts';
import { runInNode, type ClusterNode } from '../cluster/node.ts';
import { createCertificateAuthority } from '../support/certificate-authority.ts';
import { PeerDriver } from '../support/peer-driver.ts';
import { CHART_DATA_ROOT } from './peer-chart.ts';
import { startRegistrar } from './sidecars.ts';

const SOCKET = join(STATE, 'kubelet/plugins/cert-manager-csi-driver/csi.sock');
/** Due 80 seconds after it is issued: pods come up before that, and are renewed soon after. */
const AGE = { lifetimeMs: 2 * MINUTE_MS, ageMs: 0 };

const { signal } = new AbortController();

/** csi-driver, registered with kubelet: kubelet publishes to it, and what it leaves is in csi-driver's layout. It signs by itself. */
export interface PeerStandIn {
  /** Ends, and leaves every volume. */
  close(): Promise<void>;
}

/** Starts the stand-in on the node; its mounts are made there. */
export async function startPeer(node: ClusterNode): Promise<PeerStandIn> {
  const peer = new PeerDriver({
    dataRoot: CHART_DATA_ROOT,
    kubelet: new Kubelet({ socketPath: SOCKET, rootDir: '/var/lib/kubelet' }),
    authority: await createCertificateAuthority(),
    clock: systemClock,
    root: `/proc/${node.holder.pid}/root`,
    mounts: {
      tmpfs: (path) => inNode(['mount', '-t', 'tmpfs', 'tmpfs', path]),
      async bindReadOnly(source, target) {
        await inNode(['mount', '--bind', source, target]);
        await inNode(['mount', '-o', 'remount,bind,ro', target]);
      },
    },
  });
  async function inNode(argv: readonly string[]): Promise<void> {
    await runInNode(node, argv, signal);
  }
  await peer.open();
  const server = new Server();
  server.addService(identityService, {
    GetPluginInfo: answer(() => ({ name: 'csi.cert-manager.io', vendorVersion: 'stand-in', manifest: {} })),
  });
  server.addService(nodeService, {
    NodeGetInfo: answer(() => ({ nodeId: 'node1', maxVolumesPerNode: '0', accessibleTopology: null })),
    NodeGetCapabilities: answer(() => ({ capabilities: [{ rpc: { type: 'VOLUME_MOUNT_GROUP' } }] })),
    NodePublishVolume: answer(async (request: NodePublishVolumeRequest) => {
      await peer.answer(request, AGE);
      return {};
    }),
  });
  await mkdir(dirname(SOCKET), { recursive: true });
  await rm(SOCKET, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${SOCKET}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
  });
  const registrar = await startRegistrar().catch((error: unknown) => {
    server.forceShutdown();
    throw error;
  });
  return {
    async close() {
      await registrar.close();
      server.forceShutdown();
      await rm(SOCKET, { force: true });
    },
  };
}

/** A gRPC handler of a function. */
function answer<Request, Response>(make: (request: Request) => Response | Promise<Response>) {
  return (call: ServerUnaryCall<Request, Response | Empty>, reply: sendUnaryData<Response>): void => {
    Promise.resolve()
      .then(() => make(call.request))
      .then(
        (response) => reply(null, response),
        (error: Error) => reply({ code: 13, details: error.message }),
      );
  };
}
