import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import { identityService, registrationService } from '../../proto/load.ts';
import type { Empty, PluginInfo, RegistrationStatus } from '../../proto/messages.ts';
import { callDriver, KUBELET, KUBELET_INSIDE, SOCKET } from './driver-socket.ts';

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
  const { name } = await callDriver(identityService.GetPluginInfo, {}, TIMEOUT_MS);
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
  const { ready } = await callDriver(identityService.Probe, {}, TIMEOUT_MS);
  return ready?.value !== false;
}
