import { fileURLToPath } from 'node:url';
import type { MethodDefinition, ServiceDefinition } from '@grpc/proto-loader';
import { loadSync } from '@grpc/proto-loader';
import type {
  Empty,
  GetPluginCapabilitiesResponse,
  GetPluginInfoResponse,
  NodeExpandVolumeRequest,
  NodeExpandVolumeResponse,
  NodeGetCapabilitiesResponse,
  NodeGetInfoResponse,
  NodeGetStorageHealthRequest,
  NodeGetStorageHealthResponse,
  NodeGetVolumeHealthRequest,
  NodeGetVolumeHealthResponse,
  NodeGetVolumeStatsRequest,
  NodeGetVolumeStatsResponse,
  NodePublishVolumeRequest,
  NodeStageVolumeRequest,
  NodeUnpublishVolumeRequest,
  NodeUnstageVolumeRequest,
  PluginInfo,
  ProbeResponse,
  RegistrationStatus,
} from './messages.ts';

/** The methods of `csi.v1.Identity`. */
export type IdentityService = ServiceDefinition & {
  readonly GetPluginInfo: MethodDefinition<Empty, GetPluginInfoResponse>;
  readonly GetPluginCapabilities: MethodDefinition<Empty, GetPluginCapabilitiesResponse>;
  readonly Probe: MethodDefinition<Empty, ProbeResponse>;
};

/** The methods of `csi.v1.Node`. */
export type NodeService = ServiceDefinition & {
  readonly NodeStageVolume: MethodDefinition<NodeStageVolumeRequest, Empty>;
  readonly NodeUnstageVolume: MethodDefinition<NodeUnstageVolumeRequest, Empty>;
  readonly NodeGetVolumeStats: MethodDefinition<NodeGetVolumeStatsRequest, NodeGetVolumeStatsResponse>;
  readonly NodeExpandVolume: MethodDefinition<NodeExpandVolumeRequest, NodeExpandVolumeResponse>;
  readonly NodeGetVolumeHealth: MethodDefinition<NodeGetVolumeHealthRequest, NodeGetVolumeHealthResponse>;
  readonly NodeGetStorageHealth: MethodDefinition<NodeGetStorageHealthRequest, NodeGetStorageHealthResponse>;
  readonly NodePublishVolume: MethodDefinition<NodePublishVolumeRequest, Empty>;
  readonly NodeUnpublishVolume: MethodDefinition<NodeUnpublishVolumeRequest, Empty>;
  readonly NodeGetCapabilities: MethodDefinition<Empty, NodeGetCapabilitiesResponse>;
  readonly NodeGetInfo: MethodDefinition<Empty, NodeGetInfoResponse>;
};

/** The methods of `pluginregistration.Registration`. */
export type RegistrationService = ServiceDefinition & {
  readonly GetInfo: MethodDefinition<Empty, PluginInfo>;
  readonly NotifyRegistrationStatus: MethodDefinition<RegistrationStatus, Empty>;
};

// Beside this file in the source, in a folder `proto` beside the file that the build makes of the whole driver.
const folders = ['./', './proto/'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

const definitions = loadSync(['csi.proto', 'registration.proto'], {
  includeDirs: folders,
  longs: String,
  enums: String,
  defaults: true,
  oneofs: true,
});

/** The services as @grpc/grpc-js takes them; `messages.ts` says what their messages look like. */
export const identityService = definitions['csi.v1.Identity'] as IdentityService;
export const nodeService = definitions['csi.v1.Node'] as NodeService;
export const registrationService = definitions['pluginregistration.Registration'] as RegistrationService;
