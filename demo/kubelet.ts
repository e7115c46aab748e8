import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { MethodDefinition } from '@grpc/proto-loader';
import { callUnary } from '../driver/csi/unary-call.ts';
import type { PodReference } from '../node-agent/wanted.ts';
import { identityService, nodeService } from '../proto/load.ts';
import type {
  GetPluginInfoResponse,
  NodeCapabilityType,
  NodeGetInfoResponse,
  NodePublishVolumeRequest,
  StringMap,
} from '../proto/messages.ts';

/** A `csi` volume of a pod spec, and what kubelet knows of its pod. */
export interface InlineVolume {
  readonly pod: PodReference;
  /** The volume's name in the pod spec. */
  readonly name: string;
  readonly attributes: StringMap;
  /** True unless said otherwise, as a pod spec for this driver has it. */
  readonly readOnly?: boolean;
  /** The pod's fsGroup. */
  readonly fsGroup?: number;
  /** From the secret that nodePublishSecretRef names. */
  readonly secrets?: StringMap;
}

export interface KubeletOptions {
  /** The driver's `csi.sock`. */
  readonly socketPath: string;
  /** In place of /var/lib/kubelet. */
  readonly rootDir: string;
  /** By whose time the deadlines of calls are counted; default: the machine's. */
  readonly now?: () => Date;
}

/** How long kubelet waits for any CSI call (its `csiTimeout`). */
const CALL_TIMEOUT_MS = 120_000;

const never = new AbortController().signal;

/** Calls a CSI driver as kubelet does for inline volumes. Every method throws @grpc/grpc-js's `ServiceError`, or the signal's reason. */
export class Kubelet {
  readonly #options: KubeletOptions;

  constructor(options: KubeletOptions) {
    this.#options = options;
  }

  /** Where the pod finds the volume: `<root>/pods/<uid>/volumes/kubernetes.io~csi/<volume>/mount`. */
  targetPath({ pod, name }: InlineVolume): string {
    return join(this.#options.rootDir, 'pods', pod.uid, 'volumes', 'kubernetes.io~csi', name, 'mount');
  }

  /** The request kubelet makes of a pod spec: its own keys lie over the pod's. */
  publishRequest(volume: InlineVolume): NodePublishVolumeRequest {
    const { pod, attributes, readOnly = true, fsGroup, secrets = {} } = volume;
    return {
      volumeId: volumeIdOf(volume),
      publishContext: {},
      stagingTargetPath: '',
      targetPath: this.targetPath(volume),
      volumeCapability: {
        mount: { fsType: '', mountFlags: [], volumeMountGroup: fsGroup === undefined ? '' : String(fsGroup) },
        accessMode: { mode: 'SINGLE_NODE_WRITER' },
      },
      readonly: readOnly,
      secrets,
      volumeContext: {
        ...attributes,
        'csi.storage.k8s.io/pod.name': pod.name,
        'csi.storage.k8s.io/pod.namespace': pod.namespace,
        'csi.storage.k8s.io/pod.uid': pod.uid,
        'csi.storage.k8s.io/serviceAccount.name': pod.serviceAccount,
        'csi.storage.k8s.io/ephemeral': 'true',
      },
    };
  }

  /** Makes the target's parent, as kubelet does, and publishes. */
  async publish(volume: InlineVolume, signal: AbortSignal = never): Promise<void> {
    await mkdir(dirname(this.targetPath(volume)), { recursive: true, mode: 0o750 });
    await this.call(nodeService.NodePublishVolume, this.publishRequest(volume), signal);
  }

  async unpublish(volume: InlineVolume, signal: AbortSignal = never): Promise<void> {
    const request = { volumeId: volumeIdOf(volume), targetPath: this.targetPath(volume) };
    await this.call(nodeService.NodeUnpublishVolume, request, signal);
  }

  getInfo(): Promise<NodeGetInfoResponse> {
    return this.call(nodeService.NodeGetInfo, {});
  }

  async capabilities(): Promise<readonly (NodeCapabilityType | number)[]> {
    const { capabilities } = await this.call(nodeService.NodeGetCapabilities, {});
    return capabilities.flatMap(({ rpc }) => (rpc === undefined ? [] : [rpc.type]));
  }

  /** What the sidecar node-driver-registrar asks. */
  pluginInfo(): Promise<GetPluginInfoResponse> {
    return this.call(identityService.GetPluginInfo, {});
  }

  /** What the sidecar livenessprobe asks. */
  async probe(): Promise<boolean> {
    const { ready } = await this.call(identityService.Probe, {});
    return ready === null || ready.value;
  }

  /** Any call, under kubelet's deadline. */
  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    signal: AbortSignal = never,
    timeoutMs: number = CALL_TIMEOUT_MS,
  ): Promise<Response> {
    const { socketPath, now = () => new Date() } = this.#options;
    const deadlineAt = new Date(now().getTime() + timeoutMs);
    return callUnary({ socketPath, method, request, deadlineAt }, signal);
  }
}

/** `csi-` and the SHA-256 of pod and volume: the same for the same pod, whoever asks. */
export function volumeIdOf({ pod, name }: InlineVolume): string {
  return `csi-${createHash('sha256').update(`${pod.uid}${name}`).digest('hex')}`;
}
