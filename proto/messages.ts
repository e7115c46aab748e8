/**
 * The messages we read and write, as `load.ts` makes proto-loader yield them: names in camel case, enums as the names of their
 * values (a number where the value is not known), 64-bit integers as decimal strings, every scalar present, an absent message
 * null, and of a oneof the member that was sent, named by a property of the oneof's own name. Who sends may leave those names out.
 */

/** A message without fields. */
export type Empty = Readonly<Record<string, never>>;

export type StringMap = Readonly<Record<string, string>>;

export interface GetPluginInfoResponse {
  readonly name: string;
  readonly vendorVersion: string;
  readonly manifest: StringMap;
}

export interface GetPluginCapabilitiesResponse {
  readonly capabilities: readonly PluginCapability[];
}

export type PluginServiceType =
  | 'UNKNOWN'
  | 'CONTROLLER_SERVICE'
  | 'VOLUME_ACCESSIBILITY_CONSTRAINTS'
  | 'GROUP_CONTROLLER_SERVICE'
  | 'SNAPSHOT_METADATA_SERVICE'
  | 'SNAPSHOT_ACCESSIBILITY_CONSTRAINTS';

export interface PluginCapability {
  readonly type?: 'service' | 'volumeExpansion';
  readonly service?: { readonly type: PluginServiceType | number };
  readonly volumeExpansion?: { readonly type: 'UNKNOWN' | 'ONLINE' | 'OFFLINE' | number };
}

export interface ProbeResponse {
  readonly ready: { readonly value: boolean } | null;
}

export type AccessMode =
  | 'UNKNOWN'
  | 'SINGLE_NODE_WRITER'
  | 'SINGLE_NODE_READER_ONLY'
  | 'MULTI_NODE_READER_ONLY'
  | 'MULTI_NODE_SINGLE_WRITER'
  | 'MULTI_NODE_MULTI_WRITER'
  | 'SINGLE_NODE_SINGLE_WRITER'
  | 'SINGLE_NODE_MULTI_WRITER';

export interface MountVolume {
  readonly fsType: string;
  readonly mountFlags: readonly string[];
  readonly volumeMountGroup: string;
}

export interface VolumeCapability {
  readonly accessType?: 'block' | 'mount';
  readonly block?: Empty;
  readonly mount?: MountVolume;
  readonly accessMode: { readonly mode: AccessMode | number } | null;
}

export interface NodePublishVolumeRequest {
  readonly volumeId: string;
  readonly publishContext: StringMap;
  readonly stagingTargetPath: string;
  readonly targetPath: string;
  readonly volumeCapability: VolumeCapability | null;
  readonly readonly: boolean;
  readonly secrets: StringMap;
  readonly volumeContext: StringMap;
}

export interface NodeUnpublishVolumeRequest {
  readonly volumeId: string;
  readonly targetPath: string;
}

export interface NodeStageVolumeRequest {
  readonly volumeId: string;
  readonly publishContext: StringMap;
  readonly stagingTargetPath: string;
  readonly volumeCapability: VolumeCapability | null;
  readonly secrets: StringMap;
  readonly volumeContext: StringMap;
}

export interface NodeUnstageVolumeRequest {
  readonly volumeId: string;
  readonly stagingTargetPath: string;
}

export interface CapacityRange {
  readonly requiredBytes: string;
  readonly limitBytes: string;
}

export interface NodeExpandVolumeRequest {
  readonly volumeId: string;
  readonly volumePath: string;
  readonly capacityRange: CapacityRange | null;
  readonly stagingTargetPath: string;
  readonly volumeCapability: VolumeCapability | null;
  readonly secrets: StringMap;
}

export interface NodeExpandVolumeResponse {
  readonly capacityBytes: string;
}

export interface NodeGetVolumeStatsRequest {
  readonly volumeId: string;
  readonly volumePath: string;
  readonly stagingTargetPath: string;
}

export interface VolumeUsage {
  readonly available: string;
  readonly total: string;
  readonly used: string;
  readonly unit: 'UNKNOWN' | 'BYTES' | 'INODES' | number;
}

/** Read by kubelets built on CSI 1.12 and earlier. */
export interface VolumeCondition {
  readonly abnormal: boolean;
  readonly message: string;
}

export interface NodeGetVolumeStatsResponse {
  readonly usage: readonly VolumeUsage[];
  readonly volumeCondition: VolumeCondition | null;
}

export interface NodeGetVolumeHealthRequest {
  readonly volumeId: string;
  readonly volumePublishPath: string;
  readonly stagingTargetPath: string;
}

export interface VolumeHealthEntry {
  readonly status: 'UNKNOWN_VOLUME_HEALTH_TYPE' | 'DEGRADED' | 'INACCESSIBLE' | 'DATA_LOSS' | number;
  readonly reason: string;
  readonly message: string;
}

export interface NodeGetVolumeHealthResponse {
  readonly volumeHealth: { readonly volumeId: string; readonly healthStatuses: readonly VolumeHealthEntry[] } | null;
}

export interface NodeGetStorageHealthRequest {
  readonly secrets: StringMap;
}

export interface StorageBackendHealth {
  readonly status: 'UNKNOWN_STORAGE_HEALTH_ERROR_TYPE' | 'STORAGE_DEGRADED' | 'STORAGE_UNREACHABLE' | number;
  readonly reason: string;
  readonly message: string;
  readonly volumeCapability: VolumeCapability | null;
}

export interface NodeGetStorageHealthResponse {
  readonly backendHealth: readonly StorageBackendHealth[];
}

export type NodeCapabilityType =
  | 'UNKNOWN'
  | 'STAGE_UNSTAGE_VOLUME'
  | 'GET_VOLUME_STATS'
  | 'EXPAND_VOLUME'
  | 'VOLUME_CONDITION'
  | 'SINGLE_NODE_MULTI_WRITER'
  | 'VOLUME_MOUNT_GROUP'
  | 'GET_VOLUME_HEALTH'
  | 'GET_STORAGE_HEALTH';

export interface NodeServiceCapability {
  readonly type?: 'rpc';
  readonly rpc?: { readonly type: NodeCapabilityType | number };
}

export interface NodeGetCapabilitiesResponse {
  readonly capabilities: readonly NodeServiceCapability[];
}

export interface NodeGetInfoResponse {
  readonly nodeId: string;
  /** `0`: no limit of the plugin's own. */
  readonly maxVolumesPerNode: string;
  readonly accessibleTopology: { readonly segments: StringMap } | null;
}

export interface PluginInfo {
  readonly type: string;
  readonly name: string;
  /** The path of `csi.sock` as kubelet sees it. */
  readonly endpoint: string;
  readonly supportedVersions: readonly string[];
}

export interface RegistrationStatus {
  readonly pluginRegistered: boolean;
  /** Why not, in kubelet's words. */
  readonly error: string;
}
