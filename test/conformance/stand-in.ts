import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import type { ServiceDefinition, ServiceError, UntypedServiceImplementation, handleUnaryCall } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import type { MethodDefinition } from '@grpc/proto-loader';
import { Kubelet, volumeIdOf } from '../../demo/kubelet.ts';
import { callUnary } from '../../driver/csi/unary-call.ts';
import { identityService, nodeService } from '../../proto/load.ts';
import { localCaVolume } from '../support/local-ca-volume.ts';

export interface StandInOptions {
  /** Where csi-sanity calls. */
  readonly socketPath: string;
  /** The real driver's. */
  readonly driverSocketPath: string;
}

/**
 * Stands before the real driver, whose volumes come from pod specs, for csi-sanity, which makes its volumes through a Controller
 * service. What is called of Identity and Node goes to the driver, and its answers come back, byte for byte but for two things:
 * GetPluginCapabilities gains CONTROLLER_SERVICE, and NodePublishVolume `readonly`, as every pod spec for this driver has it.
 */
export async function openStandIn({ socketPath, driverSocketPath }: StandInOptions): Promise<{ close(): Promise<void> }> {
  const server = new Server();
  for (const service of [identityService, nodeService]) {
    const handlers = Object.entries(service).map(([name, method]) => [name, forward(method, driverSocketPath, CHANGES[name])]);
    server.addService(withBytes(service), Object.fromEntries(handlers) as UntypedServiceImplementation);
  }
  server.addService(controllerService, implementController(new Kubelet({ socketPath: driverSocketPath, rootDir: '/var/lib/kubelet' })));
  await promisify(server.bindAsync.bind(server))(`unix:${socketPath}`, ServerCredentials.createInsecure());
  return { close: promisify(server.tryShutdown.bind(server)) };
}

/** What is different from the driver's own bytes. */
interface Change {
  readonly request?: (bytes: Buffer) => Buffer;
  readonly response?: (bytes: Buffer) => Buffer;
}

const { GetPluginCapabilities, NodePublishVolume } = { ...identityService, ...nodeService };

const CHANGES: Readonly<Record<string, Change>> = {
  GetPluginCapabilities: {
    response(bytes) {
      const { capabilities } = GetPluginCapabilities.responseDeserialize(bytes);
      return GetPluginCapabilities.responseSerialize({ capabilities: [...capabilities, { service: { type: 'CONTROLLER_SERVICE' } }] });
    },
  },
  NodePublishVolume: {
    request: (bytes) => NodePublishVolume.requestSerialize({ ...NodePublishVolume.requestDeserialize(bytes), readonly: true }),
  },
};

type AnyMethod = MethodDefinition<object, object>;

const asIs = (bytes: Buffer): Buffer => bytes;

function withBytes(service: ServiceDefinition): ServiceDefinition {
  const bytes = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };
  return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, { ...method, ...bytes }]));
}

function forward(method: AnyMethod, socketPath: string, change: Change = {}): handleUnaryCall<Buffer, Buffer> {
  const { request: changeRequest = asIs, response: changeResponse = asIs } = change;
  const bytes = { ...method, requestSerialize: asIs, responseDeserialize: asIs };
  return (call, callback) => {
    const gone = new AbortController();
    call.once('cancelled', () => gone.abort());
    void callUnary(
      { socketPath, method: bytes as MethodDefinition<Buffer, Buffer>, request: changeRequest(call.request) },
      gone.signal,
    ).then(
      (response) => callback(null, changeResponse(response)),
      ({ code, details }: ServiceError) => callback({ code, details }),
    );
  };
}

const controllerService = loadSync('controller.proto', { includeDirs: [import.meta.dirname] })['csi.v1.Controller'] as ServiceDefinition;

const answerNothing: handleUnaryCall<object, object> = (_call, callback) => callback(null, {});

/** A pod spec makes nothing but its text, so there is nothing to make or to delete: a volume's context is all of it. */
function implementController(kubelet: Kubelet): UntypedServiceImplementation {
  const createVolume: handleUnaryCall<{ readonly name: string }, object> = ({ request: { name } }, callback) => {
    const volume = localCaVolume(name.toLowerCase(), '1h');
    callback(null, { volume: { volumeId: volumeIdOf(volume), volumeContext: kubelet.publishRequest(volume).volumeContext } });
  };
  return { ControllerGetCapabilities: answerNothing, CreateVolume: createVolume, DeleteVolume: answerNothing };
}
