import type { UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Agent, PublishRequest } from '../../node-agent/ports.ts';
import { nodeService } from '../../proto/load.ts';
import type { NodeCapabilityType, NodePublishVolumeRequest } from '../../proto/messages.ts';
import type { LogFields } from '../report/log.ts';
import { healthResponse, statsResponse } from './health-answers.ts';
import { serve } from './rpc.ts';
import type { CallEnvironment } from './rpc.ts';

/** The agent that does the work, and the node's name as Kubernetes has it. */
export interface Node {
  readonly agent: Agent;
  readonly nodeId: string;
}

/**
 * VOLUME_CONDITION is for kubelets and sidecars built on CSI 1.12 and before, GET_VOLUME_HEALTH for those since. Whoever does not know a
 * capability passes over it.
 */
const CAPABILITIES: readonly NodeCapabilityType[] = ['VOLUME_MOUNT_GROUP', 'GET_VOLUME_STATS', 'VOLUME_CONDITION', 'GET_VOLUME_HEALTH'];

/** `csi.v1.Node`, as far as kubelet calls it for an inline volume; @grpc/grpc-js answers UNIMPLEMENTED for the other methods. */
export function implementNode({ agent, nodeId }: Node, environment: CallEnvironment): UntypedServiceImplementation {
  const { NodeGetCapabilities, NodeGetInfo } = nodeService;
  return {
    ...implementPublishing(agent, environment),
    ...implementHealth(agent, environment),
    NodeGetCapabilities: serve(
      NodeGetCapabilities,
      { routine: true, run: async () => ({ capabilities: CAPABILITIES.map((type) => ({ rpc: { type } })) }) },
      environment,
    ),
    NodeGetInfo: serve(
      NodeGetInfo,
      { routine: true, run: async () => ({ nodeId, maxVolumesPerNode: '0', accessibleTopology: null }) },
      environment,
    ),
  };
}

function implementPublishing(agent: Agent, environment: CallEnvironment): UntypedServiceImplementation {
  const { NodePublishVolume, NodeUnpublishVolume } = nodeService;
  return {
    NodePublishVolume: serve(
      NodePublishVolume,
      {
        subject: publishSubject,
        run: async (request, signal) => {
          await agent.publish(publishRequest(request), signal);
          return {};
        },
      },
      environment,
    ),
    NodeUnpublishVolume: serve(
      NodeUnpublishVolume,
      {
        subject: volumeSubject,
        run: async ({ volumeId, targetPath }, signal) => {
          await agent.unpublish(volumeId, targetPath, signal);
          return {};
        },
      },
      environment,
    ),
  };
}

/** What kubelet asks of a volume that is there, again and again. */
function implementHealth(agent: Agent, environment: CallEnvironment): UntypedServiceImplementation {
  const { NodeGetVolumeStats, NodeGetVolumeHealth } = nodeService;
  return {
    NodeGetVolumeStats: serve(
      NodeGetVolumeStats,
      {
        routine: true,
        subject: volumeSubject,
        run: async ({ volumeId, volumePath }) => statsResponse(await agent.stats(volumeId, volumePath)),
      },
      environment,
    ),
    NodeGetVolumeHealth: serve(
      NodeGetVolumeHealth,
      { routine: true, subject: volumeSubject, run: async ({ volumeId }) => healthResponse(volumeId, agent.health(volumeId)) },
      environment,
    ),
  };
}

/** The wire's message in the agent's words; nothing is judged here. */
export function publishRequest(request: NodePublishVolumeRequest): PublishRequest {
  const capability = request.volumeCapability;
  return {
    volumeId: request.volumeId,
    targetPath: request.targetPath,
    readOnly: request.readonly,
    attributes: request.volumeContext,
    secrets: request.secrets,
    access: capability?.accessType ?? 'none',
    // A mode this version does not know arrives as its number.
    accessMode: String(capability?.accessMode?.mode ?? 'UNKNOWN'),
    fsType: capability?.mount?.fsType ?? '',
    mountFlags: capability?.mount?.mountFlags ?? [],
    volumeMountGroup: capability?.mount?.volumeMountGroup ?? '',
  };
}

function publishSubject({ volumeId, volumeContext }: NodePublishVolumeRequest): LogFields {
  return {
    volumeId: short(volumeId),
    podNamespace: short(volumeContext['csi.storage.k8s.io/pod.namespace']),
    podName: short(volumeContext['csi.storage.k8s.io/pod.name']),
  };
}

function volumeSubject({ volumeId }: { readonly volumeId: string }): LogFields {
  return { volumeId: short(volumeId) };
}

/** Ids and names of Kubernetes end at 253 characters; what a caller makes up does not. */
function short(text: string | undefined): string | undefined {
  return text?.slice(0, 253);
}
