import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { callUnary } from '../../driver/csi/unary-call.ts';
import { identityService, registrationService } from '../../proto/load.ts';
import type { Empty, PluginInfo, RegistrationStatus } from '../../proto/messages.ts';
import { STATE } from '../cluster/folders.ts';

const SOCKET = 'plugins/cert-manager-csi-driver/csi.sock';
/** kubelet's folder as the node sees it, and as we do, past the node's mounts. */
const KUBELET_INSIDE = '/var/lib/kubelet';
const KUBELET = join(STATE, 'kubelet');
/** What both sidecars give a call (`--timeout` and `--probe-timeout`). */
const TIMEOUT_MS = 1_000;

/** node-driver-registrar at its place between the driver and kubelet. */
export interface Registrar {
  /** What kubelet said of the driver, in the order of its notifications. */
  readonly notifications: readonly RegistrationStatus[];
  /** Takes the socket away; kubelet then forgets the driver. */
  close(): Promise<void>;
}

/** Makes the calls of node-driver-registrar: asks GetPluginInfo for the driver's name, then answers kubelet at a registration socket of that name. */
export async function startRegistrar(): Promise<Registrar> {
  const { name } = await askIdentity(identityService.GetPluginInfo);
  const info: PluginInfo = { type: 'CSIPlugin', name, endpoint: join(KUBELET_INSIDE, SOCKET), supportedVersions: ['1.0.0'] };
  const notifications: RegistrationStatus[] = [];
  const server = new Server();
  server.addService(registrationService, {
    GetInfo: (_call: ServerUnaryCall<Empty, PluginInfo>, answer: sendUnaryData<PluginInfo>) => answer(null, info),
    NotifyRegistrationStatus: ({ request }: ServerUnaryCall<RegistrationStatus, Empty>, answer: sendUnaryData<Empty>) => {
      notifications.push(request);
      answer(null, {});
    },
  });
  const path = join(KUBELET, 'plugins_registry', `${name}-reg.sock`);
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) => (error === null ? resolve() : reject(error)));
  });
  return {
    notifications,
    async close() {
      server.forceShutdown();
      await rm(path, { force: true });
    },
  };
}

/** Makes the call of livenessprobe. @returns whether the driver is well. @throws {ServiceError} */
export async function probeAsSidecar(): Promise<boolean> {
  const { ready } = await askIdentity(identityService.Probe);
  return ready?.value !== false;
}

function askIdentity<Answer>(method: Parameters<typeof callUnary<Empty, Answer>>[0]['method']): Promise<Answer> {
  const deadlineAt = new Date(Date.now() + TIMEOUT_MS);
  return callUnary({ socketPath: join(KUBELET, SOCKET), method, request: {}, deadlineAt }, new AbortController().signal);
}
